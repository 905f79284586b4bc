// SPDX-License-Identifier: GPL-2.0
/* What must be true: after each event of the core, in each GVT round, at the end. */
#include <stdio.h>
#include <string.h>

#include "shim.h"
#include "sim.h"
#include "trace.h"

static struct proc *proc_of(const struct tw_proc *p)
{
	return container_of((struct tw_proc *)p, struct proc, proc);
}

/* ---- as events happen ---- */

void trace_tw_send(const struct tw_proc *p, const struct tw_message *m)
{
	if (verbose)
		printf("# %llu sends to %llu: at %llu for %llu, priority %llu\n",
		       (long long)p->id, (long long)m->receiver->id,
		       (long long)m->key.send_time, (long long)m->key.recv_time,
		       (long long)m->key.priority);
	if (proc_of(p)->sim->alone && !p->port && m->receiver->full &&
	    m->key.send_time >= p->coast_until)
		shim_bug("%llu sends to sink %llu, which is full",
			 (long long)p->id, (long long)m->receiver->id);
}

void trace_tw_receive(const struct tw_proc *p, const struct tw_message *m)
{
	if (verbose)
		printf("# %llu receives from %llu: at %llu for %llu, priority %llu\n",
		       (long long)p->id, (long long)m->key.sender,
		       (long long)m->key.send_time, (long long)m->key.recv_time,
		       (long long)m->key.priority);
}

void trace_tw_annihilate(const struct tw_proc *p, const struct tw_message *m)
{
	if (verbose)
		printf("# %llu is unsent by %llu: at %llu for %llu, state %d\n",
		       (long long)p->id, (long long)m->key.sender,
		       (long long)m->key.send_time, (long long)m->key.recv_time,
		       m->state);
	if (m->state == TW_MSG_GONE)
		shim_bug("a committed message of %llu is unsent",
			 (long long)m->key.sender);
	if (m->key.recv_time < READ_ONCE(p->core->gvt))
		shim_bug("an antimessage for %llu, GVT is %llu",
			 (long long)m->key.recv_time, (long long)p->core->gvt);
}

void trace_tw_commit(const struct tw_proc *p, const struct tw_message *m)
{
	struct proc *sink = proc_of(p);
	struct sim *sim = sink->sim;
	u32 n = sim->records[sink->index]++;
	const struct event *right = &sim->oracle->record[sink->index][n];

	if (n >= sim->oracle->records[sink->index] ||
	    m->len != sizeof(right->data) ||
	    m->key.recv_time != right->key.recv_time ||
	    m->key.sender != right->key.sender ||
	    m->key.priority != right->key.priority ||
	    memcmp(m->payload, &right->data, m->len))
		shim_bug("record %u of sink %u differs", n, sink->index);
}

/* Before a message comes to its receiver. */
void check_insert(struct sim *sim, struct tw_message *m)
{
	enum tw_message_state state;

	spin_lock(&m->receiver->lock);
	state = m->state;
	spin_unlock(&m->receiver->lock);
	if (state == TW_MSG_NEW && m->key.recv_time < READ_ONCE(sim->core.gvt))
		shim_bug("a message for %llu, GVT is %llu",
			 (long long)m->key.recv_time, (long long)sim->core.gvt);
}

void trace_tw_straggler(const struct tw_proc *p, const struct tw_message *m,
			u64 position, bool anti)
{
	if (verbose)
		printf("# %llu at %llu: %sstraggler for %llu\n",
		       (long long)p->id, (long long)position,
		       anti ? "anti-" : "", (long long)m->key.recv_time);
	if (m->key.recv_time < READ_ONCE(p->core->gvt))
		shim_bug("a straggler for %llu, GVT is %llu",
			 (long long)m->key.recv_time, (long long)p->core->gvt);
}

void trace_tw_rollback(const struct tw_proc *p, enum tw_cause cause, u64 from,
		       u64 to, u64 depth, u64 by)
{
	if (verbose)
		printf("# %llu rolls back: cause %d, from %llu to %llu (%llu), depth %llu, by %llu\n",
		       (long long)p->id, cause, (long long)from, (long long)to,
		       (long long)p->now.key.recv_time, (long long)depth,
		       (long long)by);
}

