// SPDX-License-Identifier: GPL-2.0
/*
 * The memory budget: what a domain may take for messages and snapshots.
 *
 * Time Warp can complete in the memory that the sequential execution needs,
 * because all that it holds beyond that was done ahead of time, and can be taken
 * back and done again (Jefferson, Virtual time II: storage management in
 * conservative and optimistic systems, PODC 1990; Lin and Preiss, Optimal memory
 * management for Time Warp parallel simulation, TOMACS 1(4), 1991). What is held
 * at GVT g is
 *
 *  - messages sent at or before g and received at or after it: those that the
 *    sequential execution holds, too;
 *  - messages sent after g. They can be unsent;
 *  - messages received before g that fossil collection cannot free, because their
 *    sender or receiver has no snapshot since. A process that has moved more than
 *    tw_memory.stretch bytes since its last one must make another before it goes
 *    on, so this is a constant for each process;
 *  - two snapshots for each process, and later ones, which go with a rollback.
 *    One that a process has saved itself counts as what the core keeps of it.
 *
 * So three measures, in this order:
 *
 *  1. Push back. A send, or a snapshot that is needed, for which there is no room
 *     waits. At the time of GVT the last part of the budget is free to take, which
 *     is kept from all others: whoever holds GVT back goes on. A sender that waits
 *     counts for GVT with the time of the send that waits.
 *  2. Fossil collection, by a GVT round at once.
 *  3. Cancelback. Of all messages the ones with the latest send time go back to
 *     their sender, which is rolled back to before it sent them (artificial
 *     rollback). It has to wait then until those who are behind have had what
 *     they need. Not one message but a good part of the budget at a time (Das and
 *     Fujimoto, An empirical evaluation of performance-memory trade-offs in Time
 *     Warp, TPDS 8(2), 1997).
 *
 * Only the third can find nothing left to take. Then the budget is less than the
 * sequential execution needs, and whoever is at GVT goes over it: it is that, or
 * to end the domain.
 *
 * Bytes are taken from the domain's counter in batches, into the stock of a
 * process, and given back once for each operation. So the counter is never below
 * what is in use, and is written once for many messages.
 */
#include <linux/err.h>
#include <linux/math64.h>
#include <linux/minmax.h>

#include "internal.h"
#include "trace.h"

/* The part of the budget that is kept for those at GVT, one in so many. */
#define TW_MEMORY_KEPT		8

/* What one cancelback takes back at least, one in so many of the budget. */
#define TW_MEMORY_SALVAGE	16
#define TW_CANCELBACKS_MAX	16	/* in one round */

/* Rounds that push-back alone gets to make room; and all that is on its way. */
#define TW_TIGHT_CANCELBACK	4
#define TW_TIGHT_PATIENCE	256

#define TW_MEMORY_BATCH		4096
#define TW_MEMORY_STRETCH	8192

/**
 * tw_memory_set() - give a domain its budget
 * @core: has no processes yet
 * @budget: bytes; 0: none
 */
void tw_memory_set(struct tw_core *core, u64 budget)
{
	struct tw_memory *mem = &core->memory;

	mem->budget = budget;
	mem->batch = TW_MEMORY_BATCH;
	mem->snapshot = TW_MEMORY_SNAPSHOT;
	mem->stretch_min = TW_MEMORY_STRETCH;
	mem->stretch = budget ? TW_MEMORY_STRETCH : U64_MAX;
	mem->bound = TW_TIME_INF;
	atomic64_set(&mem->used, 0);
	atomic64_set(&mem->peak, 0);
	atomic_set(&mem->waiters, 0);
}

/**
 * tw_memory_set_proc() - give a process its budget
 * @p: not added to its domain yet
 * @budget: bytes of its output queue and snapshots; 0: none
 */
void tw_memory_set_proc(struct tw_proc *p, u64 budget)
{
	p->share.budget = budget;
	p->share.stretch_max = budget ? budget / 4 : U64_MAX;
}

static u64 tw_used(struct tw_memory *mem)
{
	return atomic64_read(&mem->used);
}

