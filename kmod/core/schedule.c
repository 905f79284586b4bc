// SPDX-License-Identifier: GPL-2.0
/*
 * Who may go on: lowest timestamp first, and not beyond the window.
 *
 * Speculation costs nothing as long as a processor would be idle without it. So
 * as many processes run as there are processors, those farthest behind (Lin and
 * Lazowska, Processor scheduling for Time Warp parallel simulation, PADS 1991);
 * which processor runs which is the kernel's own business. A process that comes
 * to its next event asks: it goes on if it runs already, no more do than may, and
 * it is not ahead of the first that is held by more than the slack. Else it is
 * held. It is given a turn when another one waits, exits, or is held, in the order
 * of the next events.
 *
 * A process counts while it is in state RUNNING (tw_core.active), or was given a
 * turn and has not come to take it (granted). What a rollback resumes runs
 * without asking; whoever asks next makes up for it. The limit is not a law: a
 * process that sleeps in the middle of an event, as the GVT thread finds it, does
 * not count, and an event at GVT is never held. So the process that holds GVT
 * back always runs, whatever the others do with their turns: progress needs no
 * more.
 *
 * The window keeps all events within so much virtual time of GVT (Sokol, Briscoe,
 * Wieland, MTW: a strategy for scheduling discrete simulation events for
 * concurrent execution, Proc. SCS Distributed Simulation, 1988). Who comes to its
 * end waits for GVT, as with tw_receive.hold. It may be learnt: see
 * tw_window_learn().
 *
 * A receive by a process that runs reads one word, until, which is shared but
 * changes only with a turn and with GVT, and takes no lock. A process that waits
 * and is wanted is put into the queue on its behalf: it does not wake up to be
 * held.
 *
 * TW_TURN_BARRIER
 *
 *	one is held			another leaves
 *	-----------			--------------
 *	bound below infinity		active or granted goes down
 *	full barrier			full barrier
 *	read active and granted		read bound
 *	room? give a turn		below infinity? look for room, too
 *
 * Whoever is second sees the other, so no turn is left over while one is held.
 */
#include <linux/kernel.h>

#include "internal.h"
#include "trace.h"

/* An automatic slack makes a turn about so long: a switch costs a tenth of it. */
#define TW_TURN_NS	100000

/* A window that is learnt changes after so much waste. */
#define TW_WASTE_NS	1000000

static u64 tw_add_time(u64 a, u64 b)
{
	return a + b < a ? TW_TIME_INF : a + b;
}

void tw_schedule_init(struct tw_schedule *s)
{
	spin_lock_init(&s->lock);
	s->running_max = INT_MAX;
	s->window = TW_TIME_INF;
	s->slack = 1;
	s->held = RB_ROOT_CACHED;
	s->bound = TW_TIME_INF;
	s->until = &s->until_own;
	*s->until = TW_TIME_INF;
}

/**
 * tw_schedule_set() - whom to run, and how far ahead
 * @core: has no processes yet
 * @running: so many
 * @window: so far ahead of GVT; 0: no limit; TW_WINDOW_LEARNT
 * @slack: so far ahead of the first that is held; 0: learnt
 */
void tw_schedule_set(struct tw_core *core, int running, u64 window, u64 slack)
{
	struct tw_schedule *s = &core->schedule;

	s->running_max = running;
	s->window = window ?: TW_TIME_INF;
	s->window_learnt = window == TW_WINDOW_LEARNT;
	s->slack = slack ?: 1;
	s->slack_learnt = !slack;
	WRITE_ONCE(*s->until, s->window);
}

static struct tw_proc *tw_first_held(struct tw_schedule *s)
{
	return rb_entry_safe(rb_first_cached(&s->held), struct tw_proc, turn_node);
}

static bool tw_turn_less(struct rb_node *a, const struct rb_node *b)
{
	const struct tw_proc *p = rb_entry(a, struct tw_proc, turn_node);
	const struct tw_proc *q = rb_entry(b, struct tw_proc, turn_node);
	int c = tw_cmp_u64(p->turn_time, q->turn_time);

	return c ? c < 0 : p->id < q->id;
}

