// SPDX-License-Identifier: GPL-2.0
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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
/* The payload of the event that is sent now. */
static unsigned char *payload;

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

/* ---- payloads ---- */

static uint64_t sum(const unsigned char *bytes, size_t len)
{
	uint64_t h = len, word;

	for (; len >= sizeof(word);
	     bytes += sizeof(word), len -= sizeof(word)) {
		memcpy(&word, bytes, sizeof(word));
		h = random_mix(h ^ word) + RANDOM_STEP;
	}
	while (len--)
		h = random_mix(h ^ *bytes++) + RANDOM_STEP;
	return h;
}

/* All bytes follow from one number that the object draws. */
static void fill_payload(struct object *o)
{
	unsigned char *bytes = payload + PHOLD_PAYLOAD_MIN;
	size_t len = phold->payload - PHOLD_PAYLOAD_MIN, n;
	struct random r = { random_draw(&o->random) };
	uint64_t word;

	for (size_t at = 0; at < len; at += n) {
		n = len - at < sizeof(word) ? len - at : sizeof(word);
		word = random_draw(&r);
		memcpy(bytes + at, &word, n);
	}
	word = sum(bytes, len);
	memcpy(payload, &word, sizeof(word));
}

/* The sum, if it is true; 0 without a payload. */
static uint64_t check_payload(const struct tw_event *ev)
{
	const unsigned char *bytes = ev->data;
	uint64_t word;

	if (!phold->payload)
		return 0;
	if (ev->len == phold->payload) {
		memcpy(&word, bytes, sizeof(word));
		if (word == sum(bytes + sizeof(word), ev->len - sizeof(word)))
			return word;
	}
	fprintf(stderr, "tw: an event of object %llu came with other bytes\n",
		(unsigned long long)ev->from);
	abort();
}

/* ---- events ---- */

static uint32_t draw_cancellation(struct object *o)
{
	if (!phold->shared)
		return TW_CANCEL_DEFAULT;
	return random_unit(&o->random) <= phold->lazy_share ?
		       TW_CANCEL_LAZY :
		       TW_CANCEL_AGGRESSIVE;
}

static void send_event(struct tw_ctx *c, struct object *o, double now,
		       uint64_t to)
{
	tw_time at = tw_time_from_double(now + draw_delay(o));
	struct tw_send_attr attr = { .cancellation = draw_cancellation(o) };

	/* Without lookahead a delay may be too small for a double to show. */
	if (at <= tw_ctx_now(c))
		at = tw_ctx_now(c) + 1;
	if (phold->payload)
		fill_payload(o);
	tw_ctx_send_with(c, to, at, &attr, payload, phold->payload);
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
	o->hash = random_mix(o->hash ^ ev->time) + random_mix(ev->from + 1) +
		  check_payload(ev);
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
	payload = malloc(phold->payload + 1);
	if (!objects || !payload) {
		fputs("tw: out of memory for the objects\n", stderr);
		exit(1);
	}
	return objects;
}

void phold_release(void)
{
	free(objects);
	free(payload);
	objects = NULL;
	payload = NULL;
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
