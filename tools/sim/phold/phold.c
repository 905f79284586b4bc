// SPDX-License-Identifier: GPL-2.0
/* tw run phold */
#include <argp.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/phold/model.h"
#include "sim/progress.h"
#include "sim/summary.h"
#include "tw/cli.h"
#include "tw/commands.h"

/* One engine's result: the records of all objects. */
struct pass {
	struct phold_record *record;
	uint64_t records, count;
	struct tw_run_stat stat;
	enum tw_engine engine;
};

struct run {
	struct phold phold;
	uint64_t grain_us, snapshot_interval;
	uint32_t cancellation;
	enum tw_engine engine;
	bool verify;
	struct progress progress;
	struct pass main, check;
	struct pass *pass; /* the one that runs */
};

/* ---- options ---- */

enum {
	OPT_LPS = 256,
	OPT_PROCS,
	OPT_REMOTE,
	OPT_MEAN,
	OPT_LOOKAHEAD,
	OPT_START,
	OPT_END,
	OPT_GRAIN,
	OPT_SEED,
	OPT_VERIFY,
	OPT_JSON,
	OPT_ENGINE,
	OPT_INTERVAL,
	OPT_CANCELLATION
};

static const struct argp_option table[] = {
	{ "lps", OPT_LPS, "N", 0, "Objects (default: 64)", 1 },
	{ "procs", OPT_PROCS, "N", 0,
	  "Spread them over N processes (default: the number of CPUs)", 1 },
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
	{ "seed", OPT_SEED, "S", 0, "Seed of all random numbers (default: 1)",
	  1 },
	{ "verify", OPT_VERIFY, NULL, 0,
	  "Run the sequential engine too and compare what each object handled",
	  2 },
	{ "json", OPT_JSON, NULL, 0, "Print the summary as one JSON object",
	  2 },
	{ "engine", OPT_ENGINE, "NAME", 0,
	  "timewarp (default), or sequential: one process, no kernel module",
	  3 },
	{ "snapshot-interval", OPT_INTERVAL, "N", 0,
	  "Events between snapshots (default: the kernel's)", 3 },
	{ "cancellation", OPT_CANCELLATION, "NAME", 0,
	  "aggressive (default) or lazy", 3 },
	{ 0 },
};

static const char doc[] =
	"Run PHOLD, the benchmark of the field.\v"
	"EXAMPLES\n"
	"  tw run phold --lps 256 --procs 2 --end 1000 --verify\n"
	"  tw run phold --remote 0.5 --grain-us 100 --json\n"
	"  tw run phold --engine=sequential";

static error_t take(struct run *r, int key, const char *arg)
{
	struct phold *p = &r->phold;

	switch (key) {
	case OPT_LPS:
		return cli_u64("--lps", arg, 1, UINT64_C(1) << 24, &p->lps);
	case OPT_PROCS:
		return cli_u64("--procs", arg, 1, 1024, &p->procs);
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
	case OPT_GRAIN:
		return cli_u64("--grain-us", arg, 0, 10000000, &r->grain_us);
	case OPT_SEED:
		return cli_u64("--seed", arg, 0, UINT64_MAX, &p->seed);
	case OPT_ENGINE:
		return engine_parse(arg, &r->engine);
	case OPT_CANCELLATION:
		return cancellation_parse(arg, &r->cancellation);
	default:
		return cli_u64("--snapshot-interval", arg, 1, UINT32_MAX,
			       &r->snapshot_interval);
	}
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct run *r = state->input;
	int ret;

	if (key == ARGP_KEY_ARG)
		exit(cli_bad(
			"'%s': phold takes options only ('tw run phold --help' lists them)",
			arg));
	if (key < OPT_LPS || key > OPT_CANCELLATION)
		return ARGP_ERR_UNKNOWN;
	if (key == OPT_VERIFY) {
		r->verify = true;
	} else if (key == OPT_JSON) {
		cli_json = true;
	} else {
		ret = take(r, key, arg);
		if (ret)
			exit(ret);
	}
	return 0;
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
	if (p->procs > p->lps)
		return cli_bad("--procs=%" PRIu64 " is above --lps=%" PRIu64
			       "; each process needs an object",
			       p->procs, p->lps);
	if (r->verify && r->engine == TW_ENGINE_SEQUENTIAL)
		return cli_bad(
			"--verify compares with the sequential engine; drop --engine=sequential");
	return CLI_OK;
}

static uint64_t default_procs(const struct run *r)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);

	if (r->engine == TW_ENGINE_SEQUENTIAL || cpus < 1)
		return 1;
	return (uint64_t)cpus < r->phold.lps ? (uint64_t)cpus : r->phold.lps;
}

/* ---- one engine ---- */

