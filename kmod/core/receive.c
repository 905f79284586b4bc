// SPDX-License-Identifier: GPL-2.0
/* Receiving: in the total order, as much as there is, ahead of what is certain. */
#include <linux/err.h>
#include <linux/kernel.h>

#include "internal.h"
#include "trace.h"

/* Events since the process began, in its present history. */
u64 tw_events_now(struct tw_proc *p)
{
	if (p->running && p->running->page)
		return READ_ONCE(p->running->page->events);
	return p->paged ? p->now.events : p->now.deliveries;
}

static bool tw_has_ready(struct tw_proc *p)
{
	struct tw_snap *s;

	list_for_each_entry(s, &p->snaps, link)
		if (tw_snap_ready(p, s))
			return true;
	return false;
}

/*
 * May a message be handed over now? Not before there is a snapshot to return
 * to from it, and not before one that is due was asked for, once.
 */
static bool tw_may_deliver_locked(struct tw_proc *p, enum tw_receive_status *status)
{
	if (list_empty(&p->snaps)) {
		*status = TW_RECEIVE_SNAPSHOT;
		return false;
	}
	if (!tw_has_ready(p)) {
		p->needs_park = true;
		*status = p->ask_again ? TW_RECEIVE_SNAPSHOT : TW_RECEIVE_WAIT;
		p->ask_again = false;
		return false;
	}
	if (tw_memory_stretched_locked(p) ||
	    (!p->snap_asked && tw_events_now(p) - p->snapped >= tw_snapshot_due_locked(p))) {
		p->snap_asked = true;
		*status = TW_RECEIVE_SNAPSHOT;
		return false;
	}
	return true;
}

static void tw_deliver_locked(struct tw_proc *p, struct tw_message *m)
{
	rb_erase_cached(&m->pending, &p->pending);
	m->state = TW_MSG_DELIVERED;
	m->delivery = ++p->now.deliveries;
	list_add_tail(&m->delivered, &p->delivered);
	p->now.key = m->key;
	p->now.horizon = max(p->now.horizon, m->key.recv_time);
	p->stats.delivered++;
	tw_memory_stretch_locked(p, tw_message_size(m->len));
	refcount_inc(&m->refs);
	trace_tw_receive(p, m);
}

static u32 tw_room_for(const struct tw_receive *r, const struct tw_message *m)
{
	return r->header ? r->header + ALIGN(m->len, 8) : m->len;
}

/* Hand over what is there; -EMSGSIZE if not even the first fits. */
static int tw_take_locked(struct tw_proc *p, struct tw_receive *r, u64 until)
{
	struct tw_message *m;

	while (r->n < r->max && (m = tw_first_pending(p)) && m->key.recv_time <= until) {
		u32 size = tw_room_for(r, m);

		if (size > r->room) {
			r->need = m->len;
			return r->first && !r->n ? -EMSGSIZE : 0;
		}
		if (r->first && !r->n && !r->committed && !tw_may_deliver_locked(p, &r->status))
			return 0;
		r->room -= size;
		tw_deliver_locked(p, m);
		r->out[r->n++] = m;
	}
	return 0;
}

/*
 * What was handed over may come before what the page shows that the process was
 * about to begin, or before what an earlier part of the same call handed over.
 */
static void tw_lower_locked(struct tw_proc *p, u64 time)
{
	struct tw_process_page *page = p->running->page;

	p->lvt = min(p->lvt, time);
	if (!page || READ_ONCE(page->time) <= time)
		return;
	WRITE_ONCE(page->priority, U64_MAX);
	WRITE_ONCE(page->time, time);
}

/* The event in progress is complete, and LVT is that of the next one. */
void tw_complete_locked(struct tw_op *op, struct tw_proc *p, u64 lvt)
{
	p->lvt = lvt;
	tw_set_hold_locked(p, 0);
	tw_memory_release_locked(p);
	tw_pass_locked(op, p, min(lvt, tw_unsent_floor(p)));
	if (p->coasting && lvt >= p->coast_until) {
		trace_tw_coast_forward(p, lvt);
		p->coasting = 0;
	}
}

