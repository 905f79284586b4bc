// SPDX-License-Identifier: GPL-2.0
/* The sequential engine against a naive simulator of the same model. */
#include <errno.h>

#include "churn.h"
#include "tap.h"

static struct churn churn_small(void)
{
	return (struct churn){
		.objects = 30,
		.seed = 7,
		.starts = 3,
		.spread = 6,
		.far = 128,
		.large = 50,
		.sinks = 2,
	};
}

static int run(struct churn *churn, uint32_t processes, struct tw_run_stat *st)
{
	struct tw_run_attr attr = { .engine = TW_ENGINE_SEQUENTIAL,
				    .end = 200 };
	struct tw_model m = churn_model(churn, processes);

	return tw_model_run(&m, &attr, st);
}

static void deterministic(void)
{
	struct churn a = churn_small(), b = churn_small();
	struct tw_run_stat sa, sb;

	is(run(&a, 1, &sa), 0, "one process");
	is(run(&b, 4, &sb), 0, "four processes, which are one here");
	ok(sa.events > 3000 && sa.events == sa.committed,
	   "events are handled and committed");
	is(sb.events, sa.events, "as many both times");
	ok(a.records && a.out_len == b.out_len &&
		   !memcmp(a.out, b.out, a.out_len),
	   "with the same output");
	ok(sa.wall_ns && sa.memory_peak, "time and memory are counted");
	is(sa.domain.sends, 0, "the kernel's numbers are zero");
	churn_free(&a);
	churn_free(&b);
}

/* The output of a time is ordered by priority and object, not by handling. */
static void sorted(void)
{
	struct churn c = churn_small();
	struct tw_run_stat st;
	unsigned long long time, at, object, last_time = 0;
	bool good = true;
	char *line, *next;
	int lines = 0;

	run(&c, 1, &st);
	churn_append(&c, "", 1);
	for (line = c.out; *line; line = next + 1, lines++) {
		next = strchr(line, '\n');
		if (sscanf(line, "%llu: %llu %llu", &time, &at, &object) != 3 ||
		    time != at || time < last_time)
			good = false;
		last_time = time;
	}
	ok(good && lines > 100,
	   "records have the time of the write, and times do not fall");
	churn_free(&c);
}

#define PAIRS 3

/* Three objects write in the reverse of their order. */
static void reverse_init(struct tw_ctx *c, uint64_t object)
{
	tw_ctx_send(c, object, 10, PAIRS - object, "", 0);
}

static void reverse_event(struct tw_ctx *c, const struct tw_event *ev)
{
	char text[8];

	for (int i = 0; i < 2; i++)
		tw_ctx_write(c, 0, ev->to == 1, text,
			     snprintf(text, 8, "%d%d ", (int)ev->to, i));
}

static int collect(void *arg, uint32_t sink, tw_time time, const void *data,
		   size_t len)
{
	(void)sink;
	(void)time;
	strncat(arg, data, len);
	return 0;
}

static void reverse(void)
{
	char text[64] = "";
	struct tw_model m = {
		.objects = PAIRS,
		.processes = 1,
		.sinks = 1,
		.init = reverse_init,
		.event = reverse_event,
		.output = collect,
		.arg = text,
	};
	struct tw_run_attr attr = { .engine = TW_ENGINE_SEQUENTIAL,
				    .end = TW_TIME_INF };

	is(tw_model_run(&m, &attr, NULL), 0,
	   "a model that ends by itself, no stat wanted");
	printf("# %s\n", text);
	ok(!strcmp(text, "00 01 20 21 10 11 "),
	   "priority, then object, then order of writes");
}

static tw_time handled[8];
static int handled_n;

static void end_init(struct tw_ctx *c, uint64_t object)
{
	(void)object;
	for (tw_time t = 98; t <= 102; t++)
		tw_ctx_send(c, 0, t, 0, NULL, 0);
}

static void end_event(struct tw_ctx *c, const struct tw_event *ev)
{
	handled[handled_n++] = tw_ctx_now(c);
	if (ev->data && tw_ctx_self(c) == 0 && tw_ctx_process(c) == 0 &&
	    !tw_ctx_state(c))
		return;
	abort();
}

static void end_of_run(void)
{
	struct tw_model m = { .objects = 1,
			      .processes = 1,
			      .init = end_init,
			      .event = end_event };
	struct tw_run_attr attr = { .engine = TW_ENGINE_SEQUENTIAL,
				    .end = 100 };

	is(tw_model_run(&m, &attr, NULL), 0, "no setup, no sink");
	ok(handled_n == 2 && handled[0] == 98 && handled[1] == 99,
	   "events at or after the end are not handled");
}

static int stop_after;

static int stop(void *arg, uint32_t sink, tw_time time, const void *data,
		size_t len)
{
	(void)arg;
	(void)sink;
	(void)time;
	(void)data;
	(void)len;
	return !stop_after--;
}

static void refused(void)
{
	struct churn churn = churn_small();
	struct tw_run_attr attr = { .engine = TW_ENGINE_SEQUENTIAL, .end = 50 };
	struct tw_model m = churn_model(&churn, 1);

	m.output = stop;
	stop_after = 5;
	is(tw_model_run(&m, &attr, NULL), -ECANCELED,
	   "output can stop the run");
	churn_free(&churn);
	m.output = NULL;
	is(tw_model_run(&m, &attr, NULL), -EINVAL, "sinks without output");
	m = churn_model(&churn, 0);
	is(tw_model_run(&m, &attr, NULL), -EINVAL, "no process");
	m = churn_model(&churn, 1);
	m.event = NULL;
	is(tw_model_run(&m, &attr, NULL), -EINVAL, "no handler");
	m = churn_model(&churn, 1);
	m.objects = (1ull << 48) + 1;
	is(tw_model_run(&m, &attr, NULL), -EINVAL, "too many objects");
	m = churn_model(&churn, 1);
	attr.engine = (enum tw_engine)7;
	is(tw_model_run(&m, &attr, NULL), -EINVAL,
	   "an engine that there is not");
}

int main(void)
{
	deterministic();
	sorted();
	reverse();
	end_of_run();
	refused();
	return done();
}
