// SPDX-License-Identifier: GPL-2.0
/*
 * tw run divide: a division that fails in wrong futures only.
 *
 *	clearer		10r      ->	10r + 1: the divisor is 0
 *	setter		10r, slow ->	10r + 2: the divisor is d, not 0
 *	asker		10r      ->	10r + 5: n divided by the divisor?
 *	divider				answers
 *
 * In order, the divisor is never 0 when it is asked for. The setter burns CPU
 * before it sends, so its message comes after the question, the divider divides
 * by 0 and dies of SIGFPE. The straggler undoes that.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "sim/need.h"
#include "sim/random.h"
#include "sim/sim.h"
#include "tw/cli.h"
#include "tw/commands.h"

enum { SETTER, CLEARER, ASKER, DIVIDER, OBJECTS };

#define PERIOD 10 /* ticks of a round */

struct answer {
	int64_t dividend, divisor, quotient;
};

/* One engine's result. */
struct pass {
	struct answer *answer;
	uint64_t answers;
};

struct run {
	struct sim_options opt;
	uint64_t rounds, grain_us, procs;
	struct pass main, check;
	struct sim sim;
};

/* In each process. */
static const struct run *run;
static struct random numbers[OBJECTS];
static volatile int64_t divisor;

/* ---- options ---- */

enum { OPT_ROUNDS = 256, OPT_GRAIN };

static const struct argp_option table[] = {
	{ "rounds", OPT_ROUNDS, "N", 0, "Divisions (default: 50)", 1 },
	{ "grain-us", OPT_GRAIN, "US", 0,
	  "Microseconds of CPU by which each divisor is late (default: 1000)",
	  1 },
	{ 0 },
};

static const char doc[] =
	"Divide by a number that is zero in wrong futures only.\v"
	"EXAMPLES\n"
	"  tw run divide --procs 2 --verify\n"
	"  tw run divide --procs 4 --strict --json\n"
	"  tw run divide --engine=sequential";

static int take(void *model, int key, char *arg)
{
	struct run *r = model;

	if (key == OPT_ROUNDS)
		return cli_u64("--rounds", arg, 1, 1000000, &r->rounds);
	return cli_u64("--grain-us", arg, 0, 10000000, &r->grain_us);
}

static int check(const struct run *r)
{
	if (r->opt.procs > OBJECTS)
		return cli_bad("--procs=%" PRIu64
			       ": there are %d objects; give that at most",
			       r->opt.procs, OBJECTS);
	return sim_options_check(&r->opt);
}

/* ---- the model ---- */

static void burn(uint64_t us)
{
	struct timespec ts;
	uint64_t end = 0, now;

	do {
		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
		now = ts.tv_sec * UINT64_C(1000000) + ts.tv_nsec / 1000;
		if (!end)
			end = now + us;
	} while (now < end);
}

/* Every round a number of its own, for the divider. */
static void say(struct tw_ctx *c, tw_time after, int64_t number)
{
	tw_ctx_send(c, DIVIDER, tw_ctx_now(c) + after, 0, &number,
		    sizeof(number));
}

static void source(struct tw_ctx *c, uint64_t object)
{
	struct random *r = &numbers[object];

	if (object == CLEARER) {
		say(c, 1, 0);
	} else if (object == SETTER) {
		burn(run->grain_us);
		say(c, 2, 1 + (int64_t)random_below(r, 9));
	} else {
		say(c, 5, 1 + (int64_t)random_below(r, 1000000));
	}
	tw_ctx_send(c, object, tw_ctx_now(c) + PERIOD, 0, NULL, 0);
}

static void event(struct tw_ctx *c, const struct tw_event *ev)
{
	struct answer a;

	if (ev->to != DIVIDER)
		return source(c, ev->to);
	if (ev->from != ASKER) {
		divisor = *(const int64_t *)ev->data;
		return;
	}
	a.dividend = *(const int64_t *)ev->data;
	a.divisor = divisor;
	a.quotient = a.dividend / a.divisor;
	tw_ctx_write(c, 0, 0, &a, sizeof(a));
}

static void init(struct tw_ctx *c, uint64_t object)
{
	numbers[object] = random_stream(run->opt.seed, object);
	if (object != DIVIDER)
		tw_ctx_send(c, object, PERIOD, 0, NULL, 0);
}

