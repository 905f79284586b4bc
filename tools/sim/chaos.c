// SPDX-License-Identifier: GPL-2.0
#include <signal.h>
#include <stdlib.h>

#include "sim/chaos.h"
#include "sim/need.h"
#include "tw/clock.h"

/* Snapshots that a process makes before it is killed again. */
#define SNAPSHOTS 3

struct chaos_victim {
	uint64_t lvt, snapshots;
};

void chaos_begin(struct chaos *c, uint64_t every_ms, uint64_t seed,
		 uint64_t first, uint64_t n)
{
	*c = (struct chaos){
		.random = random_stream(seed, UINT64_MAX),
		.every_ns = every_ms * 1000000,
		.first = first,
		.n = n,
		.victim = need(n, sizeof(*c->victim)),
	};
}

void chaos_end(struct chaos *c)
{
	free(c->victim);
	c->victim = NULL;
}

/*
 * The kernel gives a process up that is lost again and again without getting
 * anywhere. So it must have a snapshot to spare, and be farther than it was.
 */
static bool bears_it(const struct chaos_victim *v, tw_time gvt,
		     const struct tw_process_stat *st)
{
	return st->pid && st->snapshots_live > 1 && gvt > v->lvt &&
	       st->snapshots >= v->snapshots + SNAPSHOTS;
}

void chaos_turn(void *arg, struct tw_domain *d)
{
	struct chaos *c = arg;
	struct chaos_victim *v;
	struct tw_process_stat st;
	uint64_t now = clock_ns(), i;

	if (now < c->next_ns)
		return;
	c->next_ns = now + c->every_ns;
	i = random_below(&c->random, c->n);
	v = &c->victim[i];
	/* It is our child, and we collect it: its pid is not another's by now. */
	if (tw_process_stat(d, c->first + i, &st) ||
	    !bears_it(v, tw_domain_gvt(d), &st) || kill(st.pid, SIGKILL))
		return;
	*v = (struct chaos_victim){ st.lvt, st.snapshots };
}
