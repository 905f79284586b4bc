/* SPDX-License-Identifier: GPL-2.0 */
/* Stands in for the module's tracepoints: the tests watch the core by them. */
#ifndef TW_TRACE_H
#define TW_TRACE_H

#include <types.h>

void trace_tw_send(const struct tw_proc *p, const struct tw_message *m);
void trace_tw_receive(const struct tw_proc *p, const struct tw_message *m);
void trace_tw_annihilate(const struct tw_proc *p, const struct tw_message *m);
void trace_tw_commit(const struct tw_proc *p, const struct tw_message *m);
void trace_tw_straggler(const struct tw_proc *p, const struct tw_message *m,
			u64 position, bool anti);
void trace_tw_rollback(const struct tw_proc *p, enum tw_cause cause, u64 from,
		       u64 to, u64 depth, u64 by);
void trace_tw_snapshot(const struct tw_proc *p, const struct tw_snap *s);
void trace_tw_thin(const struct tw_proc *p, const struct tw_snap *s);
void trace_tw_resume(const struct tw_proc *p, const struct tw_snap *s);
void trace_tw_coast_forward(const struct tw_proc *p, u64 lvt);
void trace_tw_wait(const struct tw_proc *p, u64 until);
void trace_tw_failure(const struct tw_proc *p, u64 status);
void trace_tw_drop(const struct tw_proc *p, u64 gvt);
void trace_tw_violation(const struct tw_proc *p, const struct tw_message *m,
			u32 kind);
void trace_tw_fail(const struct tw_core *core);
void trace_tw_pushback(const struct tw_proc *p, const struct tw_message *m);
void trace_tw_throttle(const struct tw_proc *p, u64 time, enum tw_turn turn);
void trace_tw_spawn(const struct tw_proc *p, u64 time);
void trace_tw_unspawn(const struct tw_proc *p, u64 time);
void trace_tw_gvt(const struct tw_core *core);
void trace_tw_memory_wait(const struct tw_proc *p, u64 time);
void trace_tw_cancelback(const struct tw_proc *p, u64 time, u64 bytes);
void trace_tw_gvt_stall(const struct tw_core *core);
void trace_tw_fossil(const struct tw_proc *p, u64 messages, u64 snapshots);

#endif /* TW_TRACE_H */
