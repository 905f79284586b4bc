// SPDX-License-Identifier: GPL-2.0
/*
 * The GVT thread: one for each domain. Each step of a round writes its name,
 * so that a debugger, or debugfs, sees where it is.
 */
#define pr_fmt(fmt) "timewarp: " fmt

#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/sched.h>

#include "incarnation.h"

/* While processes wait for GVT or for memory, rounds come as often as this allows. */
#define TW_GVT_HURRY_US		500
#define TW_GVT_CHECK_JIFFIES	(HZ / 5)

/* What a round takes beside the thread's own time: a grace period, and the scheduler's. */
#define TW_GVT_ROUND_NS		20000

/* Of many processes the check is no more than such a part of the thread's time. */
#define TW_GVT_CHECK_RARE	20

static unsigned int tw_stall_ms = 10000;
module_param_named(stall_ms, tw_stall_ms, uint, 0644);
MODULE_PARM_DESC(stall_ms, "after so long without progress GVT is reported as stalled; 0: never");

/**
 * tw_gvt_want() - a round should begin now
 * @d: the domain
 */
void tw_gvt_want(struct tw_domain *d)
{
	if (READ_ONCE(d->gvt_wanted))
		return;
	WRITE_ONCE(d->gvt_wanted, true);
	wake_up(&d->gvt_wait);
}

static void tw_gvt_step(struct tw_domain *d, const char *state)
{
	u32 delay = READ_ONCE(d->gvt_delay_us);

	WRITE_ONCE(d->gvt_state, state);
	if (unlikely(delay))
		fsleep(delay);
}

/* Microseconds until the next round; or check, where there are no more rounds. */
static u32 tw_gvt_pause(struct tw_domain *d)
{
	bool hurry = atomic_read(&d->core.holders) || atomic_read(&d->core.memory.waiters);

	if (READ_ONCE(d->core.state) != TW_DOMAIN_RUNNING)
		return jiffies_to_usecs(TW_GVT_CHECK_JIFFIES);
	return hurry ? TW_GVT_HURRY_US : d->gvt_interval_us;
}

static void tw_gvt_sleep(struct tw_domain *d)
{
	u64 us = tw_gvt_pause(d);

	tw_gvt_step(d, "idle");
	/* Not for jiffies: these are longer than many a process can wait. */
	wait_event_interruptible_hrtimeout(d->gvt_wait,
					   READ_ONCE(d->gvt_wanted) || kthread_should_stop(),
					   ns_to_ktime(us * NSEC_PER_USEC));
	WRITE_ONCE(d->gvt_wanted, false);
}

/* The thread is in nobody's cgroup. What it did since @since is the user's time. */
static void tw_gvt_rest(struct tw_domain *d, u64 *since)
{
	u64 now = current->se.sum_exec_runtime;
	u64 ns = tw_user_spend(d->user, now - *since + TW_GVT_ROUND_NS);

	*since = now;
	if (!ns)
		return;
	tw_gvt_step(d, "rest");
	wait_event_interruptible_hrtimeout(d->gvt_wait, kthread_should_stop(),
					   ns_to_ktime(ns));
}

static void tw_gvt_show(struct tw_domain *d)
{
	struct tw_domain_stat st = {};

	tw_domain_collect(d, &st);
	if (st.message_bytes > d->message_bytes_peak)
		WRITE_ONCE(d->message_bytes_peak, st.message_bytes);
	WRITE_ONCE(d->page->gvt_rounds, st.gvt_rounds);
	WRITE_ONCE(d->page->committed, st.committed);
	WRITE_ONCE(d->page->rollbacks, st.rollbacks_primary + st.rollbacks_secondary);
	WRITE_ONCE(d->page->delivered, st.delivered);
}

static const char * const tw_stall_reasons[] = {
	[TW_STALL_NONE] = "",
	[TW_STALL_UNATTACHED] = "nobody has attached to it",
	[TW_STALL_EVENT] = "it is in the middle of an event",
	[TW_STALL_STOPPED] = "its task is stopped",
	[TW_STALL_MESSAGE] = "a message waits for it, and it does not come",
	[TW_STALL_SNAPSHOT] = "it waits for a snapshot to park",
	[TW_STALL_UNSENT] = "it has not handed in what it has sent",
	[TW_STALL_FLIGHT] = "its messages are in flight",
	[TW_STALL_EXIT] = "it has exited badly",
	[TW_STALL_PROMISE] = "it is a port, and has promised no more",
};

