/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SHIM_LINUX_MATH_H
#define SHIM_LINUX_MATH_H

#include_next <linux/math.h>
#include <linux/types.h>

/* The largest whose square is not above x. */
static inline u32 int_sqrt64(u64 x)
{
	u64 low = 0, high = 1ull << 32;

	while (high - low > 1) {
		u64 mid = low + (high - low) / 2;

		if (mid * mid <= x)
			low = mid;
		else
			high = mid;
	}
	return low;
}

#endif /* SHIM_LINUX_MATH_H */