static void tw_wait_locked(struct tw_op *op, struct tw_proc *p, u64 hold)
{
	tw_set_hold_locked(p, hold);
	if (hold)
		op->want_gvt = true;
	tw_set_state_locked(op, p, TW_PROCESS_WAITING);
	trace_tw_wait(p, p->lvt);
}

/*
 * Nothing before what was handed over can be undone, and the process may now do
 * what must not be done again: so no snapshot of before is of use any more.
 */
static void tw_settle_locked(struct tw_op *op, struct tw_proc *p)
{
	while (!list_empty(&p->snaps))
		tw_snap_drop_locked(op, p, list_first_entry(&p->snaps, struct tw_snap, link));
	p->needs_park = false;
	tw_memory_stretch_from_locked(p, p->now.horizon);
}

/* The process has done what was before @time, and waits until GVT has passed that. */
static void tw_await_commit_locked(struct tw_op *op, struct tw_proc *p, struct tw_receive *r)
{
	u64 time = min(r->until, tw_first_time(p));

	tw_complete_locked(op, p, time);
	/* What waits counts as long as it does: it may yet be unsent. */
	p->lvt = r->until;
	if (time < TW_TIME_INF && r->gvt > time) {
		tw_set_state_locked(op, p, TW_PROCESS_RUNNING);
		r->status = TW_RECEIVE_NONE;
		return;
	}
	r->status = TW_RECEIVE_WAIT;
	tw_wait_locked(op, p, time < TW_TIME_INF ? time + 1 : 0);
}

/* Who waits has time to make the spare that it lacks; it is asked once. */
static bool tw_lacks_spare_locked(struct tw_proc *p)
{
	bool lacks = tw_snap_alone(p) && tw_has_ready(p) && !p->spare_asked;

	p->spare_asked |= lacks;
	return lacks;
}

/* Nothing to hand over. */
static void tw_idle_locked(struct tw_op *op, struct tw_proc *p, struct tw_receive *r)
{
	if (READ_ONCE(p->core->state) == TW_DOMAIN_ENDED) {
		tw_set_hold_locked(p, 0);
		r->status = TW_RECEIVE_END;
		return;
	}
	if (r->committed) {
		tw_await_commit_locked(op, p, r);
		return;
	}
	if (r->until == TW_TIME_INF && tw_lacks_spare_locked(p)) {
		r->status = TW_RECEIVE_SNAPSHOT;
		return;
	}
	/* It may not come back for long, and what it holds would stay. */
	if (tw_has_ready(p) && tw_memory_idle_locked(p)) {
		r->status = TW_RECEIVE_SNAPSHOT;
		if (r->until == TW_TIME_INF)
			return;
		tw_complete_locked(op, p, r->until);
		tw_set_state_locked(op, p, TW_PROCESS_RUNNING);
		return;
	}
	tw_complete_locked(op, p, r->until);
	if (r->until < TW_TIME_INF && r->gvt >= r->hold) {
		tw_set_state_locked(op, p, TW_PROCESS_RUNNING);
		r->status = TW_RECEIVE_NONE;
		return;
	}
	r->status = TW_RECEIVE_WAIT;
	tw_wait_locked(op, p, r->until < TW_TIME_INF ? r->hold : 0);
}

/*
 * What is handed over now comes before something that was handed over earlier, is
 * not committed, and waits in the process's own list: to undo that it would have to
 * go back to before this.
 */
static bool tw_keeps_uncommitted(struct tw_proc *p, const struct tw_receive *r)
{
	return r->first && p->now.horizon >= max(r->until, r->gvt);
}

/* Nothing is taken before it may be: by the window, and by whose turn it is. */
static int tw_find_locked(struct tw_op *op, struct tw_proc *p, struct tw_receive *r)
{
	u64 time = r->first ? min(tw_first_time(p), r->until) : 0;

	/* Who takes only what is committed runs ahead of nobody. */
	if (r->committed)
		return tw_take_locked(p, r, min(r->until, r->gvt ? r->gvt - 1 : 0));
	if (r->first && time < TW_TIME_INF && READ_ONCE(p->core->state) == TW_DOMAIN_RUNNING &&
	    tw_throttle_locked(op, p, time)) {
		r->status = TW_RECEIVE_WAIT;
		return 0;
	}
	return tw_take_locked(p, r, min(r->until, max(time, tw_until(p->core))));
}