static int tw_running(struct tw_core *core)
{
	struct tw_schedule *s = &core->schedule;

	return atomic_read(&core->active) + READ_ONCE(s->granted) - READ_ONCE(s->asleep);
}

static void tw_hold_turn(struct tw_schedule *s, struct tw_proc *p, u64 time)
{
	WRITE_ONCE(p->turn, TW_TURN_HELD);
	p->turn_time = time;
	rb_add_cached(&p->turn_node, &s->held, tw_turn_less);
}

static void tw_grant(struct tw_schedule *s, struct tw_proc *p)
{
	rb_erase_cached(&p->turn_node, &s->held);
	WRITE_ONCE(p->turn, TW_TURN_GRANTED);
	p->turn_since = tw_host_clock();
	WRITE_ONCE(s->granted, s->granted + 1);
	WRITE_ONCE(p->grants, p->grants + 1);
	tw_host_wake(p);
}

static u64 tw_bound(struct tw_core *core)
{
	struct tw_schedule *s = &core->schedule;
	struct tw_proc *first = tw_first_held(s);

	/* Too many run: the next one that asks is held. */
	if (tw_running(core) > s->running_max)
		return 0;
	/* Below infinity as long as one is held: no event is that late. */
	return first ? min(tw_add_time(first->turn_time, s->slack), TW_TIME_INF - 1) : TW_TIME_INF;
}

static void tw_publish_until(struct tw_core *core)
{
	struct tw_schedule *s = &core->schedule;
	u64 gvt = READ_ONCE(core->gvt);
	u64 until = min(s->bound, tw_add_time(gvt, s->window));

	WRITE_ONCE(*s->until, max(until, gvt));
}

/* The queue or the number of those that run has changed. Caller: schedule.lock. */
static void tw_schedule_update_locked(struct tw_core *core)
{
	struct tw_schedule *s = &core->schedule;
	struct tw_proc *first;

	WRITE_ONCE(s->bound, tw_bound(core));
	smp_mb(); /* TW_TURN_BARRIER */
	while ((first = tw_first_held(s)) && tw_running(core) < s->running_max)
		tw_grant(s, first);
	WRITE_ONCE(s->bound, tw_bound(core));
	tw_publish_until(core);
}

static void tw_schedule_update(struct tw_core *core)
{
	spin_lock(&core->schedule.lock);
	tw_schedule_update_locked(core);
	spin_unlock(&core->schedule.lock);
}

bool tw_schedule_holds(struct tw_core *core)
{
	return READ_ONCE(core->schedule.bound) < TW_TIME_INF;
}

/* Is the process kept from its next event? Its lock is held. */
bool tw_held(struct tw_proc *p)
{
	enum tw_turn turn = READ_ONCE(p->turn);

	return turn == TW_TURN_FAR || turn == TW_TURN_HELD;
}

/* One more runs. */
void tw_schedule_enter(struct tw_core *core)
{
	struct tw_schedule *s = &core->schedule;

	atomic_inc(&core->active);
	if (tw_running(core) > s->running_max && READ_ONCE(s->bound))
		tw_schedule_update(core);
}

/* One runs no more. */
void tw_schedule_leave(struct tw_core *core)
{
	atomic_dec_return(&core->active); /* TW_TURN_BARRIER */
	if (tw_schedule_holds(core))
		tw_schedule_update(core);
}

/* The process has taken its turn, or does not want it any more. */
void tw_turn_end_locked(struct tw_proc *p)
{
	struct tw_schedule *s = &p->core->schedule;

	if (READ_ONCE(p->turn) == TW_TURN_NONE)
		return;
	spin_lock(&s->lock);
	if (p->turn == TW_TURN_HELD)
		rb_erase_cached(&p->turn_node, &s->held);
	else if (p->turn == TW_TURN_GRANTED)
		WRITE_ONCE(s->granted, s->granted - 1);
	WRITE_ONCE(p->turn, TW_TURN_NONE);
	tw_schedule_update_locked(p->core);
	spin_unlock(&s->lock);
}

static void tw_queue_locked(struct tw_proc *p, u64 time)
{
	struct tw_schedule *s = &p->core->schedule;

	spin_lock(&s->lock);
	tw_hold_turn(s, p, time);
	tw_schedule_update_locked(p->core);
	spin_unlock(&s->lock);
}

