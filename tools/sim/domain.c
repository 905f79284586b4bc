// SPDX-License-Identifier: GPL-2.0
#include "sim/domain.h"

int sim_domain_create(struct tw_domain **d, const struct tw_run_attr *attr)
{
	const struct tw_domain_attr domain = {
		.name = attr->name,
		.cancellation = attr->cancellation,
		.running = attr->running,
		.window = attr->window,
		.memory = attr->memory,
	};

	return tw_domain_create(d, &domain);
}

struct tw_process_attr sim_process_attr(const struct tw_run_attr *attr,
					const char *name)
{
	return (struct tw_process_attr){
		.name = name,
		.snapshot_interval = attr->snapshot_interval,
		.interval_min = attr->interval_min,
		.interval_max = attr->interval_max,
		.strict = attr->strict,
	};
}

void sim_domain_end(struct tw_domain *d, struct tw_run_stat *stat)
{
	tw_domain_report(d, stat->report, sizeof(stat->report));
	tw_domain_stat(d, &stat->domain);
	stat->events = stat->domain.events;
	stat->committed = stat->domain.events_committed;
	stat->memory_peak = stat->domain.message_bytes_peak;
	tw_domain_destroy(d);
}
