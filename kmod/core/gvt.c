// SPDX-License-Identifier: GPL-2.0
/*
 * Global virtual time, computed while the processes run.
 *
 * A round is a consistent cut with two colours (Mattern, Efficient algorithms
 * for distributed snapshots and global virtual time approximation, 1993), with
 * the minimum of what is sent meanwhile taken as Fujimoto and Hybinette do
 * (Computing global virtual time in shared-memory multiprocessors, 1997):
 *
 *  1. tw_gvt_begin() names a new round: what is sent from now on is red.
 *  2. The host waits for the operations that had begun before: synchronize_srcu().
 *     Now every white message is in its receiver's queue, or annihilated.
 *  3. tw_gvt_scan() takes each process's lock once and reads its LVT, its
 *     earliest pending message, and the earliest red message that it sent.
 *
 * Why the minimum of those is a lower bound. Suppose that something can still
 * roll back a process to a time t after the scan. It is a message or antimessage
 * for t that was not in a queue when the receiver was scanned. It is not white.
 * So it is red, and stamped - under the sender's lock - either before the sender
 * was scanned, and then the scan read it in red_min; or after, and then t is
 * above the sender's LVT at that moment, which the scan counted, unless the
 * sender itself was rolled back in between: by a message of which the same is
 * true. Antimessages are stamped when they leave the output queue.
 *
 * What a port injects comes from nobody's LVT. It is above the port's promise,
 * which the scan counts, or the port is live and makes none. Either way it is
 * not below GVT as that is published: an injection compares with GVT, and the
 * publication takes what was injected since the round began into account, under
 * one lock, tw_core.port_lock:
 *
 *	the GVT thread, round r			an injection for time t
 *	-----------------------			-----------------------
 *	scan: g, the least contribution
 *						lock: t >= gvt, else -ETIME
 *						      note t for its round
 *	lock: g = min(g, noted for r)
 *	      gvt = g
 *						lock: t >= g, else -ETIME
 *
 * One that was noted for a round before r is white.
 *
 * When nothing is left to do but what a live port may yet inject, the minimum is
 * +infinity, and the domain is not at its end. Then GVT comes to just behind
 * everything that was: all of it is committed, and the port has the rest.
 *
 * A creation is received at the time at which it is sent, t. That is above the
 * creator's LVT as well; and once it has arrived the new process counts with t
 * until it is attached, runs and receives.
 *
 * A process that receives committed messages only, the next one at t, waits until
 * GVT is above t, and must not hold it back itself: nothing that it will do can
 * roll it back, or be for t, so its contribution is t + 1. Two of them with
 * messages for the same t both get them.
 *
 * A process that coasts forward has an LVT below coast_until, but nothing of
 * what it does there is new: coast_until is its contribution.
 */
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/sched.h>

#include "internal.h"
#include "trace.h"

/* Below this the process has nothing left to do but coast. */
u64 tw_progress(struct tw_proc *p)
{
	struct tw_process_page *page = p->running ? p->running->page : NULL;
	u64 lvt = p->lvt;

	if (page && p->state == TW_PROCESS_RUNNING) {
		u64 time = READ_ONCE(page->time);

		/* hold is stored before time moves on. */
		smp_rmb();
		lvt = max(lvt, min(time, READ_ONCE(page->hold)));
	} else if (page) {
		lvt = min(lvt, READ_ONCE(page->hold));
	}
	return p->state == TW_PROCESS_EXITED ? lvt : min(lvt, tw_first_time(p));
}

static u64 tw_contribution(struct tw_proc *p, u64 progress)
{
	u64 time;

	if (p->port)
		return p->live ? TW_TIME_INF : p->lvt;
	if (p->sink || p->state == TW_PROCESS_DEAD || p->state == TW_PROCESS_UNBORN)
		return TW_TIME_INF;
	if (p->state == TW_PROCESS_NEW)
		return p->lvt;
	time = max(progress, p->coast_until);
	/* What is sent from an event is for later, and the event itself is no risk. */
	if (p->committed && time < TW_TIME_INF)
		time++;
	return p->deferred.set ? min(time, p->deferred.floor) : time;
}

/**
 * tw_gvt_contribution() - what one process adds to the minimum
 * @p: its lock is held
 *
 * Return: a virtual time.
 */
