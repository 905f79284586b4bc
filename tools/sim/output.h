/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The files that a model writes. With --verify they are written once, and then
 * compared with what the sequential engine would write.
 */
#ifndef SIM_OUTPUT_H
#define SIM_OUTPUT_H

#include <stdio.h>

#include "sim/outfile.h"

/* An array ends with one without an option. */
struct output {
	const char *option; /* that names it: "--out" */
	const char *name; /* as given; NULL: not given */
	bool compared; /* by --verify also if it has no name */
	struct outfile *
		to; /* where the engine that runs puts it; NULL: nobody wants it */
	struct outfile file, check;
};

/*
 * Open what is wanted. No file may be one of the array `read`, which has a
 * NULL at its end, nor be opened twice. Prints what is wrong, returns CLI_BAD.
 */
int output_open(struct output *o, const char *const *read, bool verify);
/* Whether one could not be written; that was printed. */
bool output_failed(const struct output *o);
/* All was put. */
int output_flush(struct output *o);
/* All that is put from now on is compared with what was put before. */
int output_check(struct output *o);
/* Which file differs, printed; returns CLI_FAILED if one does. */
int output_difference(const struct output *o);
/* What was compared, to a summary. */
void output_print(const struct output *o, FILE *f);
/* Give all their names. */
int output_commit(struct output *o);
/* Also without output_open(). */
void output_close(struct output *o);

#endif
