// SPDX-License-Identifier: GPL-2.0
/* The steps of a task: what libtw and the module's calls do, one after the other. */
#include <stdlib.h>
#include <string.h>

#include "shim.h"
#include "sim.h"

struct tw_who task_who(struct task *t)
{
	return (struct tw_who){ .task = (void *)t->id };
}

static u32 below(struct task *t, u32 n)
{
	return rnd_below(sim_rnd(t->proc->sim), n);
}

static bool one_in(struct task *t, u32 n)
{
	return rnd_one_in(sim_rnd(t->proc->sim), n);
}

static struct setup *setup(struct task *t)
{
	return &t->proc->sim->setup;
}

static bool paged(struct task *t)
{
	return setup(t)->paged[t->proc->index];
}

static bool in_place(struct task *t)
{
	return setup(t)->in_place[t->proc->index];
}

/* In place: rolled back, and not told yet. */
static bool task_stale(struct task *t)
{
	struct tw_proc *p = &t->proc->proc;
	bool stale;

	spin_lock(&p->lock);
	stale = p->stale;
	spin_unlock(&p->lock);
	return stale;
}

/* ---- exit ---- */

static struct inc *inc_new(struct task *t)
{
	struct inc *inc = kmalloc(sizeof(*inc), GFP_KERNEL);

	if (!inc)
		return NULL;
	memset(inc, 0, sizeof(*inc));
	/* One for its place in the core, one for the task. */
	refcount_set(&inc->inc.refs, 2);
	inc->inc.who = task_who(t);
	inc->inc.proc = &t->proc->proc;
	inc->task = t;
	return inc;
}

static void inc_drop(struct task *t)
{
	struct sim *sim = t->proc->sim;
	struct inc *inc = t->inc;

	t->inc = NULL;
	pthread_mutex_lock(&sim->lock);
	inc->task = NULL;
	pthread_mutex_unlock(&sim->lock);
	tw_inc_put(&inc->inc);
}

/**
 * task_die() - the end of a task
 * @t: is freed
 * @status: as wait(2) gives it
 */
void task_die(struct task *t, u32 status)
{
	struct sim *sim = t->proc->sim;
	struct tw_op op;

	if (t->inc) {
		op_begin(sim, &op);
		tw_inc_gone(&op, &t->inc->inc, status);
		op_end(sim, &op);
		inc_drop(t);
	}
	task_free(t);
}

/* By its own state it has nothing more to do. */
static bool task_done(struct task *t)
{
	const struct program *right =
		oracle_program(t->proc->sim->oracle, t->program.id);

	if (t->proc->index == KID)
		return program_ended(&t->program);
	return setup(t)->quits && t->program.events &&
	       t->program.events == right->events &&
	       t->program.hash == right->hash;
}

/* The last task of a process leaves its history behind. */
static void task_exited(struct task *t)
{
	struct proc *p = t->proc;
	struct outcome *o = proc_outcome(p);
	bool last;

	spin_lock(&p->proc.lock);
	last = t->inc && p->proc.running == &t->inc->inc;
	spin_unlock(&p->proc.lock);
	if (!t->status && last &&
	    (READ_ONCE(p->sim->core.state) == TW_DOMAIN_ENDED ||
	     task_done(t))) {
		o->done = true;
		program_copy(&o->result, &t->program);
	}
	task_die(t, t->status);
}

/* Who restores in place stays until it is certain. */
static void task_exit(struct task *t, u32 status)
{
	t->pc = in_place(t) && t->pc != PC_LEAVE ? PC_LEAVE : PC_EXIT;
	t->status = status;
}

/* Is this the event that process 1 cannot handle, whatever its history? */
static bool task_bug(struct task *t, u32 event)
{
	return t->proc->index == 0 && setup(t)->bug == event;
}

