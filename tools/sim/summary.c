// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "sim/summary.h"
#include "tw/cli.h"

static double efficiency(const struct tw_run_stat *s)
{
	return s->events ? (double)s->committed / s->events : 1;
}

static uint64_t rollbacks(const struct tw_domain_stat *d)
{
	return d->rollbacks_primary + d->rollbacks_secondary;
}

static double mean_depth(const struct tw_domain_stat *d)
{
	return rollbacks(d) ? (double)d->rollback_depth / rollbacks(d) : 0;
}

static const char *engine_name(enum tw_engine engine)
{
	return engine == TW_ENGINE_TIMEWARP ? "timewarp" : "sequential";
}

static void print_u64(FILE *f, const char *what, uint64_t n)
{
	fprintf(f, "%-22s %" PRIu64 "\n", what, n);
}

void summary_print(FILE *f, enum tw_engine engine, const struct tw_run_stat *s)
{
	const struct tw_domain_stat *d = &s->domain;

	fprintf(f, "%-22s %s\n", "engine", engine_name(engine));
	print_u64(f, "events processed", s->events);
	print_u64(f, "events committed", s->committed);
	fprintf(f, "%-22s %.1f %%\n", "efficiency", 100 * efficiency(s));
	if (engine == TW_ENGINE_TIMEWARP) {
		fprintf(f,
			"%-22s %" PRIu64 " (%" PRIu64 " by stragglers, %" PRIu64
			" by antimessages)\n",
			"rollbacks", rollbacks(d),
			(uint64_t)d->rollbacks_primary,
			(uint64_t)d->rollbacks_secondary);
		fprintf(f, "%-22s %.2f messages\n", "mean depth",
			mean_depth(d));
		print_u64(f, "messages sent", d->sends);
		print_u64(f, "antimessages", d->antimessages);
		print_u64(f, "snapshots", d->snapshots);
		print_u64(f, "GVT rounds", d->gvt_rounds);
		if (d->failures)
			print_u64(f, "faults undone", d->failures);
		if (d->lost)
			print_u64(f, "tasks replaced", d->lost);
		print_u64(f, "times held", d->throttled);
	}
	if (s->live_peak)
		fprintf(f, "%-22s %" PRIu64 " bytes at most\n",
			"live messages", s->live_peak);
	if (d->memory_budget) {
		fprintf(f,
			"%-22s %" PRIu64 " of %" PRIu64 " bytes at most\n",
			"budget", (uint64_t)d->memory_peak,
			(uint64_t)d->memory_budget);
		print_u64(f, "waits for memory", d->memory_waits);
		print_u64(f, "cancelbacks", d->cancelbacks);
	}
	fprintf(f, "%-22s %.1f MiB\n", "peak memory",
		s->memory_peak / 1048576.0);
	fprintf(f, "%-22s %.3f s\n", "wall time", s->wall_ns / 1e9);
}

static void rollbacks_json(struct json *j, const struct tw_domain_stat *d)
{
	json_open(j, "rollbacks");
	json_u64(j, "primary", d->rollbacks_primary);
	json_u64(j, "secondary", d->rollbacks_secondary);
	json_double(j, "mean_depth", mean_depth(d));
	json_close(j);
	json_u64(j, "messages", d->sends);
	json_u64(j, "antimessages", d->antimessages);
	json_u64(j, "lazy_hits", d->lazy_hits);
	json_u64(j, "coasted", d->coasted);
	json_u64(j, "snapshots", d->snapshots);
	json_u64(j, "gvt_rounds", d->gvt_rounds);
	json_u64(j, "failures", d->failures);
	json_u64(j, "lost", d->lost);
	json_u64(j, "violations", d->violations);
	json_u64(j, "throttled", d->throttled);
	json_u64(j, "memory_budget", d->memory_budget);
	json_u64(j, "memory_budget_peak", d->memory_peak);
	json_u64(j, "memory_waits", d->memory_waits);
	json_u64(j, "cancelbacks", d->cancelbacks);
}

void summary_json(struct json *j, enum tw_engine engine,
		  const struct tw_run_stat *s)
{
	json_str(j, "engine", engine_name(engine));
	json_u64(j, "events", s->events);
	json_u64(j, "committed", s->committed);
	json_double(j, "efficiency", efficiency(s));
	rollbacks_json(j, &s->domain);
	json_u64(j, "memory_peak", s->memory_peak);
	json_u64(j, "live_peak", s->live_peak);
	json_double(j, "wall_s", s->wall_ns / 1e9);
}

int summary_failure(int error, const struct tw_run_stat *stat)
{
	switch (error) {
	case -ENOENT:
	case -ENXIO:
	case -ENODEV:
		return cli_failed(
			"/dev/timewarp is not there; load the module (modprobe timewarp) or use --engine=sequential");
	case -EACCES:
	case -EPERM:
		return cli_failed(
			"/dev/timewarp: %s; change its mode or use --engine=sequential",
			strerror(-error));
	case -EIO:
		if (stat->report[0])
			return cli_failed("the run failed: %s", stat->report);
	}
	return cli_failed("the run failed: %s", strerror(-error));
}

void summary_warn(const struct tw_run_stat *stat)
{
	if (stat->report[0])
		fprintf(stderr, "tw: %s\n", stat->report);
}