/* Those that are killed already are no use, and do not count. */
static u32 snaps_living(const struct tw_proc *p)
{
	const struct tw_snap *s;
	u32 n = 0;

	list_for_each_entry(s, &p->snaps, link)
		n += p->in_place || (s->inc && !tw_host_dying(s->inc));
	return n;
}

void trace_tw_snapshot(const struct tw_proc *p, const struct tw_snap *s)
{
	u32 n = snaps_living(p);

	if (n > p->snaps_max + p->core->spare + 1)
		shim_bug("process %llu has %u snapshots", (long long)p->id, n);
	if (verbose)
		printf("# %llu has parked %llu at %llu\n", (long long)p->id,
		       (long long)s->token, (long long)s->pos.key.recv_time);
}

void trace_tw_thin(const struct tw_proc *p, const struct tw_snap *s)
{
	u32 n = snaps_living(p);

	if (n != p->snaps_max + (p->core->spare && !p->in_place) + 1)
		shim_bug("process %llu has %u snapshots, and discards one",
			 (long long)p->id, n);
	if (p->snaps.next == &s->link)
		shim_bug("process %llu discards its oldest snapshot",
			 (long long)p->id);
}

void trace_tw_resume(const struct tw_proc *p, const struct tw_snap *s)
{
	if (verbose)
		printf("# %llu resumes %llu, coasts until %llu\n",
		       (long long)p->id, (long long)s->token,
		       (long long)p->coast_until);
}

void trace_tw_coast_forward(const struct tw_proc *p, u64 lvt)
{
	if (verbose)
		printf("# %llu has coasted until %llu\n", (long long)p->id,
		       (long long)lvt);
}

void trace_tw_wait(const struct tw_proc *p, u64 until)
{
	if (verbose)
		printf("# %llu waits until %llu\n", (long long)p->id,
		       (long long)until);
}

void trace_tw_drop(const struct tw_proc *p, u64 gvt)
{
	if (verbose)
		printf("# %llu is dropped at %llu\n", (long long)p->id,
		       (long long)gvt);
}

void trace_tw_failure(const struct tw_proc *p, u64 status)
{
	if (verbose)
		printf("# %llu exits with %llu\n", (long long)p->id,
		       (long long)status);
}

void trace_tw_violation(const struct tw_proc *p, const struct tw_message *m,
			u32 kind)
{
	shim_bug("process %llu is taken for indeterminate at %llu (%u)",
		 (long long)p->id, (long long)m->key.send_time, kind);
}

void trace_tw_fail(const struct tw_core *core)
{
	if (verbose)
		printf("# failure %u of %llu\n", core->failure,
		       (long long)core->failed_process);
}

void trace_tw_spawn(const struct tw_proc *p, u64 time)
{
	if (verbose)
		printf("# %llu is created at %llu by %llu\n", (long long)p->id,
		       (long long)time, (long long)p->origin.creator);
	if (time < READ_ONCE(p->core->gvt))
		shim_bug("a creation at %llu, GVT is %llu", (long long)time,
			 (long long)p->core->gvt);
}

void trace_tw_unspawn(const struct tw_proc *p, u64 time)
{
	if (verbose)
		printf("# %llu is not created at %llu\n", (long long)p->id,
		       (long long)time);
}

void trace_tw_gvt(const struct tw_core *core)
{
	if (verbose)
		printf("# GVT is %llu\n", (long long)core->gvt);
	if (core->gvt < core->gvt_before)
		shim_bug("GVT went back from %llu to %llu",
			 (long long)core->gvt_before, (long long)core->gvt);
}

void trace_tw_pushback(const struct tw_proc *p, const struct tw_message *m)
{
	if (verbose)
		printf("# %llu waits at %llu for the reader of %llu\n",
		       (long long)p->id, (long long)m->key.send_time,
		       (long long)m->receiver->id);
}
void trace_tw_throttle(const struct tw_proc *p, u64 time, enum tw_turn turn)
{
	(void)p;
	(void)time;
	(void)turn;
}

