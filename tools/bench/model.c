// SPDX-License-Identifier: GPL-2.0
/*
 * PHOLD by libtw: committed events per second, sequential and by processes in
 * virtual time, which go back to forks or, in place, by reversal. Events that burn next to nothing show what Time Warp costs,
 * long ones what two processors gain.
 */
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
static double rate(struct phold *p, enum tw_engine engine, enum tw_state state)
{
	struct tw_run_attr attr = {
		.engine = engine,
		.end = tw_time_from_double(p->end),
		.name = "bench",
		.state = state,
	};
	struct tw_run_stat st;
	struct tw_model m;

	phold_model(&m, p);
	m.output = no_output;
	check(tw_model_run(&m, &attr, &st), "PHOLD");
	phold_release();
	return st.committed * 1e9 / st.wall_ns;
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
