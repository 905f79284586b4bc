/* SPDX-License-Identifier: GPL-2.0 */
/* What the files of the core share; *_locked: the process's lock is held. */
#ifndef TW_CORE_INTERNAL_H
#define TW_CORE_INTERNAL_H

#include "core.h"

/* send.c */
void tw_pass_locked(struct tw_op *op, struct tw_proc *p, u64 time);
void tw_cancel_locked(struct tw_op *op, struct tw_proc *p, struct tw_message *m);

/* rollback.c */
struct tw_key tw_position_key(struct tw_proc *p);
bool tw_can_return_locked(struct tw_proc *p, const struct tw_key *key);
u64 tw_unsent_floor(struct tw_proc *p);
void tw_rollback_locked(struct tw_op *op, struct tw_proc *p, enum tw_cause cause,
			const struct tw_key *key, u64 delivery, u64 by);
void tw_coast_lower_locked(struct tw_op *op, struct tw_proc *p, u64 time);
void tw_input_insert_locked(struct tw_proc *p, struct tw_message *m);
void tw_input_remove_locked(struct tw_proc *p, struct tw_message *m);
void tw_publish_next_locked(struct tw_proc *p);
void tw_pend_locked(struct tw_proc *p, struct tw_message *m);
void tw_requeue_input_locked(struct tw_op *op, struct tw_proc *p, u64 deliveries);

/* message.c */
void tw_op_put(struct tw_op *op, struct tw_message *m);

/* memory.c */
bool tw_memory_charge_locked(struct tw_proc *p, u64 time, u64 bytes);
void tw_memory_refund_locked(struct tw_proc *p, u64 bytes);
void tw_memory_uncharge(struct tw_core *core, u64 bytes);
void tw_memory_wait_locked(struct tw_op *op, struct tw_proc *p, u64 time, u64 bytes);
void tw_memory_release_locked(struct tw_proc *p);
void tw_memory_leave_locked(struct tw_op *op, struct tw_proc *p);
void tw_memory_stretch_locked(struct tw_proc *p, u64 bytes);
void tw_memory_stretch_from_locked(struct tw_proc *p, u64 horizon);
bool tw_memory_stretched_locked(struct tw_proc *p);
bool tw_memory_idle_locked(struct tw_proc *p);
int tw_memory_snapshot_locked(struct tw_op *op, struct tw_proc *p, struct tw_snap *s);
bool tw_memory_park_locked(struct tw_proc *p, struct tw_snap *s);
void tw_memory_unsnap_locked(struct tw_op *op, struct tw_proc *p, struct tw_snap *s);
void tw_memory_look_locked(struct tw_proc *p);
void tw_memory_relieve(struct tw_op *op, struct tw_core *core);

/* gvt.c */
u64 tw_progress(struct tw_proc *p);

/* receive.c */
u64 tw_events_now(struct tw_proc *p);
void tw_complete_locked(struct tw_op *op, struct tw_proc *p, u64 lvt);

/* interval.c */
void tw_interval_begin(struct tw_proc *p, u64 events);
void tw_interval_end(struct tw_proc *p);
void tw_interval_wait(struct tw_proc *p);
void tw_interval_woken(struct tw_proc *p);
void tw_interval_rollback(struct tw_proc *p, u64 from, u64 to);

/* sink.c */
bool tw_sink_holds_locked(struct tw_op *op, struct tw_proc *p, const struct tw_message *m);
void tw_sink_release_locked(struct tw_proc *p);
bool tw_sink_commit_locked(struct tw_op *op, struct tw_proc *p, u64 gvt);

/* fossil.c */

/* So many messages of each queue are freed while the lock is held once. */
#define TW_FOSSIL_PORTION	64

u64 tw_free_input_locked(struct tw_op *op, struct tw_proc *p, u64 deliveries);
bool tw_fossil_collect_locked(struct tw_op *op, struct tw_proc *p, u64 gvt);