static int on_output(void *arg, uint32_t sink, tw_time time, const void *data,
		     size_t len)
{
	struct run *r = ((struct phold *)arg)->run;
	struct pass *p = r->pass;

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

	progress_show(&r->progress, now > 0 ? now : 0,
		      r->pass->engine == TW_ENGINE_TIMEWARP ? st : NULL);
}

static int pass_run(struct run *r, struct pass *p)
{
	struct tw_run_attr attr = {
		.engine = p->engine,
		.end = tw_time_from_double(r->phold.end),
		.cancellation = r->cancellation,
		.snapshot_interval = r->snapshot_interval,
		.name = "phold",
	};
	struct tw_model model;
	int ret;

	p->record = calloc(r->phold.lps, sizeof(*p->record));
	if (!p->record)
		return cli_failed("out of memory for the records");
	phold_model(&model, &r->phold);
	model.output = on_output;
	model.progress = on_progress;
	r->pass = p;
	progress_begin(&r->progress, "time units", r->phold.end);
	ret = tw_model_run(&model, &attr, &p->stat);
	phold_release();
	progress_end(&r->progress);
	return ret < 0 ? summary_failure(ret, &p->stat) : CLI_OK;
}

/* ---- the result ---- */

static uint64_t digest(const struct pass *p)
{
	const unsigned char *at = (const unsigned char *)p->record;
	uint64_t h = UINT64_C(14695981039346656037);
	uint64_t i;

	for (i = 0; i < p->records * sizeof(*p->record); i++)
		h = (h ^ at[i]) * UINT64_C(1099511628211);
	return h;
}

static int compare(const struct run *r)
{
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

static void print_text(const struct run *r, int verified)
{
	const struct phold *p = &r->phold;
	FILE *f = stdout;

	fprintf(f,
		"%-22s %" PRIu64 " objects on %" PRIu64 " processes, %" PRIu64
		" start events, remote %g, mean %g, lookahead %g, end %g, grain %" PRIu64
		" us, seed %" PRIu64 "\n",
		"phold", p->lps, p->procs, p->start_events, p->remote, p->mean,
		p->lookahead, p->end, r->grain_us, p->seed);
	fprintf(f, "%-22s %" PRIu64 "\n", "model events", r->main.count);
	fprintf(f, "%-22s %016" PRIx64 "\n", "digest", digest(&r->main));
	summary_print(f, r->engine, &r->main.stat);
	if (!r->verify)
		return;
	fprintf(f, "%-22s %.3f s\n", "sequential wall time",
		r->check.stat.wall_ns / 1e9);
	if (!verified)
		fprintf(f,
			"%-22s %" PRIu64
			" objects handled the same events as under the sequential engine\n",
			"verified", r->main.records);
}

static void print_json(const struct run *r, int verified)
{
	const struct phold *p = &r->phold;
	char text[17];
	struct json j;

	snprintf(text, sizeof(text), "%016" PRIx64, digest(&r->main));
	json_begin(&j, stdout);
	json_u64(&j, "lps", p->lps);
	json_u64(&j, "processes", p->procs);
	json_u64(&j, "start_events", p->start_events);
	json_double(&j, "remote", p->remote);
	json_double(&j, "mean", p->mean);
	json_double(&j, "lookahead", p->lookahead);
	json_double(&j, "end", p->end);
	json_u64(&j, "grain_us", r->grain_us);
	json_u64(&j, "seed", p->seed);
	json_u64(&j, "model_events", r->main.count);
	json_str(&j, "digest", text);
	summary_json(&j, r->engine, &r->main.stat);
	if (r->verify) {
		json_double(&j, "sequential_wall_s",
			    r->check.stat.wall_ns / 1e9);
		json_bool(&j, "verified", !verified);
	}
	json_end(&j);
}

static int simulate(struct run *r)
{
	int ret, verified = CLI_OK;

	r->main.engine = r->engine;
	ret = pass_run(r, &r->main);
	if (!ret && r->verify) {
		r->check.engine = TW_ENGINE_SEQUENTIAL;
		ret = pass_run(r, &r->check);
		if (!ret)
			verified = compare(r);
	}
	if (ret)
		return ret;
	if (cli_json)
		print_json(r, verified);
	else
		print_text(r, verified);
	return verified;
}

int tw_cmd_run_phold(int argc, char **argv)
{
	static const struct argp argp = { table, parse, NULL, doc,
					  NULL,	 NULL,	NULL };
	struct run run = {
		.phold = { .lps = 64, .start_events = 1, .seed = 1, .remote = 0.1, .mean = 1,
			   .lookahead = 0.1, .end = 100 },
	}, *r = &run;
	int ret;

	r->phold.run = r;
	argp_parse(&argp, argc, argv, 0, NULL, r);
	ret = check(r);
	if (ret)
		return ret;
	if (!r->phold.procs)
		r->phold.procs = default_procs(r);
	r->phold.grain = phold_calibrate(r->grain_us);
	ret = simulate(r);
	free(r->main.record);
	free(r->check.record);
	return ret;
}
