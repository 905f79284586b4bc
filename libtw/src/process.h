/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
#ifndef TW_PROCESS_H
#define TW_PROCESS_H

#include "domain.h"

/**
 * struct tw_process - a process, as it sees itself
 * @fd: its endpoint
 * @id: its id
 * @now: local virtual time
 * @gvt: the last GVT that it heard of
 * @shared: of its domain
 * @page: its position page, or NULL
 * @domain: the domain's page, which fork inherits; mapped with @page
 * @scratch: memory that holds no state between two snapshots, or NULL
 * @scratch_len: how much
 * @has_snapshot: one was left behind
 *
 * Neither the page nor the scratch memory is inherited by a snapshot, which
 * gets fresh ones at the same addresses when it resumes.
 */
struct tw_process {
	int fd;
	uint64_t id;
	tw_time now;
	tw_time gvt;
	const struct tw_shared *shared;
	struct tw_process_page *page;
	const struct tw_domain_page *domain;
	void *scratch;
	size_t scratch_len;
	bool has_snapshot;
};

/* One TW_STEP: fills in the size, and repeats it when a signal came between. */
int tw_process_step(struct tw_process *p, struct tw_step *step);

/* ---- snapshot.c ---- */

/* A copy of the caller: 0 in the copy, its pid, or -errno. */
pid_t tw_clone(unsigned long flags);

/* The same as a sibling; stubborn: tried again for ten seconds. */
pid_t tw_clone_stubborn(bool stubborn);

int tw_process_map_page(struct tw_process *p);
int tw_process_map_scratch(struct tw_process *p, size_t len);

/**
 * tw_process_snapshot() - leave a snapshot of the present state behind
 * @p: nothing that it has sent is still in a buffer
 *
 * It also returns in the snapshot, when a rollback resumes that.
 *
 * Return: 0; 1 in a snapshot; -ENOMEM if there was no room for a fork, and the process may go
 * on without, unless it was the first; otherwise the errno of TW_SNAPSHOT.
 */
int tw_process_snapshot(struct tw_process *p);

/* ---- states in place ---- */

/* A snapshot that is kept in the process itself. 0, or the errno of TW_SNAPSHOT. */
int tw_process_announce(struct tw_process *p, struct tw_snapshot *snapshot);

/* After -ESTALE: where to. */
int tw_process_restore(struct tw_process *p, struct tw_restore *restore);

/* An end that may be undone: -ESTALE when it is, else the process may exit. */
int tw_process_leave(struct tw_process *p, uint32_t status);

#endif /* TW_PROCESS_H */
