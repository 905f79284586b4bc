// SPDX-License-Identifier: GPL-2.0
/* Processes on strings. */
#include <string.h>
#include <linux/err.h>
#include <linux/slab.h>

#include "puppet.h"
#include "shim.h"
#include "trace.h"

u32 released;

struct tw_proc *proc(struct stage *st, u64 id)
{
	struct tw_proc *p;

	if (!TW_ID_SPAWNED(id))
		return &st->proc[id - 1];
	p = tw_core_find(&st->core, id);
	tw_proc_put(p);
	return p;
}

/* An incarnation with room for its page. */
struct body {
	struct tw_inc inc;
	struct tw_process_page page;
	bool asleep;
	bool stopped;
	bool dying;
};

void tw_host_wake(struct tw_proc *p)
{
	(void)p;
}

bool tw_host_asleep(struct tw_inc *inc)
{
	return container_of(inc, struct body, inc)->asleep;
}

bool tw_host_stopped(struct tw_inc *inc)
{
	return container_of(inc, struct body, inc)->stopped;
}

bool tw_host_dying(struct tw_inc *inc)
{
	return container_of(inc, struct body, inc)->dying;
}

static u64 host_clock;

u64 tw_host_clock(void)
{
	return ++host_clock;
}

void elapse(u64 ns)
{
	host_clock += ns;
}

void tw_host_free(struct tw_proc *p)
{
	kfree(p);
}

void tw_inc_free(struct tw_inc *inc)
{
	kfree(container_of(inc, struct body, inc));
}

void tw_host_release(struct tw_message *m)
{
	released++;
}

void (*between)(void);

void shim_between(void)
{
	if (between)
		between();
}

void stage_work(struct tw_op *op)
{
	struct tw_inc *inc, *next;
	u64 coast_until;

	list_for_each_entry_safe(inc, next, &op->resumes, resume) {
		if (!tw_host_dying(inc))
			tw_parked(inc, &coast_until);
		tw_inc_put(inc);
	}
	list_for_each_entry_safe(inc, next, &op->kills, kill)
		tw_inc_put(inc);
}

static void end(struct stage *st, struct tw_op *op)
{
	tw_op_end(op);
	st->wanted = op->want_gvt;
	if (op->failed && !st->failure)
		st->failure = st->core.failure;
	stage_work(op);
}

static struct tw_inc *inc_new(struct stage *st, struct tw_proc *p)
{
	struct body *b = kmalloc(sizeof(*b), GFP_KERNEL);

	memset(b, 0, sizeof(*b));
	refcount_set(&b->inc.refs, 1);
	b->inc.who.task = (void *)++st->ids;
	b->inc.proc = p;
	return &b->inc;
}

/* Each has attached, and nobody has done anything yet. */
static void stage_fill(struct stage *st, u32 n, bool lazy)
{
	u32 id;

	for (id = 1; id <= n + 1; id++) {
		tw_proc_init(proc(st, id), &st->core, id > n);
		proc(st, id)->lazy = lazy;
		tw_proc_set_snapshots(proc(st, id), 64, 0, 0, 0);
		tw_core_reserve(&st->core);
		tw_core_add(&st->core, proc(st, id));
	}
	st->core.state = TW_DOMAIN_RUNNING;
	for (id = 1; id <= n; id++)
		tw_attach(proc(st, id), inc_new(st, proc(st, id)), 0);
}

void stage_set(struct stage *st, u32 n, bool lazy)
{
	memset(st, 0, sizeof(*st));
	tw_core_init(&st->core, 1);
	stage_fill(st, n, lazy);
}

void stage_limit(struct stage *st, u32 n, int running, u64 window, u64 slack)
{
	memset(st, 0, sizeof(*st));
	tw_core_init(&st->core, 1);
	tw_schedule_set(&st->core, running, window, slack);
	stage_fill(st, n, false);
}

void stage_clear(struct stage *st)
{
	struct tw_proc *p;
	struct tw_op op;

	st->core.state = TW_DOMAIN_FAILED;
	tw_op_begin(&op, &st->core);
	tw_core_for_each(&st->core, p)
		tw_drop_all(&op, p, false);
	end(st, &op);
	tw_core_clear(&st->core);
	tw_core_destroy(&st->core);
	if (shim_allocated())
		shim_bug("%ld objects were not freed", shim_allocated());
}

