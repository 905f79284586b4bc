/* SPDX-License-Identifier: GPL-2.0 */
/* A line on the terminal that tells how far a run has come. */
#ifndef SIM_PROGRESS_H
#define SIM_PROGRESS_H

#include <stdbool.h>
#include <timewarp.h>

struct progress {
	bool on; /* stderr is a terminal */
	bool shown;
	const char *unit; /* of position and end */
	double end;
	uint64_t start_ns;
};

void progress_begin(struct progress *p, const char *unit, double end);
void progress_show(struct progress *p, double position,
		   const struct tw_domain_stat *st);
/* Take the line away. */
void progress_end(struct progress *p);

#endif
