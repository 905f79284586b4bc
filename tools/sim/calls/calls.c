// SPDX-License-Identifier: GPL-2.0
/* tw run calls */
#include <inttypes.h>

#include "sim/calls/model.h"
#include "sim/digest.h"
#include "sim/sim.h"
#include "tw/cli.h"
#include "tw/commands.h"

/* One engine's result: how many calls, and a hash of all their records. */
struct pass {
	uint64_t calls, refused, digest;
};

struct run {
	struct sim_options opt;
	struct calls calls;
	struct pass main, check;
	struct sim sim;
};

/* ---- options ---- */

enum { OPT_EXCHANGES = 256, OPT_LINES, OPT_MEAN, OPT_HOLD, OPT_DELAY, OPT_END };

static const struct argp_option table[] = {
	{ "exchanges", OPT_EXCHANGES, "N", 0, "Exchanges (default: 4)", 1 },
	{ "lines", OPT_LINES, "N", 0,
	  "Calls that an exchange can take at a time (default: 3)", 1 },
	{ "mean", OPT_MEAN, "T", 0,
	  "Mean time between two calls from an exchange (default: 1)", 1 },
	{ "hold", OPT_HOLD, "T", 0, "Mean duration of a call (default: 3)", 1 },
	{ "delay", OPT_DELAY, "T", 0,
	  "Delay of a signal within an exchange (default: 0.1)", 1 },
	{ "end", OPT_END, "T", 0, "No call begins after T (default: 10)", 1 },
	{ 0 },
};

static const char doc[] =
	"Simulate a telephone network whose calls are processes that come and go.\v"
	"EXAMPLES\n"
	"  tw run calls --verify\n"
	"  tw run calls --exchanges 8 --lines 2 --end 20 --json\n"
	"  tw run calls --engine=sequential --end 1000";

static int take(void *model, int key, char *arg)
{
	struct run *r = model;
	struct calls *c = &r->calls;

	switch (key) {
	case OPT_EXCHANGES:
		return cli_u64("--exchanges", arg, 1, 1024, &c->exchanges);
	case OPT_LINES:
		return cli_u64("--lines", arg, 0, UINT32_MAX, &c->lines);
	case OPT_MEAN:
		return cli_double("--mean", arg, 1e-9, 1e9, &c->mean);
	case OPT_HOLD:
		return cli_double("--hold", arg, 1e-9, 1e9, &c->hold);
	case OPT_DELAY:
		return cli_double("--delay", arg, 1e-9, 1e9, &c->delay);
	default:
		return cli_double("--end", arg, 0, 1e12, &c->end);
	}
}

static int check(const struct run *r)
{
	if (r->opt.procs)
		return cli_bad(
			"--procs: each exchange and each call is a process; give --exchanges");
	return sim_options_check(&r->opt);
}

/* ---- one engine ---- */

static void on_record(void *arg, const struct calls_record *r)
{
	struct pass *p = arg;

	p->digest = digest_add(p->digest, r, sizeof(*r));
	p->calls++;
	p->refused += !r->granted;
}

static double ticks(const struct sim *s, double units)
{
	const struct run *r = s->run;

	return sim_double_ticks(units, r->calls.end);
}

static int pass(struct sim *s)
{
	struct run *r = s->run;
	struct pass *p = s->checking ? &r->check : &r->main;
	struct tw_run_stat *stat = s->checking ? &s->check_stat : &s->stat;
	struct tw_run_attr attr = { 0 };
	int ret;

	p->digest = DIGEST;
	sim_attr(s, &attr, 1, r->calls.exchanges);
	if (s->engine == TW_ENGINE_SEQUENTIAL)
		ret = calls_sequential(&r->calls, on_record, p, stat);
	else
		ret = calls_timewarp(&r->calls, &attr, on_record, p, stat);
	return ret < 0 ? summary_failure(ret, stat) : CLI_OK;
}

/* ---- the result ---- */

static int compare(const struct sim *s)
{
	const struct run *r = s->run;
	const struct pass *a = &r->main, *b = &r->check;

	if (a->calls == b->calls && a->digest == b->digest)
		return CLI_OK;
	return cli_failed("--verify: %" PRIu64 " calls, %016" PRIx64
			  "; under the sequential engine %" PRIu64
			  ", %016" PRIx64,
			  a->calls, a->digest, b->calls, b->digest);
}

static void verified(const struct sim *s, FILE *f)
{
	const struct run *r = s->run;

	fprintf(f,
		"%" PRIu64
		" calls went as they go under the sequential engine\n",
		r->main.calls);
}

static void text(const struct sim *s, FILE *f)
{
	const struct run *r = s->run;
	const struct calls *c = &r->calls;

	fprintf(f,
		"%-22s %" PRIu64 " exchanges with %" PRIu64
		" lines, mean %g, hold %g, delay %g, end %g, seed %" PRIu64
		"\n",
		"calls", c->exchanges, c->lines, c->mean, c->hold, c->delay,
		c->end, c->seed);
	fprintf(f, "%-22s %" PRIu64 "\n", "calls made", r->main.calls);
	fprintf(f, "%-22s %" PRIu64 "\n", "calls refused", r->main.refused);
	fprintf(f, "%-22s %016" PRIx64 "\n", "digest", r->main.digest);
	if (s->opt->engine == TW_ENGINE_SEQUENTIAL)
		return;
	fprintf(f, "%-22s %" PRIu64 " (%" PRIu64 " undone)\n",
		"processes created", (uint64_t)s->stat.domain.spawned,
		(uint64_t)s->stat.domain.unspawned);
}

static void json(const struct sim *s, struct json *j)
{
	const struct run *r = s->run;
	const struct calls *c = &r->calls;
	char hex[17];

	snprintf(hex, sizeof(hex), "%016" PRIx64, r->main.digest);
	json_u64(j, "exchanges", c->exchanges);
	json_u64(j, "lines", c->lines);
	json_double(j, "mean", c->mean);
	json_double(j, "hold", c->hold);
	json_double(j, "delay", c->delay);
	json_double(j, "end", c->end);
	json_u64(j, "seed", c->seed);
	json_u64(j, "calls", r->main.calls);
	json_u64(j, "refused", r->main.refused);
	json_str(j, "digest", hex);
	json_u64(j, "spawned", s->stat.domain.spawned);
	json_u64(j, "unspawned", s->stat.domain.unspawned);
}

int tw_cmd_run_calls(int argc, char **argv)
{
	const struct sim_command command = { table, doc, NULL, take };
	static struct output none;
	struct run run = {
		.opt = { .seed = 1, .cancellation = TW_CANCEL_AGGRESSIVE },
		.calls = { .exchanges = 4, .lines = 3, .mean = 1, .hold = 3,
			   .delay = 0.1, .end = 10 },
		.sim = { .name = "calls", .opt = &run.opt, .output = &none, .run = &run,
			 .ticks = ticks, .pass = pass, .compare = compare,
			 .verified = verified, .text = text, .json = json },
	}, *r = &run;
	int ret;

	sim_options_parse(&command, argc, argv, &r->opt, r);
	ret = check(r);
	if (ret)
		return ret;
	r->calls.seed = r->opt.seed;
	return sim_run(&r->sim);
}