/* A program in a future that never was may crash: by its state, not by chance. */
bool task_will_crash(struct task *t, const struct event *ev)
{
	u32 crashes = setup(t)->crashes;

	if (task_bug(t, t->program.events + 1))
		return true;
	return crashes &&
	       mix(program_hash(&t->program, ev), 55) % crashes == 0 &&
	       !oracle_agrees(t->proc->sim->oracle, &t->program, ev);
}

void task_crash(struct task *t)
{
	if (task_bug(t, t->program.events)) {
		task_exit(t, 1 << 8);
		return;
	}
	switch (mix(t->program.hash, 56) % 4) {
	case 0:
		task_exit(t, 1 << 8);
		break;
	case 1:
		task_exit(t, 11);
		break;
	case 2:
		task_exit(t, 0);
		break;
	default:
		/* In a vector the core cannot see how far it has come. */
		if (paged(t) || setup(t)->vector == 1)
			t->pc = PC_LOOP;
		else
			task_exit(t, 6);
	}
}

/* ---- waiting ---- */

static u32 wakes(struct task *t)
{
	return tw_wakes(&t->proc->proc);
}

static void task_wait(struct task *t, u32 seen, enum pc again)
{
	t->pc = PC_WAIT;
	t->again = again;
	t->wakes = seen;
}

/* An error of a call: true if there was one that was dealt with. */
static bool task_error(struct task *t, int err, u32 seen, enum pc again)
{
	if (err >= 0)
		return false;
	if (err == -EINPROGRESS || err == -ENOBUFS)
		task_wait(t, seen, again);
	else if (err == -ESRCH)
		t->pc = PC_LOOP; /* its SIGKILL is on the way */
	else if (err == -ESTALE && in_place(t))
		t->pc = PC_RESTORE;
	else if (err == -ESHUTDOWN || err == -EIO)
		task_exit(t, t->pc == PC_LEAVE ? t->status : 0);
	else
		shim_bug("process %u: error %d at step %d", t->proc->index + 1,
			 err, again);
	return true;
}

/* ---- sending ---- */

void task_flush(struct task *t, enum pc after)
{
	if (t->outs) {
		t->pc = PC_SEND;
		t->after = after;
	} else {
		t->pc = after;
	}
}

/* An event at t->now has sent. */
void task_sent(struct task *t, const struct event *out, u32 n)
{
	memcpy(&t->out[t->outs], out, n * sizeof(*out));
	t->outs += n;
}

/* A kid that nobody has heard of gets a place to wait for it; NULL: no memory. */
static struct tw_proc *task_receiver(struct sim *sim, u64 id)
{
	struct tw_proc *p = tw_core_find(&sim->core, id);
	struct proc *fresh;

	if (p || !TW_ID_SPAWNED(id))
		return p;
	fresh = proc_new_kid(sim);
	if (!fresh)
		return NULL;
	p = tw_spawned_add(&fresh->proc, id);
	if (p != &fresh->proc)
		kfree(fresh);
	return p;
}

static struct tw_message *task_message(struct task *t, const struct event *ev)
{
	struct sim *sim = t->proc->sim;
	struct tw_message *m = tw_message_alloc(sizeof(ev->data), GFP_KERNEL);

	if (!m)
		return NULL;
	memcpy(m->payload, &ev->data, sizeof(ev->data));
	memset(&m->key, 0, sizeof(m->key));
	m->key.recv_time = ev->key.recv_time;
	m->key.priority = ev->key.priority;
	m->key.send_time = ev->key.send_time;
	/* One message at a time: the position says when it was sent. */
	if (!paged(t) && setup(t)->vector == 1 && one_in(t, 2))
		m->key.send_time = 0;
	if (setup(t)->choosy)
		m->cancellation = below(t, TW_CANCEL_LAZY + 1);
	m->receiver = task_receiver(sim, event_id(&sim->setup, ev));
	if (m->receiver)
		return m;
	tw_message_free(m);
	return NULL;
}