/* What may be taken ahead of GVT, and how much is left of it before all may go on. */
static u64 tw_limit(const struct tw_memory *mem)
{
	return mem->budget - mem->budget / TW_MEMORY_KEPT;
}

static u64 tw_low_water(const struct tw_memory *mem)
{
	return tw_limit(mem) - mem->budget / TW_MEMORY_KEPT;
}

static bool tw_has_room(struct tw_core *core)
{
	struct tw_memory *mem = &core->memory;

	return !mem->budget || tw_used(mem) < tw_low_water(mem);
}

static void tw_count_peak(struct tw_memory *mem, s64 used)
{
	s64 peak = atomic64_read(&mem->peak);

	while (peak < used && !atomic64_try_cmpxchg(&mem->peak, &peak, used))
		;
}

static bool tw_take(struct tw_memory *mem, u64 bytes, u64 limit)
{
	s64 used = atomic64_read(&mem->used);

	do {
		if (used + bytes > limit)
			return false;
	} while (!atomic64_try_cmpxchg(&mem->used, &used, used + bytes));
	tw_count_peak(mem, used + bytes);
	return true;
}

/* Fill the stock, by a batch if there is room for it. */
static bool tw_restock_locked(struct tw_proc *p, u64 bytes, u64 limit)
{
	struct tw_memory *mem = &p->core->memory;

	/* Nobody else is to have what one was granted beyond the budget. */
	if (limit < U64_MAX && tw_take(mem, bytes + mem->batch, limit))
		p->share.stock += bytes + mem->batch;
	else if (tw_take(mem, bytes - p->share.stock, limit))
		p->share.stock = bytes;
	else
		return false;
	return true;
}

/* May @p take @bytes at @time by its own budget, and how far of the domain's? */
static bool tw_may_take_locked(struct tw_proc *p, u64 time, u64 bytes, u64 *limit)
{
	struct tw_memory *mem = &p->core->memory;
	struct tw_share *share = &p->share;

	*limit = mem->budget;
	if (time <= READ_ONCE(p->core->gvt))
		return true;
	*limit = tw_limit(mem);
	return time < READ_ONCE(mem->bound) &&
	       (!share->budget || share->kept + bytes <= share->budget);
}

/**
 * tw_memory_charge_locked() - take memory for what a process sends or saves
 * @p: its lock is held
 * @time: virtual time of the send or of the snapshot
 * @bytes: so many; they are given back by tw_memory_uncharge()
 *
 * Return: is there room?
 */
bool tw_memory_charge_locked(struct tw_proc *p, u64 time, u64 bytes)
{
	struct tw_memory *mem = &p->core->memory;
	u64 limit;

	if (likely(!mem->budget && !p->share.budget))
		return true;
	if (p->share.grant)
		limit = U64_MAX;
	else if (!tw_may_take_locked(p, time, bytes, &limit))
		return false;
	if (mem->budget) {
		if (p->share.stock < bytes && !tw_restock_locked(p, bytes, limit))
			return false;
		p->share.stock -= bytes;
	}
	tw_memory_release_locked(p);
	return true;
}

/* What was charged for it does not come to be. */
void tw_memory_refund_locked(struct tw_proc *p, u64 bytes)
{
	if (p->core->memory.budget)
		p->share.stock += bytes;
}

/**
 * tw_memory_uncharge() - give memory back
 * @core: the domain
 * @bytes: of what was freed
 */
void tw_memory_uncharge(struct tw_core *core, u64 bytes)
{
	if (bytes && core->memory.budget)
		atomic64_sub(bytes, &core->memory.used);
}

/**
 * tw_memory_wait_locked() - a process has to wait for memory
 * @op: the operation; a GVT round is asked for
 * @p: its lock is held
 * @time: of the send or the snapshot that waits
 * @bytes: that it needs
 */
void tw_memory_wait_locked(struct tw_op *op, struct tw_proc *p, u64 time, u64 bytes)
{
	p->share.wait_time = time;
	p->share.wait_bytes = bytes;
	if (p->share.waits)
		return;
	WRITE_ONCE(p->share.waits, true);
	atomic_inc(&p->core->memory.waiters);
	p->stats.memory_waits++;
	op->want_gvt = true;
	trace_tw_memory_wait(p, time);
}

