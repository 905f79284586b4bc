// SPDX-License-Identifier: GPL-2.0
/* The one place where arguments of ioctls are copied in and out. */
#include <linux/errno.h>
#include <linux/mm.h>
#include <linux/string.h>
#include <linux/timewarp.h>

#include "copy.h"
#include "ioctl.h"

/* An argument of this kernel's size is the rule, and needs no look beyond it. */
static int tw_call_read(const struct tw_command *c, struct tw_call *call)
{
	if (get_user(call->user_size, (u32 __user *)call->user))
		return -EFAULT;
	if (call->user_size < c->min)
		return -EINVAL;
	/* To see whether the surplus is zero must not take long. */
	if (call->user_size > PAGE_SIZE)
		return -E2BIG;
	if (call->user_size == c->size)
		return tw_copy_in(call->arg, call->user, c->size);
	return copy_struct_from_user(call->arg, c->size, call->user, call->user_size);
}

static int tw_call_run(const struct tw_command *c, void *private, void __user *user)
{
	u64 arg[TW_ARG_MAX / sizeof(u64)];
	struct tw_call call = { .user = user, .size = c->size, .arg = arg };
	int err = tw_call_read(c, &call);

	if (err)
		return err;
	/* It may have changed since it was looked at. */
	*(u32 *)arg = call.user_size;
	return c->handler(private, &call);
}

/**
 * tw_dispatch() - run an ioctl
 * @table: the commands of this kind of file
 * @n: rows of @table
 * @private: passed to the handler
 * @cmd: from user space
 * @arg: from user space
 *
 * Return: what the handler returns; -ENOTTY: there is no such command.
 */
long tw_dispatch(const struct tw_command *table, size_t n, void *private,
		 unsigned int cmd, unsigned long arg)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (table[i].cmd == cmd)
			return tw_call_run(&table[i], private, (void __user *)arg);
	return -ENOTTY;
}

/**
 * tw_respond() - copy the argument back
 * @call: as much of it as the caller knows
 *
 * Return: 0 or -EFAULT.
 */
int tw_respond(struct tw_call *call)
{
	u32 size = min(call->size, call->user_size);

	return tw_copy_out(call->user, call->arg, size);
}

/* A name must end within its array. */
int tw_check_name(const char *name)
{
	return strnlen(name, TW_NAME_LEN) < TW_NAME_LEN ? 0 : -EINVAL;
}