void trace_tw_memory_wait(const struct tw_proc *p, u64 time)
{
	if (verbose)
		printf("# %llu waits for memory at %llu\n", (long long)p->id,
		       (long long)time);
}

void trace_tw_cancelback(const struct tw_proc *p, u64 time, u64 bytes)
{
	if (verbose)
		printf("# %llu takes back %llu bytes from %llu on\n",
		       (long long)p->id, (long long)bytes, (long long)time);
	if (time <= p->core->gvt)
		shim_bug("process %llu takes back %llu, GVT is %llu",
			 (long long)p->id, (long long)time,
			 (long long)p->core->gvt);
}

void trace_tw_gvt_stall(const struct tw_core *core)
{
	(void)core;
}

void trace_tw_fossil(const struct tw_proc *p, u64 messages, u64 snapshots)
{
	if (verbose)
		printf("# %llu frees %llu messages, %llu snapshots\n",
		       (long long)p->id, (long long)messages,
		       (long long)snapshots);
}

/* ---- true GVT, by its definition ---- */

u64 injected_in_flight(struct sim *sim)
{
	return sim->in_flight ? sim->in_flight->key.recv_time : TW_TIME_INF;
}

/* Messages and antimessages that have left one process and not come to another. */
static u64 in_flight(struct sim *sim)
{
	u64 time = injected_in_flight(sim);
	struct tw_message *m;
	struct task *t;

	list_for_each_entry(t, &sim->tasks, link) {
		if (!t->in_op)
			continue;
		if (t->stamped->state == TW_MSG_NEW)
			time = min(time, t->stamped->key.recv_time);
		list_for_each_entry(m, &t->op.cancels, sent)
			time = min(time, m->key.recv_time);
	}
	return time;
}

static u64 first_pending(struct tw_proc *p)
{
	struct rb_node *first = rb_first_cached(&p->pending);

	return first ? rb_entry(first, struct tw_message, pending)
			       ->key.recv_time :
		       TW_TIME_INF;
}

/* What the process may yet do at the earliest: less than that it cannot know. */
static u64 task_first_act(struct task *t)
{
	u64 time = TW_TIME_INF;
	u32 i;

	for (i = 0; i < t->outs; i++)
		time = min(time, t->out[i].key.recv_time);
	for (i = t->in_pos; i < t->ins; i++)
		time = min(time, t->in[i].key.recv_time);
	if (t->locals)
		time = min(time, t->local[0].key.recv_time);
	return time;
}

/* Up to where the process has declared that it is done. */
static u64 task_declared(struct task *t)
{
	const struct setup *s = &t->proc->sim->setup;
	u32 state = t->proc->proc.state;
	/* One that is held has not come as far as it asked for. */
	u64 until = min(t->until, t->proc->proc.lvt);

	if (!t->page)
		return state == TW_PROCESS_WAITING ? until : t->declared;
	if (state == TW_PROCESS_WAITING)
		return min(until, t->page->hold);
	/* A claim may be given up: always, or for a snapshot that is forced. */
	if (t->claimed && (s->gives_up || s->memory || s->proc_memory))
		return max(t->declared, min(t->now, t->page->hold));
	return max(t->declared, min(t->page->time, t->page->hold));
}

/* What an earlier life sent and this one may not send again, antimessages in waiting. */
static u64 unconfirmed(struct proc *p)
{
	u64 time = TW_TIME_INF;
	struct tw_message *m;

	list_for_each_entry(m, &p->proc.unconfirmed, sent)
		if (m->key.send_time >= p->proc.coast_until)
			time = min(time, m->key.recv_time);
	return time;
}

static u64 proc_time(struct proc *p, u64 (*task_time)(struct task *t))
{
	struct task *t = proc_state(p);
	u64 time;

	if (p->proc.sink || p->proc.port || p->proc.state == TW_PROCESS_DEAD ||
	    p->proc.state == TW_PROCESS_UNBORN)
		return TW_TIME_INF;
	if (p->proc.state == TW_PROCESS_NEW)
		return p->proc.spawned ? p->proc.origin.time : 0;
	if (p->proc.state == TW_PROCESS_EXITED)
		time = p->proc.lvt;
	else
		time = min(t ? task_time(t) : TW_TIME_INF,
			   first_pending(&p->proc));
	time = max(time, p->proc.coast_until);
	/* Once it has asked for what is committed, only what it sends is a risk. */
	if (p->sim->setup.committed[p->index] && time < TW_TIME_INF &&
	    task_time == task_first_act)
		time++;
	return p->proc.deferred.set ? min(time, p->proc.deferred.floor) : time;
}

