// SPDX-License-Identifier: GPL-2.0
/*
 * What comes from outside of virtual time: ports inject what the setup says, in
 * two steps each, and promise what is true.
 *
 * What a live port injects depends on GVT, so the oracle learns of it only when
 * it is injected: the sequential run is made anew, with one message more. All
 * that was committed before is the same in both, or GVT was wrong.
 */
#include <stdlib.h>
#include <string.h>

#include "shim.h"
#include "sim.h"

static struct tw_proc *port(struct sim *sim, u32 i)
{
	return &sim->port[i]->proc;
}

/* What has yet to come of a port that promises. */
static u64 port_rest(struct sim *sim, u32 i)
{
	struct setup *s = &sim->setup;
	u64 time = TW_TIME_INF;
	u32 n;

	for (n = sim->injected[i]; n < s->injects[i]; n++)
		time = min(time, s->inject[i][n].key.recv_time);
	return time;
}

/* Nothing that a port has not injected yet can be for less. */
u64 port_first_act(struct sim *sim, u32 i)
{
	return sim->setup.port_live[i] ? TW_TIME_INF : port_rest(sim, i);
}

/* As far as the core can know. */
u64 port_declared(struct sim *sim, u32 i)
{
	if (sim->setup.port_live[i] && port(sim, i)->lvt < TW_TIME_INF)
		return sim->core.gvt;
	return port(sim, i)->lvt;
}

static bool port_done(struct sim *sim, u32 i)
{
	return sim->injected[i] == sim->setup.port_len[i];
}

bool ports_open(struct sim *sim)
{
	u32 i;

	for (i = 0; i < sim->setup.ports; i++)
		if (READ_ONCE(port(sim, i)->lvt) < TW_TIME_INF)
			return true;
	return false;
}

/* With one message more; false if that is too much for the oracle. */
static bool oracle_add(struct sim *sim, u32 i, const struct event *ev)
{
	static struct oracle next;
	struct setup *s = &sim->setup;

	s->inject[i][s->injects[i]++] = *ev;
	if (oracle_run(s, &next)) {
		memcpy(sim->oracle, &next, sizeof(next));
		return true;
	}
	s->injects[i]--;
	return false;
}

/* Without the last one, which there was no memory for. */
static void oracle_remove(struct sim *sim, u32 i)
{
	sim->setup.injects[i]--;
	oracle_run(&sim->setup, sim->oracle);
}

/* When a live port injects: as early as it can, or later. False: it cannot. */
static bool live_choose(struct sim *sim, u32 i, struct event *ev)
{
	u64 earliest = max(max(sim->core.gvt, port(sim, i)->lvt), (u64)1);

	if (earliest >= TW_TIME_INF - sim->setup.span)
		return false;
	ev->key.recv_time = earliest + rnd_below(sim_rnd(sim), sim->setup.span);
	ev->key.index = sim->setup.injects[i];
	return oracle_add(sim, i, ev);
}

static struct tw_message *inject_message(struct sim *sim,
					 const struct event *ev)
{
	struct tw_message *m = tw_message_alloc(sizeof(ev->data), GFP_KERNEL);

	if (!m)
		return NULL;
	memcpy(m->payload, &ev->data, sizeof(ev->data));
	memset(&m->key, 0, sizeof(m->key));
	m->key.recv_time = ev->key.recv_time;
	m->key.priority = ev->key.priority;
	m->receiver = tw_core_find(&sim->core, event_id(&sim->setup, ev));
	return m;
}

/* Below GVT, or below its own promise. */
static void inject_too_late(struct sim *sim, u32 i)
{
	u64 bound = max(sim->core.gvt, port(sim, i)->lvt), earliest;
	struct event ev = sim->setup.inject[i][0];
	struct tw_message *m;
	struct tw_op op;
	int err;

	if (bound < 2 || bound == TW_TIME_INF)
		return;
	ev.key.recv_time = bound - 1;
	m = inject_message(sim, &ev);
	if (!m)
		return;
	op_begin(sim, &op);
	err = tw_inject_stamp(&op, port(sim, i), m, &earliest);
	op_end(sim, &op);
	/* GVT cannot have moved on: only its own thread is asked for this. */
	if (err != -ENOBUFS && (err != -ETIME || earliest != bound))
		shim_bug("an injection for %llu gave %d, the earliest is %llu",
			 (long long)bound - 1, err, (long long)earliest);
	tw_message_free(m);
}

static void inject_stamp(struct sim *sim, u32 i)
{
	struct event ev = sim->setup.inject[i][sim->injected[i]];
	bool live = sim->setup.port_live[i];
	struct tw_message *m;
	u64 earliest;
	int err;

	if (live && !live_choose(sim, i, &ev)) {
		sim->injected[i]++;
		return;
	}
	m = inject_message(sim, &ev);
	while (live && !m) /* the oracle has it already */
		m = inject_message(sim, &ev);
	if (!m)
		return;
	/* The earliest of all can be had without knowing it. */
	if (live && ev.key.recv_time == max(sim->core.gvt, (u64)1))
		m->key.recv_time = 0;
	op_begin(sim, &sim->inject_op);
	err = tw_inject_stamp(&sim->inject_op, port(sim, i), m, &earliest);
	if (err == -EIO || err == -ENOBUFS) { /* it has failed, as it should; or later */
		op_end(sim, &sim->inject_op);
		tw_message_free(m);
		if (live && err == -ENOBUFS)
			oracle_remove(sim, i);
		return;
	}
	if (err || m->key.recv_time != ev.key.recv_time ||
	    m->key.index != ev.key.index)
		shim_bug("port %u: %d for %llu instead of %llu", i, err,
			 (long long)m->key.recv_time,
			 (long long)ev.key.recv_time);
	sim->injected[i]++;
	sim->in_flight = m;
}

static void inject_insert(struct sim *sim)
{
	struct tw_message *m = sim->in_flight;

	check_insert(sim, m);
	sim->in_flight = NULL;
	tw_send_insert(&sim->inject_op, m);
	op_end(sim, &sim->inject_op);
}

static void promise(struct sim *sim, u32 i)
{
	struct tw_proc *p = port(sim, i);
	u64 rest = port_done(sim, i) ? TW_TIME_INF : port_rest(sim, i);
	struct tw_op op;
	u64 time = rest;
	int err;

	if (sim->setup.port_live[i] && !port_done(sim, i))
		return;
	if (rest < TW_TIME_INF && p->lvt < rest)
		time = p->lvt + rnd_below(sim_rnd(sim), rest - p->lvt + 1);
	op_begin(sim, &op);
	err = tw_promise(&op, p, time);
	if (time && !err && tw_promise(&op, p, time - 1) != -EINVAL)
		err = -1;
	op_end(sim, &op);
	if (err)
		shim_bug("port %u cannot promise %llu: %d", i, (long long)time,
			 err);
}

/**
 * port_turn() - one step of one port
 * @sim: no other thread drives its ports
 * @alone: no other thread drives anything
 */
void port_turn(struct sim *sim, bool alone)
{
	struct rnd *r = sim_rnd(sim);
	u32 i = rnd_below(r, sim->setup.ports);

	if (sim->in_flight) {
		if (rnd_one_in(r, 2))
			inject_insert(sim);
	} else if (READ_ONCE(sim->core.state) != TW_DOMAIN_RUNNING) {
		return;
	} else if (alone && rnd_one_in(r, 8)) {
		inject_too_late(sim, i);
	} else if (!port_done(sim, i) && rnd_one_in(r, 2)) {
		inject_stamp(sim, i);
	} else {
		promise(sim, i);
	}
}
