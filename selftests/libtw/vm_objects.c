// SPDX-License-Identifier: GPL-2.0
/* The oracle: whatever the engine, the placement and the policy, the same bytes. */
#include "churn.h"
#include "tap.h"

struct variant {
	const char *name;
	uint32_t processes;
	uint32_t cancellation;
	uint32_t interval;
	tw_time window;
	bool scatter;
	tw_time end;
	struct churn churn;
	enum tw_state state;
};

#define CHURN                                                           \
	.objects = 40, .seed = 1, .starts = 2, .spread = 20, .far = 32, \
	.sinks = 2, .grain = 100

#define MANY                                                               \
	.objects = 100000, .seed = 1, .starts = 1, .spread = 20, .far = 4, \
	.sinks = 2, .grain = 1

static const struct variant variants[] = {
	{ "1 process", 1, .end = 400, .churn = { CHURN, .large = 40 } },
	{ "2 processes, aggressive", 2, TW_CANCEL_AGGRESSIVE, .end = 400,
	  .churn = { CHURN, .large = 40 } },
	{ "2 processes, lazy", 2, TW_CANCEL_LAZY, .end = 400,
	  .churn = { CHURN, .large = 40 } },
	{ "3 processes, scattered", 3, .interval = 16, .scatter = true,
	  .end = 400, .churn = { CHURN, .large = 40 } },
	{ "4 processes, lazy, snapshot at each event", 4, TW_CANCEL_LAZY,
	  .interval = 1, .end = 100, .churn = { CHURN, .large = 40 } },
	{ "2 processes, window of 5 ticks", 2, .window = 5, .end = 400,
	  .churn = { CHURN, .large = 40 } },
	{ "2 processes, by copy", 2, .end = 400, .state = TW_STATE_BY_COPY,
	  .churn = { CHURN, .large = 40 } },
	{ "3 processes, by copy, lazy, snapshot at each event", 3,
	  TW_CANCEL_LAZY, .interval = 1, .end = 200, .state = TW_STATE_BY_COPY,
	  .churn = { CHURN, .large = 40 } },
	{ "2 processes, by reversal", 2, .end = 400,
	  .state = TW_STATE_BY_REVERSE, .churn = { CHURN, .large = 40 } },
	{ "4 processes, by reversal, scattered", 4, .end = 200, .scatter = true,
	  .state = TW_STATE_BY_REVERSE, .churn = { CHURN, .large = 40 } },
	{ "3 processes, by reversal, lazy", 3, TW_CANCEL_LAZY, .end = 200,
	  .state = TW_STATE_BY_REVERSE, .churn = { CHURN, .large = 40 } },
	{ "2 processes, payloads as large as a message", 2, .end = 200,
	  .churn = { CHURN, .large = TW_PAYLOAD_MAX - 8 } },
	{ "2 processes, by copy, payloads as large as a message", 2, .end = 100,
	  .state = TW_STATE_BY_COPY,
	  .churn = { CHURN, .large = TW_PAYLOAD_MAX - 8 } },
	{ "3 processes, payloads in files", 3, .end = 60,
	  .churn = { CHURN, .large = CHURN_LARGE_MAX } },
	{ "3 processes, by copy, lazy, payloads in files", 3, TW_CANCEL_LAZY,
	  .end = 60, .state = TW_STATE_BY_COPY,
	  .churn = { CHURN, .large = CHURN_LARGE_MAX } },
	{ "2 processes, by reversal, payloads in files", 2, .end = 60,
	  .state = TW_STATE_BY_REVERSE,
	  .churn = { CHURN, .large = CHURN_LARGE_MAX } },
	{ "2 processes, 100,000 objects", 2, .end = 3, .churn = { MANY } },
	{ "2 processes, by copy, 100,000 objects", 2, .end = 3,
	  .state = TW_STATE_BY_COPY, .churn = { MANY } },
};

static struct variant random_variant(uint64_t seed)
{
	struct churn_object o = { .rng = seed };
	static char name[64];

	snprintf(name, sizeof(name), "random %llu", (unsigned long long)seed);
	return (struct variant){
		.name = name,
		.processes = 2 + churn_draw(&o) % 3,
		.cancellation = churn_draw(&o) % 3,
		.interval = (1u << churn_draw(&o) % 8) - 1,
		.window = churn_draw(&o) % 3 ? 0 : 1 + churn_draw(&o) % 50,
		.end = 40 + churn_draw(&o) % 100,
		.state = churn_draw(&o) % 3,
		.churn = {
			.objects = 4 + churn_draw(&o) % 60,
			.seed = churn_draw(&o),
			.starts = 1 + churn_draw(&o) % 3,
			.spread = 1 + churn_draw(&o) % 40,
			.far = churn_draw(&o) % 128,
			.large = churn_draw(&o) % 100,
			.sinks = churn_draw(&o) % 3,
			.grain = 1u << churn_draw(&o) % 14,
		},
	};
}

