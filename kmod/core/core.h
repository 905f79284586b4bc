/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the core offers to its host, and what it asks of it.
 *
 * None of these functions waits but tw_core_init(), tw_core_reserve() and
 * tw_message_init(), and tw_message_alloc() if it is told so; those that can have
 * much to do give the processor away now and then, outside of locks. Those that
 * take a struct tw_op may leave work in it, which the host does after tw_op_end().
 */
#ifndef TW_CORE_H
#define TW_CORE_H

#include "types.h"

/* ---- asked of the host; called with a lock of the core held, must not sleep ---- */

/**
 * tw_host_wake() - let the waiters of a process look again
 * @p: tw_wakes() has changed
 */
void tw_host_wake(struct tw_proc *p);

/**
 * tw_host_asleep() - does the task of an incarnation sleep?
 * @inc: the running incarnation of a process, whose lock is held
 *
 * Return: true if so.
 */
bool tw_host_asleep(struct tw_inc *inc);

/**
 * tw_host_stopped() - is the task of an incarnation stopped by a signal or tracer?
 * @inc: the running incarnation of a process, whose lock is held
 *
 * Return: true if it does nothing until it is continued.
 */
bool tw_host_stopped(struct tw_inc *inc);

/**
 * tw_host_dying() - is the task of a snapshot killed already, and not yet reported?
 * @inc: a parked incarnation of a process, whose lock is held
 *
 * Return: true if tw_inc_gone() is to be expected for it.
 */
bool tw_host_dying(struct tw_inc *inc);

/**
 * tw_host_clock() - real time
 *
 * Return: nanoseconds since some moment, never 0.
 */
u64 tw_host_clock(void);

/**
 * tw_inc_free() - the last reference to an incarnation is gone
 * @inc: to be freed; may be called with a proc->lock held
 */
void tw_inc_free(struct tw_inc *inc);

/**
 * tw_host_release() - a message with a payload that the host keeps is freed
 * @m: outside is set; may be called with a proc->lock held
 */
void tw_host_release(struct tw_message *m);

/**
 * tw_host_free() - nobody can reach a spawned process any more
 * @p: to be freed; called without a lock
 */
void tw_host_free(struct tw_proc *p);

/* ---- core.c ---- */

int tw_core_init(struct tw_core *core, u32 id);
void tw_core_clear(struct tw_core *core);
void tw_core_destroy(struct tw_core *core);
int tw_core_reserve(struct tw_core *core);
void tw_core_add(struct tw_core *core, struct tw_proc *p);
struct tw_proc *tw_core_find(struct tw_core *core, u64 id);
struct tw_proc *tw_core_next(struct tw_core *core, struct tw_proc *p);
#define tw_core_for_each(core, p) \
	for ((p) = tw_core_next((core), NULL); (p); (p) = tw_core_next((core), (p)))
void tw_core_fail(struct tw_op *op, u32 failure, u64 process, u64 time, u32 status);
void tw_core_stat(struct tw_core *core, struct tw_domain_stat *st);

/**
 * tw_wakes() - what changes whenever a waiter must look again
 * @p: it is woken by its own, under its lock, and by whoever leaves it a turn
 *
 * Return: a count.
 */
static inline u32 tw_wakes(struct tw_proc *p)
{
	return READ_ONCE(p->wakes) + READ_ONCE(p->grants);
}

void tw_proc_init(struct tw_proc *p, struct tw_core *core, bool sink);
int tw_proc_set_snapshots(struct tw_proc *p, u32 interval, u32 least, u32 most, u32 live);
void tw_proc_stat(struct tw_proc *p, struct tw_process_stat *st);

void tw_op_begin(struct tw_op *op, struct tw_core *core);
void tw_op_end(struct tw_op *op);

/* ---- message.c ---- */

/* Most messages are this small, and come from a cache of their own. */
#define TW_MESSAGE_SMALL	192

int tw_message_init(void);
void tw_message_exit(void);
void tw_message_free(struct tw_message *m);
struct tw_message *tw_message_alloc(u32 len, gfp_t gfp);
struct tw_message *tw_spawn_alloc(struct tw_proc *fresh, const struct tw_spawn_attr *attr,
				  gfp_t gfp);
void tw_message_put(struct tw_message *m);
u32 tw_message_size(u32 len);

/* Bytes of payload, wherever they are. */
static inline u64 tw_message_bytes(const struct tw_message *m)
{
	return m->outside ? ((const struct tw_outside *)m->payload)->bytes : m->len;
}

/* ---- send.c ---- */

int tw_send_stamp(struct tw_op *op, struct tw_proc *p, const struct tw_who *who,
		  struct tw_message *m);
void tw_send_insert(struct tw_op *op, struct tw_message *m);
void tw_op_settle(struct tw_op *op);

/* ---- port.c ---- */

int tw_inject_stamp(struct tw_op *op, struct tw_proc *p, struct tw_message *m, u64 *earliest);
int tw_promise(struct tw_op *op, struct tw_proc *p, u64 promise);

/* ---- spawn.c ---- */

