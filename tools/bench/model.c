// SPDX-License-Identifier: GPL-2.0
/*
 * PHOLD by libtw: committed events per second, sequential and by processes in
 * virtual time, which go back to forks or, in place, by reversal. Events that
 * burn next to nothing show what Time Warp costs, long ones what two processors
 * gain.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/bench.h"
#include "bench/task.h"
#include "sim/phold/model.h"

static int no_output(void *arg, uint32_t sink, tw_time time, const void *data,
		     size_t len)
{
	(void)arg;
	(void)sink;
	(void)time;
	(void)data;
	(void)len;
	return 0;
}

/* Committed events per second. */
static double run(struct phold *p, struct tw_run_attr attr,
		  struct tw_run_stat *st)
{
	struct tw_model m;

	attr.end = tw_time_from_double(p->end);
	attr.name = "bench";
	phold_model(&m, p);
	m.output = no_output;
	check(tw_model_run(&m, &attr, st), "PHOLD");
	phold_release();
	return st->committed * 1e9 / st->wall_ns;
}

static double rate(struct phold *p, enum tw_engine engine, enum tw_state state)
{
	struct tw_run_attr attr = { .engine = engine, .state = state };
	struct tw_run_stat st;

	return run(p, attr, &st);
}

struct grain {
	uint64_t us;
	double end; /* long enough for the start to weigh little */
	const char *sequential, *sequential_label, *timewarp, *timewarp_label;
	const char *in_place, *in_place_label;
};

static const struct grain grains[] = {
	{ 0, 1000, "sequential_0", "sequential, 0 us", "timewarp_0",
	  "2 processes, 0 us", "in_place_0", "2 processes in place, 0 us" },
	{ 10, 400, "sequential_10", "sequential, 10 us", "timewarp_10",
	  "2 processes, 10 us", "in_place_10", "2 processes in place, 10 us" },
	{ 100, 100, "sequential_100", "sequential, 100 us", "timewarp_100",
	  "2 processes, 100 us", "in_place_100",
	  "2 processes in place, 100 us" },
};

static void measure(struct table *t, const struct grain *g)
{
	struct row *sequential =
		table_row(t, g->sequential, g->sequential_label);
	struct row *timewarp = table_compared(t, g->timewarp, g->timewarp_label,
					      sequential, 0);
	struct row *in_place = table_compared(t, g->in_place, g->in_place_label,
					      sequential, 0);
	struct phold p = {
		.lps = 64,
		.procs = 2,
		.start_events = 1,
		.seed = 1,
		.remote = 0.1,
		.mean = 1,
		.lookahead = 0.1,
		.end = g->end,
		.grain = phold_calibrate(g->us),
	};
	unsigned int i;

	for (i = 0; i < t->rounds; i++) {
		sequential->samples[i] =
			rate(&p, TW_ENGINE_SEQUENTIAL, TW_STATE_BY_FORK);
		timewarp->samples[i] =
			rate(&p, TW_ENGINE_TIMEWARP, TW_STATE_BY_FORK);
		in_place->samples[i] =
			rate(&p, TW_ENGINE_TIMEWARP, TW_STATE_BY_REVERSE);
	}
}

void bench_phold(const struct options *o, struct results *r)
{
	struct table *t = table_new(
		"phold", "PHOLD, 64 objects, a tenth of the events remote",
		"events/s", rounds_or(o, 5));
	size_t i;

	for (i = 0; i < sizeof(grains) / sizeof(grains[0]); i++)
		measure(t, &grains[i]);
	r->tables[r->n++] = t;
}

void bench_many(const struct options *o, struct results *r)
{
	struct table *t = table_new(
		"many", "PHOLD, 1,000 processes of one object, all remote",
		"events/s", rounds_or(o, 1));
	struct row *row = table_row(t, "processes_1000", "1,000 processes");
	struct phold p = {
		.lps = 1000,
		.procs = 1000,
		.start_events = 1,
		.seed = 1,
		.remote = 1,
		.mean = 1,
		.lookahead = 0.5,
		.end = 10,
	};
	unsigned int i;

	for (i = 0; i < t->rounds; i++)
		row->samples[i] =
			rate(&p, TW_ENGINE_TIMEWARP, TW_STATE_BY_FORK);
	r->tables[r->n++] = t;
}

