// SPDX-License-Identifier: GPL-2.0
/*
 * Processes that are created by processes, at a virtual time.
 *
 * A creation is a message, from the creator to the new process. It is stamped,
 * kept in the output queue, matched by a coast forward and unsent like any
 * other, and so rolled back with the event that did it. It differs in three
 * points. It is received at the time at which it is sent: the new process begins
 * there. What it brings is a task, a fork of the creator, which the host attaches
 * afterwards. And it is never kept by lazy cancellation, since a message is
 * compared by its content, and the creator's memory cannot be.
 *
 * The id is a function of creator, time and number of the send, so that every
 * execution gives the same one, also the one after the creation was undone: ids
 * take part in the total order. Therefore a tw_proc is the identity, not the life:
 *
 *	unborn		nothing has created it, or nothing has any more. What is
 *			sent to it waits in its input queue
 *	new		created, and no task has attached: it holds GVT at its birth
 *	...		as any process
 *	dead		its end is committed
 *
 * It begins unborn when it is first mentioned, by a creation or by a message. Its
 * time of birth is in its id, so it is the same in each life. What comes for a
 * time up to that is missed: it is never handed over; so is what is committed
 * and not received when the process is unborn or dead.
 *
 * References: one of the table, one of each message to it, and those of the host
 * (files). Only the GVT thread drops the table's, when it is the last one; it
 * takes the process out of the table, and frees it after the SRCU grace period
 * of its next round, because others walk the list.
 */
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/rculist.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "internal.h"
#include "trace.h"

/* The finalizer of SplitMix64: Steele, Lea, Flood, OOPSLA 2014. A bijection. */
static u64 tw_mix(u64 x)
{
	x ^= x >> 30;
	x *= 0xbf58476d1ce4e5b9ULL;
	x ^= x >> 27;
	x *= 0x94d049bb133111ebULL;
	return x ^ x >> 31;
}

/**
 * tw_spawn_id() - the id of a process that is created by another
 * @creator: its id
 * @time: virtual time of the creation
 * @index: number of the creation among the creator's sends of that time
 *
 * Return: the id; two different creations have the same with a probability of
 * 2^-62.
 */
u64 tw_spawn_id(u64 creator, u64 time, u32 index)
{
	u64 h = tw_mix(creator + 0x9e3779b97f4a7c15ULL);

	h = tw_mix(h ^ time);
	h = tw_mix(h + index);
	return 2ULL << 62 | h >> 2;
}

void tw_spawned_init(struct tw_core *core)
{
	u32 i;

	for (i = 0; i < TW_BUCKETS; i++) {
		spin_lock_init(&core->spawned_by_id[i].lock);
		core->spawned_by_id[i].procs = RB_ROOT;
	}
	spin_lock_init(&core->spawned_lock);
	INIT_LIST_HEAD(&core->spawned);
}

/**
 * tw_proc_init_spawned() - a process that may be created by a process
 * @p: zeroed
 * @core: its domain
 *
 * It has two references: one of the table, in which it is not yet, and one of
 * the message that is to lead to it.
 */
void tw_proc_init_spawned(struct tw_proc *p, struct tw_core *core)
{
	tw_proc_init(p, core, false);
	p->spawned = true;
	p->state = TW_PROCESS_UNBORN;
	refcount_set(&p->origin.refs, 2);
}

/* ---- the table ---- */

static struct tw_bucket *tw_bucket(struct tw_core *core, u64 id)
{
	return &core->spawned_by_id[id % TW_BUCKETS];
}

static struct tw_proc *tw_node_proc(struct rb_node *node)
{
	return rb_entry(node, struct tw_proc, origin.node);
}

/* The place of an id in the tree; *@link is NULL if it is free. */
static struct tw_proc *tw_bucket_find(struct tw_bucket *b, u64 id, struct rb_node **parent,
				      struct rb_node ***link)
{
	struct rb_node **at = &b->procs.rb_node;

	*parent = NULL;
	while (*at) {
		struct tw_proc *p = tw_node_proc(*at);

		if (p->id == id)
			return p;
		*parent = *at;
		at = id < p->id ? &(*at)->rb_left : &(*at)->rb_right;
	}
	*link = at;
	return NULL;
}

