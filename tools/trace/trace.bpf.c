// SPDX-License-Identifier: GPL-2.0
/*
 * Rollbacks, as the tracepoint tw_rollback tells them.
 *
 * It is attached to as a classic tracepoint, not as a BTF one: the fields of
 * its record are what the module promises, its arguments are structures of its
 * own. Where the module carries BTF, the fields are found by it; where it does
 * not (Debian's 6.1 cannot give any to modules that are built outside of the
 * kernel), they are where they were when this was compiled.
 */
#include <linux/bpf.h>
#include <stdbool.h>
#include <bpf/bpf_helpers.h>

#include "trace/trace.h"

struct trace_event_raw_tw_rollback {
	__u32 domain;
	__u32 cause;
	__u64 process;
	__u64 from;
	__u64 to;
	__u64 depth;
	__u64 by;
} __attribute__((preserve_access_index));

struct record {
	__u64 common;
	__u32 domain;
	__u32 cause;
	__u64 process;
	__u64 from;
	__u64 to;
	__u64 depth;
	__u64 by;
};

/* Filters; 0: all. */
const volatile __u64 only_process;
const volatile __u32 only_domain;
const volatile __u32 only_causes;	/* a bit for each */
const volatile bool only_totals;

struct trace_totals totals;

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 20);
} rollbacks SEC(".maps");

#define COPY_FIELDS(dst, src) do {	\
	(dst)->domain = (src)->domain;	\
	(dst)->cause = (src)->cause;	\
	(dst)->process = (src)->process;\
	(dst)->from = (src)->from;	\
	(dst)->to = (src)->to;		\
	(dst)->depth = (src)->depth;	\
	(dst)->by = (src)->by;		\
} while (0)

static __always_inline bool wanted(const struct trace_rollback *r)
{
	if (only_process && r->process != only_process)
		return false;
	if (only_domain && r->domain != only_domain)
		return false;
	return !only_causes || only_causes & (1 << r->cause);
}

static __always_inline __u32 slot_of(__u64 depth)
{
	__u32 slot = 0;

	/* A loop that the verifier can follow. */
	for (; depth && slot < TRACE_SLOTS - 1; slot++)
		depth >>= 1;
	return slot;
}

static __always_inline void count(const struct trace_rollback *r)
{
	__u32 slot = slot_of(r->depth);

	if (r->cause < TRACE_CAUSES)
		__sync_fetch_and_add(&totals.cause[r->cause], 1);
	if (slot < TRACE_SLOTS)
		__sync_fetch_and_add(&totals.depth[slot], 1);
	__sync_fetch_and_add(&totals.undone, r->depth);
}

static __always_inline int handle(struct trace_rollback *r)
{
	r->ns = bpf_ktime_get_ns();
	if (r->cause >= TRACE_OTHER)
		r->cause = TRACE_OTHER;
	if (!wanted(r))
		return 0;
	count(r);
	if (!only_totals && bpf_ringbuf_output(&rollbacks, r, sizeof(*r), 0))
		__sync_fetch_and_add(&totals.lost, 1);
	return 0;
}

/* Of these two, user space loads the one that fits. */
SEC("tp/timewarp/tw_rollback")
int on_rollback(struct trace_event_raw_tw_rollback *ctx)
{
	struct trace_rollback r;

	COPY_FIELDS(&r, ctx);
	return handle(&r);
}

SEC("tp/timewarp/tw_rollback")
int on_rollback_plain(struct record *ctx)
{
	struct trace_rollback r;

	COPY_FIELDS(&r, ctx);
	return handle(&r);
}

char LICENSE[] SEC("license") = "GPL";
