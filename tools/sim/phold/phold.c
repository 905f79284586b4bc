// SPDX-License-Identifier: GPL-2.0
/* tw run phold */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/digest.h"
#include "sim/need.h"
#include "sim/phold/model.h"
#include "sim/sim.h"
#include "tw/cli.h"
#include "tw/commands.h"

/* What is kept until it is committed should fit into memory. */
#define PAYLOAD_MAX (UINT64_C(16) << 20)

/* One engine's result: the records of all objects. */
struct pass {
	struct phold_record *record;
	uint64_t records, count;
};

struct run {
	struct sim_options opt;
	struct phold phold;
	uint64_t grain_us;
	enum tw_state state;
	struct pass main, check;
	struct sim sim;
};

/* ---- options ---- */

enum {
	OPT_LPS = 256,
	OPT_REMOTE,
	OPT_MEAN,
	OPT_LOOKAHEAD,
	OPT_START,
	OPT_END,
	OPT_GRAIN,
	OPT_PAYLOAD,
	OPT_LAZY_SHARE,
	OPT_STATE
};

static const struct argp_option table[] = {
	{ "lps", OPT_LPS, "N", 0, "Objects (default: 64)", 1 },
	{ "remote", OPT_REMOTE, "P", 0,
	  "Probability that an event goes to any object, not to its own (default: 0.1)",
	  1 },
	{ "mean", OPT_MEAN, "T", 0, "Mean delay of an event (default: 1)", 1 },
	{ "lookahead", OPT_LOOKAHEAD, "T", 0,
	  "Least delay of an event (default: 0.1)", 1 },
	{ "start-events", OPT_START, "N", 0,
	  "Events that each object starts with (default: 1)", 1 },
	{ "end", OPT_END, "T", 0, "Virtual time of the end (default: 100)", 1 },
	{ "grain-us", OPT_GRAIN, "US", 0,
	  "Microseconds of CPU that an event burns (default: 0)", 1 },
	{ "payload", OPT_PAYLOAD, "BYTES", 0,
	  "Bytes that an event carries (default: 0)", 1 },
	{ "lazy-share", OPT_LAZY_SHARE, "F", 0,
	  "Share of the events that are cancelled lazily, the others aggressively",
	  3 },
	{ "state", OPT_STATE, "NAME", 0,
	  "How a process goes back: reverse (default), copy or fork", 3 },
	{ 0 },
};

static const char doc[] =
	"Run PHOLD, the benchmark of the field.\v"
	"EXAMPLES\n"
	"  tw run phold --lps 256 --procs 2 --end 1000 --verify\n"
	"  tw run phold --remote 0.5 --grain-us 100 --json\n"
	"  tw run phold --engine=sequential\n"
	"  tw run phold --grain-us 10 --state=fork --verify\n"
	"  tw run phold --remote 0.5 --payload 100000 --lazy-share 0.5 --verify";

static int take_state(const char *arg, enum tw_state *state)
{
	static const char *const names[] = {
		[TW_STATE_BY_FORK] = "fork",
		[TW_STATE_BY_COPY] = "copy",
		[TW_STATE_BY_REVERSE] = "reverse",
	};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		*state = i;
		if (!strcmp(arg, names[i]))
			return CLI_OK;
	}
	return cli_bad("--state=%s: give fork, copy or reverse", arg);
}

static int take(void *model, int key, char *arg)
{
	struct run *r = model;
	struct phold *p = &r->phold;

	switch (key) {
	case OPT_LPS:
		return cli_u64("--lps", arg, 1, UINT64_C(1) << 24, &p->lps);
	case OPT_REMOTE:
		return cli_double("--remote", arg, 0, 1, &p->remote);
	case OPT_MEAN:
		return cli_double("--mean", arg, 0, 1e9, &p->mean);
	case OPT_LOOKAHEAD:
		return cli_double("--lookahead", arg, 0, 1e9, &p->lookahead);
	case OPT_START:
		return cli_u64("--start-events", arg, 0, 1000000,
			       &p->start_events);
	case OPT_END:
		return cli_double("--end", arg, 0, 1e15, &p->end);
	case OPT_PAYLOAD:
		return cli_u64("--payload", arg, 0, PAYLOAD_MAX, &p->payload);
	case OPT_LAZY_SHARE:
		p->shared = true;
		return cli_double("--lazy-share", arg, 0, 1, &p->lazy_share);
	case OPT_STATE:
		return take_state(arg, &r->state);
	default:
		return cli_u64("--grain-us", arg, 0, 10000000, &r->grain_us);
	}
}

static int check(const struct run *r)
{
	const struct phold *p = &r->phold;

	if (p->mean < p->lookahead)
		return cli_bad(
			"--mean=%g is below --lookahead=%g; make it as large at least",
			p->mean, p->lookahead);
	if (!(p->mean > 0))
		return cli_bad(
			"--mean=0: time would stand still; give a mean above 0");
	if (!(p->end > 0))
		return cli_bad(
			"--end=0: there is nothing to run; give an end above 0");
	if (r->opt.procs > p->lps)
		return cli_bad("--procs=%" PRIu64 " is above --lps=%" PRIu64
			       "; each process needs an object",
			       r->opt.procs, p->lps);
	if (p->payload && p->payload < PHOLD_PAYLOAD_MIN)
		return cli_bad(
			"--payload=%" PRIu64
			" has no room for its sum; give 0, or %zu at least",
			p->payload, PHOLD_PAYLOAD_MIN);
	if (r->opt.strict && p->payload > TW_PAYLOAD_MAX - sizeof(uint64_t))
		return cli_bad(
			"--payload=%" PRIu64
			" needs files, which --strict refuses; give %zu at most",
			p->payload, TW_PAYLOAD_MAX - sizeof(uint64_t));
	if (r->opt.kill_every && r->state != TW_STATE_BY_FORK)
		return cli_bad(
			"--kill-every: what a process keeps of itself dies with it; give --state=fork");
	return sim_options_check(&r->opt);
}

