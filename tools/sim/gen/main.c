// SPDX-License-Identifier: GPL-2.0
/* tw-gen-circuit: write a circuit for tw run logic */
#include <argp.h>
#include <stdlib.h>

#include "sim/gen/gen.h"
#include "tw/cli.h"

static const struct argp_option table[] = {
	{ "bits", 'b', "N", 0, "Bits of each factor (default: 24)", 0 },
	{ "rows", 'r', "N", 0,
	  "Rows of adders between two registers (default: 4)", 0 },
	{ 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct gen *g = state->input;
	int ret;

	switch (key) {
	case 'b':
		ret = cli_u64("--bits", arg, 2, 1024, &g->bits);
		break;
	case 'r':
		ret = cli_u64("--rows", arg, 1, 1024, &g->rows);
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	if (ret)
		exit(ret);
	return 0;
}

int main(int argc, char **argv)
{
	static const struct argp argp = {
		.options = table,
		.parser = parse,
		.doc = "Write a pipelined array multiplier as a .bench netlist.\v"
		       "EXAMPLES\n"
		       "  tw-gen-circuit > multiplier.bench\n"
		       "  tw-gen-circuit --bits 16 --rows 2 > small.bench",
	};
	struct gen g = { .bits = 24, .rows = 4 };

	argp_err_exit_status = CLI_BAD;
	argp_parse(&argp, argc, argv, 0, NULL, &g);
	if (gen_write(&g, stdout))
		return cli_bad("standard output cannot be written");
	return CLI_OK;
}
