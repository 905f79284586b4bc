/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The tracepoints of Timewarp: what its tools and tests observe it by.
 *
 * Every event names the domain; times are virtual times as in the UAPI.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM timewarp

#if !defined(TW_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define TW_TRACE_H

#include <linux/tracepoint.h>

#include "core/types.h"

TRACE_DEFINE_ENUM(TW_CAUSE_PRIMARY);
TRACE_DEFINE_ENUM(TW_CAUSE_SECONDARY);
TRACE_DEFINE_ENUM(TW_CAUSE_LOST);
TRACE_DEFINE_ENUM(TW_CAUSE_MEMORY);
TRACE_DEFINE_ENUM(TW_MSG_NEW);
TRACE_DEFINE_ENUM(TW_MSG_PENDING);
TRACE_DEFINE_ENUM(TW_MSG_DELIVERED);
TRACE_DEFINE_ENUM(TW_MSG_ANNIHILATED);
TRACE_DEFINE_ENUM(TW_MSG_GONE);
TRACE_DEFINE_ENUM(TW_FAILURE_NONE);
TRACE_DEFINE_ENUM(TW_FAILURE_GUARDIAN);
TRACE_DEFINE_ENUM(TW_FAILURE_PROCESS);
TRACE_DEFINE_ENUM(TW_FAILURE_SNAPSHOT);
TRACE_DEFINE_ENUM(TW_FAILURE_CAUSALITY);
TRACE_DEFINE_ENUM(TW_FAILURE_CLOSED);
TRACE_DEFINE_ENUM(TW_VIOLATION_SENT);
TRACE_DEFINE_ENUM(TW_VIOLATION_UNSENT);
TRACE_DEFINE_ENUM(TW_MSG_MISSED);

#define show_tw_cause(cause) __print_symbolic(cause,	\
	{ TW_CAUSE_PRIMARY,	"primary" },		\
	{ TW_CAUSE_SECONDARY,	"secondary" },		\
	{ TW_CAUSE_LOST,	"lost" },		\
	{ TW_CAUSE_MEMORY,	"memory" })

#define show_tw_message_state(state) __print_symbolic(state,	\
	{ TW_MSG_NEW,		"new" },			\
	{ TW_MSG_PENDING,	"pending" },			\
	{ TW_MSG_DELIVERED,	"delivered" },			\
	{ TW_MSG_ANNIHILATED,	"annihilated" },		\
	{ TW_MSG_GONE,		"gone" },			\
	{ TW_MSG_MISSED,	"missed" })

#define show_tw_failure(failure) __print_symbolic(failure,	\
	{ TW_FAILURE_NONE,	"none" },			\
	{ TW_FAILURE_GUARDIAN,	"guardian" },			\
	{ TW_FAILURE_PROCESS,	"process" },			\
	{ TW_FAILURE_SNAPSHOT,	"snapshot" },			\
	{ TW_FAILURE_CAUSALITY,	"causality" },		\
	{ TW_FAILURE_CLOSED,	"closed" })

#define show_tw_violation(kind) __print_symbolic(kind,		\
	{ TW_VIOLATION_SENT,	"sent" },			\
	{ TW_VIOLATION_UNSENT,	"unsent" })

/* A message at one of the two processes that know it. */
DECLARE_EVENT_CLASS(tw_message,
	TP_PROTO(const struct tw_proc *p, const struct tw_message *m),
	TP_ARGS(p, m),
	TP_STRUCT__entry(
		__field(u32, domain)
		__field(u32, state)
		__field(u64, sender)
		__field(u64, receiver)
		__field(u64, send_time)
		__field(u64, recv_time)
		__field(u64, generation)
		__field(u32, len)
	),
	TP_fast_assign(
		__entry->domain = p->core->id;
		__entry->state = m->state;
		__entry->sender = m->key.sender;
		__entry->receiver = m->receiver->id;
		__entry->send_time = m->key.send_time;
		__entry->recv_time = m->key.recv_time;
		__entry->generation = m->key.generation;
		__entry->len = m->len;
	),
	TP_printk("domain=%u sender=%llu receiver=%llu send_time=%llu recv_time=%llu generation=%llu len=%u state=%s",
		  __entry->domain, __entry->sender, __entry->receiver,
		  __entry->send_time, __entry->recv_time, __entry->generation,
		  __entry->len, show_tw_message_state(__entry->state))
);

