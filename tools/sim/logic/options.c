// SPDX-License-Identifier: GPL-2.0
#include <argp.h>
#include <stdlib.h>
#include <string.h>

#include "sim/logic/options.h"
#include "sim/summary.h"
#include "tw/cli.h"

#define WINDOW 8

enum {
	OPT_PROCS = 256,
	OPT_CLUSTERS,
	OPT_CYCLES,
	OPT_STIMULUS,
	OPT_SEED,
	OPT_VCD,
	OPT_OUT,
	OPT_VERIFY,
	OPT_ENGINE,
	OPT_WINDOW,
	OPT_INTERVAL,
	OPT_CANCELLATION,
	OPT_JSON
};

static const struct argp_option table[] = {
	{ "procs", OPT_PROCS, "N", 0,
	  "Cut the circuit into N processes (default: the number of CPUs)", 1 },
	{ "cycles", OPT_CYCLES, "N", 0,
	  "Simulate N clock cycles (default: the lines of the stimulus, or 100)",
	  1 },
	{ "stimulus", OPT_STIMULUS, "FILE", 0,
	  "Inputs: a line of bits for each cycle, in the order of the INPUT statements",
	  1 },
	{ "seed", OPT_SEED, "S", 0, "Draw the inputs from seed S (default: 1)",
	  1 },
	{ "vcd", OPT_VCD, "FILE", 0, "Write the waveform of every net", 2 },
	{ "out", OPT_OUT, "FILE", 0,
	  "Write a line of bits for each cycle, in the order of the OUTPUT statements",
	  2 },
	{ "verify", OPT_VERIFY, NULL, 0,
	  "Run the sequential engine too and compare every byte", 2 },
	{ "json", OPT_JSON, NULL, 0, "Print the summary as one JSON object",
	  2 },
	{ "engine", OPT_ENGINE, "NAME", 0,
	  "timewarp (default), or sequential: one process, no kernel module",
	  3 },
	{ "clusters", OPT_CLUSTERS, "N", 0,
	  "Cut each process's part into N objects (default: 1)", 3 },
	{ "window", OPT_WINDOW, "N", 0,
	  "Run at most N cycles ahead of GVT (default: 8; 0: no limit)", 3 },
	{ "snapshot-interval", OPT_INTERVAL, "N", 0,
	  "Events between snapshots (default: the kernel's)", 3 },
	{ "cancellation", OPT_CANCELLATION, "NAME", 0,
	  "lazy (default) or aggressive", 3 },
	{ 0 },
};

static const char doc[] =
	"Simulate a gate-level circuit, cut into processes that roll back.\v"
	"CIRCUIT is an ISCAS .bench netlist. Gates have unit delay; the clock period is "
	"above the critical path.\n\n"
	"EXAMPLES\n"
	"  tw run logic s27.bench --procs 2 --cycles 20 --out s27.out\n"
	"  tw run logic s5378.bench --procs 4 --vcd s5378.vcd --verify\n"
	"  tw run logic c17.bench --stimulus c17.in --engine=sequential --json";

static int take_number(struct options *o, int key, const char *arg)
{
	switch (key) {
	case OPT_PROCS:
		return cli_u64("--procs", arg, 1, 1024, &o->procs);
	case OPT_CLUSTERS:
		return cli_u64("--clusters", arg, 1, 1 << 20, &o->clusters);
	case OPT_CYCLES:
		return cli_u64("--cycles", arg, 1, UINT64_C(1000000000000),
			       &o->cycles);
	case OPT_SEED:
		o->seeded = true;
		return cli_u64("--seed", arg, 0, UINT64_MAX, &o->seed);
	case OPT_WINDOW:
		return cli_u64("--window", arg, 0, 1000000, &o->window);
	default:
		return cli_u64("--snapshot-interval", arg, 1, UINT32_MAX,
			       &o->snapshot_interval);
	}
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;
	int ret = CLI_OK;

	switch (key) {
	case OPT_STIMULUS:
		o->stimulus = arg;
		break;
	case OPT_VCD:
		o->vcd = arg;
		break;
	case OPT_OUT:
		o->out = arg;
		break;
	case OPT_VERIFY:
		o->verify = true;
		break;
	case OPT_JSON:
		cli_json = true;
		break;
	case OPT_ENGINE:
		ret = engine_parse(arg, &o->engine);
		break;
	case OPT_CANCELLATION:
		ret = cancellation_parse(arg, &o->cancellation);
		break;
	case ARGP_KEY_ARG:
		if (o->circuit)
			ret = cli_bad(
				"'%s': there is one CIRCUIT already, '%s'", arg,
				o->circuit);
		o->circuit = arg;
		break;
	default:
		if (key < OPT_PROCS || key > OPT_JSON)
			return ARGP_ERR_UNKNOWN;
		ret = take_number(o, key, arg);
	}
	if (ret)
		exit(ret);
	return 0;
}

static int check(const struct options *o)
{
	if (!o->circuit)
		return cli_bad(
			"no CIRCUIT; name a .bench netlist ('tw run logic --help' tells more)");
	if (o->stimulus && o->seeded)
		return cli_bad(
			"--stimulus and --seed: the inputs come from one of them; drop the other");
	if (o->verify && o->engine == TW_ENGINE_SEQUENTIAL)
		return cli_bad(
			"--verify compares with the sequential engine; drop --engine=sequential");
	if (o->out && o->vcd && !strcmp(o->out, o->vcd))
		return cli_bad("--out and --vcd: both are '%s'; name two files",
			       o->out);
	return CLI_OK;
}

void options_parse(struct options *o, int argc, char **argv)
{
	static const struct argp argp = { table, parse, "CIRCUIT", doc,
					  NULL,	 NULL,	NULL };
	int ret;

	*o = (struct options){
		.clusters = 1,
		.seed = 1,
		.window = WINDOW,
		.cancellation = TW_CANCEL_LAZY,
	};
	argp_parse(&argp, argc, argv, 0, NULL, o);
	ret = check(o);
	if (ret)
		exit(ret);
}
