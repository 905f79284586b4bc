/* SPDX-License-Identifier: GPL-2.0 */
/* The options that all models have. */
#ifndef SIM_OPTIONS_H
#define SIM_OPTIONS_H

#include <argp.h>
#include <stdbool.h>
#include <timewarp.h>

struct sim_options {
	const char *file; /* the argument of a model that takes one, or NULL */
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

/* The options that a model has beside them. */
struct sim_command {
	const struct argp_option *table; /* its keys count from 256 on */
	const char *doc;
	const char *file; /* "FILE", or "[FILE]"; NULL: it takes options only */
	/* Prints what is wrong with an option, and returns CLI_BAD. */
	int (*take)(void *model, int key, char *arg);
};

/*
 * o has the defaults, and model is for take. What is wrong is printed, and ends
 * the program with CLI_BAD.
 */
void sim_options_parse(const struct sim_command *c, int argc, char **argv,
		       struct sim_options *o, void *model);

/* What does not go together: prints it and returns CLI_BAD. */
int sim_options_check(const struct sim_options *o);

/* Processes: as given, or one for each CPU, but at most `most`. */
uint64_t sim_procs(const struct sim_options *o, uint64_t most);

#endif