/**
 * tw_send - a message was sent for the first time
 * @p: the sender, a process or a port
 * @m: the message
 *
 * Sends that coasting or lazy cancellation suppressed do not fire. What a port
 * injects does, with the port as its sender.
 */
DEFINE_EVENT(tw_message, tw_send,
	TP_PROTO(const struct tw_proc *p, const struct tw_message *m),
	TP_ARGS(p, m));

/**
 * tw_receive - a message was handed to its receiver
 * @p: the receiver
 * @m: the message
 */
DEFINE_EVENT(tw_message, tw_receive,
	TP_PROTO(const struct tw_proc *p, const struct tw_message *m),
	TP_ARGS(p, m));

/**
 * tw_annihilate - an antimessage met its message
 * @p: the receiver
 * @m: the message; its state tells the case: pending, delivered (a rollback
 *	follows) or new (the antimessage was first)
 */
DEFINE_EVENT(tw_message, tw_annihilate,
	TP_PROTO(const struct tw_proc *p, const struct tw_message *m),
	TP_ARGS(p, m));

/**
 * tw_commit - a sink delivered a message
 * @p: the sink
 * @m: the message
 */
DEFINE_EVENT(tw_message, tw_commit,
	TP_PROTO(const struct tw_proc *p, const struct tw_message *m),
	TP_ARGS(p, m));

/**
 * tw_straggler - a message came that sorts before what its receiver has done
 * @p: the receiver
 * @m: the message
 * @position: the receiver's position
 * @anti: it is an antimessage
 */
TRACE_EVENT(tw_straggler,
	TP_PROTO(const struct tw_proc *p, const struct tw_message *m, u64 position, bool anti),
	TP_ARGS(p, m, position, anti),
	TP_STRUCT__entry(
		__field(u32, domain)
		__field(bool, anti)
		__field(u64, process)
		__field(u64, sender)
		__field(u64, recv_time)
		__field(u64, position)
	),
	TP_fast_assign(
		__entry->domain = p->core->id;
		__entry->anti = anti;
		__entry->process = p->id;
		__entry->sender = m->key.sender;
		__entry->recv_time = m->key.recv_time;
		__entry->position = position;
	),
	TP_printk("domain=%u process=%llu sender=%llu recv_time=%llu position=%llu sign=%c",
		  __entry->domain, __entry->process, __entry->sender,
		  __entry->recv_time, __entry->position, __entry->anti ? '-' : '+')
);

/**
 * tw_rollback - a process was rolled back
 * @p: the process
 * @cause: why
 * @from: its position before
 * @to: the virtual time up to which its past stands
 * @depth: messages that it had been handed and will be handed again or not
 * @by: the process whose message or antimessage it was
 */
TRACE_EVENT(tw_rollback,
	TP_PROTO(const struct tw_proc *p, enum tw_cause cause, u64 from, u64 to, u64 depth,
		 u64 by),
	TP_ARGS(p, cause, from, to, depth, by),
	TP_STRUCT__entry(
		__field(u32, domain)
		__field(u32, cause)
		__field(u64, process)
		__field(u64, from)
		__field(u64, to)
		__field(u64, depth)
		__field(u64, by)
		__field(u64, snapshot)
	),
	TP_fast_assign(
		__entry->domain = p->core->id;
		__entry->cause = cause;
		__entry->process = p->id;
		__entry->from = from;
		__entry->to = to;
		__entry->depth = depth;
		__entry->by = by;
		__entry->snapshot = p->now.key.recv_time;
	),
	TP_printk("domain=%u process=%llu cause=%s from=%llu to=%llu depth=%llu by=%llu snapshot=%llu",
		  __entry->domain, __entry->process, show_tw_cause(__entry->cause),
		  __entry->from, __entry->to, __entry->depth, __entry->by, __entry->snapshot)
);

