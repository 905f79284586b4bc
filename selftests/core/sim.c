// SPDX-License-Identifier: GPL-2.0
/* A domain with its processes, set up and torn down; what the core asks for. */
#include <stdlib.h>
#include <string.h>

#include "shim.h"
#include "sim.h"

__thread struct rnd *rnd_mine;

struct rnd *sim_rnd(struct sim *sim)
{
	return rnd_mine ?: &sim->rnd;
}

void tw_host_wake(struct tw_proc *p)
{
	(void)p; /* who waits looks at tw_wakes() */
}

bool tw_host_asleep(struct tw_inc *inc)
{
	(void)inc; /* a test of its own is in unit.c */
	return false;
}

bool tw_host_stopped(struct tw_inc *inc)
{
	(void)inc; /* a test of its own is in unit.c */
	return false;
}

bool tw_host_dying(struct tw_inc *inc)
{
	return container_of(inc, struct inc, inc)->dying;
}

void tw_inc_free(struct tw_inc *inc)
{
	struct inc *i = container_of(inc, struct inc, inc);

	if (i->task)
		shim_bug("an incarnation is freed whose task lives");
	kfree(i);
}

void tw_host_release(struct tw_message *m)
{
	shim_bug("message %p has no payload outside", (void *)m);
}

void op_begin(struct sim *sim, struct tw_op *op)
{
	tw_op_begin(op, &sim->core);
}

/* Has a bug of the program come true, and no other failure? */
static bool failure_expected(struct sim *sim)
{
	return sim->oracle->bug_time &&
	       sim->core.failure == TW_FAILURE_PROCESS &&
	       sim->core.failed_process == 1 &&
	       sim->core.failed_time == sim->oracle->bug_time &&
	       sim->core.failed_status == 1 << 8;
}

/* Ends an operation, and does to tasks what it decided. */
void op_end(struct sim *sim, struct tw_op *op)
{
	struct tw_inc *inc, *next;

	tw_op_end(op);
	if (op->want_gvt)
		WRITE_ONCE(sim->gvt_wanted, true);
	if (op->failed && !failure_expected(sim))
		shim_bug("failure %u of %llu at %llu", sim->core.failure,
			 (long long)sim->core.failed_process,
			 (long long)sim->core.failed_time);
	if (list_empty(&op->resumes) && list_empty(&op->kills))
		return;
	pthread_mutex_lock(&sim->lock);
	list_for_each_entry_safe(inc, next, &op->resumes, resume) {
		struct inc *i = container_of(inc, struct inc, inc);

		if (i->task)
			WRITE_ONCE(i->task->resumed, true);
		tw_inc_put(inc);
	}
	list_for_each_entry_safe(inc, next, &op->kills, kill) {
		struct inc *i = container_of(inc, struct inc, inc);

		if (i->task)
			WRITE_ONCE(i->task->killed, true);
		tw_inc_put(inc);
	}
	pthread_mutex_unlock(&sim->lock);
}

/* A task that does nothing before task_begin(). */
struct task *task_new(struct proc *p, enum pc pc)
{
	struct task *t = malloc(sizeof(*t));

	/* The arrays are large, and of no interest yet. */
	memset(t, 0, offsetof(struct task, program));
	memset(&t->program, 0, offsetof(struct program, chain));
	t->locals = 0;
	t->ins = 0;
	t->in_pos = 0;
	t->outs = 0;
	t->now = 0;
	t->priority = 0;
	t->declared = 0;
	t->asked = 0;
	t->settled = false;
	t->certain = 0;
	t->in_op = false;
	t->stamped = NULL;
	t->page = NULL;
	INIT_LIST_HEAD(&t->saved);
	t->proc = p;
	t->pc = pc;
	tw_proc_get(&p->proc);
	return t;
}

void task_begin(struct task *t)
{
	struct sim *sim = t->proc->sim;

	pthread_mutex_lock(&sim->lock);
	t->id = ++sim->ids;
	list_add_tail(&t->link, &sim->tasks);
	sim->tasks_n++;
	pthread_mutex_unlock(&sim->lock);
}

