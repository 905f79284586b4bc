/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
#ifndef TW_ENGINE_H
#define TW_ENGINE_H

#include <time.h>

#include "lib.h"

#define TW_PROGRESS_NS 250000000u /* between two calls of tw_model.progress */

int tw_run_sequential(const struct tw_model *m, const struct tw_run_attr *attr,
		      struct tw_run_stat *stat);
int tw_run_timewarp(const struct tw_model *m, const struct tw_run_attr *attr,
		    struct tw_run_stat *stat);

static inline uint64_t tw_clock_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + ts.tv_nsec;
}

#endif /* TW_ENGINE_H */