DECLARE_EVENT_CLASS(tw_snap,
	TP_PROTO(const struct tw_proc *p, const struct tw_snap *s),
	TP_ARGS(p, s),
	TP_STRUCT__entry(
		__field(u32, domain)
		__field(u64, process)
		__field(u64, token)
		__field(u64, time)
		__field(u64, live)
	),
	TP_fast_assign(
		__entry->domain = p->core->id;
		__entry->process = p->id;
		__entry->token = s->token;
		__entry->time = s->pos.key.recv_time;
		__entry->live = p->stats.snapshots_live;
	),
	TP_printk("domain=%u process=%llu token=%llu time=%llu live=%llu",
		  __entry->domain, __entry->process, __entry->token, __entry->time,
		  __entry->live)
);

/**
 * tw_snapshot - a snapshot has parked
 * @p: the process
 * @s: the snapshot
 */
DEFINE_EVENT(tw_snap, tw_snapshot,
	TP_PROTO(const struct tw_proc *p, const struct tw_snap *s),
	TP_ARGS(p, s));

/**
 * tw_thin - a snapshot is discarded because the process has too many
 * @p: the process
 * @s: the snapshot; its age and the live ones say how the rest is spaced
 */
DEFINE_EVENT(tw_snap, tw_thin,
	TP_PROTO(const struct tw_proc *p, const struct tw_snap *s),
	TP_ARGS(p, s));

/**
 * tw_resume - a snapshot becomes the running incarnation
 * @p: the process
 * @s: the snapshot
 */
DEFINE_EVENT(tw_snap, tw_resume,
	TP_PROTO(const struct tw_proc *p, const struct tw_snap *s),
	TP_ARGS(p, s));

DECLARE_EVENT_CLASS(tw_process,
	TP_PROTO(const struct tw_proc *p, u64 value),
	TP_ARGS(p, value),
	TP_STRUCT__entry(
		__field(u32, domain)
		__field(u64, process)
		__field(u64, value)
		__field(u64, coasted)
	),
	TP_fast_assign(
		__entry->domain = p->core->id;
		__entry->process = p->id;
		__entry->value = value;
		__entry->coasted = p->coasting;
	),
	TP_printk("domain=%u process=%llu value=%llu coasted=%llu",
		  __entry->domain, __entry->process, __entry->value, __entry->coasted)
);

/**
 * tw_coast_forward - a process has caught up after a rollback
 * @p: the process; coasted tells how many sends were suppressed
 * @value: its LVT
 */
DEFINE_EVENT(tw_process, tw_coast_forward,
	TP_PROTO(const struct tw_proc *p, u64 value),
	TP_ARGS(p, value));

/**
 * tw_wait - a process has nothing to receive and waits
 * @p: the process
 * @value: its LVT from now on, +infinity: it is terminated until a message comes
 */
DEFINE_EVENT(tw_process, tw_wait,
	TP_PROTO(const struct tw_proc *p, u64 value),
	TP_ARGS(p, value));

/**
 * tw_failure - the running incarnation has left by itself
 * @p: the process; a rollback to before its LVT erases it
 * @value: as wait(2) gives it
 */
DEFINE_EVENT(tw_process, tw_failure,
	TP_PROTO(const struct tw_proc *p, u64 value),
	TP_ARGS(p, value));

/**
 * tw_spawn - a process was created by a process
 * @p: the new process; a coast forward that repeats its creation does not fire
 * @value: virtual time of its creation
 */
DEFINE_EVENT(tw_process, tw_spawn,
	TP_PROTO(const struct tw_proc *p, u64 value),
	TP_ARGS(p, value));

/**
 * tw_unspawn - the creation of a process was undone
 * @p: the process; tw_rollback tells what it had done
 * @value: virtual time of its creation
 */
DEFINE_EVENT(tw_process, tw_unspawn,
	TP_PROTO(const struct tw_proc *p, u64 value),
	TP_ARGS(p, value));

/**
 * tw_drop - a process was dropped, for its guardian has died
 * @p: the process
 * @value: GVT: what it did before stands
 */
DEFINE_EVENT(tw_process, tw_drop,
	TP_PROTO(const struct tw_proc *p, u64 value),
	TP_ARGS(p, value));

/**
 * tw_memory_wait - a send or a snapshot has to wait for memory
 * @p: the process
 * @value: virtual time of the send or of the snapshot
 */
DEFINE_EVENT(tw_process, tw_memory_wait,
	TP_PROTO(const struct tw_proc *p, u64 value),
	TP_ARGS(p, value));