/* It does not wait any more, or never will again. */
void tw_memory_release_locked(struct tw_proc *p)
{
	p->share.grant = false;
	if (likely(!p->share.waits))
		return;
	WRITE_ONCE(p->share.waits, false);
	atomic_add(-1, &p->core->memory.waiters);
}

/* It does not live any more. */
void tw_memory_leave_locked(struct tw_op *op, struct tw_proc *p)
{
	tw_memory_release_locked(p);
	op->freed += p->share.stock;
	p->share.stock = 0;
}

/*
 * Has the process come too far since its last snapshot? One at the same time
 * would not be of use before that is, when GVT has passed.
 */
bool tw_memory_stretched_locked(struct tw_proc *p)
{
	struct tw_share *share = &p->share;

	if (likely(share->stretch <= min(READ_ONCE(p->core->memory.stretch),
					 share->stretch_max)))
		return false;
	return max(p->now.horizon, tw_position_key(p).recv_time) > share->stretch_from;
}

/* So much was received or sent since the last snapshot. */
void tw_memory_stretch_locked(struct tw_proc *p, u64 bytes)
{
	p->share.stretch += bytes;
	if (unlikely(tw_memory_stretched_locked(p)) && p->running && p->running->page)
		WRITE_ONCE(p->running->page->snapshot_at, 0);
}

/* Nothing was since the last snapshot, which is needed until GVT has passed @horizon. */
void tw_memory_stretch_from_locked(struct tw_proc *p, u64 horizon)
{
	p->share.stretch = 0;
	p->share.stretch_from = horizon;
}

/* What a snapshot counts as. */
static u64 tw_snap_size(const struct tw_proc *p)
{
	return p->in_place ? TW_MEMORY_MESSAGE : p->core->memory.snapshot;
}

/* It goes idle: is a snapshot due, and would it get one? GVT does not wait for it. */
bool tw_memory_idle_locked(struct tw_proc *p)
{
	struct tw_memory *mem = &p->core->memory;
	u64 size = tw_snap_size(p), limit;

	if (likely(!tw_memory_stretched_locked(p)) ||
	    !tw_may_take_locked(p, tw_position_key(p).recv_time, size, &limit))
		return false;
	return !mem->budget || tw_used(mem) + size <= limit;
}

static bool tw_older_ready(struct tw_proc *p, const struct tw_snap *s)
{
	list_for_each_entry_continue_reverse(s, &p->snaps, link)
		if (tw_snap_ready(p, s))
			return true;
	return false;
}

/* Where a process is, for want of a snapshot: what it has in hand may be earlier. */
static u64 tw_snapshot_time(struct tw_proc *p, const struct tw_snap *s)
{
	return min(s->pos.key.recv_time, tw_progress(p));
}

static int tw_charge_snapshot_locked(struct tw_op *op, struct tw_proc *p, struct tw_snap *s)
{
	u64 bytes = tw_snap_size(p);
	u64 time = tw_snapshot_time(p, s);
	bool first = list_empty(&p->snaps);
	bool needed = first || tw_memory_stretched_locked(p);

	if (!needed && !tw_has_room(p->core))
		return -ENOMEM;
	p->share.grant |= first && !p->spawned;
	if (tw_memory_charge_locked(p, time, bytes)) {
		p->share.kept += bytes;
		return 0;
	}
	/* One that is idle must not wait: nobody waits for it. */
	if (!needed || (!first && tw_progress(p) == TW_TIME_INF))
		return -ENOMEM;
	tw_memory_wait_locked(op, p, time, bytes);
	return -ENOBUFS;
}

/**
 * tw_memory_snapshot_locked() - take memory for a snapshot that is announced
 * @op: the operation
 * @p: its lock is held
 * @s: not on the state queue yet
 *
 * Nothing goes without the first snapshot, and the budget has room for one of
 * each process; but one that was created may be of a wrong future, and waits. If
 * the child of the one before has not come yet, it may never, and if there is an
 * older one, need not: this one takes over its charge.
 *
 * Return: 0; -ENOMEM: the process can do without; -ENOBUFS: it has to wait.
 */
