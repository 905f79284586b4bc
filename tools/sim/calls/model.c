// SPDX-License-Identifier: GPL-2.0
#include <math.h>

#include "sim/calls/model.h"

static double exponential(struct random *r, double mean)
{
	return -mean * log(random_unit(r));
}

/* Signals take longer to another exchange. */
static double delay(const struct calls *c, uint32_t from, uint32_t to)
{
	return from == to ? c->delay : 2 * c->delay;
}

static void tell(struct calls_engine *e, uint64_t to, double after,
		 enum calls_kind kind, uint64_t key)
{
	const struct calls_msg m = {
		.kind = kind,
		.from = e->self(e),
		.key = key,
	};

	e->send(e, to, e->now(e) + after, &m);
}

/* ---- exchanges ---- */

static void next_arrival(struct exchange *x, struct calls_engine *e)
{
	double after = exponential(&x->random, e->model->mean);

	if (e->now(e) + after < e->model->end)
		tell(e, x->id, after, CALLS_ARRIVAL, x->id);
}

void exchange_start(struct exchange *x, struct calls_engine *e, uint32_t id)
{
	x->id = id;
	x->busy = 0;
	x->random = random_stream(e->model->seed, id);
	next_arrival(x, e);
}

static void arrival(struct exchange *x, struct calls_engine *e)
{
	const struct call c = {
		.key = random_draw(&x->random),
		.from = x->id,
		.to = 1 + random_below(&x->random, e->model->exchanges),
		.hold = exponential(&x->random, e->model->hold),
	};

	e->begin(e, &c);
	next_arrival(x, e);
}

static void seize(struct exchange *x, struct calls_engine *e,
		  const struct calls_msg *m)
{
	bool free = x->busy < e->model->lines;

	x->busy += free;
	tell(e, m->from, e->model->delay, free ? CALLS_GRANTED : CALLS_BUSY,
	     m->key);
}

void exchange_event(struct exchange *x, struct calls_engine *e,
		    const struct calls_msg *m)
{
	switch (m->kind) {
	case CALLS_ARRIVAL:
		arrival(x, e);
		break;
	case CALLS_SEIZE:
		seize(x, e, m);
		break;
	case CALLS_RELEASE:
		x->busy--;
		break;
	}
}

/* ---- calls ---- */

static void record(const struct call *c, struct calls_engine *e, bool granted)
{
	const struct calls_record r = {
		.time = tw_time_from_double(e->now(e)),
		.key = c->key,
		.from = c->from,
		.to = c->to,
		.granted = granted,
	};

	e->record(e, &r);
}

void call_start(const struct call *c, struct calls_engine *e)
{
	tell(e, c->to, delay(e->model, c->from, c->to), CALLS_SEIZE, c->key);
}

bool call_event(const struct call *c, struct calls_engine *e,
		const struct calls_msg *m)
{
	switch (m->kind) {
	case CALLS_GRANTED:
		tell(e, e->self(e), c->hold, CALLS_HANG_UP, c->key);
		return true;
	case CALLS_HANG_UP:
		tell(e, c->to, delay(e->model, c->from, c->to), CALLS_RELEASE,
		     c->key);
		record(c, e, true);
		return false;
	default:
		record(c, e, false);
		return false;
	}
}