/* Who runs now. A test that wants to be another must keep it. */
static struct tw_who who(struct stage *st, u64 id)
{
	struct tw_inc *inc = proc(st, id)->running;

	return inc ? inc->who : (struct tw_who){};
}

static struct tw_proc *kid_new(struct stage *st)
{
	struct tw_proc *p = kmalloc(sizeof(*p), GFP_KERNEL);

	memset(p, 0, sizeof(*p));
	tw_proc_init_spawned(p, &st->core);
	return p;
}

/* A process of the stage, or one that may be created. */
static struct tw_proc *receiver(struct stage *st, u64 id)
{
	struct tw_proc *p = tw_core_find(&st->core, id);

	return p ?: tw_spawned_add(kid_new(st), id);
}

void spawn_begin(struct stage *st, struct flight *f, u64 id, u32 interval)
{
	struct tw_spawn_attr attr = { .snapshot_interval = interval };
	struct tw_proc *fresh = kid_new(st);
	struct tw_who me = who(st, id);
	int err;

	f->m = tw_spawn_alloc(fresh, &attr, GFP_KERNEL);
	tw_op_begin(&f->op, &st->core);
	while ((err = tw_send_stamp(&f->op, proc(st, id), &me, f->m)) == -ENOBUFS) {
		end(st, &f->op);
		gvt_round(st);
		tw_op_begin(&f->op, &st->core);
	}
	if (err)
		shim_bug("no process is created");
	if (f->m->receiver != fresh)
		kfree(fresh);
}

u64 spawn(struct stage *st, u64 id)
{
	struct flight f;
	u64 kid;

	spawn_begin(st, &f, id, 64);
	kid = f.m->receiver->id;
	send_end(st, &f);
	return kid;
}

int embody(struct stage *st, u64 id)
{
	struct tw_snap *s = kmalloc(sizeof(*s), GFP_KERNEL);
	struct tw_proc *p = tw_core_find(&st->core, id);
	struct tw_inc *inc = inc_new(st, p);
	struct tw_who me = inc->who;
	struct tw_announced out;
	struct tw_op op;
	int err;

	tw_attach(p, inc, p->origin.life);
	tw_op_begin(&op, &st->core);
	err = tw_snapshot(&op, p, &me, s, &out);
	if (err)
		kfree(s);
	tw_proc_put(p);
	end(st, &op);
	return err;
}

int send_begin(struct stage *st, struct flight *f, u64 id, u64 to,
	       u64 send_time, u64 recv_time, u64 value)
{
	struct tw_outside payload = { .digest = value, .bytes = value };
	struct tw_who me = who(st, id);
	int err;

	f->m = tw_message_alloc(sizeof(payload), GFP_KERNEL);
	memcpy(f->m->payload, &payload, sizeof(payload));
	f->m->outside = f->outside;
	memset(&f->m->key, 0, sizeof(f->m->key));
	f->m->key.send_time = send_time;
	f->m->key.recv_time = recv_time;
	f->m->key.priority = f->priority;
	f->m->cancellation = f->cancellation;
	f->m->receiver = receiver(st, to);
	tw_op_begin(&f->op, &st->core);
	err = tw_send_stamp(&f->op, proc(st, id), &me, f->m);
	if (err) {
		end(st, &f->op);
		tw_message_free(f->m);
	}
	return err;
}

void send_end(struct stage *st, struct flight *f)
{
	tw_send_insert(&f->op, f->m);
	end(st, &f->op);
}

int send_at(struct stage *st, u64 id, u64 to, u64 send_time, u64 recv_time,
	    u64 value)
{
	struct flight f = {};
	int err = send_begin(st, &f, id, to, send_time, recv_time, value);

	if (!err)
		send_end(st, &f);
	return err;
}

int inject(struct stage *st, u64 id, u64 to, u64 recv_time)
{
	struct tw_outside payload = {};
	struct tw_message *m = tw_message_alloc(sizeof(payload), GFP_KERNEL);
	struct tw_op op;
	u64 earliest;
	int err;

	memcpy(m->payload, &payload, sizeof(payload));
	m->outside = false;
	memset(&m->key, 0, sizeof(m->key));
	m->key.recv_time = recv_time;
	m->receiver = receiver(st, to);
	tw_op_begin(&op, &st->core);
	err = tw_inject_stamp(&op, proc(st, id), m, &earliest);
	if (!err)
		tw_send_insert(&op, m);
	end(st, &op);
	if (err)
		tw_message_free(m);
	return err;
}