/* Find an id, with a reference; or make @fresh, which has one to spare, the one. */
static struct tw_proc *tw_bucket_add(struct tw_bucket *b, struct tw_proc *fresh, u64 id)
{
	struct tw_core *core = fresh->core;
	struct rb_node *parent, **link;
	struct tw_proc *p;

	p = tw_bucket_find(b, id, &parent, &link);
	if (p) {
		refcount_inc(&p->origin.refs);
		return p;
	}
	fresh->id = id;
	rb_link_node(&fresh->origin.node, parent, link);
	rb_insert_color(&fresh->origin.node, &b->procs);
	spin_lock(&core->spawned_lock);
	list_add_tail_rcu(&fresh->origin.link, &core->spawned);
	spin_unlock(&core->spawned_lock);
	return fresh;
}

/**
 * tw_spawned_find() - look a process up that a process has created, or may
 * @core: the domain
 * @id: any value
 *
 * Return: the process, with a reference for the caller, or NULL.
 */
struct tw_proc *tw_spawned_find(struct tw_core *core, u64 id)
{
	struct tw_bucket *b = tw_bucket(core, id);
	struct rb_node *parent, **link;
	struct tw_proc *p;

	spin_lock(&b->lock);
	p = tw_bucket_find(b, id, &parent, &link);
	if (p)
		refcount_inc(&p->origin.refs);
	spin_unlock(&b->lock);
	return p;
}

/**
 * tw_spawned_add() - look a process up, or add it, unborn
 * @fresh: from tw_proc_init_spawned(); it has its id afterwards if it was used,
 *	else it is the caller's still
 * @id: of the form that TW_ID_SPAWNED() tells
 *
 * Return: the process of that id, with a reference for the caller.
 */
struct tw_proc *tw_spawned_add(struct tw_proc *fresh, u64 id)
{
	struct tw_bucket *b = tw_bucket(fresh->core, id);
	struct tw_proc *p;

	spin_lock(&b->lock);
	p = tw_bucket_add(b, fresh, id);
	spin_unlock(&b->lock);
	return p;
}

/**
 * tw_proc_get() - one more reference
 * @p: the caller has one, if the process can go at all
 */
void tw_proc_get(struct tw_proc *p)
{
	if (p->spawned)
		refcount_inc(&p->origin.refs);
}

/**
 * tw_proc_put() - drop a reference
 * @p: not to be touched any more, but in an operation
 *
 * The last one is the table's.
 */
void tw_proc_put(struct tw_proc *p)
{
	if (p->spawned)
		refcount_dec(&p->origin.refs);
}

/* Is this the creation that the id is for? The first one to ask decides. */
static bool tw_origin_matches(struct tw_origin *o, const struct tw_key *key)
{
	if (!o->creator) {
		o->creator = key->sender;
		o->time = key->send_time;
		o->index = key->index;
	}
	return o->creator == key->sender && o->time == key->send_time &&
		o->index == key->index;
}

/*
 * The creator has stamped @m: whom does it create? m->receiver is a process that
 * can be used for it, and becomes the right one.
 */
int tw_spawn_resolve(struct tw_message *m)
{
	struct tw_proc *fresh = m->receiver, *p;
	u64 id = tw_spawn_id(m->key.sender, m->key.send_time, m->key.index);
	struct tw_bucket *b = tw_bucket(fresh->core, id);
	int err = 0;

	/* The send has waited for memory, and is tried again. */
	if (fresh->id == id)
		return 0;
	spin_lock(&b->lock);
	p = tw_bucket_add(b, fresh, id);
	if (tw_origin_matches(&p->origin, &m->key))
		m->receiver = p;
	else
		err = -EEXIST;
	spin_unlock(&b->lock);
	if (err)
		tw_proc_put(p);
	else if (p != fresh)
		tw_proc_put(fresh);
	return err;
}

/* ---- birth, and its undoing ---- */

/* Nobody will be handed what is pending for times before @time. */
void tw_miss_pending_locked(struct tw_proc *p, u64 time)
{
	struct tw_message *m;

	while ((m = tw_first_pending(p)) && m->key.recv_time < time) {
		tw_input_remove_locked(p, m);
		m->state = TW_MSG_MISSED;
		p->stats.missed++;
		tw_message_put(m);
	}
}

