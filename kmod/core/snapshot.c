// SPDX-License-Identifier: GPL-2.0
/*
 * The state queue, and the tasks that are its elements: attach, park, resume, die.
 *
 * A process that saves and restores its states itself, in place, has one
 * incarnation for good. Its snapshots are names of positions. When it is rolled
 * back it is stale: the core is at the snapshot already, the task is not. Until it
 * has learnt that by tw_restore(), its calls change nothing and its page is not
 * believed; so it is to the core as a resumed snapshot that has not run yet.
 */
#include <linux/err.h>
#include <linux/slab.h>

#include "internal.h"
#include "trace.h"

static bool tw_same_who(const struct tw_who *a, const struct tw_who *b)
{
	return a->task == b->task && a->exec == b->exec;
}

int tw_check_caller_locked(struct tw_proc *p, const struct tw_who *who)
{
	if (!p->running || !tw_same_who(&p->running->who, who) || p->state == TW_PROCESS_EXITED)
		return -ESRCH;
	if (p->stale)
		return -ESTALE;
	return p->deferred.set ? -EINPROGRESS : 0;
}

/**
 * tw_check_caller() - may a task speak for a process?
 * @p: the process
 * @who: the task
 *
 * Return: 0; -ESRCH; -ESTALE; -EINPROGRESS: it is about to be rolled back.
 */
int tw_check_caller(struct tw_proc *p, const struct tw_who *who)
{
	int err;

	spin_lock(&p->lock);
	err = tw_check_caller_locked(p, who);
	spin_unlock(&p->lock);
	return err;
}

/**
 * tw_inc_put() - drop a reference to an incarnation
 * @inc: given to tw_inc_free() with the last one
 */
void tw_inc_put(struct tw_inc *inc)
{
	if (refcount_dec_and_test(&inc->refs))
		tw_inc_free(inc);
}

/* The task has to die; its reference moves to the operation. */
static void tw_kill_inc_locked(struct tw_op *op, struct tw_inc *inc)
{
	inc->state = TW_INC_KILLED;
	list_add_tail(&inc->kill, &op->kills);
}

static void tw_count_events_locked(struct tw_proc *p, struct tw_inc *inc)
{
	if (inc->page)
		p->stats.events += READ_ONCE(inc->page->events) - inc->events;
}

void tw_kill_running_locked(struct tw_op *op, struct tw_proc *p)
{
	struct tw_inc *inc = p->running;

	if (!inc)
		return;
	p->running = NULL;
	p->stale = false;
	tw_count_events_locked(p, inc);
	tw_kill_inc_locked(op, inc);
}

void tw_snap_drop_locked(struct tw_op *op, struct tw_proc *p, struct tw_snap *s)
{
	tw_memory_unsnap_locked(op, p, s);
	list_del(&s->link);
	if (tw_snap_ready(p, s))
		p->stats.snapshots_live--;
	if (s->inc)
		tw_kill_inc_locked(op, s->inc);
	kfree(s);
}

/* What the process writes there from now on does not count. */
void tw_page_away_locked(struct tw_proc *p)
{
	struct tw_inc *inc = p->running;

	if (!inc->page)
		return;
	tw_count_events_locked(p, inc);
	inc->away = inc->page;
	inc->page = NULL;
}

/* A process that restores in place has to go to @s. */
void tw_redirect_locked(struct tw_proc *p, struct tw_snap *s)
{
	struct tw_inc *inc = p->running;

	p->stale = true;
	p->restore = s->token;
	p->stats.resumes++;
	if (inc->away)
		WRITE_ONCE(inc->away->resumes, p->stats.resumes);
	trace_tw_resume(p, s);
	tw_wake_locked(p);
}

/**
 * tw_attach() - the first incarnation of a process
 * @p: the process
 * @inc: with one reference, which is given away on success
 * @life: of a spawned process, as tw_spawn_wanted() said; else 0
 *
 * Return: 0, -EBUSY, -ECANCELED, -ESHUTDOWN or -EIO.
 */
int tw_attach(struct tw_proc *p, struct tw_inc *inc, u64 life)
{
	int err;

	spin_lock(&p->lock);
	err = READ_ONCE(p->core->state) == TW_DOMAIN_NEW ? 0 : tw_check_open(p->core);
	if (!err && (p->origin.life != life || p->state == TW_PROCESS_UNBORN))
		err = -ECANCELED;
	if (!err && (p->state != TW_PROCESS_NEW || p->running))
		err = -EBUSY;
	if (!err) {
		p->origin.embodied = true;
		p->running = inc;
		inc->state = TW_INC_RUNNING;
		inc->seen = true;
		p->state = TW_PROCESS_RUNNING;
	}
	spin_unlock(&p->lock);
	return err;
}

