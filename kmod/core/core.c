// SPDX-License-Identifier: GPL-2.0
/* The domain and the process as such: set up, tear down, look up, count. */
#include <linux/err.h>
#include <linux/minmax.h>
#include <linux/nospec.h>
#include <linux/rculist.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "internal.h"
#include "trace.h"

/* Unless the creator says otherwise; the first interval is until there is a measurement. */
#define TW_INTERVAL_FIRST	64
#define TW_INTERVAL_MIN		8
#define TW_INTERVAL_MAX		1048576
#define TW_SNAPSHOTS_MAX	64

/**
 * tw_core_init() - an empty domain
 * @core: to be initialised
 * @id: names it in traces
 *
 * Return: 0 or -ENOMEM.
 */
int tw_core_init(struct tw_core *core, u32 id)
{
	memset(core, 0, sizeof(*core));
	core->id = id;
	core->state = TW_DOMAIN_NEW;
	atomic_set(&core->active, 0);
	atomic_set(&core->coming, 0);
	atomic_set(&core->holders, 0);
	spin_lock_init(&core->failure_lock);
	spin_lock_init(&core->port_lock);
	core->gvt_shown = &core->gvt_own;
	tw_schedule_init(&core->schedule);
	tw_spawned_init(core);
	tw_memory_set(core, 0);
	return init_srcu_struct(&core->srcu);
}

/* All queues are emptied without a lock: nothing can reach the process. */
void tw_proc_clear(struct tw_proc *p)
{
	struct tw_message *m, *next;

	if (p->exited)
		tw_inc_put(p->exited);
	p->exited = NULL;
	while ((m = tw_first_pending(p))) {
		rb_erase_cached(&m->pending, &p->pending);
		tw_message_put(m);
		cond_resched();
	}
	list_for_each_entry_safe(m, next, &p->delivered, delivered) {
		list_del(&m->delivered);
		tw_message_put(m);
		cond_resched();
	}
	list_splice_tail_init(&p->unconfirmed, &p->sent);
	list_for_each_entry_safe(m, next, &p->sent, sent) {
		list_del(&m->sent);
		tw_message_put(m);
		cond_resched();
	}
	if (p->spawned)
		tw_birth_commit_locked(p, TW_TIME_INF);
}

/**
 * tw_core_clear() - free all messages
 * @core: no operation runs or will run; no file of a process is open
 *
 * Spawned processes are given to tw_host_free(); the others are the host's, who
 * frees them next.
 */
void tw_core_clear(struct tw_core *core)
{
	struct tw_proc *p;

	/* Any message may refer to any process. */
	tw_core_for_each(core, p)
		tw_proc_clear(p);
	tw_spawned_destroy(core);
}

/**
 * tw_core_destroy() - free what tw_core_init() and tw_core_add() took
 * @core: cleared
 */
void tw_core_destroy(struct tw_core *core)
{
	cleanup_srcu_struct(&core->srcu);
	kfree(core->procs);
}

/**
 * tw_core_reserve() - make room for one more process
 * @core: not started yet; the caller keeps other additions out
 *
 * Return: 0 or -ENOMEM.
 */
int tw_core_reserve(struct tw_core *core)
{
	u64 n = core->procs_max ? 2 * core->procs_max : 8;
	struct tw_proc **procs;

	if (core->procs_n < core->procs_max)
		return 0;
	procs = krealloc_array(core->procs, n, sizeof(*procs),
			       GFP_KERNEL_ACCOUNT | __GFP_NOWARN);
	if (!procs)
		return -ENOMEM;
	core->procs = procs;
	core->procs_max = n;
	return 0;
}

/**
 * tw_core_add() - give a process its id and let others send to it
 * @core: tw_core_reserve() made room
 * @p: initialised
 */
void tw_core_add(struct tw_core *core, struct tw_proc *p)
{
	u64 n = core->procs_n;

	p->id = n + 1;
	core->procs[n] = p;
	core->procs_n = n + 1;
	if (tw_is_process(p))
		tw_schedule_enter(core);
	if (!p->live)
		return;
	/* The file of another one may be closed meanwhile. */
	spin_lock(&core->port_lock);
	WRITE_ONCE(core->live, core->live + 1);
	spin_unlock(&core->port_lock);
}

/**
 * tw_core_find() - look a process, sink or port up
 * @core: started, or the caller keeps additions out
 * @id: any value
 *
 * Return: the process, with a reference for the caller (tw_proc_put()), or NULL.
 */
struct tw_proc *tw_core_find(struct tw_core *core, u64 id)
{
	if (id - 1 < core->procs_n)
		return core->procs[array_index_nospec(id - 1, core->procs_n)];
	return TW_ID_SPAWNED(id) ? tw_spawned_find(core, id) : NULL;
}

