// SPDX-License-Identifier: GPL-2.0
/* tw-bench: what virtual time costs, beside what Linux has without it. */
#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/bench.h"

static const struct group {
	const char *name;
	void (*run)(const struct options *o, struct results *r);
	const char *help;
} groups[] = {
	{ "message", bench_message, "send and receive in one task" },
	{ "pingpong", bench_pingpong, "send and receive between two" },
	{ "snapshot", bench_snapshot, "the pause for a snapshot" },
	{ "straggler", bench_straggler, "how soon a rollback takes effect" },
	{ "phold", bench_phold, "PHOLD, sequential and by two processes" },
	{ "many", bench_many, "PHOLD by 1,000 processes" },
	{ "schedule", bench_schedule,
	  "PHOLD by 64 processes, of which some may run" },
	{ "memory", bench_memory, "PHOLD within a budget of memory" },
};

#define NGROUPS (sizeof(groups) / sizeof(groups[0]))

enum { OPT_JSON = 256, OPT_ROUNDS, OPT_ONLY, OPT_LIST };

static const struct argp_option table[] = {
	{ "json", OPT_JSON, "FILE", 0,
	  "Write the results to FILE as JSON (-: stdout)", 0 },
	{ "rounds", OPT_ROUNDS, "N", 0,
	  "Samples of each row (default: by group)", 0 },
	{ "only", OPT_ONLY, "GROUP", 0, "Measure one group only", 0 },
	{ "list", OPT_LIST, NULL, 0, "Print the groups and leave", 0 },
	{ 0 },
};

static const char doc[] =
	"Measure Timewarp side by side with what Linux has without it.\v"
	"Each round takes one sample of every row in turn; a row shows the median, the least\n"
	"and the most of its samples, and the median of its ratios within the rounds. It\n"
	"needs the timewarp module and a quiet machine.\n\n"
	"EXAMPLES\n"
	"  tw-bench --json bench.json\n"
	"  tw-bench --only snapshot --rounds 100";

static void list(void)
{
	size_t i;

	for (i = 0; i < NGROUPS; i++)
		printf("%-10s %s\n", groups[i].name, groups[i].help);
	exit(0);
}

static const char *group_name(const char *name, struct argp_state *state)
{
	size_t i;

	for (i = 0; i < NGROUPS; i++)
		if (!strcmp(groups[i].name, name))
			return name;
	argp_error(state, "no group '%s'; --list prints them", name);
	return NULL;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;
	char *end;

	switch (key) {
	case OPT_JSON:
		o->json = arg;
		return 0;
	case OPT_ROUNDS:
		o->rounds = strtoul(arg, &end, 10);
		if (*end || !o->rounds || o->rounds > ROUNDS_MAX)
			argp_error(state,
				   "--rounds=%s: give a number from 1 to %d",
				   arg, ROUNDS_MAX);
		return 0;
	case OPT_ONLY:
		o->only = group_name(arg, state);
		return 0;
	case OPT_LIST:
		list();
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static void run_group(const struct group *g, const struct options *o,
		      struct results *r)
{
	size_t i = r->n;

	g->run(o, r);
	/* With JSON on stdout there is nothing else. */
	if (o->json && !strcmp(o->json, "-"))
		return;
	for (; i < r->n; i++)
		report_text(r->tables[i]);
}

int main(int argc, char **argv)
{
	static const struct argp argp = { table, parse, NULL, doc,
					  NULL,	 NULL,	NULL };
	struct options o = { 0 };
	struct results r = { .n = 0 };
	size_t i;
	int ret;

	argp_parse(&argp, argc, argv, 0, NULL, &o);
	for (i = 0; i < NGROUPS; i++)
		if (!o.only || !strcmp(o.only, groups[i].name))
			run_group(&groups[i], &o, &r);
	ret = o.json ? report_json(o.json, r.tables, r.n) : 0;
	if (ret)
		fprintf(stderr, "tw-bench: %s: %s\n", o.json, strerror(-ret));
	return ret ? 1 : 0;
}
