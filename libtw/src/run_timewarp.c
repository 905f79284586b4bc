// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/* The Time Warp engine, in the guardian: a domain from its creation to its end. */
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "engine.h"
#include "engine_timewarp.h"
#include "sys.h"

#define POLL_MS 100

struct run {
	struct tw_job job;
	struct tw_domain *d;
	struct tw_sink **sinks;
	void *buf;
	uint64_t progress_ns;
};

uint64_t tw_job_first(const struct tw_job *job, uint32_t process)
{
	uint64_t each = job->model->objects / job->model->processes;
	uint64_t larger = job->model->objects % job->model->processes;

	return process * each + (process < larger ? process : larger);
}

uint32_t tw_job_owner(const struct tw_job *job, uint64_t object)
{
	uint64_t each = job->model->objects / job->model->processes;
	uint64_t larger = job->model->objects % job->model->processes;

	if (job->owner)
		return job->owner[object];
	if (object < larger * (each + 1))
		return object / (each + 1);
	return larger + (object - larger * (each + 1)) / each;
}

/* Shared with the processes, and of no weight in a fork. */
static void *alloc_shared(size_t n, size_t size)
{
	void *p = mmap(NULL, n * size, PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

static int run_owners(struct run *r)
{
	const struct tw_model *m = r->job.model;

	if (!m->owner || !m->objects)
		return 0;
	r->job.owner = alloc_shared(m->objects, sizeof(*r->job.owner));
	if (!r->job.owner)
		return -ENOMEM;
	for (uint64_t object = 0; object < m->objects; object++) {
		uint32_t owner = m->owner(m->arg, object);

		if (owner >= m->processes)
			return -EINVAL;
		r->job.owner[object] = owner;
	}
	return mprotect(r->job.owner, m->objects * sizeof(*r->job.owner),
			PROT_READ) ?
		       -errno :
		       0;
}

static bool run_may_spin(const struct tw_model *m)
{
	cpu_set_t set;

	return !sched_getaffinity(0, sizeof(set), &set) &&
	       m->processes < (uint32_t)CPU_COUNT(&set);
}

static int run_prepare(struct run *r)
{
	const struct tw_model *m = r->job.model;

	r->job.spin = run_may_spin(m);
	r->sinks = calloc(m->sinks + 1, sizeof(*r->sinks));
	r->buf = malloc(TW_PAYLOAD_MAX);
	r->job.reports = alloc_shared(m->processes, sizeof(*r->job.reports));
	if (!r->sinks || !r->buf || !r->job.reports)
		return -ENOMEM;
	return run_owners(r);
}

static void run_release(struct run *r)
{
	const struct tw_model *m = r->job.model;

	if (r->job.owner)
		munmap(r->job.owner, m->objects * sizeof(*r->job.owner));
	if (r->job.reports)
		munmap(r->job.reports, m->processes * sizeof(*r->job.reports));
	tw_domain_destroy(r->d);
	free(r->buf);
	free(r->sinks);
}

static int run_spawn(struct run *r)
{
	const struct tw_run_attr *attr = r->job.attr;
	char name[TW_NAME_LEN];
	struct tw_process_attr pattr = {
		.name = name,
		.cancellation = attr->cancellation,
		.snapshot_interval = attr->snapshot_interval,
		.interval_min = attr->interval_min,
		.interval_max = attr->interval_max,
		.snapshots_max = attr->snapshots_max,
		.strict = attr->strict,
	};
	uint32_t processes = r->job.model->processes;
	uint32_t state = attr->state ? TW_STATE_HANDLERS : TW_STATE_FORK;
	int ret = 0;

	for (uint32_t i = 0; !ret && i < processes; i++) {
		snprintf(name, sizeof(name), "%u", i);
		r->job.process = i;
		ret = tw_spawn_state(r->d, &pattr, state, tw_object_main,
				     &r->job, NULL);
	}
	return ret;
}

static int run_start(struct run *r)
{
	const struct tw_run_attr *attr = r->job.attr;
	const struct tw_domain_attr dattr = {
		.name = attr->name,
		.cancellation = attr->cancellation,
		.gvt_interval_us = attr->gvt_interval_us,
		.running = attr->running,
		.window = attr->window,
		.slack = attr->slack,
		.memory = attr->memory,
	};
	char name[TW_NAME_LEN];
	int ret = tw_domain_create(&r->d, &dattr);

	for (uint32_t i = 0; !ret && i < r->job.model->sinks; i++) {
		const struct tw_sink_attr sink = { .name = name };

		snprintf(name, sizeof(name), "sink%u", i);
		ret = tw_sink_create(r->d, &sink, &r->sinks[i]);
	}
	if (!ret)
		ret = run_spawn(r);
	return ret ? ret : tw_domain_start_bare(r->d);
}

/* Hand committed records to the model. 0 when there is no more at present. */
static int run_drain_sink(struct run *r, uint32_t sink)
{
	const struct tw_model *m = r->job.model;
	struct tw_recv_info info;
	ssize_t len;

	for (;;) {
		len = tw_sink_recv(r->sinks[sink], r->buf, TW_PAYLOAD_MAX,
				   &info);
		if (len < 0)
			break;
		if (m->output(m->arg, sink, info.send_time, r->buf, len))
			return -ECANCELED;
	}
	return len == -EAGAIN || len == -ESHUTDOWN || len == -EIO ? 0 : len;
}

static int run_drain(struct run *r)
{
	int ret = 0;

	for (uint32_t sink = 0; !ret && sink < r->job.model->sinks; sink++)
		ret = run_drain_sink(r, sink);
	return ret;
}

static void run_progress(struct run *r)
{
	const struct tw_model *m = r->job.model;
	uint64_t now = tw_clock_ns();
	struct tw_domain_stat st;

	if (!m->progress || now < r->progress_ns)
		return;
	r->progress_ns = now + TW_PROGRESS_NS;
	if (!tw_domain_stat(r->d, &st))
		m->progress(m->arg, st.gvt, &st);
}

static int run_loop(struct run *r)
{
	const struct tw_run_attr *attr = r->job.attr;
	uint32_t ms = attr->watch_ms;
	int state, ret;

	if (!ms || ms > POLL_MS)
		ms = POLL_MS;
	do {
		state = tw_domain_poll(r->d, ms);
		if (state < 0 && state != -EINTR)
			return state;
		ret = run_drain(r);
		if (ret)
			return ret;
		run_progress(r);
		if (attr->watch)
			attr->watch(attr->watch_arg, r->d);
	} while (state < TW_DOMAIN_ENDED);
	tw_domain_reap(r->d, true);
	return state == TW_DOMAIN_FAILED ? -EIO : 0;
}

static void run_stat(struct run *r, struct tw_run_stat *stat)
{
	if (tw_domain_stat(r->d, &stat->domain))
		return;
	tw_domain_report(r->d, stat->report, sizeof(stat->report));
	stat->events = stat->domain.events;
	stat->committed = stat->domain.events_committed;
	stat->memory_peak = stat->domain.message_bytes_peak;
	for (uint32_t i = 0; i < r->job.model->processes; i++)
		stat->memory_peak += r->job.reports[i].memory_peak;
}

int tw_run_timewarp(const struct tw_model *m, const struct tw_run_attr *attr,
		    struct tw_run_stat *stat)
{
	struct run r = { .job = { .model = m, .attr = attr } };
	int ret = run_prepare(&r);

	if (!ret)
		ret = run_start(&r);
	if (!ret)
		ret = run_loop(&r);
	if (r.d)
		run_stat(&r, stat);
	run_release(&r);
	return ret;
}
