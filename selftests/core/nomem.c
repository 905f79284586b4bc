// SPDX-License-Identifier: GPL-2.0
/*
 * Every allocation of a run fails once, in a run of its own: the caller is told,
 * the state is unchanged, and what comes out is what the oracle says.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "shim.h"
#include "sim.h"

#define SEEDS 4
#define SWEEP 400

static u64 seed;
static long nth;

void shim_bug(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	printf("# seed %llu, allocation %ld: ", (long long)seed, nth);
	vprintf(fmt, ap);
	printf("\nnot ok 1 - every allocation fails once\n");
	va_end(ap);
	exit(1);
}

/* One run; the number of its allocations is returned. */
static long run(const struct setup *setup, struct oracle *oracle)
{
	shim_fail_nth(nth);
	run_schedule(setup, oracle, NULL, 0);
	return shim_fail_nth(0);
}

int main(void)
{
	static struct oracle oracle;
	long runs = 0;

	printf("TAP version 13\n1..1\n");
	for (seed = 1; seed <= SEEDS; seed++) {
		struct rnd rnd = { .state = seed };
		struct setup setup;
		long most;

		do {
			setup_random(&setup, seed, &rnd);
		} while (!oracle_run(&setup, &oracle));
		nth = 0;
		most = run(&setup, &oracle);
		for (nth = 1; nth <= most && nth <= SWEEP; nth++, runs++)
			run(&setup, &oracle);
	}
	printf("# %ld runs\nok 1 - every allocation fails once\n", runs);
	return 0;
}
