/* SPDX-License-Identifier: GPL-2.0 */
/* What the eBPF program of tw trace and its user space share. */
#ifndef TW_TRACE_TOOL_H
#define TW_TRACE_TOOL_H

/* As the module's enum tw_cause; what it may add later is counted as the last. */
enum trace_cause {
	TRACE_PRIMARY,
	TRACE_SECONDARY,
	TRACE_LOST,
	TRACE_MEMORY,
	TRACE_OTHER,
	TRACE_CAUSES
};

/* Of depth 0, 1, 2 to 3, 4 to 7, ...; the last one has no upper bound. */
#define TRACE_SLOTS 32

struct trace_rollback {
	__u64 ns; /* CLOCK_MONOTONIC */
	__u64 process;
	__u64 from;
	__u64 to;
	__u64 depth;
	__u64 by;
	__u32 domain;
	__u32 cause;
};

/* Counted in the kernel, so that no lost event is missing here. */
struct trace_totals {
	__u64 cause[TRACE_CAUSES];
	__u64 depth[TRACE_SLOTS];
	__u64 undone; /* sum of the depths */
	__u64 lost; /* events for which the buffer had no room */
};

#endif