/* The spawned process after @p, the first one after NULL. */
struct tw_proc *tw_core_next_spawned(struct tw_core *core, struct tw_proc *p)
{
	struct list_head *at = p ? &p->origin.link : &core->spawned;

	return list_next_or_null_rcu(&core->spawned, at, struct tw_proc, origin.link);
}

/**
 * tw_core_next() - walk through all processes and sinks
 * @core: started, or the caller keeps additions out; it is in an operation, or
 *	is the GVT thread
 * @p: NULL for the first one
 *
 * See tw_core_for_each(). May give the processor away.
 *
 * Return: the one after @p, or NULL.
 */
struct tw_proc *tw_core_next(struct tw_core *core, struct tw_proc *p)
{
	u64 i = p ? p->id : 0;

	/* There can be very many. */
	cond_resched();
	if (p && p->spawned)
		return tw_core_next_spawned(core, p);
	return i < core->procs_n ? core->procs[i] : tw_core_next_spawned(core, NULL);
}

/**
 * tw_core_fail() - the domain cannot go on
 * @op: tells the host
 * @failure: TW_FAILURE_*
 * @process: whose fault it is
 * @time: the virtual time of it
 * @status: wait status, with TW_FAILURE_PROCESS
 *
 * The first failure is the one that is reported.
 */
void tw_core_fail(struct tw_op *op, u32 failure, u64 process, u64 time, u32 status)
{
	struct tw_core *core = op->core;

	spin_lock(&core->failure_lock);
	if (core->failure == TW_FAILURE_NONE) {
		core->failure = failure;
		core->failed_process = process;
		core->failed_time = time;
		core->failed_status = status;
		trace_tw_fail(core);
	}
	spin_unlock(&core->failure_lock);
	op->failed = true;
}

/* The first violation of determinism is the one that is reported. */
void tw_note_violation(struct tw_core *core, const struct tw_message *m, u32 violation)
{
	spin_lock(&core->failure_lock);
	if (core->violation == TW_VIOLATION_NONE) {
		core->violation = violation;
		core->violation_key = m->key;
		core->violation_receiver = m->receiver->id;
	}
	spin_unlock(&core->failure_lock);
}

/**
 * tw_proc_init() - a process that no task embodies yet
 * @p: zeroed
 * @core: its domain
 * @sink: it is a sink
 */
void tw_proc_init(struct tw_proc *p, struct tw_core *core, bool sink)
{
	spin_lock_init(&p->lock);
	p->core = core;
	p->sink = sink;
	p->state = TW_PROCESS_NEW;
	tw_proc_set_snapshots(p, 0, 0, 0, 0);
	p->pending = RB_ROOT_CACHED;
	INIT_LIST_HEAD(&p->delivered);
	INIT_LIST_HEAD(&p->sent);
	INIT_LIST_HEAD(&p->unconfirmed);
	INIT_LIST_HEAD(&p->snaps);
	p->red_min = TW_TIME_INF;
	tw_memory_set_proc(p, 0);
}

/**
 * tw_proc_set_snapshots() - how many snapshots a process makes and keeps
 * @p: not added yet; in_place is set
 * @interval: events between two of them; 0: chosen by measurement
 * @least: the least interval that is chosen; 0: the default
 * @most: the largest one; 0: the default
 * @live: how many are kept, at least 2; 0: the default
 *
 * Return: 0; -EINVAL: a bound is out of range or given beside @interval.
 */
int tw_proc_set_snapshots(struct tw_proc *p, u32 interval, u32 least, u32 most, u32 live)
{
	u32 low = p->in_place ? 1 : TW_INTERVAL_MIN;
	u32 min = interval ?: least ?: min_t(u32, low, most ?: U32_MAX);
	u32 max = interval ?: most ?: max_t(u32, TW_INTERVAL_MAX, least);

	if ((interval && (least || most)) || min > max || live == 1)
		return -EINVAL;
	p->interval_min = min;
	p->interval_max = max;
	p->interval = clamp_t(u32, TW_INTERVAL_FIRST, min, max);
	p->snaps_max = live ?: TW_SNAPSHOTS_MAX;
	return 0;
}

/**
 * tw_op_begin() - begin an operation
 * @op: to be initialised
 * @core: its domain
 *
 * Messages that the operation puts in flight are covered by the GVT rounds
 * that begin during it (gvt.c), so it must not wait for anything slow.
 */
