/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TW_MEMFD_H
#define TW_MEMFD_H

#include "core/core.h"

struct file;

/* A descriptor on its way to the caller; no file: nothing to do. */
struct tw_passing {
	struct file *file;
	int fd;
};

struct tw_message *tw_memfd_read(const void __user *payload, u32 len);
int tw_memfd_write(void __user *payload, const struct tw_message *m, loff_t offset,
		   struct tw_passing *pass);
void tw_memfd_passed(struct tw_passing *pass, int err);
int tw_memfd_copy(char __user *to, const struct tw_message *m, loff_t offset, u32 len);

#endif /* TW_MEMFD_H */
