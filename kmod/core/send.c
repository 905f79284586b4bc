// SPDX-License-Identifier: GPL-2.0
/*
 * Sending: a message is stamped and kept in the sender's output queue under
 * the sender's lock, then put into the receiver's input queue under the
 * receiver's. Between the two a rollback of the sender may unsend it already;
 * then the antimessage comes first.
 *
 * Unsending: Jefferson, Virtual Time (TOPLAS 7(3), 1985), sections 4.2 and 4.3.
 * Lazy cancellation: Gafni, Rollback mechanisms for optimistic distributed
 * simulation systems (1988).
 */
#include <linux/err.h>
#include <linux/sched.h>
#include <linux/string.h>

#include "internal.h"
#include "trace.h"

/* A GVT round that began before p is scanned must see what p put in flight. */
static void tw_red_locked(struct tw_proc *p, u64 time)
{
	u64 round = READ_ONCE(p->core->round);

	if (p->red_round != round) {
		p->red_round = round;
		p->red_min = TW_TIME_INF;
	}
	if (time < p->red_min)
		p->red_min = time;
}

/* Unsend one message of the output queue. */
void tw_cancel_locked(struct tw_op *op, struct tw_proc *p, struct tw_message *m)
{
	list_move_tail(&m->sent, &op->cancels);
	p->share.kept -= tw_message_size(m->len);
	p->stats.negatives--;
	p->stats.antimessages++;
	tw_red_locked(p, m->key.recv_time);
	if (m->key.recv_time < op->floor)
		op->floor = m->key.recv_time;
}

/*
 * What coasts forward does not repeat what it did. Above GVT that is as good as
 * lazy cancellation; true: it is below, and nothing can make it good.
 */
static bool tw_violation_locked(struct tw_op *op, struct tw_proc *p, const struct tw_message *m,
				u32 kind)
{
	p->stats.violations++;
	tw_note_violation(p->core, m, kind);
	trace_tw_violation(p, m, kind);
	if (m->key.recv_time >= READ_ONCE(p->core->gvt))
		return false;
	tw_core_fail(op, TW_FAILURE_CAUSALITY, p->id, m->key.send_time, 0);
	return true;
}

/* The re-execution has come to @time: what it has not sent again goes. */
void tw_pass_locked(struct tw_op *op, struct tw_proc *p, u64 time)
{
	struct tw_message *m, *next;

	list_for_each_entry_safe(m, next, &p->unconfirmed, sent) {
		if (m->key.send_time >= time)
			break;
		if (m->key.send_time < p->coast_until)
			tw_violation_locked(op, p, m, TW_VIOLATION_UNSENT);
		tw_cancel_locked(op, p, m);
	}
}

static bool tw_same_message(const struct tw_message *a, const struct tw_message *b)
{
	struct tw_key key = a->key;

	key.generation = b->key.generation;
	return a->receiver == b->receiver && !tw_key_cmp(&key, &b->key) &&
	       a->outside == b->outside && a->len == b->len &&
	       !memcmp(a->payload, b->payload, a->len);
}

/* Is @m, just sent, one that an earlier life of the process sent already? */
static bool tw_match_locked(struct tw_op *op, struct tw_proc *p, struct tw_message *m)
{
	struct tw_message *old;

	if (list_empty(&p->unconfirmed))
		return false;
	tw_pass_locked(op, p, m->key.send_time);
	list_for_each_entry(old, &p->unconfirmed, sent) {
		if (old->key.send_time > m->key.send_time)
			return false;
		if (tw_same_message(old, m)) {
			list_move_tail(&old->sent, &p->sent);
			m->key.generation = old->key.generation;
			return true;
		}
	}
	return false;
}

/* The send time: as asked for, or the LVT. */
static int tw_send_time_locked(struct tw_proc *p, struct tw_message *m)
{
	u64 position = tw_position_key(p).recv_time;
	u64 time = m->key.send_time;

	if (p->state == TW_PROCESS_WAITING)
		return -EINVAL;	/* no event: the LVT is +infinity */
	if (!time)
		time = max(position, p->now.send_time);
	if (time > position || time < p->now.send_time)
		return -EINVAL;
	/* It contributes what it sends, and a creation would be before that. */
	if (m->spawn && p->committed)
		return -EINVAL;
	if (m->spawn)
		m->key.recv_time = time;
	else if (m->key.recv_time <= time)
		return -EINVAL;
	if (time >= p->coast_until &&
	    (time < p->lvt || m->key.recv_time < READ_ONCE(p->core->gvt)))
		return -EINVAL;
	if (m->key.recv_time == TW_TIME_INF)
		return -EINVAL;
	m->key.send_time = time;
	return 0;
}