/* A core of a wrong future is of no use. */
static void *setup(struct tw_ctx *c, void *arg)
{
	const struct rlimit none = { 0, 0 };

	(void)c;
	run = arg;
	divisor = 0;
	setrlimit(RLIMIT_CORE, &none);
	return arg;
}

/* The setter is alone, so that it can be late. */
static uint32_t owner(void *arg, uint64_t object)
{
	const struct run *r = arg;

	return object == SETTER || r->procs == 1 ? 0 :
						   1 + object % (r->procs - 1);
}

/* ---- one engine ---- */

static struct pass *pass_now(struct run *r)
{
	return r->sim.checking ? &r->check : &r->main;
}

static int on_output(void *arg, uint32_t sink, tw_time time, const void *data,
		     size_t len)
{
	struct run *r = arg;
	struct pass *p = pass_now(r);

	(void)sink;
	(void)time;
	if (len != sizeof(*p->answer) || p->answers == r->rounds)
		return -1;
	memcpy(&p->answer[p->answers++], data, len);
	return 0;
}

static void on_progress(void *arg, tw_time gvt, const struct tw_domain_stat *st)
{
	struct run *r = arg;

	sim_progress(&r->sim, (double)gvt / PERIOD, st);
}

static double ticks(const struct sim *s, double rounds)
{
	(void)s;
	return rounds * PERIOD;
}

static int pass(struct sim *s)
{
	struct run *r = s->run;
	struct tw_run_attr attr = { .end = (r->rounds + 1) * PERIOD };
	const struct tw_model model = {
		.objects = OBJECTS,
		.processes = r->procs,
		.sinks = 1,
		.owner = owner,
		.setup = setup,
		.init = init,
		.event = event,
		.output = on_output,
		.progress = on_progress,
		.arg = r,
	};

	pass_now(r)->answer = need(r->rounds, sizeof(struct answer));
	return sim_engine(s, &model, &attr, "rounds", r->rounds);
}

/* ---- the result ---- */

static int compare(const struct sim *s)
{
	const struct run *r = s->run;

	if (r->main.answers == r->rounds && r->check.answers == r->rounds &&
	    !memcmp(r->main.answer, r->check.answer,
		    r->rounds * sizeof(struct answer)))
		return CLI_OK;
	return cli_failed(
		"--verify: other answers than under the sequential engine");
}

static void verified(const struct sim *s, FILE *f)
{
	const struct run *r = s->run;

	fprintf(f, "%" PRIu64 " answers as under the sequential engine\n",
		r->main.answers);
}

static int64_t sum(const struct pass *p)
{
	int64_t total = 0;
	uint64_t i;

	for (i = 0; i < p->answers; i++)
		total += p->answer[i].quotient;
	return total;
}

static void text(const struct sim *s, FILE *f)
{
	const struct run *r = s->run;

	fprintf(f,
		"%-22s %" PRIu64 " on %" PRIu64 " processes, each %" PRIu64
		" us late, seed %" PRIu64 "\n",
		"divisions", r->main.answers, r->procs, r->grain_us,
		r->opt.seed);
	fprintf(f, "%-22s %" PRId64 "\n", "sum of quotients", sum(&r->main));
}

static void json(const struct sim *s, struct json *j)
{
	const struct run *r = s->run;

	json_u64(j, "answers", r->main.answers);
	json_u64(j, "processes", r->procs);
	json_u64(j, "grain_us", r->grain_us);
	json_u64(j, "seed", r->opt.seed);
	json_u64(j, "sum", sum(&r->main));
}

int tw_cmd_run_divide(int argc, char **argv)
{
	const struct sim_command command = { table, doc, NULL, take };
	static struct output none;
	struct run own = {
		.opt = { .seed = 1, .cancellation = TW_CANCEL_AGGRESSIVE },
		.rounds = 50,
		.grain_us = 1000,
		.sim = { .name = "divide",
			 .opt = &own.opt,
			 .output = &none,
			 .run = &own,
			 .ticks = ticks,
			 .pass = pass,
			 .compare = compare,
			 .verified = verified,
			 .text = text,
			 .json = json },
	};
	int ret;

	sim_options_parse(&command, argc, argv, &own.opt, &own);
	ret = check(&own);
	if (ret)
		return ret;
	own.procs = sim_procs(&own.opt, OBJECTS);
	ret = sim_run(&own.sim);
	free(own.main.answer);
	free(own.check.answer);
	return ret;
}