void task_free(struct task *t)
{
	struct sim *sim = t->proc->sim;
	struct task *s, *next;

	list_for_each_entry_safe(s, next, &t->saved, link)
		free(s);
	pthread_mutex_lock(&sim->lock);
	list_del(&t->link);
	sim->tasks_n--;
	pthread_mutex_unlock(&sim->lock);
	if (t->kid)
		tw_proc_put(&t->kid->proc);
	tw_proc_put(&t->proc->proc);
	free(t);
}

/* The task of the running incarnation, or NULL. */
struct task *proc_task(struct proc *p)
{
	struct tw_inc *inc = p->proc.running;

	return inc ? container_of(inc, struct inc, inc)->task : NULL;
}

/* What the process is, or has to restore. */
struct task *proc_state(struct proc *p)
{
	struct task *t = proc_task(p), *s;

	if (!t || !p->proc.stale)
		return t;
	list_for_each_entry(s, &t->saved, link)
		if (s->token == p->proc.restore)
			return s;
	shim_bug("process %u has to restore what it has not saved",
		 p->index + 1);
}

bool proc_has_parked(struct proc *p)
{
	struct tw_snap *s;
	bool parked = false;

	spin_lock(&p->proc.lock);
	list_for_each_entry(s, &p->proc.snaps, link)
		parked = parked || (s->inc && !tw_host_dying(s->inc));
	spin_unlock(&p->proc.lock);
	return parked;
}

/* One that a process may create; NULL: no memory. */
struct proc *proc_new_kid(struct sim *sim)
{
	struct proc *p = kmalloc(sizeof(*p), GFP_KERNEL);

	if (!p)
		return NULL;
	memset(p, 0, sizeof(*p));
	p->sim = sim;
	p->index = KID;
	p->weight = 64;
	tw_proc_init_spawned(&p->proc, &sim->core);
	return p;
}

/* What a process that was created has come to, even if it should not have been. */
struct outcome *kid_outcome(struct sim *sim, u64 id)
{
	struct outcome *o;

	pthread_mutex_lock(&sim->lock);
	list_for_each_entry(o, &sim->kids, link)
		if (o->id == id)
			goto unlock;
	o = calloc(1, sizeof(*o));
	o->id = id;
	list_add_tail(&o->link, &sim->kids);
unlock:
	pthread_mutex_unlock(&sim->lock);
	return o;
}

struct outcome *proc_outcome(struct proc *p)
{
	return p->index == KID ? kid_outcome(p->sim, p->proc.id) : &p->outcome;
}

static struct proc *endpoint_new(struct sim *sim, u32 index, bool sink)
{
	struct proc *p = calloc(1, sizeof(*p));

	p->sim = sim;
	p->index = index;
	tw_proc_init(&p->proc, &sim->core, sink);
	return p;
}

static struct proc *endpoint_add(struct sim *sim, struct proc *p)
{
	while (tw_core_reserve(&sim->core))
		;
	tw_core_add(&sim->core, &p->proc);
	return p;
}

static struct proc *proc_new(struct sim *sim, u32 index)
{
	struct proc *p = endpoint_new(sim, index, false);
	struct setup *s = &sim->setup;

	p->proc.lazy = s->lazy[index];
	p->proc.in_place = s->in_place[index];
	tw_proc_set_snapshots(&p->proc,
			      s->adaptive ? 0 :
			      s->interval ?: 1 + mix(s->seed, index) % 8,
			      0, s->adaptive ? 64 : 0, s->snaps_max);
	tw_memory_set_proc(&p->proc, s->proc_memory * MESSAGE_BYTES);
	return endpoint_add(sim, p);
}

static struct proc *port_new(struct sim *sim, u32 index)
{
	struct proc *p = endpoint_new(sim, index, false);

	p->proc.port = true;
	p->proc.live = sim->setup.port_live[index];
	return endpoint_add(sim, p);
}

/* As in the module, but in messages where that has pages. */
static void sim_budget(struct sim *sim)
{
	struct tw_memory *mem = &sim->core.memory;
	struct setup *s = &sim->setup;
	u32 messages = s->memory;

	if (!messages)
		return;
	if (s->memory_enough)
		messages += sim->oracle->live +
			    ((s->procs + sim->oracle->kids) * PROC_MESSAGES << s->spare);
	tw_memory_set(&sim->core, messages * MESSAGE_BYTES);
	mem->batch = PROC_MESSAGES / 16 * MESSAGE_BYTES;
	mem->snapshot = PROC_MESSAGES / 4 * MESSAGE_BYTES;
	mem->stretch_min = PROC_MESSAGES / 8 * MESSAGE_BYTES;
	mem->stretch = mem->stretch_min;
}