void tw_op_begin(struct tw_op *op, struct tw_core *core)
	__acquires(&core->srcu)
{
	op->core = core;
	INIT_LIST_HEAD(&op->cancels);
	INIT_LIST_HEAD(&op->kills);
	INIT_LIST_HEAD(&op->resumes);
	op->floor = TW_TIME_INF;
	op->freed = 0;
	op->want_gvt = false;
	op->failed = false;
	op->srcu = srcu_read_lock(&core->srcu);
}

/**
 * tw_op_end() - settle what the operation unsent, and end it
 * @op: its lists of tasks are the host's to work off
 */
void tw_op_end(struct tw_op *op)
	__releases(&op->core->srcu)
{
	if (!list_empty(&op->cancels))
		tw_op_settle(op);
	tw_memory_uncharge(op->core, op->freed);
	srcu_read_unlock(&op->core->srcu, op->srcu);
}

/* Is the domain running? */
int tw_check_open(struct tw_core *core)
{
	switch (READ_ONCE(core->state)) {
	case TW_DOMAIN_RUNNING:
		return 0;
	case TW_DOMAIN_FAILED:
		return -EIO;
	default:
		return -ESHUTDOWN;
	}
}

void tw_wake_locked(struct tw_proc *p)
{
	WRITE_ONCE(p->wakes, p->wakes + 1);
	tw_host_wake(p);
}

/* A process that waits for GVT makes the rounds come faster. */
void tw_set_hold_locked(struct tw_proc *p, u64 hold)
{
	if (!!hold != !!p->hold)
		atomic_add(hold ? 1 : -1, &p->core->holders);
	p->hold = hold;
}

static bool tw_state_active(u32 state)
{
	return state == TW_PROCESS_NEW || state == TW_PROCESS_RUNNING;
}

/* Nobody runs, and nobody is about to: only GVT can tell what comes next. */
static bool tw_core_idle(struct tw_core *core)
{
	return !atomic_read(&core->active) && !atomic_read(&core->coming) &&
		!READ_ONCE(core->schedule.granted);
}

static void tw_set_coming_locked(struct tw_proc *p, bool coming)
{
	if (p->coming != coming)
		atomic_add(coming ? 1 : -1, &p->core->coming);
	p->coming = coming;
}

/* A message has come. If the process waits, it will come for it: that is no time for GVT. */
void tw_wake_coming_locked(struct tw_proc *p)
{
	if (p->state == TW_PROCESS_WAITING)
		tw_set_coming_locked(p, true);
	tw_wake_locked(p);
}

void tw_set_state_locked(struct tw_op *op, struct tw_proc *p, u32 state)
{
	bool was = tw_state_active(p->state), is = tw_state_active(state);

	p->state = state;
	p->awaits = NULL;
	if (is && !was)
		tw_schedule_enter(p->core);
	tw_set_coming_locked(p, false);
	tw_turn_end_locked(p);
	tw_set_asleep_locked(p, false);
	if (state == TW_PROCESS_DEAD || state == TW_PROCESS_UNBORN)
		tw_memory_leave_locked(op, p);
	if (!is && was)
		tw_schedule_leave(p->core);
	if (!is && tw_core_idle(p->core))
		op->want_gvt = true;
}

/* Events of the running incarnation, as it says itself. */
static u64 tw_running_events(struct tw_proc *p)
{
	struct tw_inc *inc = p->running;

	return inc && inc->page ? READ_ONCE(inc->page->events) - inc->events : 0;
}

u64 tw_stat_events(struct tw_proc *p)
{
	return p->paged ? p->stats.events + tw_running_events(p) : p->stats.delivered;
}

u64 tw_stat_events_committed(struct tw_proc *p)
{
	return p->paged ? p->stats.events_committed : p->stats.committed;
}

/**
 * tw_proc_stat() - what a process has done
 * @p: a process
 * @st: its numbers and its name are filled in; pids are the host's
 */
void tw_proc_stat(struct tw_proc *p, struct tw_process_stat *st)
{
	struct tw_proc_stats *s = &p->stats;

	spin_lock(&p->lock);
	st->state = tw_held(p) || p->awaits ? TW_PROCESS_HELD : p->state;
	st->id = p->id;
	st->lvt = tw_gvt_contribution(p);
	st->exit_status = p->exit_status;
	st->snapshots_live = s->snapshots_live;
	st->pending = s->messages - (p->now.deliveries - p->deliveries_freed);
	st->delivered = s->delivered;
	st->events = tw_stat_events(p);
	st->rollbacks_primary = s->rollbacks[TW_CAUSE_PRIMARY];
	st->rollbacks_secondary = s->rollbacks[TW_CAUSE_SECONDARY];
	st->rollback_depth = s->rollback_depth;
	st->sends = s->sends;
	st->antimessages = s->antimessages;
	st->snapshots = s->snapshots;
	st->snapshot_interval = p->interval;
	st->throttled = s->throttled;
	memcpy(st->name, p->name, sizeof(st->name));
	st->snapshots_thinned = s->snapshots_thinned;
	st->memory_budget = p->share.budget;
	st->memory = p->share.kept;
	st->memory_waits = s->memory_waits;
	st->pushed_back = s->pushed_back;
	spin_unlock(&p->lock);
}