static void task_out_done(struct task *t)
{
	memmove(&t->out[0], &t->out[1], --t->outs * sizeof(t->out[0]));
	if (t->outs)
		t->pc = PC_SEND;
	else
		t->pc = paged(t) ? PC_UNHOLD : t->after;
}

/* The process that was created needs a task, or has one. */
static void task_created(struct task *t)
{
	if (tw_spawn_wanted(&t->kid->proc, t->generation, &t->life)) {
		t->pc = PC_FORK_KID;
		return;
	}
	tw_proc_put(&t->kid->proc);
	t->kid = NULL;
	task_out_done(t);
}

/* NULL: no memory. */
static struct tw_message *task_creation(struct task *t, const struct event *ev,
					struct proc *fresh)
{
	struct tw_spawn_attr attr = {
		.cancellation = setup(t)->lazy[KID] ? TW_CANCEL_LAZY :
						      TW_CANCEL_AGGRESSIVE,
		.snapshot_interval = setup(t)->interval,
	};
	struct tw_message *m =
		tw_spawn_alloc(&fresh->proc, &attr, GFP_KERNEL);

	if (m)
		m->key.send_time = ev->key.send_time;
	return m;
}

static void task_spawn(struct task *t)
{
	struct sim *sim = t->proc->sim;
	struct proc *fresh = proc_new_kid(sim);
	struct tw_who who = task_who(t);
	struct tw_message *m;
	u32 seen = wakes(t);
	bool placed;
	int err;

	if (!fresh)
		return; /* ENOMEM: it tries again */
	m = task_creation(t, &t->out[0], fresh);
	if (!m) {
		kfree(fresh);
		return;
	}
	op_begin(sim, &t->op);
	err = tw_send_stamp(&t->op, &t->proc->proc, &who, m);
	placed = fresh->proc.id;
	if (err >= 0) {
		t->kid = container_of(m->receiver, struct proc, proc);
		t->generation = m->key.generation;
		tw_proc_get(m->receiver);
		if (m->receiver->id != t->out[0].kid)
			shim_bug("a process is not who it should be");
	}
	if (!err) {
		t->stamped = m;
		t->in_op = true;
		t->pc = PC_INSERT;
	} else {
		op_end(sim, &t->op);
		tw_message_free(m);
	}
	if (!placed)
		kfree(fresh);
	if (err && !task_error(t, err, seen, PC_SEND))
		task_created(t);
}

static void task_send(struct task *t)
{
	struct sim *sim = t->proc->sim;
	struct tw_message *m = task_message(t, &t->out[0]);
	struct tw_who who = task_who(t);
	u32 seen = wakes(t);
	int err;

	if (!m)
		return; /* ENOMEM: it tries again */
	op_begin(sim, &t->op);
	err = tw_send_stamp(&t->op, &t->proc->proc, &who, m);
	if (!err) {
		t->stamped = m;
		t->in_op = true;
		t->pc = PC_INSERT;
		return;
	}
	op_end(sim, &t->op);
	tw_message_free(m);
	if (!task_error(t, err, seen, PC_SEND))
		task_out_done(t);
}

static void task_insert(struct task *t)
{
	struct sim *sim = t->proc->sim;
	struct tw_message *m = t->stamped;

	check_insert(sim, m);
	t->stamped = NULL;
	t->in_op = false;
	tw_send_insert(&t->op, m);
	op_end(sim, &t->op);
	if (t->kid)
		task_created(t);
	else
		task_out_done(t);
}

/* ---- receiving ---- */

void task_receive(struct task *t, u64 until, u64 hold)
{
	t->until = until;
	t->hold = hold;
	t->first = true;
	t->committed = one_in(t, setup(t)->committed[t->proc->index]);
	task_flush(t, PC_RECV);
}

static void task_take(struct task *t, const struct tw_message *m)
{
	struct event ev = {
		.key = m->key,
		.to = t->proc->index,
		.kid = t->proc->proc.id,
	};

	memcpy(&ev.data, m->payload, sizeof(ev.data));
	if (paged(t))
		paged_take(t, &ev);
	else
		t->in[t->ins++] = ev;
}