/**
 * tw_cancelback - a process has to undo what takes memory that others need first
 * @p: the process; a rollback follows
 * @time: the virtual time from which on
 * @bytes: of its messages and snapshots
 */
TRACE_EVENT(tw_cancelback,
	TP_PROTO(const struct tw_proc *p, u64 time, u64 bytes),
	TP_ARGS(p, time, bytes),
	TP_STRUCT__entry(
		__field(u32, domain)
		__field(u64, process)
		__field(u64, time)
		__field(u64, bytes)
		__field(u64, used)
	),
	TP_fast_assign(
		__entry->domain = p->core->id;
		__entry->process = p->id;
		__entry->time = time;
		__entry->bytes = bytes;
		__entry->used = atomic64_read(&p->core->memory.used);
	),
	TP_printk("domain=%u process=%llu time=%llu bytes=%llu used=%llu",
		  __entry->domain, __entry->process, __entry->time, __entry->bytes,
		  __entry->used)
);

/**
 * tw_fail - the domain has failed, for good
 * @core: the domain; its failure is set
 */
TRACE_EVENT(tw_fail,
	TP_PROTO(const struct tw_core *core),
	TP_ARGS(core),
	TP_STRUCT__entry(
		__field(u32, domain)
		__field(u32, failure)
		__field(u32, status)
		__field(u64, process)
		__field(u64, time)
	),
	TP_fast_assign(
		__entry->domain = core->id;
		__entry->failure = core->failure;
		__entry->status = core->failed_status;
		__entry->process = core->failed_process;
		__entry->time = core->failed_time;
	),
	TP_printk("domain=%u failure=%s process=%llu time=%llu status=%#x",
		  __entry->domain, show_tw_failure(__entry->failure), __entry->process,
		  __entry->time, __entry->status)
);

/**
 * tw_violation - a process that coasts forward did not do what it did before
 * @p: the process
 * @m: the message by which it differs
 * @kind: TW_VIOLATION_*: it had not sent this before, or did not send it again
 */
TRACE_EVENT(tw_violation,
	TP_PROTO(const struct tw_proc *p, const struct tw_message *m, u32 kind),
	TP_ARGS(p, m, kind),
	TP_STRUCT__entry(
		__field(u32, domain)
		__field(u32, kind)
		__field(u64, process)
		__field(u64, receiver)
		__field(u64, send_time)
		__field(u64, recv_time)
		__field(u32, index)
	),
	TP_fast_assign(
		__entry->domain = p->core->id;
		__entry->kind = kind;
		__entry->process = p->id;
		__entry->receiver = m->receiver->id;
		__entry->send_time = m->key.send_time;
		__entry->recv_time = m->key.recv_time;
		__entry->index = m->key.index;
	),
	TP_printk("domain=%u process=%llu receiver=%llu send_time=%llu recv_time=%llu index=%u kind=%s",
		  __entry->domain, __entry->process, __entry->receiver,
		  __entry->send_time, __entry->recv_time, __entry->index,
		  show_tw_violation(__entry->kind))
);

/**
 * tw_pushback - a send waits for the reader of a sink
 * @p: the sender
 * @m: the message, not sent yet. How long it waits: until the next tw_send by the
 *	same process, or a tw_rollback of it
 */
TRACE_EVENT(tw_pushback,
	TP_PROTO(const struct tw_proc *p, const struct tw_message *m),
	TP_ARGS(p, m),
	TP_STRUCT__entry(
		__field(u32, domain)
		__field(u64, process)
		__field(u64, sink)
		__field(u64, send_time)
		__field(u64, gvt)
		__field(u64, unread)
	),
	TP_fast_assign(
		__entry->domain = p->core->id;
		__entry->process = p->id;
		__entry->sink = m->receiver->id;
		__entry->send_time = m->key.send_time;
		__entry->gvt = READ_ONCE(p->core->gvt);
		__entry->unread = READ_ONCE(m->receiver->unread);
	),
	TP_printk("domain=%u process=%llu sink=%llu send_time=%llu gvt=%llu unread=%llu",
		  __entry->domain, __entry->process, __entry->sink,
		  __entry->send_time, __entry->gvt, __entry->unread)
);

