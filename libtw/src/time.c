// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * The bits of a positive double, read as an integer, grow with it; those of a
 * negative one shrink. Setting the sign bit of the former and inverting the
 * latter puts them all into one order.
 */
#include <math.h>
#include <string.h>

#include "lib.h"

#define SIGN_BIT ((uint64_t)1 << 63)

tw_time tw_time_from_double(double t)
{
	uint64_t bits;

	if (isnan(t) || t == INFINITY)
		return TW_TIME_INF;
	t += 0.0; /* -0.0 is 0.0 */
	memcpy(&bits, &t, sizeof(bits));
	return bits & SIGN_BIT ? ~bits : bits | SIGN_BIT;
}

double tw_time_to_double(tw_time t)
{
	uint64_t bits = t & SIGN_BIT ? t & ~SIGN_BIT : ~t;
	double d;

	memcpy(&d, &bits, sizeof(d));
	if (isnan(d))
		return t & SIGN_BIT ? INFINITY : -INFINITY;
	return d;
}
