/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copies of a few words between user memory and the kernel.
 *
 * Arguments and most payloads are so small that the call, the checks of the
 * object copied from, and the start of a string instruction cost more than the
 * copy. Lengths are the caller's own, never the user's.
 */
#ifndef TW_COPY_H
#define TW_COPY_H

#include <linux/uaccess.h>

/* Longer copies are better left to the general function. */
#define TW_COPY_SMALL	256

static inline bool tw_copy_is_small(u32 len)
{
	return len <= TW_COPY_SMALL && !(len % sizeof(u64));
}

/**
 * tw_copy_in() - copy from user memory
 * @to: 8-aligned
 * @from: any user pointer
 * @len: bytes
 *
 * May sleep.
 *
 * Return: 0 or -EFAULT, with @to in any state.
 */
static inline int tw_copy_in(void *to, const void __user *from, u32 len)
{
	const u64 __user *f = from;
	u64 *t = to;
	u32 i;

	if (!tw_copy_is_small(len))
		return copy_from_user(to, from, len) ? -EFAULT : 0;
	if (!user_read_access_begin(from, len))
		return -EFAULT;
	for (i = 0; i < len / sizeof(u64); i++)
		unsafe_get_user(t[i], f + i, fault);
	user_read_access_end();
	return 0;
fault:
	user_read_access_end();
	return -EFAULT;
}

/**
 * tw_copy_out() - copy to user memory
 * @to: any user pointer
 * @from: 8-aligned
 * @len: bytes
 *
 * May sleep.
 *
 * Return: 0 or -EFAULT, with a part copied.
 */
static inline int tw_copy_out(void __user *to, const void *from, u32 len)
{
	const u64 *f = from;
	u64 __user *t = to;
	u32 i;

	if (!tw_copy_is_small(len))
		return copy_to_user(to, from, len) ? -EFAULT : 0;
	if (!user_write_access_begin(to, len))
		return -EFAULT;
	for (i = 0; i < len / sizeof(u64); i++)
		unsafe_put_user(f[i], t + i, fault);
	user_write_access_end();
	return 0;
fault:
	user_write_access_end();
	return -EFAULT;
}

#endif /* TW_COPY_H */
