// SPDX-License-Identifier: GPL-2.0
/*
 * Rolling back: choose a snapshot, restore the three queues to it, replace the
 * running incarnation. Jefferson, Virtual Time (TOPLAS 7(3), 1985), section 4.
 */
#include <linux/err.h>
#include <linux/slab.h>

#include "internal.h"
#include "trace.h"

static bool tw_message_less(struct rb_node *a, const struct rb_node *b)
{
	return tw_key_cmp(&rb_entry(a, struct tw_message, pending)->key,
			  &rb_entry(b, struct tw_message, pending)->key) < 0;
}

void tw_pend_locked(struct tw_proc *p, struct tw_message *m)
{
	m->state = TW_MSG_PENDING;
	rb_add_cached(&m->pending, &p->pending, tw_message_less);
}

void tw_input_insert_locked(struct tw_proc *p, struct tw_message *m)
{
	tw_pend_locked(p, m);
	p->stats.messages++;
	p->stats.message_bytes += sizeof(*m) + m->len;
}

void tw_input_remove_locked(struct tw_proc *p, struct tw_message *m)
{
	if (m->state == TW_MSG_PENDING)
		rb_erase_cached(&m->pending, &p->pending);
	else
		list_del(&m->delivered);
	p->stats.messages--;
	p->stats.message_bytes -= sizeof(*m) + m->len;
}

/* Tell the running incarnation which message waits for it. */
void tw_publish_next_locked(struct tw_proc *p)
{
	if (p->running && p->running->page)
		WRITE_ONCE(p->running->page->next, tw_first_time(p));
}

/*
 * What a process has come to: by its page if it has one, else the last message
 * that it was handed. The page is written without a lock, first priority
 * (to its largest value), then time, then priority: so a pair that was read
 * between two equal times is one that the process was at, or a later one.
 */
struct tw_key tw_position_key(struct tw_proc *p)
{
	struct tw_process_page *page = p->running ? p->running->page : NULL;
	struct tw_key key = {
		.sender = U64_MAX,
		.send_time = U64_MAX,
		.index = U32_MAX,
		.generation = U64_MAX,
	};

	if (!page)
		return p->now.key;
	key.recv_time = READ_ONCE(page->time);
	/* The process stores the largest priority before it stores a time. */
	smp_rmb();
	key.priority = READ_ONCE(page->priority);
	/* The time is read again to see that the priority belongs to it. */
	smp_rmb();
	if (READ_ONCE(page->time) != key.recv_time) {
		key.recv_time = READ_ONCE(page->time);
		key.priority = U64_MAX;
	}
	return key;
}

/* Nothing that the process has sent but not yet handed in was sent before this. */
u64 tw_unsent_floor(struct tw_proc *p)
{
	return p->running && p->running->page ? READ_ONCE(p->running->page->hold) : TW_TIME_INF;
}

/* Sends from @time on may differ from those of the life before. */
void tw_coast_lower_locked(struct tw_op *op, struct tw_proc *p, u64 time)
{
	struct tw_message *m, *next;

	if (time >= p->coast_until)
		return;
	p->coast_until = time;
	if (!p->eager)
		return;
	list_for_each_entry_safe_reverse(m, next, &p->unconfirmed, sent) {
		if (m->key.send_time < time)
			break;
		if (m->cancellation == TW_CANCEL_AGGRESSIVE)
			tw_cancel_locked(op, p, m);
	}
}

static bool tw_snap_serves(const struct tw_snap *s, const struct tw_key *key, u64 delivery)
{
	return tw_key_cmp(&s->pos.key, key) < 0 && s->pos.deliveries < delivery;
}

/* The latest snapshot before a message; *pending if one may yet come. */
static struct tw_snap *tw_snap_find_locked(struct tw_proc *p, const struct tw_key *key,
					   u64 delivery, bool *pending)
{
	struct tw_snap *s;

	*pending = false;
	list_for_each_entry_reverse(s, &p->snaps, link) {
		if (!tw_snap_serves(s, key, delivery))
			continue;
		if (tw_snap_ready(p, s))
			return s;
		*pending = true;
	}
	return NULL;
}