/* Would one more be held? */
static bool tw_schedule_full(struct tw_core *core)
{
	return tw_schedule_holds(core) || tw_running(core) >= core->schedule.running_max;
}

/* It is held already, and now for an event at @time at the latest. */
static void tw_requeue_locked(struct tw_proc *p, u64 time)
{
	struct tw_schedule *s = &p->core->schedule;

	spin_lock(&s->lock);
	if (p->turn == TW_TURN_HELD && time < p->turn_time) {
		rb_erase_cached(&p->turn_node, &s->held);
		tw_hold_turn(s, p, time);
		tw_schedule_update_locked(p->core);
	}
	spin_unlock(&s->lock);
}

/*
 * There is something to do for a process. If it waits, it is woken; or it is held
 * from now on, without having been woken.
 */
void tw_alert_locked(struct tw_proc *p)
{
	enum tw_turn turn = READ_ONCE(p->turn);
	u64 time = min(p->lvt, tw_first_time(p));

	if (turn == TW_TURN_HELD || turn == TW_TURN_GRANTED) {
		tw_requeue_locked(p, time);
		return;
	}
	tw_turn_end_locked(p);
	if (p->state == TW_PROCESS_WAITING && tw_schedule_full(p->core))
		tw_queue_locked(p, time);
	else
		tw_wake_coming_locked(p);
}

/* A process gives its turn up, by the slack if not because too many run. */
static void tw_learn_slack(struct tw_schedule *s, const struct tw_proc *p)
{
	u64 ns;

	if (!s->slack_learnt || !p->turn_since || !s->bound)
		return;
	ns = tw_host_clock() - p->turn_since;
	if (ns < TW_TURN_NS / 2)
		s->slack = tw_add_time(s->slack, s->slack / 2 + 1);
	else if (ns > TW_TURN_NS * 2)
		s->slack -= s->slack / 8;
}

/* Is it another's turn? */
static bool tw_must_queue_locked(struct tw_proc *p, u64 time)
{
	struct tw_core *core = p->core;
	struct tw_schedule *s = &core->schedule;
	bool queue;

	if (!tw_schedule_holds(core) &&
	    (p->state == TW_PROCESS_RUNNING || !tw_schedule_full(core)))
		return false;
	spin_lock(&s->lock);
	tw_schedule_update_locked(core);
	if (p->turn == TW_TURN_HELD)
		queue = true;
	else if (p->turn == TW_TURN_GRANTED || p->state == TW_PROCESS_RUNNING)
		queue = time > s->bound;
	else
		queue = tw_running(core) >= s->running_max;
	if (queue && p->state == TW_PROCESS_RUNNING)
		tw_learn_slack(s, p);
	spin_unlock(&s->lock);
	return queue;
}

static enum tw_turn tw_turn_at_locked(struct tw_proc *p, u64 time)
{
	u64 gvt = READ_ONCE(p->core->gvt);

	if (time <= gvt)
		return TW_TURN_NONE;
	if (time - gvt > READ_ONCE(p->core->schedule.window))
		return TW_TURN_FAR;
	return tw_must_queue_locked(p, time) ? TW_TURN_HELD : TW_TURN_NONE;
}

void tw_set_asleep_locked(struct tw_proc *p, bool asleep)
{
	struct tw_schedule *s = &p->core->schedule;

	if (p->asleep == asleep)
		return;
	p->asleep = asleep;
	spin_lock(&s->lock);
	WRITE_ONCE(s->asleep, s->asleep + (asleep ? 1 : -1));
	tw_schedule_update_locked(p->core);
	spin_unlock(&s->lock);
}

/**
 * tw_throttle_locked() - is a process held before its next event?
 * @op: the operation
 * @p: a process whose running incarnation receives
 * @time: of the event; not infinity
 *
 * If it is, it waits, until GVT has come near enough, or it is its turn. LVT is
 * @time meanwhile.
 *
 * Return: true if it is.
 */