static void tw_stamp_locked(struct tw_proc *p, struct tw_message *m)
{
	m->key.generation = ++p->generations;
	if (!m->cancellation)
		m->cancellation = p->lazy ? TW_CANCEL_LAZY : TW_CANCEL_AGGRESSIVE;
	p->eager |= m->cancellation == TW_CANCEL_AGGRESSIVE;
	list_add_tail(&m->sent, &p->sent);
	p->share.kept += tw_message_size(m->len);
	tw_memory_stretch_locked(p, tw_message_size(m->len));
	p->stats.negatives++;
	p->stats.sends++;
	p->stats.spawns += m->spawn;
	tw_red_locked(p, m->key.recv_time);
	trace_tw_send(p, m);
}

static bool tw_coasting(struct tw_proc *p, const struct tw_message *m)
{
	return m->key.send_time < p->coast_until;
}

static void tw_count_match_locked(struct tw_proc *p, const struct tw_message *m)
{
	if (tw_coasting(p, m)) {
		p->stats.coasted++;
		p->coasting++;
	} else {
		p->stats.lazy_hits++;
	}
}

/*
 * There is no memory for a send at @time. The process has come to that time,
 * whatever it said when it collected what it sends: GVT must be able to follow.
 */
static void tw_send_wait_locked(struct tw_op *op, struct tw_proc *p, const struct tw_message *m)
{
	struct tw_process_page *page = p->running->page;
	u64 time = m->key.send_time;

	if (!page)
		p->lvt = max(p->lvt, time);
	else if (READ_ONCE(page->hold) < time)
		WRITE_ONCE(page->hold, time);
	tw_memory_wait_locked(op, p, time, tw_message_size(m->len));
}

/**
 * tw_send_stamp() - first half of a send: into the output queue
 * @op: the operation
 * @p: the sender
 * @who: the caller, must be its running incarnation
 * @m: receiver, receive time, priority and payload are set; the send time too,
 *	or it is 0 for the LVT; and the cancellation, or it is the process's
 *
 * Return: 0: tw_send_insert() is next; 1: an earlier life of the process has
 * sent this message already, and the caller frees @m;
 * -EINVAL, -ESRCH, -EEXIST, -ESHUTDOWN, -EIO and -ESTALE as the UAPI says; -EINPROGRESS:
 * the caller is about to be rolled back; -ENOBUFS: the sink is full or the budget has
 * no room, and the caller tries again, with the same message, when tw_wakes() has
 * changed. With an error @m is the caller's, too.
 */
int tw_send_stamp(struct tw_op *op, struct tw_proc *p, const struct tw_who *who,
		  struct tw_message *m)
{
	u32 size = tw_message_size(m->len);
	u64 last;
	int err;

	spin_lock(&p->lock);
	err = tw_check_caller_locked(p, who);
	if (!err)
		err = tw_check_open(p->core);
	if (!err)
		err = tw_send_time_locked(p, m);
	if (err)
		goto unlock;
	last = p->now.send_time;
	m->key.sender = p->id;
	m->key.index = m->key.send_time == last ? p->now.send_index : 0;
	if (m->spawn) {
		err = tw_spawn_resolve(m);
		if (err)
			goto unlock;
	}
	if (tw_match_locked(op, p, m)) {
		tw_count_match_locked(p, m);
		err = 1;
	} else if (!tw_coasting(p, m) && tw_sink_holds_locked(op, p, m)) {
		err = -ENOBUFS;
		goto unlock;
	} else {
		if (!tw_memory_charge_locked(p, m->key.send_time, size)) {
			tw_send_wait_locked(op, p, m);
			err = -ENOBUFS;
			goto unlock;
		}
		if (tw_coasting(p, m) &&
		    tw_violation_locked(op, p, m, TW_VIOLATION_SENT)) {
			tw_memory_refund_locked(p, size);
			err = -EIO;
			goto unlock;
		}
		tw_stamp_locked(p, m);
	}
	p->now.sends++;
	p->now.send_time = m->key.send_time;
	p->now.send_index = m->key.index + 1;
unlock:
	spin_unlock(&p->lock);
	return err;
}

/**
 * tw_send_ready() - would a send or an injection that had to wait be in vain again?
 * @p: a process or a port
 *
 * Return: true: no, or there was none.
 */
bool tw_send_ready(struct tw_proc *p)
{
	bool ready;

	spin_lock(&p->lock);
	ready = READ_ONCE(p->core->state) >= TW_DOMAIN_ENDED ||
		(!p->share.waits && (!p->awaits || !READ_ONCE(p->awaits->full)));
	spin_unlock(&p->lock);
	return ready;
}