static u64 true_gvt(struct sim *sim, u64 (*task_time)(struct task *t))
{
	u64 time = in_flight(sim);
	struct tw_proc *p;

	tw_core_for_each(&sim->core, p)
		time = min(time, proc_time(proc_of(p), task_time));
	return time;
}

/* As the processes have declared it. */
u64 true_gvt_low(struct sim *sim)
{
	u64 time = true_gvt(sim, task_declared);
	struct tw_proc *p;
	u32 i;

	tw_core_for_each(&sim->core, p)
		time = min(time, unconfirmed(proc_of(p)));
	for (i = 0; i < sim->setup.ports; i++)
		time = min(time, port_declared(sim, i));
	return time;
}

/* As it is, known only to who sees into the processes. */
u64 true_gvt_high(struct sim *sim)
{
	u64 time = true_gvt(sim, task_first_act);
	u32 i;

	for (i = 0; i < sim->setup.ports; i++)
		time = min(time, port_first_act(sim, i));
	return time;
}

/* ---- whose turn it is ---- */

/* An event begins: is it within the window? */
void check_begin(struct sim *sim, u64 time)
{
	u64 window = sim->setup.horizon, gvt = READ_ONCE(sim->core.gvt);

	if (window && !sim->setup.learns && time > gvt && time - gvt > window)
		shim_bug("an event begins at %llu, GVT is %llu",
			 (long long)time, (long long)gvt);
}

/* No process is held while another one may run; one thread drives all. */
void check_schedule(struct sim *sim)
{
	struct tw_schedule *s = &sim->core.schedule;
	int running = atomic_read(&sim->core.active) + s->granted;

	if (rb_first_cached(&s->held) && running < s->running_max)
		shim_bug("a process is held, and only %d run", running);
}

/* ---- at the end ---- */

static void check_history(const struct outcome *o, const struct program *right)
{
	u64 id = right->id;
	u32 i;

	if (!o->done)
		shim_bug("process %llu has left no history", (long long)id);
	for (i = 0; i < right->events && i < o->result.events; i++)
		if (o->result.chain[i] != right->chain[i])
			shim_bug(
				"process %llu: event %u is not what it should be",
				(long long)id, i);
	if (o->result.events != right->events || o->result.hash != right->hash)
		shim_bug("process %llu: %u events instead of %u", (long long)id,
			 o->result.events, right->events);
}

/* Records of a sink that are to be read; if it failed, those before. */
static u32 records_right(struct sim *sim, u32 sink)
{
	const struct oracle *o = sim->oracle;
	u32 n = 0;

	if (!o->bug_time)
		return o->records[sink];
	while (n < o->records[sink] &&
	       o->record[sink][n].key.recv_time < o->bug_time)
		n++;
	return n;
}

/* What a sink with a bound has counted. */
void check_sinks(struct sim *sim)
{
	struct rb_node *node;
	u32 i;

	for (i = 0; i < sim->setup.sinks; i++) {
		struct tw_proc *p = &sim->sink[i]->proc;
		u64 bytes = 0;

		if (!p->bound || p->closed)
			continue;
		for (node = rb_first_cached(&p->pending); node;
		     node = rb_next(node))
			if (rb_entry(node, struct tw_message, pending)
				    ->key.recv_time < sim->core.gvt)
				bytes += RECORD_BYTES;
		if (p->unread != bytes)
			shim_bug("sink %u: %llu bytes unread, not %llu", i,
				 (long long)p->unread, (long long)bytes);
		if (p->full && bytes <= p->bound / 2)
			shim_bug("sink %u: full with %llu bytes", i,
				 (long long)bytes);
	}
}

struct tw_domain_stat totals;