u64 tw_spawn_id(u64 creator, u64 time, u32 index);
void tw_proc_init_spawned(struct tw_proc *p, struct tw_core *core);
struct tw_proc *tw_spawned_find(struct tw_core *core, u64 id);
struct tw_proc *tw_spawned_add(struct tw_proc *fresh, u64 id);
void tw_proc_get(struct tw_proc *p);
void tw_proc_put(struct tw_proc *p);
bool tw_spawn_wanted(struct tw_proc *p, u64 generation, u64 *life);
void tw_core_retire(struct tw_core *core);
void tw_core_bury(struct tw_core *core);

/* ---- receive.c ---- */

/* What tw_receive() found when it hands nothing over. */
enum tw_receive_status {
	TW_RECEIVE_NONE,	/* nothing up to tw_receive.until: go on */
	TW_RECEIVE_WAIT,	/* wait until tw_wakes() changes */
	TW_RECEIVE_SNAPSHOT,	/* a snapshot is due first */
	TW_RECEIVE_END,		/* the domain has ended */
};

/**
 * struct tw_receive - one call of tw_receive()
 * @until: hand over messages up to this receive time
 * @hold: if there is none, wait until GVT is at least this
 * @max: at most so many messages
 * @room: bytes of the caller's buffer; tw_receive() takes off what it used
 * @header: bytes that each message needs there beside its payload
 * @first: no message of this call was handed over before
 * @committed: only what is committed, and wait for it
 * @out: messages handed over, each with a reference for the caller
 * @n: number of @out
 * @gvt: out, as it was looked at: once, so that what is not found is waited for
 * @undo_key: position before, for tw_receive_undo()
 * @undo_horizon: horizon before, likewise
 * @undo_lvt: LVT before, likewise
 * @status: with @n == 0, why
 * @need: with -EMSGSIZE, the payload that did not fit
 */
struct tw_receive {
	u64 until;
	u64 hold;
	u32 max;
	u32 room;
	u32 header;
	bool first;
	bool committed;
	struct tw_message **out;
	u32 n;
	u64 gvt;
	struct tw_key undo_key;
	u64 undo_horizon;
	u64 undo_lvt;
	enum tw_receive_status status;
	u32 need;
};

int tw_receive(struct tw_op *op, struct tw_proc *p, const struct tw_who *who,
	       struct tw_receive *r);
void tw_receive_undo(struct tw_proc *p, const struct tw_who *who,
		     struct tw_receive *r, u32 keep);
bool tw_receive_ready(struct tw_proc *p);

/* ---- sink.c ---- */

struct tw_message *tw_sink_receive(struct tw_op *op, struct tw_proc *p, u32 room, u32 *need);
bool tw_sink_ready(struct tw_proc *p);
void tw_sink_close(struct tw_op *op, struct tw_proc *p);
bool tw_send_ready(struct tw_proc *p);

/* ---- snapshot.c ---- */

int tw_attach(struct tw_proc *p, struct tw_inc *inc, u64 life);
void tw_abandon(struct tw_op *op, struct tw_proc *p);
int tw_check_caller(struct tw_proc *p, const struct tw_who *who);
void tw_ask_again(struct tw_proc *p);

/**
 * struct tw_announced - what a process is told of its snapshots
 * @token: name of the new one
 * @oldest: earlier ones are not needed any more
 * @thinned: neither is this one; 0: none. Only of a process that saves its
 *	states itself
 */
struct tw_announced {
	u64 token;
	u64 oldest;
	u64 thinned;
};

int tw_snapshot(struct tw_op *op, struct tw_proc *p, const struct tw_who *who,
		struct tw_snap *s, struct tw_announced *out);
int tw_park(struct tw_op *op, struct tw_proc *p, struct tw_inc *inc, u64 token);
int tw_parked(struct tw_inc *inc, u64 *coast_until);

/**
 * struct tw_restore_to - where a process that restores its states itself is now
 * @token: the snapshot
 * @coast_until: sends before this repeat earlier ones
 * @resumes: how often it was rolled back so far
 */
struct tw_restore_to {
	u64 token;
	u64 coast_until;
	u64 resumes;
};

int tw_restore(struct tw_proc *p, const struct tw_who *who, struct tw_restore_to *to);
int tw_restored(struct tw_proc *p, const struct tw_who *who, const struct tw_restore_to *to);
int tw_leave(struct tw_op *op, struct tw_proc *p, const struct tw_who *who, u32 status);
int tw_map_page(struct tw_proc *p, const struct tw_who *who, struct tw_process_page *page);
void tw_inc_gone(struct tw_op *op, struct tw_inc *inc, u32 status);
void tw_inc_put(struct tw_inc *inc);
void tw_drop_all(struct tw_op *op, struct tw_proc *p, bool keep_running);

/* ---- rollback.c ---- */

void tw_drop(struct tw_op *op, struct tw_proc *p);

/* ---- schedule.c ---- */

void tw_schedule_set(struct tw_core *core, int running, u64 window, u64 slack);

/* ---- memory.c ---- */

void tw_memory_set(struct tw_core *core, u64 budget);
void tw_memory_set_proc(struct tw_proc *p, u64 budget);

/* ---- gvt.c ---- */

void tw_gvt_begin(struct tw_core *core);
u64 tw_gvt_scan(struct tw_op *op, struct tw_core *core);
u64 tw_gvt_publish(struct tw_op *op, struct tw_core *core, u64 gvt);
bool tw_gvt_stalled(struct tw_core *core, u64 limit);
u64 tw_gvt_contribution(struct tw_proc *p);

#endif /* TW_CORE_H */
