// SPDX-License-Identifier: GPL-2.0
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "sim/phold/model.h"
#include "sim/random.h"

#define LAST_PRIORITY 65535 /* the largest */

struct object {
	struct random random;
	uint64_t count, hash;
};

static const struct phold *phold;
static struct object *objects;

static double draw_delay(struct object *o)
{
	return phold->lookahead -
	       (phold->mean - phold->lookahead) * log(random_unit(&o->random));
}

/* ---- burning CPU ---- */

static void burn(uint64_t turns)
{
	uint64_t x = 1;

	while (turns--) {
		x *= 0x9e3779b97f4a7c15;
		__asm__ volatile("" : "+r"(x));
	}
}

static double cpu_seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static double burn_time(uint64_t turns)
{
	double start = cpu_seconds();

	burn(turns);
	return cpu_seconds() - start;
}

uint64_t phold_calibrate(uint64_t grain_us)
{
	uint64_t turns = 1000;
	double best, again;
	int i;

	if (!grain_us)
		return 0;
	while ((best = burn_time(turns)) < 0.01)
		turns *= 2;
	/* The fastest is the one that was disturbed least. */
	for (i = 0; i < 4; i++) {
		again = burn_time(turns);
		if (again < best)
			best = again;
	}
	return turns / best * grain_us / 1e6 + 1;
}

/* ---- events ---- */

static void send_event(struct tw_ctx *c, struct object *o, double now,
		       uint64_t to)
{
	tw_time at = tw_time_from_double(now + draw_delay(o));

	/* Without lookahead a delay may be too small for a double to show. */
	if (at <= tw_ctx_now(c))
		at = tw_ctx_now(c) + 1;
	tw_ctx_send(c, to, at, 0, NULL, 0);
}

static void write_record(struct tw_ctx *c, const struct object *o)
{
	struct phold_record r = { tw_ctx_self(c), o->count, o->hash };

	tw_ctx_write(c, 0, 0, &r, sizeof(r));
}

static void event(struct tw_ctx *c, const struct tw_event *ev)
{
	struct object *o = &objects[ev->to];
	uint64_t to;

	if (ev->priority == LAST_PRIORITY)
		return write_record(c, o);
	ev->memo[0] = o->hash;
	ev->memo[1] = o->random.state;
	o->count++;
	o->hash = random_mix(o->hash ^ ev->time) + random_mix(ev->from + 1);
	burn(phold->grain);
	to = random_unit(&o->random) <= phold->remote ?
		     random_below(&o->random, phold->lps) :
		     ev->to;
	send_event(c, o, tw_time_to_double(ev->time), to);
}

static void reverse(struct tw_ctx *c, const struct tw_event *ev)
{
	struct object *o = &objects[ev->to];

	(void)c;
	if (ev->priority == LAST_PRIORITY)
		return;
	o->count--;
	o->hash = ev->memo[0];
	o->random.state = ev->memo[1];
}

static void *object(struct tw_ctx *c, uint64_t object, size_t *len)
{
	(void)c;
	*len = sizeof(objects[object]);
	return &objects[object];
}

/* The run's first tick is the time of no double; the model begins at 0. */
static void init(struct tw_ctx *c, uint64_t object)
{
	struct object *o = &objects[object];
	uint64_t i;

	o->random = random_stream(phold->seed, object);
	for (i = 0; i < phold->start_events; i++)
		send_event(c, o, 0, object);
	tw_ctx_send(c, object, tw_time_from_double(phold->end) - 1,
		    LAST_PRIORITY, NULL, 0);
}

static void *setup(struct tw_ctx *c, void *arg)
{
	(void)c;
	phold = arg;
	objects = calloc(phold->lps, sizeof(*objects));
	if (!objects) {
		fputs("tw: out of memory for the objects\n", stderr);
		exit(1);
	}
	return objects;
}

void phold_release(void)
{
	free(objects);
	objects = NULL;
}

void phold_model(struct tw_model *m, struct phold *p)
{
	*m = (struct tw_model){
		.objects = p->lps,
		.processes = p->procs,
		.sinks = 1,
		.setup = setup,
		.init = init,
		.event = event,
		.object = object,
		.reverse = reverse,
		.arg = p,
	};
}