/* In words: for the log, and for debugfs. */
const char *tw_gvt_stall_reason(struct tw_domain *d)
{
	return tw_stall_reasons[READ_ONCE(d->core.stall_reason)];
}

static void tw_gvt_look(struct tw_domain *d)
{
	struct tw_proc *p;

	if (!tw_gvt_stalled(&d->core, (u64)READ_ONCE(tw_stall_ms) * NSEC_PER_MSEC))
		return;
	p = tw_core_find(&d->core, d->core.stall_process);
	if (!p)
		return;
	/* Names are the users' own text, and do not belong there. */
	pr_notice_ratelimited("domain %u: GVT stalls at %llu: process %llu, pid %d: %s\n",
			      d->core.id, d->core.gvt, p->id,
			      tw_running_pid(tw_proc_process(p)), tw_gvt_stall_reason(d));
	tw_proc_put(p);
}

static void tw_gvt_round(struct tw_domain *d)
{
	struct tw_core *core = &d->core;
	struct tw_op op;
	u64 before = core->gvt;
	u64 gvt;

	tw_gvt_step(d, "begin");
	tw_gvt_begin(core);
	tw_gvt_step(d, "quiesce");
	synchronize_srcu_expedited(&core->srcu);
	tw_core_bury(core);
	tw_gvt_step(d, "scan");
	tw_op_begin(&op, core);
	gvt = tw_gvt_scan(&op, core);
	tw_op_done(d, &op);
	tw_gvt_step(d, "commit");
	tw_op_begin(&op, core);
	gvt = tw_gvt_publish(&op, core, gvt);
	tw_op_done(d, &op);
	tw_gvt_look(d);
	tw_gvt_show(d);
	/* poll(2) tells of the state only: its waiters are not woken for this. */
	if (gvt != before)
		wake_up_poll(&d->wait, EPOLLPRI);
	if (gvt == TW_TIME_INF)
		tw_domain_finish(d, TW_DOMAIN_ENDED);
	mutex_lock(&d->mutex);
	tw_core_retire(core);
	mutex_unlock(&d->mutex);
}

/* Returns when it is to be called again. */
static unsigned long tw_gvt_check(struct tw_domain *d)
{
	unsigned long begin = jiffies;
	struct tw_proc *p;

	tw_gvt_step(d, "check");
	tw_core_for_each(&d->core, p)
		tw_tasks_check(tw_proc_process(p));
	return jiffies + max(TW_GVT_CHECK_JIFFIES, TW_GVT_CHECK_RARE * (jiffies - begin));
}

static int tw_gvt_thread(void *data)
{
	struct tw_domain *d = data;
	u64 since = current->se.sum_exec_runtime;
	unsigned long check = jiffies;

	while (!kthread_should_stop()) {
		tw_gvt_sleep(d);
		if (READ_ONCE(d->core.state) == TW_DOMAIN_RUNNING)
			tw_gvt_round(d);
		if (time_after_eq(jiffies, check))
			check = tw_gvt_check(d);
		tw_gvt_rest(d, &since);
		cond_resched();
	}
	WRITE_ONCE(d->gvt_state, "stopped");
	return 0;
}

/**
 * tw_gvt_start() - start the GVT thread of a domain
 * @d: its mutex is held
 *
 * It is as nice as the caller.
 *
 * Return: 0 or -ENOMEM.
 */
int tw_gvt_start(struct tw_domain *d)
{
	struct task_struct *t;

	lockdep_assert_held(&d->mutex);
	t = kthread_run(tw_gvt_thread, d, "timewarp/%u", d->core.id);
	if (IS_ERR(t))
		return -ENOMEM;
	set_user_nice(t, task_nice(current));
	d->gvt_thread = t;
	return 0;
}

/**
 * tw_gvt_stop() - end the GVT thread, if there is one
 * @d: the domain, whose file is being released: nobody starts it any more
 */
void tw_gvt_stop(struct tw_domain *d)
{
	if (d->gvt_thread)
		kthread_stop(d->gvt_thread);
}
