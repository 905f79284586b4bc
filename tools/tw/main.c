// SPDX-License-Identifier: GPL-2.0
#include <argp.h>
#include <stdio.h>
#include <string.h>

#include "tw/cli.h"
#include "tw/commands.h"
#include "tw/version.h"

static struct cli_cmd commands[] = {
	{ "run", tw_cmd_run, "run a model: a circuit, a network, PHOLD" },
	{ "trace", tw_cmd_trace, "print rollbacks as they happen" },
	{ "info", tw_cmd_info, "tell what the kernel module offers" },
	{ "help", NULL, "print this list" },
	{ NULL, NULL, NULL },
};

/* What a command has printed must have come out. */
static int finish(int status)
{
	if (!fflush(stdout) && !ferror(stdout))
		return status;
	return status ? status :
			cli_failed("standard output cannot be written");
}

int main(int argc, char **argv)
{
	argp_err_exit_status = CLI_BAD;
	if (argc > 1 && !strcmp(argv[1], "--json")) {
		cli_json = true;
		argc--;
		argv++;
	}
	if (argc > 1 &&
	    (!strcmp(argv[1], "--version") || !strcmp(argv[1], "-V"))) {
		puts("tw " TW_VERSION);
		return finish(CLI_OK);
	}
	return finish(cli_select(commands, "tw", argc, argv));
}