/* The message that created it is no more. */
static struct tw_message *tw_creation_end_locked(struct tw_proc *p, enum tw_message_state state)
{
	struct tw_message *m = p->origin.creation;

	p->origin.creation = NULL;
	m->state = state;
	return m;
}

/*
 * Undo all that the process has done since its birth, its creation included;
 * what was sent to it stays. The receiver's reference to its creation is the
 * caller's.
 */
struct tw_message *tw_unbear_locked(struct tw_op *op, struct tw_proc *p)
{
	u64 from = tw_position_key(p).recv_time, deliveries = p->now.deliveries;
	struct tw_message *m, *next;

	while (!list_empty(&p->snaps))
		tw_snap_drop_locked(op, p, list_first_entry(&p->snaps, struct tw_snap, link));
	tw_kill_running_locked(op, p);
	tw_requeue_input_locked(op, p, 0);
	list_splice_tail_init(&p->unconfirmed, &p->sent);
	list_for_each_entry_safe(m, next, &p->sent, sent)
		tw_cancel_locked(op, p, m);
	tw_set_hold_locked(p, 0);
	p->committed = false;
	memset(&p->now, 0, sizeof(p->now));
	p->deferred.set = false;
	p->needs_park = false;
	p->stats.unspawned++;
	p->stats.rollbacks[TW_CAUSE_SECONDARY]++;
	p->stats.rollback_depth += deliveries;
	tw_set_state_locked(op, p, TW_PROCESS_UNBORN);
	trace_tw_rollback(p, TW_CAUSE_SECONDARY, from, p->origin.time, deliveries,
			  p->origin.creator);
	trace_tw_unspawn(p, p->origin.time);
	tw_wake_locked(p);
	return tw_creation_end_locked(p, TW_MSG_MISSED);
}

static void tw_adopt_attr_locked(struct tw_proc *p, const struct tw_spawn_attr *attr)
{
	p->lazy = attr->cancellation == TW_CANCEL_LAZY;
	tw_proc_set_snapshots(p, attr->snapshot_interval, attr->interval_min,
			      attr->interval_max, attr->snapshots_max);
	memcpy(p->name, attr->name, sizeof(p->name));
}

/* At the time of its birth, for which it is handed nothing. */
static void tw_begin_life_locked(struct tw_proc *p)
{
	p->now = (struct tw_position){
		.key.recv_time = p->origin.time,
		.horizon = p->origin.time,
	};
	p->lvt = p->origin.time;
	p->sends_freed = 0;
	p->deliveries_freed = 0;
	p->coast_until = 0;
	p->coasting = 0;
	p->snapped = 0;
	p->snap_asked = false;
	p->lost = 0;
	tw_memory_stretch_from_locked(p, p->origin.time);
	memset(&p->adapt, 0, sizeof(p->adapt));
	p->origin.life = ++p->tokens;
	p->origin.embodied = false;
}

/*
 * The message that creates the process has come. An earlier creation may be there
 * still, whose antimessage is on its way: an operation that is slow to settle it
 * has been overtaken by the re-execution. It is unsent here, and missed there. One
 * that is committed cannot be, and only who coasts forward otherwise than before,
 * while GVT comes to where it is, sends another.
 *
 * Return: false: it is not born, and the message is not kept.
 */
bool tw_bear_locked(struct tw_op *op, struct tw_proc *p, struct tw_message *m)
{
	if (p->origin.creation) {
		tw_message_put(tw_unbear_locked(op, p));
	} else if (p->state != TW_PROCESS_UNBORN) {
		m->state = TW_MSG_MISSED;
		p->stats.missed++;
		tw_core_fail(op, TW_FAILURE_CAUSALITY, m->key.sender, m->key.send_time, 0);
		return false;
	}
	m->state = TW_MSG_DELIVERED;
	p->origin.creation = m;
	tw_adopt_attr_locked(p, (const struct tw_spawn_attr *)m->payload);
	tw_begin_life_locked(p);
	tw_miss_pending_locked(p, p->origin.time + 1);
	/* tw_drop_all() may have passed it while it was on its way. */
	tw_set_state_locked(op, p, READ_ONCE(p->core->state) == TW_DOMAIN_RUNNING ?
			    TW_PROCESS_NEW : TW_PROCESS_DEAD);
	trace_tw_spawn(p, p->origin.time);
	return true;
}

