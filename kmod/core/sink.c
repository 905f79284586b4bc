// SPDX-License-Identifier: GPL-2.0
/*
 * Sinks: committed output leaves in the total order, and a slow reader pushes back.
 *
 * A sink with a bound counts what is committed and not yet taken. When that comes
 * to the bound the sink is full, until half of it is taken. Who sends to a full
 * sink waits at that send, which has not happened meanwhile.
 *
 * What is ahead of GVT does not count: nobody can take it, it may never be, and to
 * wait for its commitment is to wait for GVT, which may wait for the sender. How
 * much that can be is the business of whatever bounds optimism. So a full sink
 * always has something that its reader can take without anybody's help, and the
 * wait depends on nobody else. The sender holds GVT at the time of its event
 * meanwhile, as if that took long; up to there all others go on, and what they
 * write is committed.
 *
 * Those who wait are in no list: the GVT thread comes by at each of them in every
 * round, and wakes those whose sink is full no more. Who empties a sink asks for a
 * round:
 *
 *	a sender, its lock held			the reader, the sink's lock held
 *	-----------------------			--------------------------------
 *	full? then awaits = the sink		full = false
 *						a round from now on
 *	the GVT thread, the sender's lock held
 *	--------------------------------------
 *	awaits a sink that is not full? wake it
 *
 * A sender that the GVT thread has found not waiting takes its own lock later,
 * and so finds the sink not full.
 */
#include <linux/err.h>
#include <linux/minmax.h>
#include <linux/sched.h>

#include "internal.h"
#include "trace.h"

/* An empty message takes room, too. */
static u64 tw_sink_bytes(const struct tw_message *m)
{
	return sizeof(struct tw_msg) + tw_message_bytes(m);
}

/**
 * tw_sink_holds_locked() - must a send wait for the reader of a sink?
 * @op: the operation
 * @p: the sender, whose lock is held
 * @m: the message; to a process it does not wait
 *
 * Return: true if so: the caller gives up, and is woken when to try again.
 */
bool tw_sink_holds_locked(struct tw_op *op, struct tw_proc *p, const struct tw_message *m)
{
	struct tw_proc *sink = m->receiver;
	bool again = p->awaits == sink;

	if (likely(!READ_ONCE(sink->full))) {
		p->awaits = NULL;
		return false;
	}
	if (again)
		return true;
	p->awaits = sink;
	p->stats.pushed_back++;
	trace_tw_pushback(p, m);
	/* The others are not to be kept from what GVT can come to. */
	op->want_gvt = true;
	return true;
}

/* The GVT thread comes by at a process that may wait for a sink. */
void tw_sink_release_locked(struct tw_proc *p)
{
	if (likely(!p->awaits) || READ_ONCE(p->awaits->full))
		return;
	p->awaits = NULL;
	tw_wake_locked(p);
}

/* The first message of a sink that has not been counted. */
static struct tw_message *tw_sink_uncounted(struct tw_proc *p)
{
	struct rb_node *node = p->pending.rb_root.rb_node;
	struct tw_message *first = NULL;

	while (node) {
		struct tw_message *m = rb_entry(node, struct tw_message, pending);

		if (m->key.recv_time < p->counted) {
			node = node->rb_right;
		} else {
			first = m;
			node = node->rb_left;
		}
	}
	return first;
}

static void tw_sink_count_locked(struct tw_proc *p, u64 gvt)
{
	struct tw_message *m = tw_sink_uncounted(p);

	while (m && m->key.recv_time < gvt) {
		p->unread += tw_sink_bytes(m);
		m = rb_entry_safe(rb_next(&m->pending), struct tw_message, pending);
	}
	p->counted = gvt;
	if (p->unread >= p->bound)
		WRITE_ONCE(p->full, true);
}

/* Nobody will take it. Is there more to discard? */
static bool tw_sink_discard_locked(struct tw_op *op, struct tw_proc *p, u64 gvt)
{
	struct tw_message *m;
	u32 n = 0;

	while ((m = tw_first_pending(p)) && m->key.recv_time < gvt) {
		if (n++ == TW_FOSSIL_PORTION)
			return true;
		tw_input_remove_locked(p, m);
		m->state = TW_MSG_GONE;
		tw_op_put(op, m);
	}
	return false;
}

/**
 * tw_sink_commit_locked() - GVT has moved on
 * @op: an operation of the GVT thread
 * @p: a sink, its lock is held
 * @gvt: what is for before that is committed
 *
 * Return: is there more to discard?
 */
bool tw_sink_commit_locked(struct tw_op *op, struct tw_proc *p, u64 gvt)
{
	if (p->closed)
		return tw_sink_discard_locked(op, p, gvt);
	if (p->bound)
		tw_sink_count_locked(p, gvt);
	if (tw_first_time(p) < gvt)
		tw_wake_locked(p);
	return false;
}

static void tw_sink_reopen_locked(struct tw_op *op, struct tw_proc *p)
{
	if (!p->full)
		return;
	WRITE_ONCE(p->full, false);
	op->want_gvt = true;
}

static void tw_sink_took_locked(struct tw_op *op, struct tw_proc *p, const struct tw_message *m)
{
	/* Who lies about its position may send what is below GVT. */
	if (m->key.recv_time < p->counted)
		p->unread -= min(p->unread, tw_sink_bytes(m));
	if (p->unread <= p->bound / 2)
		tw_sink_reopen_locked(op, p);
}

static struct tw_message *tw_sink_first_locked(struct tw_proc *p)
{
	struct tw_message *m = tw_first_pending(p);

	/* Who gets it finds GVT above it wherever that is shown: tw_gvt_publish(). */
	return m && m->key.recv_time < smp_load_acquire(&p->core->gvt) ? m : NULL;
}

/**
 * tw_sink_receive() - take the next committed message of a sink
 * @op: the operation
 * @p: the sink
 * @room: bytes that the caller can take
 * @need: its size, when it has more
 *
 * Return: the message, with a reference for the caller; NULL if none is
 * committed; -EMSGSIZE.
 */
struct tw_message *tw_sink_receive(struct tw_op *op, struct tw_proc *p, u32 room, u32 *need)
{
	struct tw_message *m;

	spin_lock(&p->lock);
	m = tw_sink_first_locked(p);
	if (m && m->len > room) {
		*need = m->len;
		m = ERR_PTR(-EMSGSIZE);
	} else if (m) {
		tw_input_remove_locked(p, m);
		m->state = TW_MSG_GONE;
		p->stats.delivered++;
		p->stats.committed++;
		p->stats.committed_bytes += tw_message_bytes(m);
		tw_sink_took_locked(op, p, m);
		trace_tw_commit(p, m);
	}
	spin_unlock(&p->lock);
	return m;
}

/**
 * tw_sink_ready() - is a message of a sink committed?
 * @p: the sink
 *
 * Return: true if so.
 */
bool tw_sink_ready(struct tw_proc *p)
{
	bool ready;

	spin_lock(&p->lock);
	ready = tw_sink_first_locked(p);
	spin_unlock(&p->lock);
	return ready;
}

/**
 * tw_sink_close() - a sink has no reader any more
 * @op: the operation
 * @p: the sink; what is committed is discarded, now and from now on
 *
 * Context: may sleep.
 */
void tw_sink_close(struct tw_op *op, struct tw_proc *p)
{
	bool more;

	do {
		cond_resched();
		spin_lock(&p->lock);
		p->closed = true;
		tw_sink_reopen_locked(op, p);
		more = tw_sink_discard_locked(op, p, READ_ONCE(p->core->gvt));
		spin_unlock(&p->lock);
	} while (more);
}