/* Is there a snapshot before a message, which was not handed over? */
bool tw_can_return_locked(struct tw_proc *p, const struct tw_key *key)
{
	bool pending;

	return tw_snap_find_locked(p, key, U64_MAX, &pending);
}

/* What was handed over after the first @deliveries messages pends again. */
void tw_requeue_input_locked(struct tw_op *op, struct tw_proc *p, u64 deliveries)
{
	struct tw_message *m, *next;

	list_for_each_entry_safe_reverse(m, next, &p->delivered, delivered) {
		if (m->delivery <= deliveries)
			break;
		if (m->state == TW_MSG_ANNIHILATED) {
			tw_input_remove_locked(p, m);
			m->state = TW_MSG_GONE;
			tw_op_put(op, m);
		} else {
			list_del(&m->delivered);
			tw_pend_locked(p, m);
		}
	}
}

static void tw_requeue_output_locked(struct tw_proc *p, u64 sends)
{
	for (; p->now.sends > sends; p->now.sends--)
		list_move(p->sent.prev, &p->unconfirmed);
}

/* The parked task becomes the process; its place waits for the child it forks. */
static void tw_resume_locked(struct tw_op *op, struct tw_proc *p, struct tw_snap *s)
{
	struct tw_inc *inc = s->inc;

	s->inc = NULL;
	p->stats.snapshots_live--;
	p->stats.resumes++;
	inc->state = TW_INC_RUNNING;
	p->running = inc;
	refcount_inc(&inc->refs);
	list_add_tail(&inc->resume, &op->resumes);
	trace_tw_resume(p, s);
}

static void tw_restore_locked(struct tw_op *op, struct tw_proc *p, struct tw_snap *s,
			      u64 floor, u64 progress)
{
	while (!list_is_last(&s->link, &p->snaps))
		tw_snap_drop_locked(op, p, list_last_entry(&p->snaps, struct tw_snap, link));
	/* What this life has passed without sending it again must not be expected of the next. */
	tw_pass_locked(op, p, progress);
	tw_interval_rollback(p, tw_events_now(p), s->pos.events);
	if (p->in_place)
		tw_page_away_locked(p);
	else
		tw_kill_running_locked(op, p);
	tw_requeue_input_locked(op, p, s->pos.deliveries);
	tw_requeue_output_locked(p, s->pos.sends);
	p->now = s->pos;
	p->snapped = s->pos.events;
	p->snap_asked = false;
	p->lvt = s->pos.key.recv_time;
	tw_set_hold_locked(p, 0);
	tw_memory_release_locked(p);
	tw_memory_stretch_from_locked(p, s->pos.horizon);
	p->deferred.set = false;
	p->coasting = 0;
	p->committed = false;
	p->coast_until = TW_TIME_INF;
	tw_coast_lower_locked(op, p, floor);
	tw_set_state_locked(op, p, TW_PROCESS_RUNNING);
	if (p->in_place)
		tw_redirect_locked(p, s);
	else
		tw_resume_locked(op, p, s);
}

static void tw_defer_locked(struct tw_proc *p, enum tw_cause cause, const struct tw_key *key,
			    u64 delivery, u64 floor, u64 by)
{
	struct tw_deferred *d = &p->deferred;

	if (!d->set || tw_key_cmp(key, &d->key) < 0) {
		d->key = *key;
		d->cause = cause;
		d->by = by;
	}
	d->delivery = d->set ? min(d->delivery, delivery) : delivery;
	d->floor = d->set ? min(d->floor, floor) : floor;
	d->set = true;
	p->needs_park = true;
	tw_wake_locked(p);
}

/*
 * The virtual time up to which the re-execution repeats what was sent. Nothing
 * before the event in progress, the first unsent message, and an unfinished
 * coast forward can differ. When it is only lost, nothing at all differs; but it
 * is behind until it has come to where it was.
 */
static u64 tw_floor(struct tw_proc *p, enum tw_cause cause, const struct tw_key *key,
		    u64 progress)
{
	u64 sent = max(progress, p->coast_until);

	if (cause == TW_CAUSE_LOST)
		return min(sent, max(p->coast_until, key->recv_time));
	return min(sent, key->recv_time);
}

