/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
#ifndef TW_ENGINE_TIMEWARP_H
#define TW_ENGINE_TIMEWARP_H

#include "process.h"

/**
 * struct tw_report - memory that a process shares with the guardian
 * @memory_peak: of the process, when the domain has ended
 * @lead: see lead.h
 */
struct tw_report {
	uint64_t memory_peak;
	uint32_t lead;
	uint32_t pad[13]; /* a cache line each */
};

/**
 * struct tw_job - what each process needs to know of the run
 * @model: the model
 * @attr: how it is run
 * @owner: process of each object, or NULL: spread evenly
 * @reports: of the processes
 * @process: the process that is spawned next
 * @spin: there are CPUs enough to wait busily
 *
 * @owner and @reports are shared, so that a fork need not copy them; the rest
 * is inherited.
 */
struct tw_job {
	const struct tw_model *model;
	const struct tw_run_attr *attr;
	uint32_t *owner;
	struct tw_report *reports;
	uint32_t process;
	bool spin;
};

/* Ids count from 1 in order of creation, and the sinks are created first. */
static inline uint64_t tw_job_sink_id(const struct tw_job *job, uint32_t sink)
{
	(void)job;
	return 1 + (uint64_t)sink;
}

static inline uint64_t tw_job_process_id(const struct tw_job *job,
					 uint32_t process)
{
	return 1 + (uint64_t)job->model->sinks + process;
}

/* The objects of a process, if they are spread evenly: blocks of equal size,
 * the first ones larger by one.
 */
uint64_t tw_job_first(const struct tw_job *job, uint32_t process);
uint32_t tw_job_owner(const struct tw_job *job, uint64_t object);

/* A process: tw_main_fn, its argument a struct tw_job. */
int tw_object_main(struct tw_process *p, void *job);

#endif /* TW_ENGINE_TIMEWARP_H */
