/* SPDX-License-Identifier: GPL-2.0 */
/* What a run cost. */
#ifndef SIM_SUMMARY_H
#define SIM_SUMMARY_H

#include <timewarp.h>

#include "tw/json.h"

void summary_print(FILE *f, enum tw_engine engine,
		   const struct tw_run_stat *stat);
void summary_json(struct json *j, enum tw_engine engine,
		  const struct tw_run_stat *stat);

/* Why tw_model_run() failed, printed; returns CLI_FAILED. */
int summary_failure(int error, const struct tw_run_stat *stat);
/* What the run has to say of itself though it came to its end, on stderr. */
void summary_warn(const struct tw_run_stat *stat);

#endif