/**
 * tw_abandon() - nobody can attach to a process any more
 * @op: the operation
 * @p: a process that nobody attached to holds GVT at zero until then
 */
void tw_abandon(struct tw_op *op, struct tw_proc *p)
{
	spin_lock(&p->lock);
	if (p->state == TW_PROCESS_NEW && tw_is_process(p) && !p->spawned)
		tw_set_state_locked(op, p, TW_PROCESS_DEAD);
	spin_unlock(&p->lock);
}

void tw_position_save_locked(struct tw_proc *p, struct tw_position *pos)
{
	*pos = p->now;
	pos->key = tw_position_key(p);
	pos->horizon = max(pos->horizon, pos->key.recv_time);
	if (p->running->page)
		pos->events = READ_ONCE(p->running->page->events);
	else
		pos->events = p->now.deliveries;
}

/* A snapshot of this very state is on its way already? */
static struct tw_snap *tw_snap_same_locked(struct tw_proc *p, const struct tw_position *pos)
{
	struct tw_snap *s;

	if (list_empty(&p->snaps))
		return NULL;
	s = list_last_entry(&p->snaps, struct tw_snap, link);
	if (s->inc || s->pos.deliveries != pos->deliveries || s->pos.sends != pos->sends ||
	    s->pos.events != pos->events || tw_key_cmp(&s->pos.key, &pos->key))
		return NULL;
	return s;
}

/* So many events after the last snapshot the next one is due. */
u64 tw_snapshot_due_locked(struct tw_proc *p)
{
	return tw_snap_alone(p) ? 1 : p->interval;
}

static void tw_publish_due_locked(struct tw_proc *p)
{
	if (p->running && p->running->page)
		WRITE_ONCE(p->running->page->snapshot_at, p->snapped + tw_snapshot_due_locked(p));
}

/**
 * tw_ask_again() - the child of a snapshot does not come
 * @p: if it waits for that child, and for nothing else, its next receive asks for
 *	the snapshot again
 */
void tw_ask_again(struct tw_proc *p)
{
	spin_lock(&p->lock);
	if (p->needs_park && !p->deferred.set) {
		p->ask_again = true;
		tw_wake_locked(p);
	}
	spin_unlock(&p->lock);
}

/* So many snapshots a process may keep. */
static u64 tw_snaps_kept(const struct tw_proc *p)
{
	return (u64)p->snaps_max + tw_spares(p);
}

/*
 * Too many snapshots: discard the one that is missed least. Its loss makes a
 * rollback to just before the next one coast from the one before, in vain over
 * the gap between the two; and @now - @pos events were undone by that rollback.
 * The least ratio of these goes, so that what is left is spaced exponentially
 * with age. The oldest is the fossil horizon, perhaps with a spare, and the latest
 * is the most useful.
 */
static struct tw_snap *tw_snap_least_locked(struct tw_proc *p, u64 now)
{
	struct tw_snap *s, *last = NULL, *before = NULL, *least = NULL;
	u64 gap = 0, age = 1;
	u32 keep = tw_spares(p), n = 0;

	list_for_each_entry(s, &p->snaps, link) {
		if (!tw_snap_lives(p, s))
			continue;
		n++;
		if (before && keep) {
			keep--;
		} else if (before) {
			u64 g = s->pos.events - before->pos.events;
			u64 a = now - last->pos.events + 1;

			/* g / a < gap / age */
			if (!least || g * age < gap * a) {
				least = last;
				gap = g;
				age = a;
			}
		}
		before = last;
		last = s;
	}
	return n > tw_snaps_kept(p) ? least : NULL;
}

/* Returns the token of what was discarded, or 0. */
static u64 tw_snap_thin_locked(struct tw_op *op, struct tw_proc *p)
{
	struct tw_snap *s;
	u64 token;

	if (p->stats.snapshots_live <= tw_snaps_kept(p))
		return 0;
	s = tw_snap_least_locked(p, tw_events_now(p));
	if (!s)
		return 0;
	token = s->token;
	trace_tw_thin(p, s);
	p->stats.snapshots_thinned++;
	tw_snap_drop_locked(op, p, s);
	return token;
}

/* From now on a rollback can go there. */
static void tw_snap_made_locked(struct tw_proc *p, struct tw_snap *s)
{
	p->stats.snapshots++;
	p->stats.snapshots_live++;
	trace_tw_snapshot(p, s);
}