int tw_memory_snapshot_locked(struct tw_op *op, struct tw_proc *p, struct tw_snap *s)
{
	struct tw_snap *last = list_empty(&p->snaps) ? NULL :
		list_last_entry(&p->snaps, struct tw_snap, link);
	int err = 0;

	if (last && !tw_snap_ready(p, last) && last->charged && tw_older_ready(p, last))
		last->charged = false;
	else
		err = tw_charge_snapshot_locked(op, p, s);
	if (err)
		return err;
	s->charged = true;
	s->stretch = p->share.stretch;
	tw_memory_stretch_from_locked(p, s->pos.horizon);
	return 0;
}

/* The child of a snapshot has come: may it stay? */
bool tw_memory_park_locked(struct tw_proc *p, struct tw_snap *s)
{
	u64 bytes = tw_snap_size(p);

	if (s->charged)
		return true;
	if (p->deferred.set || !tw_older_ready(p, s))
		p->share.grant = true;
	s->charged = tw_memory_charge_locked(p, s->pos.key.recv_time, bytes);
	if (s->charged)
		p->share.kept += bytes;
	return s->charged;
}

/* A snapshot is dropped: it is on the state queue still. */
void tw_memory_unsnap_locked(struct tw_op *op, struct tw_proc *p, struct tw_snap *s)
{
	u64 size = tw_snap_size(p);

	if (!list_is_last(&s->link, &p->snaps))
		list_next_entry(s, link)->stretch += s->stretch;
	if (!s->charged)
		return;
	p->share.kept -= size;
	op->freed += size;
}

/* ---- the GVT thread ---- */

static u64 tw_last_send_locked(struct tw_proc *p)
{
	return list_empty(&p->sent) ? 0 :
		list_last_entry(&p->sent, struct tw_message, sent)->key.send_time;
}

/* The last of the snapshots; none if it is the only one. */
static u64 tw_last_snap_locked(struct tw_proc *p)
{
	return list_empty(&p->snaps) || list_is_singular(&p->snaps) ? 0 :
		list_last_entry(&p->snaps, struct tw_snap, link)->pos.key.recv_time;
}

/* With lazy cancellation: what it has not sent again, and may yet. */
static u64 tw_last_unconfirmed_locked(struct tw_proc *p)
{
	u64 time = list_empty(&p->unconfirmed) ? 0 :
		list_last_entry(&p->unconfirmed, struct tw_message, sent)->key.send_time;

	return time >= p->coast_until ? time : 0;
}

/* The latest time at which a process took memory that it can be made to give back. */
static u64 tw_last_taken_locked(struct tw_proc *p)
{
	struct tw_key key = {};

	if (!tw_is_process(p) || p->deferred.set)
		return 0;
	key.recv_time = max(tw_last_send_locked(p), tw_last_snap_locked(p));
	if (!tw_can_return_locked(p, &key))
		key.recv_time = 0;
	return max(key.recv_time, tw_last_unconfirmed_locked(p));
}

static struct tw_proc *tw_victim(struct tw_core *core, u64 after)
{
	struct tw_proc *p, *victim = NULL;

	tw_core_for_each(core, p) {
		u64 time;

		spin_lock(&p->lock);
		time = tw_last_taken_locked(p);
		spin_unlock(&p->lock);
		if (time > after) {
			after = time;
			victim = p;
		}
	}
	return victim;
}

/* The time from which on @p is to give back: a good part of the budget. */
static u64 tw_salvage_locked(struct tw_proc *p, u64 after, u64 *bytes)
{
	u64 enough = p->core->memory.budget / TW_MEMORY_SALVAGE;
	u64 time = tw_last_taken_locked(p);
	struct tw_message *m;

	*bytes = tw_last_snap_locked(p) == time ? tw_snap_size(p) : 0;
	list_for_each_entry_reverse(m, &p->sent, sent) {
		if (m->key.send_time <= after || (*bytes >= enough && m->key.send_time < time))
			break;
		time = min(time, m->key.send_time);
		*bytes += tw_message_size(m->len);
	}
	return time;
}