static void tw_stat_add_queues(const struct tw_proc_stats *s, struct tw_domain_stat *st)
{
	st->messages += s->messages;
	st->message_bytes += s->message_bytes;
	st->balance += s->positives - s->negatives;
	st->annihilated_pending += s->annihilated_pending;
	st->annihilated_early += s->annihilated_early;
	st->committed_bytes += s->committed_bytes;
}

static void tw_stat_add_work(const struct tw_proc_stats *s, u64 events, u64 committed,
			     struct tw_domain_stat *st)
{
	st->sends += s->sends;
	st->delivered += s->delivered;
	st->committed += s->committed;
	st->events += events;
	st->events_committed += committed;
	st->rollbacks_primary += s->rollbacks[TW_CAUSE_PRIMARY];
	st->rollbacks_secondary += s->rollbacks[TW_CAUSE_SECONDARY];
	st->rollback_depth += s->rollback_depth;
	st->antimessages += s->antimessages;
	st->lazy_hits += s->lazy_hits;
	st->coasted += s->coasted;
	st->snapshots += s->snapshots;
	st->snapshots_live += s->snapshots_live;
	st->resumes += s->resumes;
	st->fossils += s->fossils;
	st->violations += s->violations;
	st->failures += s->failures;
	st->lost += s->rollbacks[TW_CAUSE_LOST];
	st->throttled += s->throttled;
	st->memory_waits += s->memory_waits;
	st->pushed_back += s->pushed_back;
	st->spawned += s->spawns;
	st->unspawned += s->unspawned;
	st->missed += s->missed;
}

static void tw_stat_add(struct tw_proc *p, struct tw_domain_stat *st)
{
	tw_stat_add_queues(&p->stats, st);
	if (p->sink) {
		st->sinks++;
		return;
	}
	if (p->port) {
		st->ports++;
		st->injected += p->stats.sends;
		st->memory_waits += p->stats.memory_waits;
		return;
	}
	tw_stat_add_work(&p->stats, tw_stat_events(p), tw_stat_events_committed(p), st);
	st->held += tw_held(p) || p->awaits;
	st->processes += p->state != TW_PROCESS_UNBORN;
}

static void tw_stat_add_gone(struct tw_core *core, struct tw_domain_stat *st)
{
	const struct tw_proc_stats *s = &core->gone;

	tw_stat_add_queues(s, st);
	tw_stat_add_work(s, s->events, s->events_committed, st);
	st->processes += core->gone_n;
}

static void tw_stat_failure(struct tw_core *core, struct tw_domain_stat *st)
{
	spin_lock(&core->failure_lock);
	st->failure = core->failure;
	st->failed_status = core->failed_status;
	st->failed_process = core->failed_process;
	st->failed_time = core->failed_time;
	st->violation_kind = core->violation;
	st->violation_process = core->violation_key.sender;
	st->violation_receiver = core->violation_receiver;
	st->violation_send_time = core->violation_key.send_time;
	st->violation_recv_time = core->violation_key.recv_time;
	st->violation_index = core->violation_key.index;
	spin_unlock(&core->failure_lock);
}

/**
 * tw_core_stat() - sum of what all processes have done
 * @core: the caller keeps additions and tw_core_retire() out
 * @st: zeroed; sums are filled in, the rest is the host's
 */
void tw_core_stat(struct tw_core *core, struct tw_domain_stat *st)
{
	int srcu = srcu_read_lock(&core->srcu);
	struct tw_proc *p;

	tw_core_for_each(core, p) {
		spin_lock(&p->lock);
		tw_stat_add(p, st);
		spin_unlock(&p->lock);
	}
	srcu_read_unlock(&core->srcu, srcu);
	tw_stat_add_gone(core, st);
	tw_stat_failure(core, st);
	tw_schedule_stat(core, st);
	st->gvt = READ_ONCE(core->gvt);
	st->gvt_rounds = READ_ONCE(core->round);
	st->memory_budget = core->memory.budget;
	st->memory = atomic64_read(&core->memory.used);
	st->memory_peak = atomic64_read(&core->memory.peak);
	st->cancelbacks = READ_ONCE(core->memory.cancelbacks);
	st->stalls = READ_ONCE(core->stalls);
	st->stall_process = READ_ONCE(core->stall_process);
	st->stall_reason = READ_ONCE(core->stall_reason);
}