/**
 * tw_snapshot() - announce a snapshot of the present state
 * @op: the operation
 * @p: the process
 * @who: the caller, must be its running incarnation
 * @s: allocated with kmalloc(); given away when 0 is returned
 * @out: its name, and what became of others
 *
 * Return: 0; 1: announced before, @s was not needed; -ESRCH; -ESHUTDOWN; -EIO;
 * -ESTALE; -EINPROGRESS; -ENOMEM: the budget has no room, and the process can do
 * without; -ENOBUFS: it cannot, and tries again when tw_wakes() has changed.
 */
int tw_snapshot(struct tw_op *op, struct tw_proc *p, const struct tw_who *who,
		struct tw_snap *s, struct tw_announced *out)
{
	struct tw_snap *same;
	int err;

	spin_lock(&p->lock);
	err = tw_check_caller_locked(p, who);
	if (!err)
		err = tw_check_open(p->core);
	if (err)
		goto unlock;
	tw_position_save_locked(p, &s->pos);
	same = tw_snap_same_locked(p, &s->pos);
	if (!same)
		err = tw_memory_snapshot_locked(op, p, s);
	if (err == -ENOBUFS)
		goto unlock;
	p->snapped = s->pos.events;
	if (!err) {
		tw_interval_begin(p, p->snapped);
		p->spare_asked = false;
	}
	p->snap_asked = false;
	out->thinned = 0;
	if (same) {
		out->token = same->token;
		err = 1;
	} else if (!err) {
		s->inc = NULL;
		s->token = ++p->tokens;
		list_add_tail(&s->link, &p->snaps);
		out->token = s->token;
		if (p->in_place) {
			tw_snap_made_locked(p, s);
			out->thinned = tw_snap_thin_locked(op, p);
		}
	}
	out->oldest = list_first_entry(&p->snaps, struct tw_snap, link)->token;
	tw_publish_due_locked(p);
unlock:
	spin_unlock(&p->lock);
	return err;
}

static struct tw_snap *tw_snap_by_token_locked(struct tw_proc *p, u64 token)
{
	struct tw_snap *s;

	list_for_each_entry(s, &p->snaps, link)
		if (s->token == token)
			return s->inc ? NULL : s;
	return NULL;
}

/**
 * tw_park() - the child of a snapshot has come
 * @op: the operation
 * @p: the process
 * @inc: the child, with one reference, which is given away on success
 * @token: as tw_snapshot() named it
 *
 * Return: 0: it is parked until tw_parked() says no; -ECANCELED; -EBUSY: it is
 * the running incarnation itself; -EINVAL: the process saves its states itself.
 */
int tw_park(struct tw_op *op, struct tw_proc *p, struct tw_inc *inc, u64 token)
{
	struct tw_deferred d;
	struct tw_snap *s;
	int err = -ECANCELED;

	spin_lock(&p->lock);
	if (p->running && tw_same_who(&p->running->who, &inc->who)) {
		err = -EBUSY;
		goto unlock;
	}
	if (p->in_place) {
		err = -EINVAL;
		goto unlock;
	}
	s = tw_snap_by_token_locked(p, token);
	if (!s || READ_ONCE(p->core->state) >= TW_DOMAIN_ENDED)
		goto unlock;
	if (!tw_memory_park_locked(p, s)) {
		tw_snap_drop_locked(op, p, s);
		goto unlock;
	}
	s->inc = inc;
	inc->state = TW_INC_PARKED;
	p->needs_park = false;
	p->ask_again = false;
	tw_snap_made_locked(p, s);
	tw_wake_locked(p);
	d = p->deferred;
	if (d.set)
		tw_rollback_locked(op, p, d.cause, &d.key, d.delivery, d.by);
	/* It may be another one that the rollback waits for. */
	if (!d.set || p->deferred.set)
		tw_snap_thin_locked(op, p);
	err = 0;
unlock:
	spin_unlock(&p->lock);
	return err;
}

/**
 * tw_parked() - is it still a snapshot?
 * @inc: parked once
 * @coast_until: set when it has become the running incarnation
 *
 * Return: 1: still parked; 0: it runs; -ECANCELED: it was discarded.
 */
int tw_parked(struct tw_inc *inc, u64 *coast_until)
{
	struct tw_proc *p = inc->proc;
	int ret = 1;

	spin_lock(&p->lock);
	if (inc->state == TW_INC_RUNNING) {
		*coast_until = p->coast_until;
		inc->seen = true;
		ret = 0;
	} else if (inc->state == TW_INC_KILLED) {
		ret = -ECANCELED;
	}
	spin_unlock(&p->lock);
	return ret;
}