/* Undo all that @p has done at or after @time. */
static void tw_take_back_locked(struct tw_op *op, struct tw_proc *p, u64 time)
{
	const struct tw_key key = { .recv_time = time };
	struct tw_message *m, *next;

	if (max(tw_last_send_locked(p), tw_last_snap_locked(p)) >= time &&
	    tw_can_return_locked(p, &key))
		tw_rollback_locked(op, p, TW_CAUSE_MEMORY, &key, U64_MAX, p->id);
	/* With lazy cancellation the rollback has kept it. */
	list_for_each_entry_safe_reverse(m, next, &p->unconfirmed, sent) {
		if (m->key.send_time < max(time, p->coast_until))
			break;
		tw_cancel_locked(op, p, m);
	}
}

/* What the operation has freed is wanted now. */
static void tw_give_back(struct tw_op *op)
{
	tw_memory_uncharge(op->core, op->freed);
	op->freed = 0;
}

/*
 * Give up the snapshots that are of no use to fossil collection: those that GVT
 * passes together with the next one, and those close to it.
 */
static void tw_thin_locked(struct tw_op *op, struct tw_proc *p)
{
	struct tw_snap *s, *next;

	/* What a process has saved itself takes nothing here, and it is not told. */
	if (p->deferred.set || p->in_place)
		return;
	list_for_each_entry_safe(s, next, &p->snaps, link) {
		if (s->link.prev == &p->snaps)
			continue;
		if (list_is_last(&s->link, &p->snaps))
			break;
		if (!next->inc || (next->pos.horizon > s->pos.horizon &&
				   s->stretch + next->stretch > p->core->memory.stretch_min))
			continue;
		tw_snap_drop_locked(op, p, s);
	}
}

static void tw_thin(struct tw_op *op, struct tw_core *core)
{
	struct tw_proc *p;

	tw_core_for_each(core, p) {
		spin_lock(&p->lock);
		tw_thin_locked(op, p);
		spin_unlock(&p->lock);
	}
	tw_give_back(op);
}

/* Take back what was taken last, if it was after @after. */
static bool tw_cancelback(struct tw_op *op, struct tw_core *core, u64 after)
{
	struct tw_memory *mem = &core->memory;
	struct tw_proc *p = tw_victim(core, after);
	u64 time, bytes;

	if (!p)
		return false;
	spin_lock(&p->lock);
	/* It may have come to itself, or nowhere, in between. */
	if (tw_last_taken_locked(p) > after) {
		time = tw_salvage_locked(p, after, &bytes);
		trace_tw_cancelback(p, time, bytes);
		tw_take_back_locked(op, p, time);
		WRITE_ONCE(mem->cancelbacks, mem->cancelbacks + 1);
		WRITE_ONCE(mem->bound, min(mem->bound, time));
	}
	spin_unlock(&p->lock);
	tw_op_settle(op);
	tw_give_back(op);
	return true;
}

static bool tw_may_go_on_locked(struct tw_proc *p)
{
	struct tw_memory *mem = &p->core->memory;
	u64 limit;

	if (!tw_may_take_locked(p, p->share.wait_time, p->share.wait_bytes, &limit))
		return false;
	if (!mem->budget)
		return true;
	if (limit < mem->budget)
		limit = tw_low_water(mem);
	return tw_used(mem) + p->share.wait_bytes <= limit;
}

/* Wake those who may go on. Returns the least time of those who may not. */
static u64 tw_release_waiters(struct tw_core *core)
{
	u64 least = TW_TIME_INF;
	struct tw_proc *p;

	tw_core_for_each(core, p) {
		if (!READ_ONCE(p->share.waits))
			continue;
		spin_lock(&p->lock);
		if (p->share.waits && tw_may_go_on_locked(p)) {
			tw_memory_release_locked(p);
			tw_wake_locked(p);
		} else if (p->share.waits) {
			least = min(least, p->share.wait_time);
		}
		spin_unlock(&p->lock);
	}
	return least;
}

