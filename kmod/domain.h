/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TW_DOMAIN_H
#define TW_DOMAIN_H

#include <linux/bits.h>
#include <linux/completion.h>
#include <linux/kref.h>
#include <linux/mutex.h>
#include <linux/wait.h>

#include "core/core.h"
#include "ioctl.h"
#include "name.h"
#include "user.h"

struct dentry;
struct file;
struct task_struct;

/* The largest budget, so that sums of bytes do not overflow. */
#define TW_MEMORY_MAX	BIT_ULL(62)

/*
 * Who may still use a domain, and why each dries up:
 *
 *	its owner's file	until the last descriptor is closed
 *	files opened by name	one reference each, until they are released; no new
 *				ones after the owner's file is
 *	endpoint files		one reference each, until they are released
 *	the GVT thread		stopped when the owner's file is released
 *	debugfs files		removed when the owner's file is released
 */
struct tw_domain {
	struct tw_core core;
	struct kref refs;
	const struct file *owner;	/* NULL once it is closed; never followed */
	struct tw_user *user;		/* who pays, until the owner closes it */
	struct tw_name published;
	struct mutex setup;		/* creation and start; held over user copies: killable */
	struct mutex mutex;		/* adding processes, state; taken inside setup */
	char name[TW_NAME_LEN];		/* constant */
	u32 flags;			/* constant: TW_DOMAIN_* */
	u32 cancellation;		/* constant */
	u32 gvt_interval_us;		/* constant */
	u32 gvt_delay_us;		/* debugfs: injected between the steps of a round */

	wait_queue_head_t wait;		/* GVT or the state has changed */
	struct tw_domain_page *page;	/* constant; written by the GVT thread */
	u64 message_bytes_peak;		/* written by the GVT thread */

	struct task_struct *gvt_thread;	/* mutex */
	wait_queue_head_t gvt_wait;
	bool gvt_wanted;
	const char *gvt_state;		/* for debugfs */
	struct dentry *debugfs;
};

/* device */
int tw_domain_create(void *private, struct tw_call *call);

void tw_domain_get(struct tw_domain *d);
void tw_domain_put(struct tw_domain *d);
struct file *tw_domain_file(struct tw_domain *d, u32 access, __s32 *fd);
void tw_file_publish(int fd, struct file *file, int err);
void tw_domain_finish(struct tw_domain *d, u32 state);
void tw_domain_collect(struct tw_domain *d, struct tw_domain_stat *st);
void tw_op_done(struct tw_domain *d, struct tw_op *op);
int tw_domain_await_start(struct tw_domain *d);

/* gvt_thread.c */
int tw_gvt_start(struct tw_domain *d);
void tw_gvt_stop(struct tw_domain *d);
void tw_gvt_want(struct tw_domain *d);
const char *tw_gvt_stall_reason(struct tw_domain *d);

/* debugfs.c */
void tw_debugfs_init(void);
void tw_debugfs_exit(void);
void tw_debugfs_add(struct tw_domain *d);
void tw_debugfs_remove(struct tw_domain *d);

/* page.c */
int tw_domain_mmap(struct tw_domain *d, struct vm_area_struct *vma);

static inline struct tw_domain *tw_core_domain(struct tw_core *core)
{
	return container_of(core, struct tw_domain, core);
}

#endif /* TW_DOMAIN_H */
