/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TW_IOCTL_H
#define TW_IOCTL_H

#include <linux/types.h>

/* One call: its argument is copied in, and out when the handler responds. */
struct tw_call {
	void __user *user;
	u32 user_size;
	u32 size;
	void *arg;
};

/**
 * struct tw_command - one row of a file's ioctl table
 * @cmd: as in the UAPI
 * @size: of the argument in this kernel
 * @min: of the argument in the first version
 * @handler: private is the file's; reports success by tw_respond()
 */
struct tw_command {
	unsigned int cmd;
	u32 size;
	u32 min;
	int (*handler)(void *private, struct tw_call *call);
};

/* @last: the last member that the first version had */
#define TW_COMMAND(_cmd, _type, _last, _handler)			\
	{								\
		.cmd = (_cmd),						\
		.size = sizeof(struct _type) +				\
			BUILD_BUG_ON_ZERO(offsetof(struct _type, size)) + \
			BUILD_BUG_ON_ZERO(sizeof(struct _type) > TW_ARG_MAX), \
		.min = offsetofend(struct _type, _last),		\
		.handler = (_handler),					\
	}

/* Room for every argument, on the stack. */
#define TW_ARG_MAX 512

long tw_dispatch(const struct tw_command *table, size_t n, void *private,
		 unsigned int cmd, unsigned long arg);
int tw_respond(struct tw_call *call);
int tw_check_name(const char *name);

#endif /* TW_IOCTL_H */
