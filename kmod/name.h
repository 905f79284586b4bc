/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TW_NAME_H
#define TW_NAME_H

#include <linux/list.h>
#include <linux/uidgid.h>

#include "ioctl.h"

struct ipc_namespace;
struct tw_domain;

/* Where a domain is published, and who may open it; constant but for link. */
struct tw_name {
	struct list_head link;		/* tw_names_lock */
	struct ipc_namespace *ipc;	/* NULL: it is not published */
	kuid_t uid;
	kgid_t gid;
	u32 mode;
};

int tw_name_publish(struct tw_domain *d, u32 mode);
void tw_name_withdraw(struct tw_domain *d);

/* device */
int tw_domain_open(void *private, struct tw_call *call);

#endif /* TW_NAME_H */