/*
 * Roll back to before the message @key, of which it is the @delivery-th handed
 * over (U64_MAX: it was not), sent by @by. If a snapshot that would serve is
 * on its way, forked but not parked, the rollback waits for it: until then the
 * running incarnation can do nothing that matters.
 */
void tw_rollback_locked(struct tw_op *op, struct tw_proc *p, enum tw_cause cause,
			const struct tw_key *key, u64 delivery, u64 by)
{
	/* Read once: the page may move, either way. */
	u64 progress = tw_progress(p);
	u64 floor = tw_floor(p, cause, key, progress);
	u64 from = tw_position_key(p).recv_time;
	u64 deliveries = p->now.deliveries;
	struct tw_key before = *key;
	struct tw_snap *s;
	bool pending;

	if (p->deferred.set) {
		if (tw_key_cmp(&p->deferred.key, &before) < 0)
			before = p->deferred.key;
		delivery = min(delivery, p->deferred.delivery);
		floor = min(floor, p->deferred.floor);
	}
	s = tw_snap_find_locked(p, &before, delivery, &pending);
	if (s) {
		tw_restore_locked(op, p, s, floor, progress);
		p->stats.rollbacks[cause]++;
		p->stats.rollback_depth += deliveries - p->now.deliveries;
		trace_tw_rollback(p, cause, from, floor, deliveries - p->now.deliveries, by);
	} else if (pending) {
		tw_defer_locked(p, cause, key, delivery, floor, by);
	} else {
		tw_core_fail(op, TW_FAILURE_SNAPSHOT, p->id, key->recv_time, 0);
	}
}

/* Deliveries that no rollback can undo: those before the first at or above @gvt. */
static u64 tw_final_deliveries(struct tw_proc *p, u64 gvt)
{
	u64 final = p->deliveries_freed;
	struct tw_message *m;

	list_for_each_entry(m, &p->delivered, delivered) {
		if (m->key.recv_time >= gvt)
			break;
		final = m->delivery;
	}
	return final;
}

/* What was sent below @gvt stands, and nobody will ask for it again. */
static void tw_drop_output_locked(struct tw_op *op, struct tw_proc *p, struct list_head *list,
				  u64 gvt)
{
	struct tw_message *m, *next;

	list_for_each_entry_safe(m, next, list, sent) {
		if (m->key.send_time >= gvt) {
			tw_cancel_locked(op, p, m);
		} else {
			list_del_init(&m->sent);
			p->share.kept -= tw_message_size(m->len);
			tw_op_put(op, m);
		}
	}
}

/**
 * tw_drop() - a process goes for good: it is rolled back to GVT, and dead there
 * @op: an operation of the GVT thread outside of a round: GVT does not move
 * @p: nothing happens to one that is dead already, nor to a sink or port
 *
 * What it did below GVT stands. Of the rest its output is unsent; what it was
 * handed, and whatever comes for it later, waits for nobody.
 */
void tw_drop(struct tw_op *op, struct tw_proc *p)
{
	u64 gvt = p->core->gvt;

	spin_lock(&p->lock);
	if (!tw_is_process(p) || p->state == TW_PROCESS_DEAD || p->state == TW_PROCESS_UNBORN)
		goto unlock;
	while (!list_empty(&p->snaps))
		tw_snap_drop_locked(op, p, list_first_entry(&p->snaps, struct tw_snap, link));
	tw_kill_running_locked(op, p);
	tw_free_input_locked(op, p, tw_final_deliveries(p, gvt));
	tw_requeue_input_locked(op, p, p->deliveries_freed);
	tw_drop_output_locked(op, p, &p->sent, gvt);
	tw_drop_output_locked(op, p, &p->unconfirmed, gvt);
	p->sends_freed = p->now.sends;
	p->now.key = (struct tw_key){};
	p->now.deliveries = p->deliveries_freed;
	p->deferred.set = false;
	p->needs_park = false;
	tw_set_hold_locked(p, 0);
	tw_set_state_locked(op, p, TW_PROCESS_DEAD);
	op->want_gvt = true;
	trace_tw_drop(p, gvt);
	tw_wake_locked(p);
unlock:
	spin_unlock(&p->lock);
}
