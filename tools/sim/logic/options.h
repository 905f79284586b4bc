/* SPDX-License-Identifier: GPL-2.0 */
#ifndef LOGIC_OPTIONS_H
#define LOGIC_OPTIONS_H

#include <stdbool.h>
#include <timewarp.h>

struct options {
	const char *circuit, *stimulus, *vcd, *out;
	uint64_t procs; /* 0: not given */
	uint64_t clusters; /* per process */
	uint64_t cycles; /* 0: not given */
	uint64_t seed;
	uint64_t window; /* cycles */
	uint64_t snapshot_interval;
	uint32_t cancellation;
	enum tw_engine engine;
	bool seeded, verify;
};

/* Prints what is wrong and exits with CLI_BAD. */
void options_parse(struct options *o, int argc, char **argv);

#endif