static void task_received(struct task *t, struct tw_receive *r)
{
	struct tw_who who = task_who(t);
	u32 keep = r->n, i;

	t->settled = t->settled || t->committed;
	if (one_in(t, setup(t)->undoes)) {
		keep = below(t, r->n);
		for (i = 0; i < keep; i++)
			task_take(t, r->out[i]);
		tw_receive_undo(&t->proc->proc, &who, r, keep);
	} else {
		for (i = 0; i < keep; i++)
			task_take(t, r->out[i]);
	}
	if (keep && (t->first || r->out[0]->key.recv_time < t->declared))
		t->declared = r->out[0]->key.recv_time;
	if (keep && t->committed)
		t->certain = r->out[keep - 1]->key.recv_time;
	for (i = 0; i < keep; i++)
		tw_message_put(r->out[i]);
	if (keep)
		t->first = false;
	if (!t->first && keep == r->max && setup(t)->vector > 1 &&
	    t->ins + setup(t)->vector <= IN_MAX && one_in(t, 2))
		t->pc = PC_MORE;
	else
		t->pc = t->first ? PC_RECV : PC_NEXT;
}

static void task_received_none(struct task *t, struct tw_receive *r, u32 seen)
{
	t->pc = PC_NEXT;
	if (!r->first)
		return;
	switch (r->status) {
	case TW_RECEIVE_NONE:
		t->declared = t->until;
		t->asked = t->until;
		if (t->committed)
			t->certain = t->until;
		break;
	case TW_RECEIVE_WAIT:
		/* Its own operation may have given it a turn, at its end. */
		if (!rnd_mine && !t->killed && !task_stale(t) &&
		    t->until == TW_TIME_INF && seen == wakes(t) &&
		    tw_receive_ready(&t->proc->proc))
			shim_bug("process %u has to wait, and is ready",
				 t->proc->index + 1);
		/* Some would rather poll. */
		if (one_in(t, 8))
			t->pc = PC_RECV;
		else
			task_wait(t, seen, PC_RECV);
		break;
	case TW_RECEIVE_SNAPSHOT:
		t->back = PC_SNAP;
		t->turn = 0;
		t->pc = t->claimed ? PC_BACK : PC_SNAP;
		break;
	case TW_RECEIVE_END:
		task_exit(t, 0);
	}
}

static void task_recv(struct task *t)
{
	struct sim *sim = t->proc->sim;
	struct tw_message *out[IN_MAX];
	struct tw_receive r = {
		.until = t->until,
		.hold = t->hold,
		.max = 1 + below(t, setup(t)->vector),
		.room = 1 << 16,
		.header = one_in(t, 2) ? 8 : 0,
		.first = t->first,
		.committed = t->committed,
		.out = out,
	};
	struct tw_who who = task_who(t);
	u32 seen = wakes(t);
	struct tw_op op;
	int err;

	if (t->first && one_in(t, setup(t)->undoes))
		r.room = below(t, 2 * (sizeof(struct payload) + r.header));
	op_begin(sim, &op);
	err = tw_receive(&op, &t->proc->proc, &who, &r);
	op_end(sim, &op);
	/* It keeps what may yet be unsent. */
	if (err == -EINVAL && t->committed && paged(t) && !t->settled) {
		t->committed = false;
		return;
	}
	if (err == -EMSGSIZE && r.need == sizeof(struct payload))
		return; /* it tries again */
	if (task_error(t, err, seen, t->pc))
		return;
	if (r.n && !paged(t))
		check_begin(sim, r.out[r.n - 1]->key.recv_time);
	if (r.n)
		task_received(t, &r);
	else
		task_received_none(t, &r, seen);
}

/* ---- events ---- */