/* Put what the core knows into the page of the running incarnation. */
static void tw_page_set_locked(struct tw_proc *p, struct tw_process_page *page)
{
	page->time = p->now.key.recv_time;
	page->priority = p->now.key.priority;
	page->hold = TW_TIME_INF;
	page->events = p->now.events;
	page->next = tw_first_time(p);
	page->snapshot_at = p->snapped + tw_snapshot_due_locked(p);
	p->running->events = p->now.events;
	p->running->page = page;
	p->paged = true;
}

/**
 * tw_restore() - where does a process that was rolled back in place go?
 * @p: the process
 * @who: the caller, must be its running incarnation
 * @to: the answer, for tw_restored()
 *
 * Return: 0; -ESRCH; -EINVAL: it was not rolled back.
 */
int tw_restore(struct tw_proc *p, const struct tw_who *who, struct tw_restore_to *to)
{
	int err;

	spin_lock(&p->lock);
	err = tw_check_caller_locked(p, who);
	if (err == -ESTALE) {
		to->token = p->restore;
		to->coast_until = p->coast_until;
		to->resumes = p->stats.resumes;
		err = 0;
	} else if (!err) {
		err = -EINVAL;
	}
	spin_unlock(&p->lock);
	return err;
}

/**
 * tw_restored() - a process that was rolled back in place knows it
 * @p: the process
 * @who: the caller, must be its running incarnation
 * @to: what it knows. From now on it is there
 *
 * Return: 0; -ESRCH; -ESTALE: it was rolled back again meanwhile.
 */
int tw_restored(struct tw_proc *p, const struct tw_who *who, const struct tw_restore_to *to)
{
	struct tw_inc *inc;
	int err;

	spin_lock(&p->lock);
	err = tw_check_caller_locked(p, who);
	if (err == -ESTALE && to->resumes == p->stats.resumes) {
		inc = p->running;
		p->stale = false;
		if (inc->away)
			tw_page_set_locked(p, inc->away);
		inc->away = NULL;
		err = 0;
	}
	spin_unlock(&p->lock);
	return err;
}

/**
 * tw_map_page() - give the running incarnation its page
 * @p: the process
 * @who: the caller
 * @page: zeroed; the incarnation's from now on if 0 is returned
 *
 * Return: 0; -ESRCH; -EBUSY: it has one; -ESTALE; -EINPROGRESS.
 */
int tw_map_page(struct tw_proc *p, const struct tw_who *who, struct tw_process_page *page)
{
	int err;

	spin_lock(&p->lock);
	err = tw_check_caller_locked(p, who);
	if (!err && p->running->page)
		err = -EBUSY;
	if (err)
		goto unlock;
	page->resumes = p->stats.resumes;
	tw_page_set_locked(p, page);
unlock:
	spin_unlock(&p->lock);
	return err;
}

#define TW_LOST_MAX	8

/* The running incarnation has left by itself: keep it in mind, a report names its task. */
static void tw_exit_locked(struct tw_op *op, struct tw_proc *p, u32 status)
{
	u64 unsent = tw_unsent_floor(p);

	p->now.key = tw_position_key(p);
	p->now.events = tw_events_now(p);
	tw_page_away_locked(p);
	p->stale = false;
	if (p->exited)
		tw_inc_put(p->exited);
	p->exited = p->running;
	p->exit_status = status;
	if (READ_ONCE(p->core->state) >= TW_DOMAIN_ENDED) {
		tw_set_state_locked(op, p, TW_PROCESS_DEAD);
		return;
	}
	/* To exit with output unsent is a failure, too. */
	p->lvt = TW_TIME_INF;
	if (status || unsent < TW_TIME_INF) {
		p->lvt = min(p->now.key.recv_time, unsent);
		p->stats.failures++;
	}
	p->committed = false;
	tw_set_hold_locked(p, 0);
	tw_memory_release_locked(p);
	tw_pass_locked(op, p, p->lvt);
	tw_set_state_locked(op, p, TW_PROCESS_EXITED);
	op->want_gvt = true;
	trace_tw_failure(p, status);
}

/**
 * tw_leave() - a process that restores in place cannot go on, or has no need to
 * @op: the operation
 * @p: the process
 * @who: the caller, must be its running incarnation
 * @status: as wait(2) gives it
 *
 * The task stays: what it holds may yet be rolled back to.
 *
 * Return: -EINPROGRESS: wait, and call again; -ESTALE: it was rolled back;
 * -ESHUTDOWN, -EIO: it may end now; -ESRCH; -EINVAL: it has parked snapshots.
 */
