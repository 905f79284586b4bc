// SPDX-License-Identifier: GPL-2.0
/*
 * Fossil collection: what no rollback can need is freed. Jefferson, Virtual
 * Time (TOPLAS 7(3), 1985), section 5.
 *
 * The fossil horizon of a process is its latest snapshot all of whose past is
 * committed: a rollback goes to a time at or above GVT, and a message that it
 * is caused by was not handed over before that snapshot. A domain with spares
 * keeps the one before it too: it serves if that one is killed from outside. A
 * process without one that receives committed messages needs nothing of before
 * its last receive; what that one hands over may yet be taken back by the host.
 */
#include <linux/err.h>
#include <linux/minmax.h>
#include <linux/slab.h>

#include "internal.h"
#include "trace.h"

static struct tw_snap *tw_horizon_locked(struct tw_proc *p, u64 gvt)
{
	u32 spares = tw_spares(p);
	struct tw_snap *s;

	list_for_each_entry_reverse(s, &p->snaps, link)
		if (s->pos.horizon < gvt && tw_snap_lives(p, s) && !spares--)
			return s;
	return NULL;
}

/* What was handed over up to there is final, and not needed. */
u64 tw_free_input_locked(struct tw_op *op, struct tw_proc *p, u64 deliveries)
{
	struct tw_message *m, *next;
	u64 n = 0;

	list_for_each_entry_safe(m, next, &p->delivered, delivered) {
		if (m->delivery > deliveries)
			break;
		tw_input_remove_locked(p, m);
		m->state = TW_MSG_GONE;
		tw_op_put(op, m);
		n++;
	}
	p->stats.committed += n;
	p->stats.fossils += n;
	p->deliveries_freed = deliveries;
	return n;
}

static void tw_free_output_locked(struct tw_op *op, struct tw_proc *p, u64 sends)
{
	for (; p->sends_freed < sends; p->sends_freed++) {
		struct tw_message *m = list_first_entry(&p->sent, struct tw_message, sent);

		list_del_init(&m->sent);
		p->share.kept -= tw_message_size(m->len);
		tw_op_put(op, m);
	}
}

/*
 * Its end is certain: nothing before it can change any more. The messages that
 * it will never receive go as they are committed.
 */
static bool tw_ended_locked(struct tw_op *op, struct tw_proc *p, u64 gvt)
{
	if (p->state == TW_PROCESS_EXITED && p->lvt == TW_TIME_INF && !p->deferred.set &&
	    max(p->now.horizon, p->now.key.recv_time) < gvt)
		tw_set_state_locked(op, p, TW_PROCESS_DEAD);
	return p->state == TW_PROCESS_DEAD;
}

static bool tw_settled_locked(struct tw_proc *p, u64 gvt)
{
	return p->committed && list_empty(&p->snaps) && p->settled.horizon < gvt;
}

/**
 * tw_fossil_collect_locked() - free what one process no longer needs
 * @op: the operation; tasks that were old snapshots are to be killed
 * @p: a process, its lock is held
 * @gvt: global virtual time; at +infinity nothing is needed any more
 *
 * Those who send to the process wait for its lock: it is given back now and then.
 *
 * Return: is there more? Then it is to be called again.
 */
bool tw_fossil_collect_locked(struct tw_op *op, struct tw_proc *p, u64 gvt)
{
	struct tw_position *horizon = &p->now;
	struct tw_snap *s = NULL;
	u64 snaps = 0, messages;
	bool ended;

	if (p->spawned)
		tw_birth_commit_locked(p, gvt);
	ended = tw_ended_locked(op, p, gvt);
	if (ended || p->state == TW_PROCESS_UNBORN)
		tw_miss_pending_locked(p, gvt);
	if (gvt < TW_TIME_INF && !ended) {
		s = tw_horizon_locked(p, gvt);
		if (!s && !tw_settled_locked(p, gvt))
			return false;
		horizon = s ? &s->pos : &p->settled;
	}
	while (!list_empty(&p->snaps) && list_first_entry(&p->snaps, struct tw_snap, link) != s) {
		tw_snap_drop_locked(op, p, list_first_entry(&p->snaps, struct tw_snap, link));
		snaps++;
	}
	messages = tw_free_input_locked(op, p, min(horizon->deliveries,
						   p->deliveries_freed + TW_FOSSIL_PORTION));
	tw_free_output_locked(op, p, min(horizon->sends, p->sends_freed + TW_FOSSIL_PORTION));
	p->stats.events_committed = s ? horizon->events : tw_events_now(p);
	if (messages || snaps) {
		p->lost = 0;
		trace_tw_fossil(p, messages, snaps);
	}
	return p->deliveries_freed < horizon->deliveries || p->sends_freed < horizon->sends;
}