/* The race of an arriving message against a process that runs on its own. */
static void tw_arrive_locked(struct tw_op *op, struct tw_proc *p, struct tw_message *m)
{
	struct tw_key position;

	tw_input_insert_locked(p, m);
	if (p->sink || p->state == TW_PROCESS_UNBORN)
		return;
	/*
	 * TW_NEXT_BARRIER
	 *
	 *	here				the process, before an event at t
	 *	----				---------------------------------
	 *	page->next = receive time	page->time = t
	 *	full barrier			full barrier
	 *	read page->time			read page->next
	 *
	 * Whichever is second sees the other's store: either the straggler is
	 * found here, or the process finds the message and takes it first.
	 * When both see, the rollback is not needed but harmless.
	 */
	tw_publish_next_locked(p);
	smp_mb(); /* TW_NEXT_BARRIER */
	position = tw_position_key(p);
	if (tw_key_cmp(&m->key, &position) < 0) {
		trace_tw_straggler(p, m, position.recv_time, false);
		tw_rollback_locked(op, p, TW_CAUSE_PRIMARY, &m->key, U64_MAX, m->key.sender);
	} else {
		tw_coast_lower_locked(op, p, m->key.recv_time);
		/* One that does not wait may still be polled. */
		tw_alert_locked(p);
	}
}

/* A stamped message comes. Returns true if the receiver's reference is free. */
static bool tw_insert_locked(struct tw_op *op, struct tw_proc *p, struct tw_message *m)
{
	if (m->state == TW_MSG_ANNIHILATED) {
		m->state = TW_MSG_GONE;
		return true;
	}
	p->stats.positives++;
	if (m->spawn)
		return !tw_bear_locked(op, p, m);
	if (p->spawned && p->state != TW_PROCESS_UNBORN &&
	    m->key.recv_time <= p->origin.time) {
		m->state = TW_MSG_MISSED;
		p->stats.missed++;
		return true;
	}
	tw_arrive_locked(op, p, m);
	return false;
}

/**
 * tw_send_insert() - second half of a send: into the input queue
 * @op: the operation
 * @m: stamped; the receiver's reference is given away
 */
void tw_send_insert(struct tw_op *op, struct tw_message *m)
{
	struct tw_proc *p = m->receiver;
	bool gone;

	spin_lock(&p->lock);
	gone = tw_insert_locked(op, p, m);
	spin_unlock(&p->lock);
	if (gone)
		tw_op_put(op, m);
}

/* One antimessage arrives. Returns true if the receiver's reference is free. */
static bool tw_unsend_locked(struct tw_op *op, struct tw_proc *p, struct tw_message *m)
{
	struct tw_proc_stats *s = &p->stats;

	trace_tw_annihilate(p, m);
	/* Only who lies about its position unsends what is committed. */
	if (m->key.recv_time < READ_ONCE(p->core->gvt))
		tw_core_fail(op, TW_FAILURE_CAUSALITY, m->key.sender, m->key.send_time, 0);
	switch (m->state) {
	case TW_MSG_NEW:
		m->state = TW_MSG_ANNIHILATED;
		s->annihilated_early++;
		return false;
	case TW_MSG_PENDING:
		tw_input_remove_locked(p, m);
		m->state = TW_MSG_GONE;
		s->positives--;
		s->annihilated_pending++;
		if (!p->sink) {
			tw_publish_next_locked(p);
			tw_coast_lower_locked(op, p, m->key.recv_time);
		}
		return true;
	case TW_MSG_DELIVERED:
		s->positives--;
		if (m->spawn) {
			tw_unbear_locked(op, p);
			return true;
		}
		m->state = TW_MSG_ANNIHILATED;
		trace_tw_straggler(p, m, tw_position_key(p).recv_time, true);
		tw_rollback_locked(op, p, TW_CAUSE_SECONDARY, &m->key, m->delivery,
				   m->key.sender);
		return false;
	default:
		s->positives--;
		return false;
	}
}

/**
 * tw_op_settle() - send the antimessages that the operation has made due
 * @op: the operation; its list of cancels is empty afterwards
 *
 * An antimessage can roll its receiver back, which makes more of them due:
 * they go to the end of the same list. Each rolls back to a later virtual time
 * than the one that caused it, so the list runs dry, through cycles as well.
 */
void tw_op_settle(struct tw_op *op)
{
	while (!list_empty(&op->cancels)) {
		struct tw_message *m = list_first_entry(&op->cancels, struct tw_message, sent);
		struct tw_proc *p = m->receiver;
		bool free;

		list_del_init(&m->sent);
		spin_lock(&p->lock);
		free = tw_unsend_locked(op, p, m);
		spin_unlock(&p->lock);
		if (free)
			tw_op_put(op, m);
		tw_op_put(op, m);
		cond_resched();
	}
}
