/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The device, by its bare calls: what is measured here is the kernel's, and
 * not how well a library uses it.
 */
#ifndef BENCH_DEVICE_H
#define BENCH_DEVICE_H

#include <linux/timewarp.h>
#include <stdint.h>
#include <sys/types.h>

#define NEVER UINT32_MAX /* an interval between snapshots */

struct domain {
	int fd;
	pid_t group; /* process group of all incarnations */
	uint32_t *reaped; /* of these, those that are gone; shared */
};

struct process {
	struct domain *domain;
	uint64_t id;
	int fd;
	uint64_t now; /* receive time of the last message */
	uint32_t *forked; /* snapshots forked; shared */
	uint64_t *resumed_at; /* clock at the first instruction after a park; shared */
};

void domain_open(struct domain *d);
/* See it through: returns when every incarnation is gone. */
void domain_run(struct domain *d);

void process_create(struct domain *d, struct process *p, uint32_t interval);
/* Fork its first incarnation, which runs @fn and exits. */
void process_start(struct process *p, void (*fn)(struct process *p, void *arg),
		   void *arg);

void process_send(struct process *p, uint64_t to, uint64_t at, const void *buf,
		  uint32_t len);
/* Returns 0 at the domain's end; takes the snapshots that are due. */
int process_recv(struct process *p, void *buf, uint32_t len);
void process_snapshot(struct process *p);
/* Wait until GVT has passed the present, and the snapshots that this leaves over are gone. */
void process_settle(struct process *p);

#endif