/* ---- one engine ---- */

static struct pass *pass_now(struct run *r)
{
	return r->sim.checking ? &r->check : &r->main;
}

static int on_output(void *arg, uint32_t sink, tw_time time, const void *data,
		     size_t len)
{
	struct run *r = ((struct phold *)arg)->run;
	struct pass *p = pass_now(r);

	(void)sink;
	(void)time;
	if (len != sizeof(*p->record) || p->records == r->phold.lps)
		return -1;
	memcpy(&p->record[p->records], data, len);
	p->count += p->record[p->records++].count;
	return 0;
}

static void on_progress(void *arg, tw_time gvt, const struct tw_domain_stat *st)
{
	struct run *r = ((struct phold *)arg)->run;
	double now = tw_time_to_double(gvt);

	sim_progress(&r->sim, now > 0 ? now : 0, st);
}

static double ticks(const struct sim *s, double units)
{
	const struct run *r = s->run;

	return sim_double_ticks(units, r->phold.end);
}

static int pass(struct sim *s)
{
	struct run *r = s->run;
	struct pass *p = pass_now(r);
	struct tw_run_attr attr = {
		.end = tw_time_from_double(r->phold.end),
		.state = r->state,
	};
	struct tw_model model;
	int ret;

	p->record = need(r->phold.lps, sizeof(*p->record));
	phold_model(&model, &r->phold);
	model.output = on_output;
	model.progress = on_progress;
	ret = sim_engine(s, &model, &attr, "time units", r->phold.end);
	phold_release();
	return ret;
}

/* ---- the result ---- */

static uint64_t digest(const struct pass *p)
{
	return digest_add(DIGEST, p->record, p->records * sizeof(*p->record));
}

static int compare(const struct sim *s)
{
	const struct run *r = s->run;
	const struct pass *a = &r->main, *b = &r->check;
	uint64_t i;

	for (i = 0; i < a->records && i < b->records; i++)
		if (memcmp(&a->record[i], &b->record[i], sizeof(*a->record)))
			return cli_failed(
				"--verify: object %" PRIu64
				" handled other events than under the sequential engine",
				a->record[i].object);
	if (a->records != r->phold.lps || b->records != r->phold.lps)
		return cli_failed("--verify: %" PRIu64 " and %" PRIu64
				  " records of %" PRIu64,
				  a->records, b->records, r->phold.lps);
	return CLI_OK;
}

static void verified(const struct sim *s, FILE *f)
{
	const struct run *r = s->run;

	fprintf(f,
		"%" PRIu64
		" objects handled the same events as under the sequential engine\n",
		r->main.records);
}

static void text(const struct sim *s, FILE *f)
{
	const struct run *r = s->run;
	const struct phold *p = &r->phold;

	fprintf(f,
		"%-22s %" PRIu64 " objects on %" PRIu64 " processes, %" PRIu64
		" start events, remote %g, mean %g, lookahead %g, end %g, grain %" PRIu64
		" us, payload %" PRIu64 " bytes, seed %" PRIu64 "\n",
		"phold", p->lps, p->procs, p->start_events, p->remote, p->mean,
		p->lookahead, p->end, r->grain_us, p->payload, p->seed);
	fprintf(f, "%-22s %" PRIu64 "\n", "model events", r->main.count);
	fprintf(f, "%-22s %016" PRIx64 "\n", "digest", digest(&r->main));
}

static void json(const struct sim *s, struct json *j)
{
	const struct run *r = s->run;
	const struct phold *p = &r->phold;
	char hex[17];

	snprintf(hex, sizeof(hex), "%016" PRIx64, digest(&r->main));
	json_u64(j, "lps", p->lps);
	json_u64(j, "processes", p->procs);
	json_u64(j, "start_events", p->start_events);
	json_double(j, "remote", p->remote);
	json_double(j, "mean", p->mean);
	json_double(j, "lookahead", p->lookahead);
	json_double(j, "end", p->end);
	json_u64(j, "grain_us", r->grain_us);
	json_u64(j, "payload", p->payload);
	if (p->shared)
		json_double(j, "lazy_share", p->lazy_share);
	json_u64(j, "seed", p->seed);
	json_u64(j, "model_events", r->main.count);
	json_str(j, "digest", hex);
}

int tw_cmd_run_phold(int argc, char **argv)
{
	const struct sim_command command = { table, doc, NULL, take };
	static struct output none;
	struct run run = {
		.opt = { .seed = 1, .cancellation = TW_CANCEL_AGGRESSIVE },
		.state = TW_STATE_BY_REVERSE,
		.phold = { .lps = 64, .start_events = 1, .remote = 0.1, .mean = 1,
			   .lookahead = 0.1, .end = 100, .run = &run },
		.sim = { .name = "phold", .opt = &run.opt, .output = &none, .run = &run,
			 .ticks = ticks, .pass = pass, .compare = compare,
			 .verified = verified, .text = text, .json = json },
	}, *r = &run;
	int ret;

	sim_options_parse(&command, argc, argv, &r->opt, r);
	ret = check(r);
	if (ret)
		return ret;
	r->phold.seed = r->opt.seed;
	r->phold.procs = sim_procs(&r->opt, r->phold.lps);
	r->phold.grain = phold_calibrate(r->grain_us);
	ret = sim_run(&r->sim);
	free(r->main.record);
	free(r->check.record);
	return ret;
}
