/* SPDX-License-Identifier: GPL-2.0 */
/* Who kills incarnations while a model runs: it must come to the same result. */
#ifndef SIM_CHAOS_H
#define SIM_CHAOS_H

#include <timewarp.h>

#include "sim/random.h"

struct chaos_victim;

/* Zeroed, it kills nobody. */
struct chaos {
	struct random random;
	uint64_t every_ns, next_ns;
	uint64_t first, n; /* ids of the processes: n from first on */
	struct chaos_victim *victim; /* each of these, as it was killed last */
};

/* Kill one of n processes, whose ids count from first, every so many milliseconds. */
void chaos_begin(struct chaos *c, uint64_t every_ms, uint64_t seed,
		 uint64_t first, uint64_t n);
/* tw_run_attr.watch, its argument a struct chaos. */
void chaos_turn(void *arg, struct tw_domain *d);
void chaos_end(struct chaos *c);

#endif
