// SPDX-License-Identifier: GPL-2.0
/*
 * A process with events of its own, as libtw's object layer has them: it
 * enters the core only for messages that cross processes, and shows its
 * position in its page.
 */
#include <string.h>
#include <linux/atomic.h>

#include "shim.h"
#include "sim.h"

static struct setup *setup(struct task *t)
{
	return &t->proc->sim->setup;
}

/* Merge an event into the local list. */
void paged_take(struct task *t, const struct event *ev)
{
	u32 i = t->locals;

	if (i == LOCAL_MAX) {
		t->pc = PC_LOOP;
		return;
	}
	for (; i && tw_key_cmp(&ev->key, &t->local[i - 1].key) < 0; i--)
		t->local[i] = t->local[i - 1];
	t->local[i] = *ev;
	t->locals++;
}

/* What it sends to itself does not leave the process. */
void paged_sent(struct task *t, const struct event *out, u32 n)
{
	u64 self = t->proc->proc.id;
	u32 i;

	for (i = 0; i < n; i++) {
		if (event_id(setup(t), &out[i]) == self)
			paged_take(t, &out[i]);
		else
			task_sent(t, &out[i], 1);
	}
}

/* A process that it creates begins with its state as it is now. */
static bool paged_creates(struct task *t)
{
	u32 i;

	for (i = 0; i < t->outs; i++)
		if (t->out[i].spawn)
			return true;
	return false;
}

/* An event that is not certain can be undone: there must be a snapshot again. */
static bool paged_unsettles(struct task *t)
{
	return t->settled && t->locals &&
	       t->local[0].key.recv_time > t->certain &&
	       rnd_one_in(sim_rnd(t->proc->sim), 2);
}

static bool paged_snapshot_due(struct task *t)
{
	return !t->snapped || paged_unsettles(t) ||
	       READ_ONCE(t->page->events) >= READ_ONCE(t->page->snapshot_at);
}

/* Is the next event beyond the window? */
static bool paged_far(struct task *t, u64 time)
{
	u64 window = setup(t)->window;

	return window && time > window &&
	       READ_ONCE(t->proc->sim->core.gvt) < time - window;
}

/* Is it another's turn, perhaps, or beyond the domain's window? */
static bool paged_must_ask(struct task *t, u64 time)
{
	return time > t->asked &&
	       time > READ_ONCE(*t->proc->sim->core.schedule.until);
}

void paged_next(struct task *t)
{
	struct rnd *r = sim_rnd(t->proc->sim);
	u64 time;

	if (paged_creates(t)) {
		task_flush(t, PC_NEXT);
	} else if (paged_snapshot_due(t)) {
		task_flush(t, PC_SNAP);
	} else if (t->outs &&
		   (t->outs > OUT_MAX - SENDS_MAX || rnd_one_in(r, 4))) {
		task_flush(t, PC_NEXT);
	} else if (!t->locals) {
		task_receive(t, TW_TIME_INF, 0);
	} else {
		time = t->local[0].key.recv_time;
		if (t->settled && time > t->certain) {
			task_receive(t, time, 0);
			t->committed = true;
		} else if (paged_far(t, time)) {
			task_receive(t, time, time - setup(t)->window);
		} else if (paged_must_ask(t, time) ||
			   (rnd_one_in(r, 2) &&
			    READ_ONCE(t->page->next) <= time)) {
			task_receive(t, time, 0);
		} else {
			t->turn = 0;
			t->pc = PC_MOVE;
		}
	}
}

/* The process's half of TW_NEXT_BARRIER. */
static void paged_moved(struct task *t)
{
	u64 time = t->local[0].key.recv_time;

	smp_mb();
	if (READ_ONCE(t->page->next) > time) {
		t->pc = setup(t)->gives_up ? PC_BEGIN : PC_EVENT;
		return;
	}
	task_receive(t, time, 0);
	if (setup(t)->gives_up) {
		t->back = t->pc;
		t->turn = 0;
		t->pc = PC_BACK;
	}
}

/* The next of three stores; returns true after the last. */
static bool paged_move(struct task *t, u64 time, u64 priority)
{
	/* Within one time it is one store. */
	if (setup(t)->gives_up && t->turn == 0 && t->page->time == time)
		t->turn = 2;
	switch (t->turn++) {
	case 0:
		WRITE_ONCE(t->page->priority, TW_TIME_INF);
		break;
	case 1:
		smp_wmb();
		WRITE_ONCE(t->page->time, time);
		break;
	default:
		smp_wmb();
		WRITE_ONCE(t->page->priority, priority);
	}
	return t->turn == 3;
}

/* Of an event that may still have to wait, libtw does not tell the priority. */
static void paged_claim(struct task *t)
{
	const struct tw_key *key = &t->local[0].key;

	t->claimed = true;
	if (t->turn == 3 || (t->turn == 2 && setup(t)->gives_up))
		paged_moved(t);
	else
		paged_move(t, key->recv_time, key->priority);
}

void paged_event(struct task *t)
{
	struct event out[SENDS_MAX], ev = t->local[0];
	bool held = t->outs, crash = task_will_crash(t, &ev);
	u32 n;

	if (t->program.events == EVENTS_MAX) {
		t->pc = PC_LOOP;
		return;
	}
	check_begin(t->proc->sim, ev.key.recv_time);
	if (ev.key.recv_time <= t->certain &&
	    !oracle_agrees(t->proc->sim->oracle, &t->program, &ev))
		shim_bug("process %u begins what is not committed",
			 t->proc->index + 1);
	/* What it has sent before must not wait for it to come to its senses. */
	if (crash && held) {
		task_flush(t, PC_NEXT);
		return;
	}
	memmove(&t->local[0], &t->local[1], --t->locals * sizeof(ev));
	t->claimed = false;
	t->now = ev.key.recv_time;
	t->priority = ev.key.priority;
	WRITE_ONCE(t->page->events, t->page->events + 1);
	t->pc = PC_NEXT;
	n = program_event(setup(t), &t->program, &ev, out);
	paged_sent(t, out, n);
	if (t->outs && !held)
		t->pc = PC_HOLD;
	if (crash)
		task_crash(t);
}

/* The steps that only a process with a page has. */
void paged_step(struct task *t)
{
	switch (t->pc) {
	case PC_UNHOLD:
		WRITE_ONCE(t->page->hold, TW_TIME_INF);
		t->pc = t->after;
		break;
	case PC_HOLD:
		WRITE_ONCE(t->page->hold, t->out[0].key.send_time);
		t->pc = PC_NEXT;
		break;
	case PC_MOVE:
		paged_claim(t);
		break;
	case PC_BEGIN:
		WRITE_ONCE(t->page->priority, t->local[0].key.priority);
		t->pc = PC_EVENT;
		break;
	case PC_BACK:
		if (paged_move(t, t->now, t->priority)) {
			t->claimed = false;
			t->pc = t->back;
		}
		break;
	default:
		shim_bug("no such step: %d", t->pc);
	}
}