/**
 * tw_spawn_wanted() - does a new process need a task?
 * @p: the receiver of a creation that was sent, or matched
 * @generation: of that creation, as tw_send_stamp() has left it. Whoever sent one
 *	that is undone by now has another state than the creator of the present life
 * @life: what the task must pass to tw_attach()
 *
 * Return: false if one has attached already, or the creation was undone.
 */
bool tw_spawn_wanted(struct tw_proc *p, u64 generation, u64 *life)
{
	bool wanted;

	spin_lock(&p->lock);
	/* Until a task attaches, the birth holds GVT, and the creation stays. */
	wanted = p->state == TW_PROCESS_NEW && !p->origin.embodied && p->origin.creation &&
		 p->origin.creation->key.generation == generation;
	*life = p->origin.life;
	spin_unlock(&p->lock);
	return wanted;
}

/* GVT has passed its birth: that can be undone no more. */
void tw_birth_commit_locked(struct tw_proc *p, u64 gvt)
{
	if (p->origin.creation && p->origin.time < gvt)
		tw_message_put(tw_creation_end_locked(p, TW_MSG_GONE));
}

/* ---- forgetting ---- */

static void tw_stats_sum(struct tw_proc_stats *to, const struct tw_proc_stats *from)
{
	const u64 *f = (const u64 *)from;
	u64 *t = (u64 *)to;
	size_t i;

	for (i = 0; i < sizeof(*to) / sizeof(u64); i++)
		t[i] += f[i];
}

/* Nobody has a reference, and so nobody can get one but from the table. */
static bool tw_retire_locked(struct tw_core *core, struct tw_proc *p)
{
	struct tw_bucket *b = tw_bucket(core, p->id);
	bool last = false;

	if (p->state != TW_PROCESS_UNBORN && p->state != TW_PROCESS_DEAD)
		return false;
	spin_lock(&b->lock);
	if (refcount_dec_if_one(&p->origin.refs)) {
		rb_erase(&p->origin.node, &b->procs);
		last = true;
	}
	spin_unlock(&b->lock);
	return last;
}

static void tw_forget(struct tw_core *core, struct tw_proc *p)
{
	spin_lock(&core->spawned_lock);
	list_del_rcu(&p->origin.link);
	spin_unlock(&core->spawned_lock);
	p->stats.events_committed = tw_stat_events_committed(p);
	p->stats.events = tw_stat_events(p);
	tw_stats_sum(&core->gone, &p->stats);
	core->gone_n += p->state == TW_PROCESS_DEAD;
	p->origin.retired = core->retired;
	core->retired = p;
}

/**
 * tw_core_retire() - take out of the table whom nobody can reach any more
 * @core: the caller is its GVT thread, and keeps tw_core_stat() out
 */
void tw_core_retire(struct tw_core *core)
{
	struct tw_proc *p, *next;

	for (p = tw_core_next_spawned(core, NULL); p; p = next) {
		bool last;

		next = tw_core_next_spawned(core, p);
		cond_resched();
		spin_lock(&p->lock);
		last = tw_retire_locked(core, p);
		spin_unlock(&p->lock);
		if (last)
			tw_forget(core, p);
	}
}

/**
 * tw_core_bury() - free those who were taken out
 * @core: an SRCU grace period has passed since tw_core_retire(), or nobody else
 *	uses it any more
 */
void tw_core_bury(struct tw_core *core)
{
	struct tw_proc *p;

	/* What one of them has sent may be for another. */
	for (p = core->retired; p; p = p->origin.retired)
		tw_proc_clear(p);
	while ((p = core->retired)) {
		core->retired = p->origin.retired;
		tw_host_free(p);
	}
}

/* The domain goes, and so does the table. */
void tw_spawned_destroy(struct tw_core *core)
{
	struct tw_proc *p;

	while ((p = tw_core_next_spawned(core, NULL))) {
		list_del_rcu(&p->origin.link);
		p->origin.retired = core->retired;
		core->retired = p;
	}
	tw_core_bury(core);
}