TRACE_DEFINE_ENUM(TW_TURN_FAR);
TRACE_DEFINE_ENUM(TW_TURN_HELD);

/**
 * tw_throttle - a process is held before its next event
 * @p: the process
 * @time: of the event
 * @turn: why: it is too far ahead of GVT, or others run
 */
TRACE_EVENT(tw_throttle,
	TP_PROTO(const struct tw_proc *p, u64 time, enum tw_turn turn),
	TP_ARGS(p, time, turn),
	TP_STRUCT__entry(
		__field(u32, domain)
		__field(u32, turn)
		__field(u64, process)
		__field(u64, time)
		__field(u64, gvt)
	),
	TP_fast_assign(
		__entry->domain = p->core->id;
		__entry->turn = turn;
		__entry->process = p->id;
		__entry->time = time;
		__entry->gvt = p->core->gvt;
	),
	TP_printk("domain=%u process=%llu time=%llu gvt=%llu why=%s",
		  __entry->domain, __entry->process, __entry->time, __entry->gvt,
		  __print_symbolic(__entry->turn,
				   { TW_TURN_FAR,	"window" },
				   { TW_TURN_HELD,	"turn" }))
);

/**
 * tw_gvt - a GVT round has ended
 * @core: the domain
 */
TRACE_EVENT(tw_gvt,
	TP_PROTO(const struct tw_core *core),
	TP_ARGS(core),
	TP_STRUCT__entry(
		__field(u32, domain)
		__field(u64, round)
		__field(u64, before)
		__field(u64, gvt)
		__field(u64, holder)
	),
	TP_fast_assign(
		__entry->domain = core->id;
		__entry->round = core->round;
		__entry->before = core->gvt_before;
		__entry->gvt = core->gvt;
		__entry->holder = core->gvt_holder;
	),
	TP_printk("domain=%u round=%llu before=%llu gvt=%llu holder=%llu",
		  __entry->domain, __entry->round, __entry->before, __entry->gvt,
		  __entry->holder)
);

/**
 * tw_gvt_stall - GVT has not moved for a long time
 * @core: the domain
 *
 * Once for each time. Who holds it back, and why?
 */
TRACE_EVENT(tw_gvt_stall,
	TP_PROTO(const struct tw_core *core),
	TP_ARGS(core),
	TP_STRUCT__entry(
		__field(u32, domain)
		__field(u32, reason)
		__field(u64, gvt)
		__field(u64, process)
	),
	TP_fast_assign(
		__entry->domain = core->id;
		__entry->reason = core->stall_reason;
		__entry->gvt = core->gvt;
		__entry->process = core->stall_process;
	),
	TP_printk("domain=%u gvt=%llu process=%llu why=%s",
		  __entry->domain, __entry->gvt, __entry->process,
		  __print_symbolic(__entry->reason,
				   { TW_STALL_UNATTACHED,	"unattached" },
				   { TW_STALL_EVENT,		"event" },
				   { TW_STALL_STOPPED,		"stopped" },
				   { TW_STALL_MESSAGE,		"message" },
				   { TW_STALL_SNAPSHOT,		"snapshot" },
				   { TW_STALL_UNSENT,		"unsent" },
				   { TW_STALL_FLIGHT,		"flight" },
				   { TW_STALL_EXIT,		"exit" },
				   { TW_STALL_PROMISE,		"promise" }))
);

/**
 * tw_fossil - what no rollback of a process can need was freed
 * @p: the process
 * @messages: so many messages of its input queue
 * @snapshots: so many snapshots
 */
TRACE_EVENT(tw_fossil,
	TP_PROTO(const struct tw_proc *p, u64 messages, u64 snapshots),
	TP_ARGS(p, messages, snapshots),
	TP_STRUCT__entry(
		__field(u32, domain)
		__field(u64, process)
		__field(u64, messages)
		__field(u64, snapshots)
	),
	TP_fast_assign(
		__entry->domain = p->core->id;
		__entry->process = p->id;
		__entry->messages = messages;
		__entry->snapshots = snapshots;
	),
	TP_printk("domain=%u process=%llu messages=%llu snapshots=%llu",
		  __entry->domain, __entry->process, __entry->messages,
		  __entry->snapshots)
);

#endif /* TW_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