static u64 receive_status(const struct tw_receive *r)
{
	switch (r->status) {
	case TW_RECEIVE_SNAPSHOT:
		return SNAPSHOT;
	case TW_RECEIVE_WAIT:
		return WAIT;
	case TW_RECEIVE_END:
		return END;
	default:
		return NOTHING;
	}
}

static u64 receive_as(struct stage *st, u64 id, struct tw_receive r)
{
	struct tw_message *out[8];
	struct tw_who me = who(st, id);
	struct tw_op op;
	u64 time;
	int err;
	u32 i;

	r.room = 4096;
	r.out = out;
	tw_op_begin(&op, &st->core);
	err = tw_receive(&op, proc(st, id), &me, &r);
	end(st, &op);
	if (err)
		return err == -EINPROGRESS ? ROLLBACK :
		       err == -ESRCH	   ? REPLACED :
		       err == -ESTALE	   ? STALE :
					     FAILED;
	if (!r.n)
		return receive_status(&r);
	time = out[0]->key.recv_time;
	for (i = 0; i < r.n; i++)
		tw_message_put(out[i]);
	return time;
}

u64 receive_until(struct stage *st, u64 id, u64 until, u32 max, bool first)
{
	return receive_as(st, id, (struct tw_receive){ .until = until, .max = max,
						       .first = first });
}

u64 receive_committed(struct stage *st, u64 id)
{
	return receive_as(st, id, (struct tw_receive){ .until = TW_TIME_INF, .max = 1,
						       .first = true,
						       .committed = true });
}

u64 receive(struct stage *st, u64 id, u32 max)
{
	return receive_until(st, id, TW_TIME_INF, max, true);
}

u32 stage_read(struct stage *st, u64 id, u32 max)
{
	struct tw_message *m;
	struct tw_op op;
	u32 need, n = 0;

	tw_op_begin(&op, &st->core);
	while (n < max &&
	       (m = tw_sink_receive(&op, proc(st, id), 4096, &need))) {
		tw_message_put(m);
		n++;
	}
	end(st, &op);
	return n;
}

void stage_close(struct stage *st, u64 id)
{
	struct tw_op op;

	tw_op_begin(&op, &st->core);
	tw_sink_close(&op, proc(st, id));
	end(st, &op);
}

u64 announce(struct stage *st, u64 id)
{
	struct tw_snap *s = kmalloc(sizeof(*s), GFP_KERNEL);
	struct tw_who me = who(st, id);
	struct tw_announced out = {};
	struct tw_op op;

	tw_op_begin(&op, &st->core);
	if (tw_snapshot(&op, proc(st, id), &me, s, &out))
		kfree(s);
	end(st, &op);
	return out.token;
}

int restore(struct stage *st, u64 id, u64 *token)
{
	struct tw_who me = who(st, id);
	struct tw_restore_to to;
	int err = tw_restore(proc(st, id), &me, &to);

	*token = to.token;
	return err ? err : tw_restored(proc(st, id), &me, &to);
}

int give_up(struct stage *st, u64 id, u32 status)
{
	struct tw_who me = who(st, id);
	struct tw_op op;
	int err;

	tw_op_begin(&op, &st->core);
	err = tw_leave(&op, proc(st, id), &me, status);
	end(st, &op);
	return err;
}

int park(struct stage *st, u64 id, u64 token)
{
	struct tw_inc *inc = inc_new(st, proc(st, id));
	struct tw_op op;
	int err;

	tw_op_begin(&op, &st->core);
	err = tw_park(&op, proc(st, id), inc, token);
	end(st, &op);
	if (err)
		tw_inc_put(inc);
	return err;
}

void snapshot(struct stage *st, u64 id)
{
	if (park(st, id, announce(st, id)))
		shim_bug("the snapshot did not park");
}