u64 tw_gvt_contribution(struct tw_proc *p)
{
	return tw_contribution(p, tw_progress(p));
}

/**
 * tw_gvt_begin() - begin a round
 * @core: the caller is its GVT thread, and calls synchronize_srcu() next
 */
void tw_gvt_begin(struct tw_core *core)
{
	WRITE_ONCE(core->round, core->round + 1);
}

/* The earliest message that can yet come from a process that contributes @time. */
static u64 tw_first_sent(const struct tw_proc *p, u64 time)
{
	return time == TW_TIME_INF || p->port || p->committed ? time : time + 1;
}

/* The latest time that anything has come to at a process, or waits for at a sink. */
static u64 tw_latest_locked(struct tw_proc *p)
{
	struct rb_node *last = rb_last(&p->pending.rb_root);
	u64 position = tw_position_key(p).recv_time;

	if (p->sink)
		return last ? rb_entry(last, struct tw_message, pending)->key.recv_time : 0;
	return max(p->now.horizon, position < TW_TIME_INF ? position : 0);
}

/**
 * tw_gvt_scan() - the estimate of this round
 * @op: an operation of the GVT thread; lazy output that was passed by is unsent
 * @core: all operations that began before the round have ended
 *
 * Return: a time between the true GVT at the begin of the round and now, not
 * below the last one.
 */
u64 tw_gvt_scan(struct tw_op *op, struct tw_core *core)
{
	bool live = READ_ONCE(core->live);
	u64 gvt = TW_TIME_INF, latest = 0;
	struct tw_proc *p;

	core->gvt_holder = 0;
	core->first_sent = TW_TIME_INF;
	tw_core_for_each(core, p) {
		u64 progress, time, first;

		if (p->sink && !live)
			continue;
		spin_lock(&p->lock);
		/* Read once: the page moves on, and what is not passed counts. */
		progress = tw_progress(p);
		if (p->state != TW_PROCESS_NEW && !p->deferred.set)
			tw_pass_locked(op, p, progress);
		/* The page may go back before the next message: not what was counted. */
		if (p->state == TW_PROCESS_RUNNING)
			p->lvt = max(p->lvt, progress);
		time = tw_contribution(p, progress);
		first = tw_first_sent(p, time);
		if (p->red_round == core->round) {
			time = min(time, p->red_min);
			first = min(first, p->red_min);
		}
		core->first_sent = min(core->first_sent, first);
		if (live)
			latest = max(latest, tw_latest_locked(p));
		spin_unlock(&p->lock);
		tw_op_settle(op);
		if (time < gvt) {
			gvt = time;
			core->gvt_holder = p->id;
		}
	}
	if (gvt == TW_TIME_INF && live)
		gvt = min(latest + 1, TW_TIME_INF - 1);
	return max(min(gvt, op->floor), core->gvt);
}

/*
 * Can a message still come for a time to which GVT has come? Not if everything
 * else has come further; and of live ports that is the end, from the next round on.
 */
static bool tw_erasable(struct tw_core *core, u64 time)
{
	if (core->live_floor > time)
		return core->first_sent <= time;
	spin_lock(&core->port_lock);
	core->live_floor = time + 1;
	spin_unlock(&core->port_lock);
	return true;
}

/* A bad exit is real when two rounds found nothing left that could erase it. */
static void tw_check_exit_locked(struct tw_op *op, struct tw_proc *p, u64 gvt)
{
	u64 time = max(p->lvt, p->coast_until);

	if (p->state != TW_PROCESS_EXITED || p->lvt == TW_TIME_INF || p->deferred.set ||
	    gvt < time)
		return;
	if (!tw_erasable(p->core, time) && p->core->gvt_before == gvt)
		tw_core_fail(op, TW_FAILURE_PROCESS, p->id, p->lvt, p->exit_status);
}

/* Is there more to free? */
static bool tw_commit_locked(struct tw_op *op, struct tw_proc *p, u64 gvt)
{
	if (p->port)
		return false;
	if (p->sink)
		return tw_sink_commit_locked(op, p, gvt);
	tw_check_exit_locked(op, p, gvt);
	tw_sink_release_locked(p);
	tw_release_locked(p, gvt);
	tw_memory_look_locked(p);
	return tw_fossil_collect_locked(op, p, gvt);
}