/* Whom to run, and how far ahead. */
static const struct policy {
	uint32_t running;
	double window; /* in units of PHOLD's time; 0: none, INFINITY: learnt */
	const char *key, *label;
} policies[] = {
	{ TW_RUNNING_ALL, 0, "all", "all run" },
	{ 0, 0, "lowest", "those farthest behind" },
	{ 0, 1, "window", "and none more than 1 ahead" },
	{ 0, INFINITY, "learnt", "and as far ahead as is learnt" },
};

#define NPOLICIES (sizeof(policies) / sizeof(policies[0]))

static tw_time window(const struct policy *policy, const struct phold *p)
{
	if (isinf(policy->window))
		return TW_WINDOW_LEARNT;
	return tw_time_from_double(p->end) -
	       tw_time_from_double(p->end - policy->window);
}

static double rollbacks(const struct tw_run_stat *st)
{
	return st->domain.rollbacks_primary + st->domain.rollbacks_secondary;
}

void bench_schedule(const struct options *o, struct results *r)
{
	struct table *rates = table_new(
		"schedule",
		"PHOLD, 64 processes, half of the events remote, 20 us",
		"events/s", rounds_or(o, 3));
	struct table *undone = table_new("schedule_rollbacks",
					 "The same: what was undone",
					 "rollbacks", rates->rounds);
	struct phold p = {
		.lps = 64,
		.procs = 64,
		.start_events = 1,
		.seed = 1,
		.remote = 0.5,
		.mean = 1,
		.lookahead = 0.1,
		.end = 20,
		.grain = phold_calibrate(20),
	};
	struct tw_run_attr attr = { .engine = TW_ENGINE_TIMEWARP };
	struct row *rate[NPOLICIES], *rolled[NPOLICIES];
	struct tw_run_stat st;
	size_t i, n;

	for (n = 0; n < NPOLICIES; n++) {
		rate[n] = table_compared(rates, policies[n].key,
					 policies[n].label, n ? rate[0] : NULL,
					 0);
		rolled[n] = table_compared(undone, policies[n].key,
					   policies[n].label,
					   n ? rolled[0] : NULL, 0);
	}
	for (i = 0; i < rates->rounds; i++)
		for (n = 0; n < NPOLICIES; n++) {
			attr.running = policies[n].running;
			attr.window = window(&policies[n], &p);
			rate[n]->samples[i] = run(&p, attr, &st);
			rolled[n]->samples[i] = rollbacks(&st);
		}
	r->tables[r->n++] = rates;
	r->tables[r->n++] = undone;
}

/* In eighths of what is always enough; 0: no budget. */
static const struct budget {
	uint64_t eighths;
	const char *key, *label;
} budgets[] = {
	{ 0, "memory_none", "no budget" },
	{ 32, "memory_4", "4 times what is enough" },
	{ 16, "memory_2", "2 times" },
	{ 8, "memory_1", "what is enough" },
	{ 4, "memory_half", "half of it" },
	{ 2, "memory_quarter", "a quarter" },
	{ 1, "memory_eighth", "an eighth" },
};

#define NBUDGETS (sizeof(budgets) / sizeof(budgets[0]))

void bench_memory(const struct options *o, struct results *r)
{
	struct table *t = table_new(
		"memory",
		"PHOLD, 4 processes, half of the events remote, by budget of memory",
		"events/s", rounds_or(o, 3));
	struct phold p = {
		.lps = 64,
		.procs = 4,
		.start_events = 8,
		.seed = 1,
		.remote = 0.5,
		.mean = 1,
		.lookahead = 0.1,
		.end = 10,
		.grain = phold_calibrate(10),
	};
	struct tw_run_attr attr = { .engine = TW_ENGINE_SEQUENTIAL };
	struct row *row[NBUDGETS];
	struct tw_run_stat st;
	uint64_t enough;
	size_t i, n;

	run(&p, attr, &st);
	enough = st.live_peak + 2 * p.procs * TW_MEMORY_PROCESS;
	attr.engine = TW_ENGINE_TIMEWARP;
	attr.running = TW_RUNNING_ALL;
	row[0] = table_row(t, budgets[0].key, budgets[0].label);
	for (n = 1; n < NBUDGETS; n++)
		row[n] = table_compared(t, budgets[n].key, budgets[n].label,
					row[0], 0);
	for (i = 0; i < t->rounds; i++)
		for (n = 0; n < NBUDGETS; n++) {
			attr.memory = enough * budgets[n].eighths / 8;
			row[n]->samples[i] = run(&p, attr, &st);
		}
	r->tables[r->n++] = t;
}
