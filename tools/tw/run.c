// SPDX-License-Identifier: GPL-2.0
#include <stddef.h>

#include "tw/cli.h"
#include "tw/commands.h"

static const struct cli_cmd models[] = {
	{ "calls", tw_cmd_run_calls, "simulate a telephone network" },
	{ "logic", tw_cmd_run_logic, "simulate a gate-level circuit" },
	{ "net", tw_cmd_run_net, "simulate the packets of a network" },
	{ "phold", tw_cmd_run_phold, "run the PHOLD benchmark" },
	{ "desk", tw_cmd_run_desk, "serve jobs that come in while it runs" },
	{ "divide", tw_cmd_run_divide, "divide by zero, in wrong futures only" },
	{ "help", NULL, "print this list" },
	{ NULL, NULL, NULL },
};

int tw_cmd_run(int argc, char **argv)
{
	return cli_select(models, argv[0], argc, argv);
}
