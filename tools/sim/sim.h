/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A model's run, from its options to its summary: by the engine that was asked
 * for and, with --verify, by the sequential one after it.
 */
#ifndef SIM_SIM_H
#define SIM_SIM_H

#include "sim/chaos.h"
#include "sim/options.h"
#include "sim/output.h"
#include "sim/progress.h"
#include "sim/summary.h"

struct sim {
	const char *name;
	const struct sim_options *opt;
	struct output *output;
	void *run; /* the hooks' own */

	/* Ticks of a window of so many of the model's units of time. */
	double (*ticks)(const struct sim *s, double units);
	/* One engine's run, from nothing to the last byte of the outputs. */
	int (*pass)(struct sim *s);
	/* Whether the two runs had the same result; NULL: the outputs tell. */
	int (*compare)(const struct sim *s);
	/* What was the same. */
	void (*verified)(const struct sim *s, FILE *f);
	/* What the summary has of the model. */
	void (*text)(const struct sim *s, FILE *f);
	void (*json)(const struct sim *s, struct json *j);

	bool checking; /* this pass is for --verify */
	enum tw_engine engine; /* of this pass */
	struct tw_run_stat stat, check_stat;
	struct progress progress;
	struct chaos chaos;
};

/* Does it all but opening the outputs and closing them; returns tw's exit status. */
int sim_run(struct sim *s);

/*
 * For ticks, where times are doubles: as ticks are at the end. Before it, where
 * doubles are closer together, it is less.
 */
double sim_double_ticks(double units, double end);

/*
 * What the options say, by the engine of this pass, for processes whose ids are n
 * from first on.
 */
void sim_attr(struct sim *s, struct tw_run_attr *attr, uint64_t first,
	      uint64_t n);

/*
 * For pass: run the model. What the options say is added to attr; unit and end
 * are for the line of progress, which the model's hook shows by sim_progress().
 */
int sim_engine(struct sim *s, const struct tw_model *m,
	       struct tw_run_attr *attr, const char *unit, double end);
void sim_progress(struct sim *s, double position,
		  const struct tw_domain_stat *st);

#endif
