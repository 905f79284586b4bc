/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TW_INCARNATION_H
#define TW_INCARNATION_H

#include <linux/fs.h>

#include "process.h"

/* An incarnation and its Linux task. */
struct tw_task {
	struct tw_inc inc;
	struct pid *pid;		/* constant */
	struct list_head link;		/* tw_process.tasks_lock */
	wait_queue_head_t wait;		/* a snapshot is resumed or discarded */
	bool parks;			/* its own: it is in TW_PARK, or will be when it goes on */
};

/* the calls */
int tw_process_attach(void *private, struct tw_call *call);
int tw_process_snapshot(void *private, struct tw_call *call);
int tw_process_park(void *private, struct tw_call *call);
int tw_process_restore(void *private, struct tw_call *call);
int tw_process_exit(void *private, struct tw_call *call);
int tw_process_flush(struct file *file, fl_owner_t id);

struct tw_who tw_current(void);
int tw_enter(struct tw_process *p, struct tw_who *who, bool nonblock);
int tw_await(struct tw_process *p, u32 wakes, int err);
bool tw_again(struct tw_process *p, u32 wakes, int *err, bool nonblock);
int tw_error(struct tw_process *p, int err);
void tw_op_tasks(struct tw_op *op);
void tw_tasks_check(struct tw_process *p);
void tw_tasks_forget(struct tw_process *p);
pid_t tw_running_pid(struct tw_process *p);
pid_t tw_exited_pid(struct tw_process *p);

#endif /* TW_INCARNATION_H */
