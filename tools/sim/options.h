/* SPDX-License-Identifier: GPL-2.0 */
/* The options that all models have. */
#ifndef SIM_OPTIONS_H
#define SIM_OPTIONS_H

#include <argp.h>
#include <stdbool.h>
#include <timewarp.h>

struct sim_options {
	uint64_t procs; /* 0: not given */
	uint64_t seed;
	uint64_t kill_every; /* ms; 0: nothing is killed */
	double window; /* in units of the model; 0: no limit */
	uint32_t snapshot_interval; /* 0: the kernel's, within these bounds */
	uint32_t interval_min, interval_max; /* 0: the kernel's */
	uint64_t memory; /* budget in bytes; 0: none */
	uint32_t cancellation;
	uint32_t running; /* 0: as many as there are CPUs */
	enum tw_engine engine;
	bool window_learnt, seeded, verify, strict;
};

/*
 * A child of each model's own argp. Its input is a struct sim_options, which
 * has the defaults. What is wrong is printed, and ends the program with
 * CLI_BAD.
 */
extern const struct argp sim_argp;

/* What does not go together: prints it and returns CLI_BAD. */
int sim_options_check(const struct sim_options *o);

/* Processes: as given, or one for each CPU, but at most `most`. */
uint64_t sim_procs(const struct sim_options *o, uint64_t most);

#endif