static void compare(const struct churn *a, const struct churn *b)
{
	size_t n = a->out_len < b->out_len ? a->out_len : b->out_len, i = 0,
	       line = 0;

	while (i < n && a->out[i] == b->out[i])
		if (a->out[i++] == '\n')
			line = i;
	if (i == n && a->out_len == b->out_len)
		return;
	printf("# %zu and %zu bytes; they differ first at byte %zu\n",
	       a->out_len, b->out_len, i);
	printf("# sequential: %.*s\n", (int)strcspn(a->out + line, "\n"),
	       a->out + line);
	printf("# timewarp:   %.*s\n", (int)strcspn(b->out + line, "\n"),
	       b->out + line);
}

static void show(const struct tw_run_stat *st)
{
	const struct tw_domain_stat *d = &st->domain;

	printf("# %llu events, %llu committed, %llu+%llu rollbacks, %llu antimessages, %llu snapshots, %llu rounds, %llu ms\n",
	       (unsigned long long)st->events,
	       (unsigned long long)st->committed,
	       (unsigned long long)d->rollbacks_primary,
	       (unsigned long long)d->rollbacks_secondary,
	       (unsigned long long)d->antimessages,
	       (unsigned long long)d->snapshots,
	       (unsigned long long)d->gvt_rounds,
	       (unsigned long long)st->wall_ns / 1000000);
	if (d->failure)
		printf("# failure %u, process %llu, time %llu, status %#x\n",
		       d->failure, (unsigned long long)d->failed_process,
		       (unsigned long long)d->failed_time, d->failed_status);
}

static void run(const struct variant *v)
{
	struct churn a = v->churn, b = v->churn;
	struct tw_run_attr attr = { .engine = TW_ENGINE_SEQUENTIAL,
				    .end = v->end };
	struct tw_model ma = churn_model(&a, v->processes),
			mb = churn_model(&b, v->processes);
	struct tw_run_stat sa, sb;
	int ret;

	ret = tw_model_run(&ma, &attr, &sa);
	if (!is(ret, 0, "sequential"))
		return;
	attr = (struct tw_run_attr){
		.engine = TW_ENGINE_TIMEWARP,
		.end = v->end,
		.window = v->window,
		.cancellation = v->cancellation,
		.snapshot_interval = v->interval,
		.name = "churn",
		.state = v->state,
	};
	if (v->scatter)
		mb.owner = churn_scatter;
	ret = tw_model_run(&mb, &attr, &sb);
	show(&sb);
	is(ret, 0, v->name);
	compare(&a, &b);
	ok(a.out_len == b.out_len &&
		   (!a.out_len || !memcmp(a.out, b.out, a.out_len)) &&
		   a.records == b.records,
	   "same output: %s", v->name);
	is(sb.committed, sa.events, "as many events are committed");
	is(sb.domain.balance, 0, "messages and antimessages add up to zero");
	is(sb.domain.violations, 0, "no determinism violation");
	churn_free(&a);
	churn_free(&b);
}

static void run_random(uint64_t seed, int n)
{
	for (int i = 0; i < n; i++) {
		struct variant v = random_variant(seed + i);

		run(&v);
	}
}

/* What each event says comes before what the run says; here is nothing else. */
static void cancellation(void)
{
	struct churn churn = {
		.objects = 40,
		.seed = 1,
		.starts = 2,
		.spread = 20,
		.far = 32,
		.grain = 100,
		.cancellation = TW_CANCEL_AGGRESSIVE,
	};
	struct tw_run_attr attr = { .end = 2000,
				    .cancellation = TW_CANCEL_LAZY };
	struct tw_model m = churn_model(&churn, 4);
	struct tw_run_stat st;

	is(tw_model_run(&m, &attr, &st), 0, "aggressive events in a lazy run");
	show(&st);
	ok(st.domain.antimessages, "some are unsent");
	is(st.domain.lazy_hits, 0, "all that are sent again have been");
	churn.cancellation = TW_CANCEL_LAZY;
	attr.cancellation = TW_CANCEL_AGGRESSIVE;
	is(tw_model_run(&m, &attr, &st), 0, "lazy events in an aggressive run");
	show(&st);
	ok(st.domain.lazy_hits, "some need not be sent again");
}

/* [SEED [COUNT]]: random variants only. */
int main(int argc, char **argv)
{
	need_device();
	if (argc > 1) {
		run_random(strtoull(argv[1], NULL, 0),
			   argc > 2 ? atoi(argv[2]) : 1);
		return done();
	}
	for (int i = 0; i < (int)(sizeof(variants) / sizeof(*variants)); i++)
		run(&variants[i]);
	cancellation();
	run_random(getpid(), 3);
	return done();
}
