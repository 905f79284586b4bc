// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

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
	json_double(j, "wall_s", s->wall_ns / 1e9);
}

static int process_failure(const struct tw_domain_stat *d)
{
	int status = d->failed_status;

	if (WIFSIGNALED(status))
		return cli_failed("process %" PRIu64
				  " was killed by %s at virtual time %" PRIu64,
				  (uint64_t)d->failed_process,
				  strsignal(WTERMSIG(status)),
				  (uint64_t)d->failed_time);
	return cli_failed("process %" PRIu64
			  " exited with %d at virtual time %" PRIu64,
			  (uint64_t)d->failed_process, WEXITSTATUS(status),
			  (uint64_t)d->failed_time);
}

int summary_failure(int error, const struct tw_run_stat *stat)
{
	static const char *const why[] = {
		[TW_FAILURE_NONE] = "for no known reason",
		[TW_FAILURE_GUARDIAN] = "because its guardian died",
		[TW_FAILURE_SNAPSHOT] =
			"because no snapshot was left to roll back to",
		[TW_FAILURE_CAUSALITY] =
			"because a process sent into the committed past",
		[TW_FAILURE_CLOSED] = "because it was closed before its end",
	};
	const struct tw_domain_stat *d = &stat->domain;

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
		if (d->failure == TW_FAILURE_PROCESS)
			return process_failure(d);
		if (d->failure < sizeof(why) / sizeof(*why))
			return cli_failed("the run failed at process %" PRIu64
					  " %s",
					  (uint64_t)d->failed_process,
					  why[d->failure]);
	}
	return cli_failed("the run failed: %s", strerror(-error));
}
