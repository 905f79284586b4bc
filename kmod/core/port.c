// SPDX-License-Identifier: GPL-2.0
/*
 * Ports: messages from outside of virtual time.
 *
 * Who injects cannot be rolled back, so an injected message is in no output
 * queue and has no antimessage, and its receive time must not be below GVT. A
 * port makes sure of that by a promise, its lower bound on what it will inject,
 * above which GVT does not rise (Chandy and Misra's channel clock, Distributed
 * simulation, 1979, for a single channel); or it is live, and takes what GVT
 * leaves. Why GVT and an injection cannot miss each other is in gvt.c.
 */
#include <linux/err.h>
#include <linux/kernel.h>

#include "internal.h"
#include "trace.h"

/* Rule 1 for a message that was sent at time 0. */
#define TW_INJECT_FIRST		1

static u64 tw_inject_earliest(struct tw_proc *p)
{
	u64 time = max_t(u64, max(p->core->gvt, p->lvt), TW_INJECT_FIRST);

	return p->live ? max(time, p->core->live_floor) : time;
}

/* With the lock of all ports: is there a time for which it is not too late? */
static int tw_inject_check(struct tw_proc *p, const struct tw_message *m, u64 *earliest)
{
	u64 time = m->key.recv_time;

	*earliest = tw_inject_earliest(p);
	return *earliest == TW_TIME_INF || (time && time < *earliest) ? -ETIME : 0;
}

/* Find, or check, the receive time against GVT, and let the round know. */
static int tw_inject_time_locked(struct tw_proc *p, struct tw_message *m, u64 *earliest)
{
	struct tw_core *core = p->core;
	u64 round;
	int err;

	spin_lock(&core->port_lock);
	/* Under the lock, so that it does not go back from one injection to the next. */
	round = READ_ONCE(core->round);
	err = tw_inject_check(p, m, earliest);
	if (err)
		goto unlock;
	if (!m->key.recv_time)
		m->key.recv_time = *earliest;
	if (core->injected_round != round) {
		core->injected_round = round;
		core->injected_min = TW_TIME_INF;
	}
	core->injected_min = min(core->injected_min, m->key.recv_time);
unlock:
	spin_unlock(&core->port_lock);
	return err;
}

/*
 * A port is at its promise, which may be what holds GVT back. Before the start
 * nothing that it could wait for comes.
 */
static int tw_inject_charge_locked(struct tw_op *op, struct tw_proc *p,
				   const struct tw_message *m, u64 *earliest)
{
	u32 size = tw_message_size(m->len);
	int err;

	if (READ_ONCE(p->core->state) == TW_DOMAIN_NEW)
		p->share.grant = true;
	if (tw_memory_charge_locked(p, p->lvt, size))
		return 0;
	spin_lock(&p->core->port_lock);
	err = tw_inject_check(p, m, earliest);
	spin_unlock(&p->core->port_lock);
	if (err) {
		tw_memory_release_locked(p);
		return err;
	}
	tw_memory_wait_locked(op, p, p->lvt, size);
	return -ENOBUFS;
}

/**
 * tw_inject_stamp() - first half of an injection
 * @op: the operation
 * @p: the port
 * @m: receiver, receive time (0: the earliest that is possible), priority and
 *	payload are set
 * @earliest: set to the earliest time for which the port could have injected
 *
 * The order among messages of one port for one time and priority is that of the
 * injections: they count as sent at time 0, one after the other. Of the references
 * of @m one is left, for its receiver.
 *
 * Return: 0: tw_send_insert() is next; -ETIME: the time is below GVT or below
 * the port's promise; -EINVAL: it is +infinity; -ENOBUFS: the budget has no room, and
 * the caller tries again when tw_wakes() has changed; -ESHUTDOWN; -EIO. With an
 * error @m is the caller's.
 */
int tw_inject_stamp(struct tw_op *op, struct tw_proc *p, struct tw_message *m, u64 *earliest)
{
	int err = 0;

	if (m->key.recv_time == TW_TIME_INF)
		return -EINVAL;
	spin_lock(&p->lock);
	if (READ_ONCE(p->core->state) != TW_DOMAIN_NEW)
		err = tw_check_open(p->core);
	if (!err)
		err = tw_inject_charge_locked(op, p, m, earliest);
	if (err)
		goto unlock;
	err = tw_inject_time_locked(p, m, earliest);
	if (err) {
		tw_memory_refund_locked(p, tw_message_size(m->len));
		goto unlock;
	}
	m->key.sender = p->id;
	m->key.send_time = 0;
	m->key.index = p->stats.sends++;
	m->key.generation = ++p->generations;
	p->stats.negatives++;
	trace_tw_send(p, m);
unlock:
	spin_unlock(&p->lock);
	if (!err)
		tw_message_put(m);
	return err;
}

/**
 * tw_promise() - a port will inject nothing below a time
 * @op: the operation
 * @p: the port
 * @promise: +infinity: nothing at all. The domain can end then
 *
 * Return: 0; -EINVAL: it has promised more already.
 */
int tw_promise(struct tw_op *op, struct tw_proc *p, u64 promise)
{
	struct tw_core *core = p->core;
	int err = -EINVAL;

	spin_lock(&p->lock);
	if (promise < p->lvt)
		goto unlock;
	if (p->live && promise == TW_TIME_INF && p->lvt < TW_TIME_INF) {
		spin_lock(&core->port_lock);
		WRITE_ONCE(core->live, core->live - 1);
		spin_unlock(&core->port_lock);
	}
	p->lvt = promise;
	if (promise == TW_TIME_INF) {
		/* What waits for memory is too late now, or its task is gone. */
		tw_memory_leave_locked(op, p);
		tw_wake_locked(p);
	}
	/* Else whoever computes does not mind when the next round begins. */
	if (!atomic_read(&core->active))
		op->want_gvt = true;
	err = 0;
unlock:
	spin_unlock(&p->lock);
	return err;
}