struct tw_process_page *map(struct stage *st, u64 id)
{
	struct tw_inc *inc = proc(st, id)->running;
	struct tw_who me = who(st, id);
	struct tw_process_page *page =
		&container_of(inc, struct body, inc)->page;

	return tw_map_page(proc(st, id), &me, page) ? NULL : page;
}

void leave(struct stage *st, u64 id, u32 status)
{
	struct tw_inc *inc = proc(st, id)->running;
	struct tw_op op;

	refcount_inc(&inc->refs);
	tw_op_begin(&op, &st->core);
	tw_inc_gone(&op, inc, status);
	end(st, &op);
	tw_inc_put(inc);
}

void fall_asleep(struct stage *st, u64 id)
{
	container_of(proc(st, id)->running, struct body, inc)->asleep = true;
}

void kill_snapshot(struct stage *st, u64 id, u64 token)
{
	struct tw_snap *s;

	list_for_each_entry(s, &proc(st, id)->snaps, link)
		if (s->token == token && s->inc)
			container_of(s->inc, struct body, inc)->dying = true;
}

void stop_task(struct stage *st, u64 id, bool stopped)
{
	container_of(proc(st, id)->running, struct body, inc)->stopped = stopped;
}

u64 gvt_estimate(struct stage *st)
{
	struct tw_op op;
	u64 gvt;

	st->core.srcu.parity ^= 1;
	synchronize_srcu(&st->core.srcu);
	tw_op_begin(&op, &st->core);
	gvt = tw_gvt_scan(&op, &st->core);
	end(st, &op);
	return gvt;
}

u64 gvt_commit(struct stage *st, u64 gvt)
{
	struct tw_op op;

	tw_op_begin(&op, &st->core);
	gvt = tw_gvt_publish(&op, &st->core, gvt);
	end(st, &op);
	return gvt;
}

u64 gvt_finish(struct stage *st)
{
	return gvt_commit(st, gvt_estimate(st));
}

u64 gvt_round(struct stage *st)
{
	tw_gvt_begin(&st->core);
	return gvt_finish(st);
}

/* What the core tells its tracepoints is not looked at here. */
void trace_tw_send(const struct tw_proc *p, const struct tw_message *m)
{
}
void trace_tw_receive(const struct tw_proc *p, const struct tw_message *m)
{
}
void trace_tw_annihilate(const struct tw_proc *p, const struct tw_message *m)
{
}
void trace_tw_commit(const struct tw_proc *p, const struct tw_message *m)
{
}
void trace_tw_straggler(const struct tw_proc *p, const struct tw_message *m,
			u64 position, bool anti)
{
}
void trace_tw_rollback(const struct tw_proc *p, enum tw_cause cause, u64 from,
		       u64 to, u64 depth, u64 by)
{
}
void trace_tw_snapshot(const struct tw_proc *p, const struct tw_snap *s)
{
}
void trace_tw_thin(const struct tw_proc *p, const struct tw_snap *s)
{
}
void trace_tw_resume(const struct tw_proc *p, const struct tw_snap *s)
{
}
void trace_tw_coast_forward(const struct tw_proc *p, u64 lvt)
{
}
void trace_tw_wait(const struct tw_proc *p, u64 until)
{
}
void trace_tw_failure(const struct tw_proc *p, u64 status)
{
}
void trace_tw_drop(const struct tw_proc *p, u64 gvt)
{
}
void trace_tw_violation(const struct tw_proc *p, const struct tw_message *m,
			u32 kind)
{
}
void trace_tw_fail(const struct tw_core *core)
{
}
void trace_tw_spawn(const struct tw_proc *p, u64 time)
{
}
void trace_tw_unspawn(const struct tw_proc *p, u64 time)
{
}
void trace_tw_pushback(const struct tw_proc *p, const struct tw_message *m)
{
}
void trace_tw_throttle(const struct tw_proc *p, u64 time, enum tw_turn turn)
{
}
void trace_tw_gvt(const struct tw_core *core)
{
}
void trace_tw_memory_wait(const struct tw_proc *p, u64 time)
{
}
void trace_tw_cancelback(const struct tw_proc *p, u64 time, u64 bytes)
{
}
void trace_tw_gvt_stall(const struct tw_core *core)
{
}
void trace_tw_fossil(const struct tw_proc *p, u64 messages, u64 snapshots)
{
}
