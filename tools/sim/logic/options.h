/* SPDX-License-Identifier: GPL-2.0 */
#ifndef LOGIC_OPTIONS_H
#define LOGIC_OPTIONS_H

#include "sim/options.h"

struct options {
	struct sim_options sim;
	const char *stimulus, *vcd, *out;
	uint64_t clusters; /* per process */
	uint64_t cycles; /* 0: not given */
};

/* Prints what is wrong and exits with CLI_BAD. */
void options_parse(struct options *o, int argc, char **argv);

#endif