static struct proc *sink_new(struct sim *sim, u32 index)
{
	struct proc *p = endpoint_new(sim, index, true);

	p->proc.bound = sim->setup.bound[index] * RECORD_BYTES;
	return endpoint_add(sim, p);
}

void sim_init(struct sim *sim)
{
	struct setup *s = &sim->setup;
	u32 i;

	INIT_LIST_HEAD(&sim->tasks);
	INIT_LIST_HEAD(&sim->kids);
	pthread_mutex_init(&sim->lock, NULL);
	while (tw_core_init(&sim->core, 1))
		;
	sim->core.spare = s->spare;
	tw_schedule_set(&sim->core, s->running ?: INT_MAX,
			s->learns ? TW_WINDOW_LEARNT : s->horizon, s->slack);
	sim_budget(sim);
	for (i = 0; i < s->procs; i++)
		sim->proc[i] = proc_new(sim, i);
	for (i = 0; i < s->sinks; i++)
		sim->sink[i] = sink_new(sim, i);
	for (i = 0; i < s->ports; i++)
		sim->port[i] = port_new(sim, i);
	sim->core.state = TW_DOMAIN_RUNNING;
	for (i = 0; i < s->procs; i++)
		task_begin(task_new(sim->proc[i], PC_START));
}

/*
 * GVT is +infinity: no snapshot is needed, whoever waits is told. Or the domain
 * has failed, and nobody is needed.
 */
void sim_end(struct sim *sim, u32 state)
{
	struct tw_proc *p;
	struct tw_op op;

	WRITE_ONCE(sim->core.state, state);
	op_begin(sim, &op);
	tw_core_for_each(&sim->core, p)
		tw_drop_all(&op, p, state == TW_DOMAIN_ENDED);
	op_end(sim, &op);
}

static void sink_read(struct sim *sim, u32 i, u32 most)
{
	struct tw_proc *p = &sim->sink[i]->proc;
	struct tw_message *m;
	struct tw_op op;
	u32 need;

	op_begin(sim, &op);
	while (most-- && (m = tw_sink_receive(&op, p, sizeof(struct payload),
					      &need)))
		tw_message_put(m);
	op_end(sim, &op);
}

/* Whoever reads the sinks comes by, and takes up to so many records of each. */
void sinks_read(struct sim *sim, u32 most)
{
	u32 i;

	for (i = 0; i < sim->setup.sinks; i++)
		if (i || !sim->closed)
			sink_read(sim, i, most);
}

/* Is there something for the reader? */
bool sinks_wait(struct sim *sim)
{
	u32 i;

	for (i = 0; i < sim->setup.sinks; i++)
		if ((i || !sim->closed) && tw_sink_ready(&sim->sink[i]->proc))
			return true;
	return false;
}

void sink_close(struct sim *sim)
{
	struct tw_op op;

	sim->closed = true;
	op_begin(sim, &op);
	tw_sink_close(&op, &sim->sink[0]->proc);
	op_end(sim, &op);
}

void tw_host_free(struct tw_proc *p)
{
	kfree(container_of(p, struct proc, proc));
}

void sim_destroy(struct sim *sim)
{
	struct outcome *o, *next;
	u32 i;

	tw_core_clear(&sim->core);
	for (i = 0; i < sim->setup.procs; i++)
		free(sim->proc[i]);
	for (i = 0; i < sim->setup.sinks; i++)
		free(sim->sink[i]);
	for (i = 0; i < sim->setup.ports; i++)
		free(sim->port[i]);
	tw_core_destroy(&sim->core);
	list_for_each_entry_safe(o, next, &sim->kids, link)
		free(o);
	if (shim_allocated())
		shim_bug("%ld objects were not freed", shim_allocated());
}

/* Time passes by the step. */
u64 tw_host_clock(void)
{
	static u64 clock;

	return __atomic_add_fetch(&clock, 10000, __ATOMIC_RELAXED);
}