/**
 * tw_receive() - complete the events in progress and take the next ones
 * @op: the operation
 * @p: the process
 * @who: the caller, must be its running incarnation
 * @r: what is wanted and what was found
 *
 * Return: 0; -EMSGSIZE, -ESRCH and -EIO as the UAPI says, the state unchanged;
 * -EINVAL: only what is committed is wanted, up to a time for which the process
 * keeps what is not; -EINPROGRESS: the caller is about to be rolled back; -ESTALE: it was.
 */
int tw_receive(struct tw_op *op, struct tw_proc *p, const struct tw_who *who,
	       struct tw_receive *r)
{
	int err;

	r->n = 0;
	r->status = TW_RECEIVE_NONE;
	spin_lock(&p->lock);
	/* It moves on meanwhile. */
	r->gvt = READ_ONCE(p->core->gvt);
	err = tw_check_caller_locked(p, who);
	if (!err && READ_ONCE(p->core->state) == TW_DOMAIN_FAILED)
		err = -EIO;
	if (!err && r->committed && tw_keeps_uncommitted(p, r))
		err = -EINVAL;
	if (err)
		goto unlock;
	if (p->adapt.waiting_since)
		tw_interval_woken(p);
	if (p->adapt.snapshot_since || !p->adapt.running_since)
		tw_interval_end(p);
	/* Whatever it had kept back is sent now. */
	if (r->first && p->running->page)
		WRITE_ONCE(p->running->page->hold, TW_TIME_INF);
	r->undo_key = p->now.key;
	r->undo_horizon = p->now.horizon;
	r->undo_lvt = p->lvt;
	if (r->first && r->committed)
		tw_position_save_locked(p, &p->settled);
	err = tw_find_locked(op, p, r);
	if (err)
		goto unlock;
	p->committed = r->committed;
	if (r->n && r->committed)
		tw_settle_locked(op, p);
	if (r->n) {
		tw_publish_next_locked(p);
		if (r->first) {
			tw_complete_locked(op, p, r->out[0]->key.recv_time);
			tw_set_state_locked(op, p, TW_PROCESS_RUNNING);
		}
		tw_lower_locked(p, r->out[0]->key.recv_time);
	} else if (r->first && r->status == TW_RECEIVE_NONE) {
		tw_idle_locked(op, p, r);
	}
	if (!r->n && r->status == TW_RECEIVE_WAIT)
		tw_interval_wait(p);
unlock:
	spin_unlock(&p->lock);
	return err;
}

/**
 * tw_receive_undo() - take back what could not be given to the caller
 * @p: the process
 * @who: the caller
 * @r: of the tw_receive() before; references of what is taken back are put
 * @keep: so many of its messages the caller has got
 */
void tw_receive_undo(struct tw_proc *p, const struct tw_who *who,
		     struct tw_receive *r, u32 keep)
{
	bool mine;

	spin_lock(&p->lock);
	mine = !tw_check_caller_locked(p, who);
	while (r->n > keep) {
		struct tw_message *m = r->out[--r->n];

		if (mine && m->state == TW_MSG_DELIVERED) {
			list_del(&m->delivered);
			tw_pend_locked(p, m);
			p->now.deliveries--;
			p->stats.delivered--;
		}
		tw_message_put(m);
	}
	if (mine) {
		p->now.key = keep ? r->out[keep - 1]->key : r->undo_key;
		p->now.horizon = max(r->undo_horizon, p->now.key.recv_time);
		if (!keep)
			p->lvt = r->undo_lvt;
		tw_publish_next_locked(p);
	}
	spin_unlock(&p->lock);
}

/**
 * tw_receive_ready() - would a receive like the last one return at once?
 * @p: the process
 *
 * Return: true if so.
 */
bool tw_receive_ready(struct tw_proc *p)
{
	bool ready;

	spin_lock(&p->lock);
	ready = READ_ONCE(p->core->state) >= TW_DOMAIN_ENDED || p->stale ||
		(p->committed ? tw_first_time(p) < READ_ONCE(p->core->gvt) :
		 tw_first_pending(p) && !tw_held(p) &&
		 (list_empty(&p->snaps) || tw_has_ready(p)));
	spin_unlock(&p->lock);
	return ready;
}