static void totals_add(const struct tw_domain_stat *st)
{
	totals.delivered += st->delivered;
	totals.committed += st->committed;
	totals.rollbacks_primary += st->rollbacks_primary;
	totals.rollbacks_secondary += st->rollbacks_secondary;
	totals.antimessages += st->antimessages;
	totals.annihilated_pending += st->annihilated_pending;
	totals.annihilated_early += st->annihilated_early;
	totals.lazy_hits += st->lazy_hits;
	totals.coasted += st->coasted;
	totals.snapshots += st->snapshots;
	totals.resumes += st->resumes;
	totals.fossils += st->fossils;
	totals.throttled += st->throttled;
	totals.pushed_back += st->pushed_back;
	totals.spawned += st->spawned;
	totals.unspawned += st->unspawned;
	totals.missed += st->missed;
	totals.memory_waits += st->memory_waits;
	totals.cancelbacks += st->cancelbacks;
	totals.failure += st->failure != TW_FAILURE_NONE;
}

/* What is charged is in use or in stock; the budget was enough. */
static void check_memory(struct sim *sim, const struct tw_domain_stat *st)
{
	struct tw_proc *p;
	u64 stock = 0;

	tw_core_for_each(&sim->core, p) {
		stock += p->share.stock;
		if (p->share.kept)
			shim_bug("process %llu keeps %lld bytes", (long long)p->id,
				 (long long)p->share.kept);
	}
	if (st->memory != stock)
		shim_bug("%lld bytes are charged, %lld are in stock",
			 (long long)st->memory, (long long)stock);
	if (atomic_read(&sim->core.memory.waiters))
		shim_bug("%d wait for memory", atomic_read(&sim->core.memory.waiters));
	if (sim->setup.memory && sim->setup.memory_enough &&
	    st->memory_peak > st->memory_budget)
		shim_bug("%llu bytes of %llu", (long long)st->memory_peak,
			 (long long)st->memory_budget);
}

/* What must be true of a domain that ended, not failed. */
static void check_ended(struct sim *sim, const struct tw_domain_stat *st)
{
	u32 i;

	for (i = 0; i < sim->setup.procs; i++)
		check_history(&sim->proc[i]->outcome, &sim->oracle->program[i]);
	for (i = 0; i < sim->oracle->kids; i++)
		check_history(kid_outcome(sim, sim->oracle->kid[i].program.id),
			      &sim->oracle->kid[i].program);
	if (st->processes != sim->setup.procs + sim->oracle->kids)
		shim_bug("%llu processes", (long long)st->processes);
	/* What a sink that was closed late has left goes with the domain. */
	if (!sim->closed && (st->messages || st->message_bytes))
		shim_bug("%llu messages are left", (long long)st->messages);
	if (st->failure)
		shim_bug("failure %u", st->failure);
	if (st->held)
		shim_bug("%llu processes are held at the end",
			 (long long)st->held);
	if (rb_first_cached(&sim->core.schedule.held) ||
	    sim->core.schedule.granted)
		shim_bug("a process is held at the end");
	if (atomic_read(&sim->core.holders))
		shim_bug("%d holders", atomic_read(&sim->core.holders));
	if (ports_open(sim))
		shim_bug("the domain has ended, and a port is open");
	check_memory(sim, st);
}

/* All tasks have ended, all sinks are read. */
void check_end(struct sim *sim)
{
	struct tw_domain_stat st = {};
	u32 i;

	tw_core_stat(&sim->core, &st);
	totals_add(&st);
	if (sim->oracle->bug_time && !st.failure)
		shim_bug("a failure was not noticed");
	if (!sim->oracle->bug_time)
		check_ended(sim, &st);
	for (i = 0; i < sim->setup.sinks; i++)
		if (sim->records[i] != records_right(sim, i) &&
		    (i || !sim->closed))
			shim_bug("sink %u: %u records instead of %u", i,
				 sim->records[i], records_right(sim, i));
	if (st.balance)
		shim_bug("balance %lld", (long long)st.balance);
	if (st.snapshots_live || atomic_read(&sim->core.active))
		shim_bug("%llu snapshots, %d processes are left",
			 (long long)st.snapshots_live,
			 atomic_read(&sim->core.active));
}