static void task_event(struct task *t)
{
	struct event out[SENDS_MAX], *ev = &t->in[t->in_pos++];
	bool crash = task_will_crash(t, ev);
	u32 n;

	if (t->program.events == EVENTS_MAX) {
		t->pc = PC_LOOP;
		return;
	}
	if (t->committed &&
	    !oracle_agrees(t->proc->sim->oracle, &t->program, ev))
		shim_bug("process %u was handed what is not committed",
			 t->proc->index + 1);
	if (ev->data.lives == 0)
		shim_bug("process %u was handed what it was not sent",
			 t->proc->index + 1);
	n = program_event(setup(t), &t->program, ev, out);
	t->now = ev->key.recv_time;
	task_sent(t, out, n);
	task_flush(t, PC_NEXT);
	if (crash)
		task_crash(t);
}

/* Between two events the page tells, to who looks. */
static bool task_noticed(struct task *t)
{
	return in_place(t) && t->page && one_in(t, 2) &&
	       READ_ONCE(t->page->resumes) != t->resumes;
}

static void task_next(struct task *t)
{
	if (task_noticed(t)) {
		t->pc = PC_RESTORE;
	} else if (task_done(t)) {
		t->status = 0;
		task_flush(t, in_place(t) ? PC_LEAVE : PC_EXIT);
	} else if (paged(t)) {
		paged_next(t);
	} else if (t->in_pos < t->ins) {
		t->pc = PC_EVENT;
	} else {
		t->in_pos = 0;
		t->ins = 0;
		task_receive(t, TW_TIME_INF, 0);
	}
}

/* The first sends of a process. */
static void task_begun(struct task *t, const struct event *out, u32 n)
{
	if (paged(t)) {
		paged_sent(t, out, n);
		t->pc = PC_MAP;
	} else {
		task_sent(t, out, n);
		task_flush(t, PC_NEXT);
	}
}

/* The first child of the guardian. */
static void task_start(struct task *t)
{
	struct event out[STARTS_MAX];
	u32 n;

	t->inc = inc_new(t);
	if (!t->inc)
		return;
	if (tw_attach(&t->proc->proc, &t->inc->inc, 0))
		shim_bug("a process has an incarnation already");
	n = program_start(setup(t), t->proc->index, &t->program, out);
	task_begun(t, out, n);
}

/* The child of its creator. What created it may be undone, or done twice. */
static void task_kid(struct task *t)
{
	struct event out[STARTS_MAX];
	int err;
	u32 n;

	t->inc = inc_new(t);
	if (!t->inc)
		return;
	err = tw_attach(&t->proc->proc, &t->inc->inc, t->life);
	if (err == -ECANCELED || err == -EBUSY || err == -ESHUTDOWN ||
	    err == -EIO) {
		tw_inc_put(&t->inc->inc);
		inc_drop(t);
		task_exit(t, 0);
		return;
	}
	if (err)
		shim_bug("a new process cannot attach: %d", err);
	n = program_born(setup(t), &t->program, &t->birth, out);
	t->now = t->birth.key.send_time;
	t->priority = 0;
	t->declared = t->now;
	task_begun(t, out, n);
}

static void task_fork_kid(struct task *t)
{
	struct task *child;

	if (one_in(t, setup(t)->fork_fails))
		return;
	child = task_new(t->kid, PC_KID);
	program_copy(&child->program, &t->program);
	child->birth = t->out[0];
	child->life = t->life;
	task_begin(child);
	tw_proc_put(&t->kid->proc);
	t->kid = NULL;
	task_out_done(t);
}

/* ---- snapshots ---- */

static void task_inherit(struct task *to, const struct task *from)
{
	program_copy(&to->program, &from->program);
	memcpy(to->local, from->local, from->locals * sizeof(from->local[0]));
	to->locals = from->locals;
	to->now = from->now;
	to->priority = from->priority;
	to->declared = max(from->declared, from->now);
	to->snapped = true;
	to->token = from->token;
}

