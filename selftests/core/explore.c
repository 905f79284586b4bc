// SPDX-License-Identifier: GPL-2.0
/*
 * Random event graphs under random schedules against the sequential oracle.
 *
 *	explore [--seed S] [--schedules N] [--verbose]
 *
 * Schedule i has the seed S + i: a failure prints it, and
 * `explore --seed THAT --schedules 1 --verbose` shows what led to it.
 */
#include <getopt.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "shim.h"
#include "sim.h"

static u64 seed = 1;
static u64 schedules = 10000;

void shim_bug(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	printf("# seed %llu: ", (long long)seed);
	vprintf(fmt, ap);
	printf("\nnot ok 1 - schedules\n");
	va_end(ap);
	fflush(stdout);
	abort();
}

/* Some thousand times what a schedule takes. */
#define HANG_S 20

/* A crash, or a hang, must not hide the seed. */
static void crashed(int sig)
{
	static char text[64];
	int n = snprintf(text, sizeof(text), "# seed %llu: signal %d\n",
			 (long long)seed, sig);

	if (write(STDOUT_FILENO, text, n) < 0)
		_exit(2);
	_exit(1);
}

static void usage(void)
{
	fprintf(stderr,
		"usage: explore [--seed S] [--schedules N] [--verbose]\n");
	exit(2);
}

static void options(int argc, char **argv)
{
	static const struct option names[] = {
		{ "seed", required_argument, NULL, 's' },
		{ "schedules", required_argument, NULL, 'n' },
		{ "verbose", no_argument, NULL, 'v' },
		{}
	};
	int c;

	while ((c = getopt_long(argc, argv, "", names, NULL)) != -1) {
		switch (c) {
		case 's':
			seed = strtoull(optarg, NULL, 0);
			break;
		case 'n':
			schedules = strtoull(optarg, NULL, 0);
			break;
		case 'v':
			verbose = true;
			break;
		default:
			usage();
		}
	}
	if (optind < argc)
		usage();
}

/* What happened; in many schedules everything must have. */
static bool report(u64 events)
{
	const struct {
		const char *name;
		u64 n;
	} sums[] = {
		{ "deliveries", totals.delivered },
		{ "primary rollbacks", totals.rollbacks_primary },
		{ "secondary rollbacks", totals.rollbacks_secondary },
		{ "antimessages", totals.antimessages },
		{ "annihilated while pending", totals.annihilated_pending },
		{ "antimessage first", totals.annihilated_early },
		{ "lazy hits", totals.lazy_hits },
		{ "coasted", totals.coasted },
		{ "snapshots", totals.snapshots },
		{ "resumes", totals.resumes },
		{ "fossils", totals.fossils },
		{ "throttled", totals.throttled },
		{ "pushed back", totals.pushed_back },
		{ "processes created", totals.spawned },
		{ "creations undone", totals.unspawned },
		{ "messages missed", totals.missed },
		{ "waits for memory", totals.memory_waits },
		{ "cancelbacks", totals.cancelbacks },
		{ "failures", totals.failure },
	};
	bool all = true;
	size_t i;

	printf("# %llu events\n", (long long)events);
	for (i = 0; i < sizeof(sums) / sizeof(sums[0]); i++) {
		printf("# %llu %s\n", (long long)sums[i].n, sums[i].name);
		all = all && (sums[i].n || schedules < 1000);
	}
	printf("%s 1 - schedules\n", all ? "ok" : "not ok");
	return all;
}

int main(int argc, char **argv)
{
	static struct oracle oracle;
	u64 first, events = 0, i;

	options(argc, argv);
	setvbuf(stdout, NULL, _IOLBF, 0);
	signal(SIGABRT, crashed);
	signal(SIGSEGV, crashed);
	signal(SIGALRM, crashed);
	printf("TAP version 13\n1..1\n# seed %llu, %llu schedules\n",
	       (long long)seed, (long long)schedules);
	first = seed;
	for (; seed < first + schedules; seed++) {
		struct rnd rnd = { .state = seed };
		struct setup setup;

		alarm(HANG_S);
		do {
			setup_random(&setup, seed, &rnd);
		} while (!oracle_run(&setup, &oracle));
		for (i = 0; i < setup.procs; i++)
			events += oracle.program[i].events;
		run_schedule(&setup, &oracle, NULL, 0);
	}
	return !report(events);
}
