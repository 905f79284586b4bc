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
	OPT_WINDOW,
	OPT_INTERVAL,
	OPT_CANCELLATION,
	OPT_MEMORY,
	OPT_STRICT,
	OPT_KILL
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
	{ "window", OPT_WINDOW, "W", 0,
	  "Let no event begin more than W ahead of GVT, in units of the model, or learnt: by the waste; 0: no limit (default: 8 cycles of a circuit, otherwise 0)",
	  3 },
	{ "snapshot-interval", OPT_INTERVAL, "N|MIN:MAX", 0,
	  "Events between snapshots, or bounds of what the kernel chooses (default: the kernel's)",
	  3 },
	{ "memory", OPT_MEMORY, "BYTES", 0,
	  "Budget of messages and snapshots in the kernel (default: none)", 3 },
	{ "cancellation", OPT_CANCELLATION, "NAME", 0,
	  "lazy or aggressive: when messages of a wrong future are unsent", 3 },
	{ "strict", OPT_STRICT, NULL, 0,
	  "Refuse system calls that a rollback would not undo", 3 },
	{ "kill-every", OPT_KILL, "MS", 0,
	  "Kill a process every MS milliseconds, to see that it is replaced",
	  3 },
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

static int take_window(const char *arg, struct sim_options *o)
{
	o->window_learnt = !strcmp(arg, "learnt");
	if (o->window_learnt)
		return CLI_OK;
	return cli_double("--window", arg, 0, 1e15, &o->window);
}

static int take_events(const char *arg, uint32_t *value)
{
	uint64_t n;
	int ret = cli_u64("--snapshot-interval", arg, 1, UINT32_MAX, &n);

	*value = n;
	return ret;
}

static int take_interval(const char *arg, struct sim_options *o)
{
	const char *colon = strchr(arg, ':');
	int ret;

	o->snapshot_interval = o->interval_min = o->interval_max = 0;
	if (!colon)
		return take_events(arg, &o->snapshot_interval);
	ret = take_events(strndupa(arg, colon - arg), &o->interval_min) ?:
		      take_events(colon + 1, &o->interval_max);
	if (!ret && o->interval_min > o->interval_max)
		return cli_bad(
			"--snapshot-interval=%s: the first is above the second; give MIN:MAX",
			arg);
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
	case OPT_KILL:
		return cli_u64("--kill-every", arg, 1, 3600000, &o->kill_every);
	case OPT_ENGINE:
		return take_engine(arg, &o->engine);
	case OPT_RUNNING:
		return take_running(arg, &o->running);
	case OPT_WINDOW:
		return take_window(arg, o);
	case OPT_INTERVAL:
		return take_interval(arg, o);
	case OPT_MEMORY:
		return cli_u64("--memory", arg, 1, UINT64_C(1) << 62,
			       &o->memory);
	default:
		return take_cancellation(arg, &o->cancellation);
	}
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	int ret;

	if (key < OPT_PROCS || key > OPT_KILL)
		return ARGP_ERR_UNKNOWN;
	ret = take(state->input, key, arg);
	if (ret)
		exit(ret);
	return 0;
}

static const struct argp common = { table, parse, NULL, NULL, NULL, NULL, NULL };

struct parsing {
	const struct sim_command *command;
	struct sim_options *options;
	void *model;
};

static int take_file(const struct parsing *p, const char *arg, const char *name)
{
	const char *file = p->command->file;
	struct sim_options *o = p->options;

	if (!file)
		return cli_bad(
			"'%s': %s takes options only ('%s --help' lists them)",
			arg, name, name);
	file += *file == '[';
	if (o->file)
		return cli_bad("'%s': there is one %.*s already, '%s'", arg,
			       (int)strcspn(file, "]"), file, o->file);
	o->file = arg;
	return CLI_OK;
}

static error_t parse_model(int key, char *arg, struct argp_state *state)
{
	const struct parsing *p = state->input;
	int ret;

	if (key == ARGP_KEY_INIT)
		state->child_inputs[0] = p->options;
	if (key == ARGP_KEY_ARG)
		ret = take_file(p, arg, state->name);
	else if (key >= 256 && key < ARGP_KEY_END)
		ret = p->command->take(p->model, key, arg);
	else
		return ARGP_ERR_UNKNOWN;
	if (ret)
		exit(ret);
	return 0;
}

void sim_options_parse(const struct sim_command *c, int argc, char **argv,
		       struct sim_options *o, void *model)
{
	const struct argp_child children[] = { { &common, 0, NULL, 0 }, { 0 } };
	const struct argp argp = { c->table, parse_model, c->file, c->doc,
				   children, NULL,	  NULL };
	struct parsing parsing = { c, o, model };

	argp_parse(&argp, argc, argv, 0, NULL, &parsing);
}

int sim_options_check(const struct sim_options *o)
{
	if (o->verify && o->engine == TW_ENGINE_SEQUENTIAL)
		return cli_bad(
			"--verify compares with the sequential engine; drop --engine=sequential");
	if (o->kill_every && o->engine == TW_ENGINE_SEQUENTIAL)
		return cli_bad(
			"--kill-every: the sequential engine is one process; drop --engine=sequential");
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
