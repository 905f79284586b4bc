// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>

#include "sim/logic/options.h"
#include "tw/cli.h"

#define WINDOW 8 /* cycles */

enum { OPT_CLUSTERS = 256, OPT_CYCLES, OPT_STIMULUS, OPT_VCD, OPT_OUT };

static const struct argp_option table[] = {
	{ "cycles", OPT_CYCLES, "N", 0,
	  "Simulate N clock cycles (default: the lines of the stimulus, or 100)",
	  1 },
	{ "stimulus", OPT_STIMULUS, "FILE", 0,
	  "Inputs: a line of bits for each cycle, in the order of the INPUT statements (default: drawn)",
	  1 },
	{ "vcd", OPT_VCD, "FILE", 0, "Write the waveform of every net", 2 },
	{ "out", OPT_OUT, "FILE", 0,
	  "Write a line of bits for each cycle, in the order of the OUTPUT statements",
	  2 },
	{ "clusters", OPT_CLUSTERS, "N", 0,
	  "Cut each process's part into N objects (default: 1)", 3 },
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

static int take(void *model, int key, char *arg)
{
	struct options *o = model;

	switch (key) {
	case OPT_CLUSTERS:
		return cli_u64("--clusters", arg, 1, 1 << 20, &o->clusters);
	case OPT_CYCLES:
		return cli_u64("--cycles", arg, 1, UINT64_C(1000000000000),
			       &o->cycles);
	case OPT_STIMULUS:
		o->stimulus = arg;
		return CLI_OK;
	case OPT_VCD:
		o->vcd = arg;
		return CLI_OK;
	default:
		o->out = arg;
		return CLI_OK;
	}
}

static int check(const struct options *o)
{
	if (!o->sim.file)
		return cli_bad(
			"no CIRCUIT; name a .bench netlist ('tw run logic --help' tells more)");
	if (o->stimulus && o->sim.seeded)
		return cli_bad(
			"--stimulus and --seed: the inputs come from one of them; drop the other");
	return sim_options_check(&o->sim);
}

void options_parse(struct options *o, int argc, char **argv)
{
	const struct sim_command command = { table, doc, "CIRCUIT", take };
	int ret;

	*o = (struct options){
		.sim = { .seed = 1,
			 .cancellation = TW_CANCEL_LAZY,
			 .window = WINDOW },
		.clusters = 1,
	};
	sim_options_parse(&command, argc, argv, &o->sim, o);
	ret = check(o);
	if (ret)
		exit(ret);
}