bool tw_throttle_locked(struct tw_op *op, struct tw_proc *p, u64 time)
{
	struct tw_schedule *s = &p->core->schedule;
	bool again = tw_held(p);
	enum tw_turn turn;

	tw_set_asleep_locked(p, false);
	if (p->state == TW_PROCESS_RUNNING && time <= tw_until(p->core))
		return false;
	turn = tw_turn_at_locked(p, time);
	if (turn == TW_TURN_NONE)
		return false;
	p->stats.throttled += !again;
	trace_tw_throttle(p, time, turn);
	tw_complete_locked(op, p, time);
	tw_set_state_locked(op, p, TW_PROCESS_WAITING);
	if (turn == TW_TURN_FAR) {
		p->turn = TW_TURN_FAR;
		p->adapt.far = tw_running(p->core) < s->running_max;
		tw_set_hold_locked(p, time - READ_ONCE(s->window));
		op->want_gvt = true;
	} else {
		tw_queue_locked(p, time);
	}
	return tw_held(p);
}

/* GVT has come to what it is held for. */
void tw_release_locked(struct tw_proc *p, u64 gvt)
{
	struct tw_schedule *s = &p->core->schedule;

	if (READ_ONCE(p->turn) == TW_TURN_HELD) {
		spin_lock(&s->lock);
		if (p->turn == TW_TURN_HELD && p->turn_time <= gvt)
			tw_grant(s, p);
		spin_unlock(&s->lock);
	} else if (p->state == TW_PROCESS_WAITING && p->hold && p->hold <= gvt) {
		tw_alert_locked(p);
	}
}

/*
 * A longer window costs work that is undone, a shorter one waiting while a
 * processor is idle: the one cost grows with the window, the other falls. Where
 * they are equal their sum is at most twice the least. So the window shrinks
 * while more is undone, and grows while more is waited for; in what is wasted, not
 * in counts, both in real time as the processes have measured it (Das, Adaptive
 * protocols for parallel discrete event simulation, WSC 1996, surveys such rules).
 */
static void tw_window_learn_locked(struct tw_core *core)
{
	struct tw_schedule *s = &core->schedule;
	u64 window = s->window;

	if (s->farthest > core->gvt)
		s->ahead = max(s->ahead, s->farthest - core->gvt);
	s->farthest = 0;
	if (!s->window_learnt || s->held_ns + s->undone_ns < TW_WASTE_NS)
		return;
	/*
	 * What is longer than anybody has been ahead bounds nothing. How far they are
	 * now tells little: it is a rollback that has brought us here.
	 */
	if (s->undone_ns > s->held_ns)
		window = max_t(u64, min(window, s->ahead) / 4 * 3, 1);
	else
		window = tw_add_time(window, window / 3 + 1);
	WRITE_ONCE(s->window, window);
	s->held_ns = 0;
	s->undone_ns = 0;
	s->ahead = 0;
}

static void tw_window_look_locked(struct tw_proc *p)
{
	struct tw_schedule *s = &p->core->schedule;

	s->held_ns += p->adapt.held_ns;
	s->undone_ns += p->adapt.undone_ns;
	p->adapt.held_ns = 0;
	p->adapt.undone_ns = 0;
	s->farthest = max(s->farthest, tw_position_key(p).recv_time);
}

/* The GVT thread comes by: who sleeps, and what was wasted. */
void tw_schedule_look_locked(struct tw_proc *p)
{
	struct tw_schedule *s = &p->core->schedule;

	tw_window_look_locked(p);
	if (tw_schedule_holds(p->core) || READ_ONCE(s->asleep))
		tw_set_asleep_locked(p, p->state == TW_PROCESS_RUNNING && p->running &&
				     tw_host_asleep(p->running));
}

void tw_schedule_stat(struct tw_core *core, struct tw_domain_stat *st)
{
	struct tw_schedule *s = &core->schedule;

	st->window = READ_ONCE(s->window);
	st->slack = READ_ONCE(s->slack);
}

/* A round has ended: all have been looked at, and GVT may have moved on. */
void tw_schedule_round(struct tw_core *core)
{
	spin_lock(&core->schedule.lock);
	tw_window_learn_locked(core);
	tw_schedule_update_locked(core);
	spin_unlock(&core->schedule.lock);
}