static void task_forget(struct task *t, const struct tw_announced *a)
{
	struct task *s, *next;

	list_for_each_entry_safe(s, next, &t->saved, link) {
		if (s->token >= a->oldest && s->token != a->thinned &&
		    s->token != a->token)
			continue;
		list_del(&s->link);
		free(s);
	}
}

/* What a fork would be. */
static void task_save(struct task *t, const struct tw_announced *a)
{
	struct task *s = task_new(t->proc, PC_NEXT);

	pthread_mutex_lock(&t->proc->sim->lock);
	task_forget(t, a);
	task_inherit(s, t);
	list_add_tail(&s->link, &t->saved);
	pthread_mutex_unlock(&t->proc->sim->lock);
}

static void task_restore(struct task *t)
{
	struct tw_who who = task_who(t);
	int err = tw_restore(&t->proc->proc, &who, &t->to);

	if (err == -ESRCH)
		t->pc = PC_LOOP;
	else if (err)
		shim_bug("process %u: error %d at a restore",
			 t->proc->index + 1, err);
	else
		t->pc = PC_RESTORED;
}

/* Later ones are void. */
static void task_go_back(struct task *t)
{
	struct task *s, *next;

	list_for_each_entry_safe_reverse(s, next, &t->saved, link)
	{
		if (s->token == t->to.token)
			break;
		list_del(&s->link);
		free(s);
	}
	task_inherit(t, s);
	t->outs = 0;
	t->ins = 0;
	t->in_pos = 0;
	t->claimed = false;
	t->settled = false;
	t->certain = 0;
	if (t->kid)
		tw_proc_put(&t->kid->proc);
	t->kid = NULL;
	t->resumes = t->to.resumes;
	t->pc = paged(t) && !t->mapped ? PC_MAP : PC_NEXT;
}

static void task_restored(struct task *t)
{
	struct tw_who who = task_who(t);
	int err;

	pthread_mutex_lock(&t->proc->sim->lock);
	err = tw_restored(&t->proc->proc, &who, &t->to);
	if (!err)
		task_go_back(t);
	pthread_mutex_unlock(&t->proc->sim->lock);
	if (err)
		task_error(t, err, 0, PC_RESTORED);
}

static void task_leave(struct task *t)
{
	struct sim *sim = t->proc->sim;
	struct tw_who who = task_who(t);
	u32 seen = wakes(t);
	struct tw_op op;
	int err;

	op_begin(sim, &op);
	err = tw_leave(&op, &t->proc->proc, &who, t->status);
	op_end(sim, &op);
	task_error(t, err, seen, PC_LEAVE);
}

static void task_snap(struct task *t)
{
	struct tw_snap *s = kmalloc(sizeof(*s), GFP_KERNEL);
	struct tw_who who = task_who(t);
	struct tw_announced out;
	u32 seen = wakes(t);
	struct tw_op op;
	int err;

	if (!s) {
		t->pc = t->snapped ? PC_NEXT : PC_SNAP;
		return;
	}
	op_begin(t->proc->sim, &op);
	err = tw_snapshot(&op, &t->proc->proc, &who, s, &out);
	op_end(t->proc->sim, &op);
	if (err)
		kfree(s);
	if (err == -ENOMEM) {
		t->pc = PC_NEXT;
		return;
	}
	if (task_error(t, err, seen, PC_SNAP))
		return;
	t->token = out.token;
	t->settled = false;
	if (in_place(t)) {
		task_save(t, &out);
		t->snapped = true;
		t->pc = paged(t) && !t->mapped ? PC_MAP : PC_NEXT;
		return;
	}
	t->pc = PC_FORK;
	t->must_fork = !t->snapped || !proc_has_parked(t->proc);
	t->snapped = true;
}

