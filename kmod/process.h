/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TW_PROCESS_H
#define TW_PROCESS_H

#include <linux/spinlock.h>
#include <linux/wait.h>

#include "domain.h"

struct pid;

/* A process, sink or port, with what the core does not know. */
struct tw_process {
	struct tw_proc proc;
	struct tw_domain *domain;	/* constant; lives longer */
	struct tw_user *user;		/* constant: who pays */
	struct pid *guardian;		/* constant */
	u64 secret;			/* constant: in the names of snapshots */
	wait_queue_head_t wait;		/* tw_wakes() has changed */

	spinlock_t tasks_lock;		/* tasks; taken before no other lock */
	struct list_head tasks;		/* tw_task.link: incarnations not known to be dead */

	unsigned long stuck_since;	/* GVT thread: proc.needs_park since then, or 0 */
	unsigned long ask_at;		/* GVT thread: when to ask for the child again */

	struct mutex read_mutex;	/* sink: the two below */
	struct tw_message *reading;	/* taken from the queue, not yet read to its end */
	u64 read;			/* bytes of it that were */
};

static inline struct tw_process *tw_proc_process(struct tw_proc *p)
{
	return container_of(p, struct tw_process, proc);
}

int tw_process_create(void *private, struct tw_call *call);
int tw_process_stat(void *private, struct tw_call *call);
void tw_process_free(struct tw_process *p);
struct tw_process *tw_domain_process(struct tw_domain *d, u64 id);

int tw_endpoint_publish(struct tw_domain *d, struct tw_process *p, struct tw_call *call,
			const char *label, const struct file_operations *fops,
			__u64 *id, __s32 *fd);
int tw_endpoint_release(struct inode *inode, struct file *file);
struct tw_proc *tw_find_proc(struct tw_domain *d, u64 id);
struct tw_process *tw_process_alloc(struct tw_domain *d, const char *name, bool sink);
struct tw_process *tw_process_alloc_spawned(struct tw_process *creator);
struct file *tw_process_file(struct tw_process *p);

/* spawn.c */
int tw_process_spawn(void *private, struct tw_call *call);
struct tw_proc *tw_spawned_place(struct tw_process *sender, u64 id);

/* sink.c */
int tw_sink_create(void *private, struct tw_call *call);

/* port.c */
int tw_port_create(void *private, struct tw_call *call);

/* transfer.c */
struct tw_message *tw_message_read(struct tw_process *p, const struct tw_key *key, u64 receiver,
				   u32 flags, const void __user *payload, u32 len);
int tw_process_send(void *private, struct tw_call *call);
int tw_process_recv(void *private, struct tw_call *call);
int tw_process_step(void *private, struct tw_call *call);
void tw_recv_fill(struct tw_recv *arg, const struct tw_message *m);

/* page.c */
int tw_process_mmap(struct tw_process *p, struct vm_area_struct *vma);

/* What the ioctls of sinks and processes see of their file. */
struct tw_endpoint {
	struct tw_process *p;
	bool nonblock;
};

#endif /* TW_PROCESS_H */