int tw_leave(struct tw_op *op, struct tw_proc *p, const struct tw_who *who, u32 status)
{
	int err;

	spin_lock(&p->lock);
	err = p->in_place ? 0 : -EINVAL;
	if (!err && (!p->running || !tw_same_who(&p->running->who, who)))
		err = -ESRCH;
	if (!err)
		err = tw_check_open(p->core);
	if (!err && p->stale)
		err = -ESTALE;
	if (!err) {
		if (p->state != TW_PROCESS_EXITED) {
			refcount_inc(&p->running->refs);
			tw_exit_locked(op, p, status);
		}
		err = -EINPROGRESS;
	}
	spin_unlock(&p->lock);
	return err;
}

/* The states that a process has saved itself die with its task. */
static void tw_forget_states_locked(struct tw_op *op, struct tw_proc *p)
{
	struct tw_snap *s, *next;

	list_for_each_entry_safe(s, next, &p->snaps, link)
		tw_snap_drop_locked(op, p, s);
}

/*
 * Was the running incarnation killed from outside, and not too often? One that
 * did not come to run was a snapshot when it was killed: that is no attempt, and
 * there is one snapshot less each time.
 */
static bool tw_may_repeat_locked(struct tw_proc *p, bool seen, u32 status)
{
	if (p->in_place || list_empty(&p->snaps) ||
	    READ_ONCE(p->core->state) != TW_DOMAIN_RUNNING)
		return false;
	return !seen || ((status & 0x7f) == 9 && p->lost++ < TW_LOST_MAX);
}

static void tw_running_gone_locked(struct tw_op *op, struct tw_proc *p, u32 status)
{
	struct tw_key key = { .recv_time = tw_position_key(p).recv_time };
	bool seen = p->running->seen;

	/* Everything at this time counts as processed: a snapshot at it serves. */
	if (key.recv_time < TW_TIME_INF)
		key.recv_time++;
	/* Nobody will take the place that it left as a snapshot. */
	if (!seen && !list_empty(&p->snaps))
		tw_snap_drop_locked(op, p, list_last_entry(&p->snaps, struct tw_snap, link));
	if (tw_may_repeat_locked(p, seen, status)) {
		WRITE_ONCE(p->core->lost_round, READ_ONCE(p->core->round));
		tw_rollback_locked(op, p, TW_CAUSE_LOST, &key, U64_MAX, p->id);
		return;
	}
	tw_exit_locked(op, p, status);
	p->running->state = TW_INC_KILLED;
	p->running = NULL;
	if (p->in_place)
		tw_forget_states_locked(op, p);
}

/**
 * tw_inc_gone() - the task of an incarnation has exited or exec'ed
 * @op: the operation
 * @inc: the caller holds a reference of its own
 * @status: as wait(2) gives it
 */
void tw_inc_gone(struct tw_op *op, struct tw_inc *inc, u32 status)
{
	struct tw_proc *p = inc->proc;
	struct tw_snap *s, *next;

	spin_lock(&p->lock);
	if (inc->state == TW_INC_RUNNING) {
		tw_running_gone_locked(op, p, status);
	} else if (inc->state == TW_INC_PARKED) {
		list_for_each_entry_safe(s, next, &p->snaps, link)
			if (s->inc == inc)
				tw_snap_drop_locked(op, p, s);
		tw_publish_due_locked(p);
		/* It may wait for messages, and meanwhile make another. */
		p->spare_asked = false;
		if (tw_snap_alone(p))
			tw_wake_locked(p);
	}
	spin_unlock(&p->lock);
}

/**
 * tw_drop_all() - the domain has ended or failed: no snapshot is needed
 * @op: the operation
 * @p: the process
 * @keep_running: let the running incarnation finish
 */
void tw_drop_all(struct tw_op *op, struct tw_proc *p, bool keep_running)
{
	struct tw_snap *s, *next;

	spin_lock(&p->lock);
	list_for_each_entry_safe(s, next, &p->snaps, link)
		tw_snap_drop_locked(op, p, s);
	/* One that was lost since GVT came to +infinity would not get to its end again. */
	if (p->running && p->state == TW_PROCESS_RUNNING && keep_running)
		p->exit_status = 9;
	if (!keep_running || p->state == TW_PROCESS_RUNNING)
		tw_kill_running_locked(op, p);
	if (!p->running && tw_is_process(p) && p->state != TW_PROCESS_UNBORN)
		tw_set_state_locked(op, p, TW_PROCESS_DEAD);
	p->deferred.set = false;
	tw_memory_release_locked(p);
	tw_wake_locked(p);
	spin_unlock(&p->lock);
}