static void tw_commit(struct tw_op *op, struct tw_proc *p, u64 gvt)
{
	bool more;

	spin_lock(&p->lock);
	more = tw_commit_locked(op, p, gvt);
	tw_schedule_look_locked(p);
	spin_unlock(&p->lock);
	while (more) {
		cond_resched();
		spin_lock(&p->lock);
		more = p->sink ? tw_sink_commit_locked(op, p, gvt) :
			tw_fossil_collect_locked(op, p, gvt);
		spin_unlock(&p->lock);
	}
}

/**
 * tw_gvt_publish() - commit what lies below the estimate
 * @op: an operation of the GVT thread
 * @core: the domain
 * @gvt: from tw_gvt_scan()
 *
 * At +infinity the domain ends, and a process that was lost since the scan would
 * not come to its end again: then GVT stays.
 *
 * Return: GVT, which an injection since the scan can have lowered.
 */
u64 tw_gvt_publish(struct tw_op *op, struct tw_core *core, u64 gvt)
{
	struct tw_proc *p;

	if (gvt == TW_TIME_INF && READ_ONCE(core->lost_round) == core->round)
		gvt = core->gvt;
	spin_lock(&core->port_lock);
	if (core->injected_round == core->round)
		gvt = min(gvt, core->injected_min);
	core->gvt_before = core->gvt;
	WRITE_ONCE(*core->gvt_shown, gvt);
	/* What is committed by it is found afterwards: tw_sink_first_locked(). */
	smp_store_release(&core->gvt, gvt);
	spin_unlock(&core->port_lock);
	trace_tw_gvt(core);
	tw_core_for_each(core, p)
		tw_commit(op, p, gvt);
	tw_memory_relieve(op, core);
	tw_schedule_round(core);
	return gvt;
}

/* What keeps the contribution of a process where it is. */
static u32 tw_stall_reason_locked(struct tw_proc *p, u64 gvt)
{
	if (p->port)
		return TW_STALL_PROMISE;
	if (p->state == TW_PROCESS_NEW)
		return TW_STALL_UNATTACHED;
	if (p->deferred.set || p->needs_park)
		return TW_STALL_SNAPSHOT;
	if (p->running && tw_host_stopped(p->running))
		return TW_STALL_STOPPED;
	if (p->state == TW_PROCESS_EXITED)
		return TW_STALL_EXIT;
	if (tw_gvt_contribution(p) > gvt)
		return TW_STALL_FLIGHT;
	if (tw_unsent_floor(p) <= gvt)
		return TW_STALL_UNSENT;
	return p->state == TW_PROCESS_WAITING ? TW_STALL_MESSAGE : TW_STALL_EVENT;
}

static void tw_stall_find(struct tw_core *core)
{
	struct tw_proc *p = tw_core_find(core, core->gvt_holder);

	if (!p)
		return;
	spin_lock(&p->lock);
	WRITE_ONCE(core->stall_process, p->id);
	WRITE_ONCE(core->stall_reason, tw_stall_reason_locked(p, core->gvt));
	spin_unlock(&p->lock);
	tw_proc_put(p);
}

/**
 * tw_gvt_stalled() - does GVT stand still, though there is something to do?
 * @core: the caller is its GVT thread, after a round
 * @limit: ns for which it must have; 0: it never does
 *
 * From then on tw_core.stall_process and stall_reason follow who holds it back, and
 * why, until it moves.
 *
 * Return: true once for each time that it does.
 */
bool tw_gvt_stalled(struct tw_core *core, u64 limit)
{
	bool known = core->stall_process;
	u64 now = tw_host_clock();

	if (core->gvt != core->gvt_before || !core->gvt_holder || !core->gvt_since) {
		core->gvt_since = now;
		WRITE_ONCE(core->stall_process, 0);
		WRITE_ONCE(core->stall_reason, TW_STALL_NONE);
		return false;
	}
	if (!limit || now - core->gvt_since < limit)
		return false;
	tw_stall_find(core);
	if (known || !core->stall_process)
		return false;
	WRITE_ONCE(core->stalls, core->stalls + 1);
	trace_tw_gvt_stall(core);
	return true;
}
