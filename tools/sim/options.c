// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/options.h"
#include "tw/cli.h"

enum {
	OPT_PROCS = 256,
	OPT_SEED,
	OPT_VERIFY,
	OPT_JSON,
	OPT_ENGINE,
	OPT_RUNNING,
	OPT_INTERVAL,
	OPT_CANCELLATION,
	OPT_STRICT
};

static const struct argp_option table[] = {
	{ "procs", OPT_PROCS, "N", 0,
	  "Spread the model over N processes (default: the number of CPUs)",
	  1 },
	{ "seed", OPT_SEED, "S", 0,
	  "Draw all random numbers from seed S (default: 1)", 1 },
	{ "verify", OPT_VERIFY, NULL, 0,
	  "Run the sequential engine too and compare the results", 2 },
	{ "json", OPT_JSON, NULL, 0, "Print the summary as one JSON object",
	  2 },
	{ "engine", OPT_ENGINE, "NAME", 0,
	  "timewarp (default), or sequential: one process, no kernel module",
	  3 },
	{ "running", OPT_RUNNING, "N", 0,
	  "Let N processes run at a time, or all (default: the number of CPUs)",
	  3 },
	{ "snapshot-interval", OPT_INTERVAL, "N", 0,
	  "Events between snapshots (default: the kernel's)", 3 },
	{ "cancellation", OPT_CANCELLATION, "NAME", 0,
	  "lazy or aggressive: when messages of a wrong future are unsent", 3 },
	{ "strict", OPT_STRICT, NULL, 0,
	  "Refuse system calls that a rollback would not undo", 3 },
	{ 0 },
};

static int take_engine(const char *arg, enum tw_engine *engine)
{
	*engine = TW_ENGINE_TIMEWARP;
	if (!strcmp(arg, "timewarp"))
		return CLI_OK;
	*engine = TW_ENGINE_SEQUENTIAL;
	if (!strcmp(arg, "sequential"))
		return CLI_OK;
	return cli_bad("--engine=%s: give sequential or timewarp", arg);
}

static int take_cancellation(const char *arg, uint32_t *value)
{
	*value = TW_CANCEL_AGGRESSIVE;
	if (!strcmp(arg, "aggressive"))
		return CLI_OK;
	*value = TW_CANCEL_LAZY;
	if (!strcmp(arg, "lazy"))
		return CLI_OK;
	return cli_bad("--cancellation=%s: give aggressive or lazy", arg);
}

static int take_running(const char *arg, uint32_t *value)
{
	uint64_t n;
	int ret;

	*value = TW_RUNNING_ALL;
	if (!strcmp(arg, "all"))
		return CLI_OK;
	ret = cli_u64("--running", arg, 1, INT32_MAX, &n);
	*value = n;
	return ret;
}

static int take(struct sim_options *o, int key, const char *arg)
{
	switch (key) {
	case OPT_PROCS:
		return cli_u64("--procs", arg, 1, 1024, &o->procs);
	case OPT_SEED:
		o->seeded = true;
		return cli_u64("--seed", arg, 0, UINT64_MAX, &o->seed);
	case OPT_VERIFY:
		o->verify = true;
		return CLI_OK;
	case OPT_JSON:
		cli_json = true;
		return CLI_OK;
	case OPT_STRICT:
		o->strict = true;
		return CLI_OK;
	case OPT_ENGINE:
		return take_engine(arg, &o->engine);
	case OPT_RUNNING:
		return take_running(arg, &o->running);
	case OPT_INTERVAL:
		return cli_u64("--snapshot-interval", arg, 1, UINT32_MAX,
			       &o->snapshot_interval);
	default:
		return take_cancellation(arg, &o->cancellation);
	}
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	int ret;

	if (key < OPT_PROCS || key > OPT_STRICT)
		return ARGP_ERR_UNKNOWN;
	ret = take(state->input, key, arg);
	if (ret)
		exit(ret);
	return 0;
}

const struct argp sim_argp = { table, parse, NULL, NULL, NULL, NULL, NULL };

int sim_options_check(const struct sim_options *o)
{
	if (o->verify && o->engine == TW_ENGINE_SEQUENTIAL)
		return cli_bad(
			"--verify compares with the sequential engine; drop --engine=sequential");
	return CLI_OK;
}

uint64_t sim_procs(const struct sim_options *o, uint64_t most)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);

	if (o->procs)
		return o->procs;
	if (o->engine == TW_ENGINE_SEQUENTIAL || cpus < 1 || !most)
		return 1;
	return (uint64_t)cpus < most ? (uint64_t)cpus : most;
}