/* snapshot.c */
void tw_position_save_locked(struct tw_proc *p, struct tw_position *pos);
int tw_check_caller_locked(struct tw_proc *p, const struct tw_who *who);
u64 tw_snapshot_due_locked(struct tw_proc *p);
void tw_snap_drop_locked(struct tw_op *op, struct tw_proc *p, struct tw_snap *s);
void tw_kill_running_locked(struct tw_op *op, struct tw_proc *p);
void tw_redirect_locked(struct tw_proc *p, struct tw_snap *s);
void tw_page_away_locked(struct tw_proc *p);

/* schedule.c */
void tw_schedule_init(struct tw_schedule *s);
void tw_schedule_enter(struct tw_core *core);
void tw_schedule_leave(struct tw_core *core);
void tw_schedule_stat(struct tw_core *core, struct tw_domain_stat *st);
bool tw_held(struct tw_proc *p);
bool tw_schedule_holds(struct tw_core *core);
void tw_schedule_round(struct tw_core *core);
void tw_schedule_look_locked(struct tw_proc *p);
void tw_turn_end_locked(struct tw_proc *p);
void tw_set_asleep_locked(struct tw_proc *p, bool asleep);
void tw_alert_locked(struct tw_proc *p);
bool tw_throttle_locked(struct tw_op *op, struct tw_proc *p, u64 time);
void tw_release_locked(struct tw_proc *p, u64 gvt);

/* spawn.c */
void tw_spawned_init(struct tw_core *core);
void tw_spawned_destroy(struct tw_core *core);
int tw_spawn_resolve(struct tw_message *m);
bool tw_bear_locked(struct tw_op *op, struct tw_proc *p, struct tw_message *m);
struct tw_message *tw_unbear_locked(struct tw_op *op, struct tw_proc *p);
void tw_birth_commit_locked(struct tw_proc *p, u64 gvt);
void tw_miss_pending_locked(struct tw_proc *p, u64 time);

/* core.c */
void tw_proc_clear(struct tw_proc *p);
struct tw_proc *tw_core_next_spawned(struct tw_core *core, struct tw_proc *p);
u64 tw_stat_events(struct tw_proc *p);
u64 tw_stat_events_committed(struct tw_proc *p);
int tw_check_open(struct tw_core *core);
void tw_note_violation(struct tw_core *core, const struct tw_message *m, u32 violation);
void tw_wake_locked(struct tw_proc *p);
void tw_wake_coming_locked(struct tw_proc *p);
void tw_set_hold_locked(struct tw_proc *p, u64 hold);
void tw_set_state_locked(struct tw_op *op, struct tw_proc *p, u32 state);

static inline bool tw_is_process(const struct tw_proc *p)
{
	return !p->sink && !p->port;
}

/* What is later may not begin without having asked. */
static inline u64 tw_until(struct tw_core *core)
{
	return READ_ONCE(*core->schedule.until);
}

static inline struct tw_message *tw_first_pending(struct tw_proc *p)
{
	return rb_entry_safe(rb_first_cached(&p->pending), struct tw_message, pending);
}

/* Can a rollback go there? */
static inline bool tw_snap_ready(const struct tw_proc *p, const struct tw_snap *s)
{
	return p->in_place || s->inc;
}

/* Likewise, and will it be found alive? Several may have been killed at once. */
static inline bool tw_snap_lives(const struct tw_proc *p, const struct tw_snap *s)
{
	return p->in_place || (s->inc && !tw_host_dying(s->inc));
}

/* Snapshots kept because others may be killed from outside. */
static inline u32 tw_spares(const struct tw_proc *p)
{
	return p->core->spare && !p->in_place;
}

/* Where each is to have a spare, one that has none? */
static inline bool tw_snap_alone(const struct tw_proc *p)
{
	return tw_spares(p) && list_is_singular(&p->snaps);
}

static inline u64 tw_first_time(struct tw_proc *p)
{
	struct tw_message *m = tw_first_pending(p);

	return m ? m->key.recv_time : TW_TIME_INF;
}

#endif /* TW_CORE_INTERNAL_H */
