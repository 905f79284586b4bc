/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A telephone network: exchanges, and calls, each of which is an entity that
 * begins and ends at a virtual time. The same code runs in processes that create
 * processes, and in one event list.
 */
#ifndef CALLS_MODEL_H
#define CALLS_MODEL_H

#include <stdbool.h>
#include <timewarp.h>

#include "sim/random.h"

struct calls {
	uint64_t exchanges, lines, seed;
	double mean, hold, delay, end;
};

enum calls_kind {
	CALLS_ARRIVAL, /* an exchange's own: a call begins here */
	CALLS_SEIZE, /* a call wants a line of the exchange */
	CALLS_RELEASE, /* and gives it back */
	CALLS_GRANTED, /* to the call: it has a line */
	CALLS_BUSY, /* or has none */
	CALLS_HANG_UP, /* a call's own: it has lasted long enough */
};

/* From and to are what the engine knows entities by. */
struct calls_msg {
	uint32_t kind;
	uint32_t pad;
	uint64_t from;
	uint64_t key; /* of the call: orders what happens at one time */
};

/* What a call leaves behind. */
struct calls_record {
	tw_time time;
	uint64_t key;
	uint32_t from, to; /* exchanges, from 1 */
	uint32_t granted;
	uint32_t pad;
};

struct call {
	uint64_t key;
	uint32_t from, to;
	double hold;
};

/*
 * What runs an entity. Times are later than now, but a call begins at once. An
 * error is the engine's own: its functions note it.
 */
struct calls_engine {
	const struct calls *model;
	double (*now)(struct calls_engine *e);
	uint64_t (*self)(struct calls_engine *e);
	/* Exchanges are 1 to n, whatever the engine. */
	void (*send)(struct calls_engine *e, uint64_t to, double at,
		     const struct calls_msg *m);
	void (*begin)(struct calls_engine *e, const struct call *c);
	void (*record)(struct calls_engine *e, const struct calls_record *r);
};

struct exchange {
	uint32_t id;
	uint64_t busy;
	struct random random;
};

void exchange_start(struct exchange *x, struct calls_engine *e, uint32_t id);
void exchange_event(struct exchange *x, struct calls_engine *e,
		    const struct calls_msg *m);

void call_start(const struct call *c, struct calls_engine *e);
/* False: the call is over. */
bool call_event(const struct call *c, struct calls_engine *e,
		const struct calls_msg *m);

/* The two engines. Records come by `output` in order; returns 0 or -errno. */
typedef void (*calls_output)(void *arg, const struct calls_record *r);

int calls_timewarp(const struct calls *c, const struct tw_run_attr *attr,
		   calls_output output, void *arg, struct tw_run_stat *stat);
int calls_sequential(const struct calls *c, calls_output output, void *arg,
		     struct tw_run_stat *stat);

#endif