static void task_fork(struct task *t)
{
	struct task *child;

	if (one_in(t, setup(t)->fork_fails)) {
		if (!t->must_fork)
			t->pc = PC_NEXT;
		return;
	}
	child = task_new(t->proc, PC_PARK);
	child->must_fork = t->must_fork;
	task_inherit(child, t);
	task_begin(child);
	t->must_fork = false;
	t->pc = paged(t) && !t->mapped ? PC_MAP : PC_NEXT;
}

static void task_park(struct task *t)
{
	struct sim *sim = t->proc->sim;
	struct tw_op op;
	int err;

	t->inc = inc_new(t);
	if (!t->inc)
		return;
	op_begin(sim, &op);
	err = tw_park(&op, &t->proc->proc, &t->inc->inc, t->token);
	op_end(sim, &op);
	if (err) {
		if (err != -ECANCELED)
			shim_bug("a child cannot park: %d", err);
		tw_inc_put(&t->inc->inc);
		inc_drop(t);
		task_exit(t, 0);
	} else {
		t->pc = PC_PARKED;
	}
}

static void task_parked(struct task *t)
{
	u64 coast_until;

	if (tw_parked(&t->inc->inc, &coast_until)) {
		task_exit(t, 0);
		return;
	}
	t->must_fork = true;
	t->pc = PC_FORK;
}

static void task_map(struct task *t)
{
	struct tw_who who = task_who(t);
	u32 seen = wakes(t);
	int err = tw_map_page(&t->proc->proc, &who, &t->inc->page);

	if (task_error(t, err, seen, PC_MAP))
		return;
	t->page = &t->inc->page;
	t->mapped = true;
	if (t->outs) {
		WRITE_ONCE(t->page->hold, t->out[0].key.send_time);
		t->pc = PC_SEND;
		t->after = PC_NEXT;
	} else {
		t->pc = PC_NEXT;
	}
}

/* ---- all together ---- */

/* Is there a step that it can do? */
bool task_ready(struct task *t)
{
	if (READ_ONCE(t->killed))
		return true;
	switch (t->pc) {
	case PC_PARKED:
		return READ_ONCE(t->resumed);
	case PC_WAIT:
		return wakes(t) != t->wakes;
	case PC_LOOP:
		return task_stale(t);
	default:
		return true;
	}
}

/* One step; false: that was its end. */
bool task_step(struct task *t)
{
	/* A call goes on to its end, and user mode for a moment, when killed. */
	if (READ_ONCE(t->killed) && !t->in_op &&
	    (t->pc == PC_WAIT || t->pc == PC_LOOP || t->pc == PC_PARKED ||
	     one_in(t, 3))) {
		task_die(t, 9);
		return false;
	}
	switch (t->pc) {
	case PC_START:
		task_start(t);
		break;
	case PC_NEXT:
		task_next(t);
		break;
	case PC_SEND:
		if (t->out[0].spawn)
			task_spawn(t);
		else
			task_send(t);
		break;
	case PC_INSERT:
		task_insert(t);
		break;
	case PC_RECV:
	case PC_MORE:
		task_recv(t);
		break;
	case PC_EVENT:
		if (paged(t))
			paged_event(t);
		else
			task_event(t);
		break;
	case PC_SNAP:
		task_snap(t);
		break;
	case PC_FORK:
		task_fork(t);
		break;
	case PC_PARK:
		task_park(t);
		break;
	case PC_PARKED:
		task_parked(t);
		break;
	case PC_FORK_KID:
		task_fork_kid(t);
		break;
	case PC_KID:
		task_kid(t);
		break;
	case PC_MAP:
		task_map(t);
		break;
	case PC_WAIT:
		t->pc = t->again;
		break;
	case PC_LOOP:
	case PC_RESTORE:
		task_restore(t);
		break;
	case PC_RESTORED:
		task_restored(t);
		break;
	case PC_LEAVE:
		task_leave(t);
		break;
	case PC_EXIT:
		task_exited(t);
		return false;
	default:
		paged_step(t);
	}
	return true;
}