/* One that waits for a message, and could not make the snapshot that was due. */
static bool tw_owes_snapshot_locked(struct tw_proc *p)
{
	return p->state == TW_PROCESS_WAITING && !p->committed && !tw_held(p) &&
	       tw_memory_stretched_locked(p);
}

/* The GVT thread comes by: who owes a snapshot may make it now. */
void tw_memory_look_locked(struct tw_proc *p)
{
	if (tw_owes_snapshot_locked(p) && tw_memory_idle_locked(p))
		tw_wake_locked(p);
}

/* Will a process, or the reader of a sink, free memory without GVT's progress? */
static bool tw_frees_locked(struct tw_proc *p)
{
	u64 gvt = p->core->gvt;
	struct tw_snap *s;

	if (p->state == TW_PROCESS_DEAD)
		return false;
	if (p->sink)
		return tw_first_time(p) < gvt;
	if (p->deferred.set || tw_owes_snapshot_locked(p))
		return true;
	if (list_empty(&p->snaps))
		return false;
	s = list_last_entry(&p->snaps, struct tw_snap, link);
	return !tw_snap_ready(p, s) && s->pos.horizon < gvt;
}

static bool tw_more_comes(struct tw_core *core)
{
	struct tw_proc *p;
	bool more;

	if (core->memory.tight >= TW_TIGHT_PATIENCE)
		return false;
	tw_core_for_each(core, p) {
		spin_lock(&p->lock);
		more = tw_frees_locked(p);
		spin_unlock(&p->lock);
		if (more)
			return true;
	}
	return false;
}

/* Nothing is left to take: whoever is at GVT goes over the budget. */
static void tw_overrun(struct tw_core *core)
{
	struct tw_proc *p;

	tw_core_for_each(core, p) {
		spin_lock(&p->lock);
		if (p->share.waits && p->share.wait_time <= core->gvt) {
			tw_memory_release_locked(p);
			p->share.grant = true;
			tw_wake_locked(p);
		}
		spin_unlock(&p->lock);
	}
}

/* How far may a process go without a snapshot? A part of what is left. */
static u64 tw_stretch(struct tw_core *core, u64 used)
{
	struct tw_memory *mem = &core->memory;
	u64 room = used < mem->budget ? mem->budget - used : 0;
	struct tw_proc *p;
	u64 n = 1;

	tw_core_for_each(core, p)
		n++;
	return max(mem->stretch_min, div64_u64(room, TW_MEMORY_KEPT * n));
}

static void tw_adjust(struct tw_core *core)
{
	struct tw_memory *mem = &core->memory;
	u64 used = tw_used(mem);

	WRITE_ONCE(mem->stretch, tw_stretch(core, used));
	if (used <= tw_low_water(mem))
		WRITE_ONCE(mem->bound, TW_TIME_INF);
	/* What is asked for at once may be more than what is kept. */
	if (used > tw_low_water(mem) || atomic_read(&mem->waiters))
		mem->tight++;
	else
		mem->tight = 0;
}

/**
 * tw_memory_relieve() - make room for those who wait for it
 * @op: an operation of the GVT thread, which has just published GVT
 * @core: the domain
 */
void tw_memory_relieve(struct tw_op *op, struct tw_core *core)
{
	struct tw_memory *mem = &core->memory;
	u64 least, after;
	u32 n = 0;

	tw_give_back(op);
	if (mem->budget)
		tw_adjust(core);
	if (!atomic_read(&mem->waiters))
		return;
	least = tw_release_waiters(core);
	if (!mem->budget || least == TW_TIME_INF ||
	    (least > core->gvt && mem->tight < TW_TIGHT_CANCELBACK))
		return;
	after = max(least, core->gvt);
	tw_thin(op, core);
	while (n < TW_CANCELBACKS_MAX && tw_used(mem) > tw_low_water(mem) &&
	       tw_cancelback(op, core, after))
		n++;
	least = tw_release_waiters(core);
	if (least <= core->gvt && !n && !tw_more_comes(core))
		tw_overrun(core);
}
