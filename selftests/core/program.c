// SPDX-License-Identifier: GPL-2.0
/* The program of the processes, and its sequential execution. */
#include <stdlib.h>
#include <string.h>

#include "program.h"

#define TIME_END 4096
#define QUEUE_MAX 4096

/* Messages from outside: the times of a live port are found when it injects. */
static void ports_random(struct setup *s, struct rnd *r)
{
	u32 i, n;

	for (i = 0; i < s->ports; i++) {
		s->port_live[i] = rnd_one_in(r, 2);
		s->port_len[i] = 1 + rnd_below(r, INJECTS_MAX);
		for (n = 0; n < s->port_len[i]; n++) {
			struct event *ev = &s->inject[i][n];
			u64 h = mix(mix(s->seed, 1000 + i), n);

			ev->to = h % 8 ? (h >> 8) % s->procs :
					 PROCS_MAX + (h >> 8) % s->sinks;
			ev->key.recv_time = 1 + (h >> 16) % (8 * s->span);
			ev->key.priority = (h >> 32) % 3;
			ev->key.sender = port_id(s, i);
			ev->key.index = n;
			ev->data.value = mix(h, 7);
			if (ev->to < PROCS_MAX)
				ev->data.lives = 1 + (h >> 40) % s->lives;
		}
		s->injects[i] = s->port_live[i] ? 0 : s->port_len[i];
		/* What the oracle does not know yet, a process cannot know. */
		if (s->port_live[i]) {
			s->crashes = 0;
			s->quits = false;
			s->bug = 0;
		}
	}
}

/* Not drawn like the rest: whoever has no budget does what it did without. */
static void memory_random(struct setup *s)
{
	u64 h = mix(s->seed, 77);
	u32 i;

	if (h % 3 == 0)
		s->memory = 1 + (h >> 8) % 32;
	if ((h >> 16) % 6 == 0)
		s->proc_memory = 1 + (h >> 24) % 24;
	s->memory_enough = !s->fork_fails && !s->kills && (h >> 32) % 4;
	/* What a live port injects, the oracle knows afterwards only. */
	for (i = 0; i < s->ports; i++)
		s->memory_enough &= !s->port_live[i];
}

void setup_random(struct setup *s, u64 seed, struct rnd *r)
{
	static const u32 spans[] = { 2, 5, 12, 40, 120 };
	static const u32 couplings[] = { 1, 2, 8, 64 };
	u32 pages = rnd_below(r, 3), lazy = rnd_below(r, 3);
	u32 in_place = rnd_below(r, 3), i;

	memset(s, 0, sizeof(*s));
	s->seed = seed;
	s->procs = 2 + rnd_below(r, PROCS_MAX - 1);
	s->sinks = 1 + rnd_below(r, SINKS_MAX);
	s->span = spans[rnd_below(r, 5)];
	s->coupling = couplings[rnd_below(r, 4)];
	s->lives = 2 + rnd_below(r, 24);
	s->interval = rnd_below(r, 8);
	s->adaptive = rnd_one_in(r, 8);
	s->snaps_max = rnd_one_in(r, 3) ? 2 + rnd_below(r, 6) : 0;
	s->window = rnd_one_in(r, 3) ? 1 + rnd_below(r, 2 * s->span) : 0;
	s->vector = rnd_one_in(r, 2) ? 1 : 1 + rnd_below(r, 6);
	s->crashes = rnd_one_in(r, 3) ? 4 + rnd_below(r, 12) : 0;
	s->fork_fails = rnd_one_in(r, 3) ? 2 + rnd_below(r, 6) : 0;
	s->kills = rnd_one_in(r, 3) ? 1 + rnd_below(r, 6) : 0;
	s->undoes = rnd_one_in(r, 3) ? 2 + rnd_below(r, 6) : 0;
	s->slow = rnd_below(r, SLOW_KINDS);
	/* Many equal times while many messages are in flight. */
	if (s->slow == SLOW_INSERT && rnd_one_in(r, 2)) {
		s->span = 2;
		s->interval = 1;
	}
	s->quits = rnd_one_in(r, 4);
	s->gives_up = rnd_below(r, 2);
	s->spare = rnd_below(r, 2);
	s->bug = rnd_one_in(r, 16) ? 1 + rnd_below(r, 8) : 0;
	/* In a vector the core cannot see which message it was. */
	if (s->vector > 1 && pages != 1)
		s->bug = 0;
	s->choosy = rnd_one_in(r, 3);
	s->kids = rnd_one_in(r, 3) ? 2 + rnd_below(r, 12) : 0;
	for (i = 0; i <= KID; i++) {
		s->paged[i] = pages == 2 ? rnd_below(r, 2) : pages;
		s->lazy[i] = lazy == 2 ? rnd_below(r, 2) : lazy;
		s->in_place[i] = in_place == 2 ? rnd_below(r, 2) : in_place;
	}
	/* What is created goes back by forks. */
	s->in_place[KID] = 0;
	/* A crash for real is left out, and who receives so cannot create. */
	for (i = 0; i < s->procs; i++)
		if (!s->bug && !s->kids && rnd_one_in(r, 4))
			s->committed[i] =
				rnd_one_in(r, 2) ? 1 : 2 + rnd_below(r, 6);
	s->ports = rnd_one_in(r, 3) ? 1 + rnd_below(r, PORTS_MAX) : 0;
	ports_random(s, r);
	for (i = 0; i < s->sinks; i++)
		s->bound[i] = rnd_one_in(r, 3) ? 1 + rnd_below(r, 8) : 0;
	s->slow_reader = rnd_below(r, 2);
	s->closes = rnd_one_in(r, 16);
	s->running = rnd_one_in(r, 2) ? 1 + rnd_below(r, s->procs) : 0;
	s->slack = rnd_below(r, 2) * rnd_below(r, 2 * s->span);
	s->horizon = rnd_one_in(r, 3) ? 1 + rnd_below(r, 2 * s->span) : 0;
	s->learns = rnd_one_in(r, 8);
	memory_random(s);
}

/* Something that is sent at @now; its number is counted as the module does. */
static void program_stamp(struct program *p, u64 now, struct event *out)
{
	if (p->send_time != now) {
		p->send_index = 0;
		p->local_index = 0;
	}
	p->send_time = now;
	memset(out, 0, sizeof(*out));
	out->key.sender = p->id;
	out->key.send_time = now;
}

/* What does not leave the process is not seen by the module, nor counted. */
static u32 program_index(const struct setup *s, struct program *p,
			 const struct event *out)
{
	u32 self = TW_ID_SPAWNED(p->id) ? KID : p->id - 1;

	if (s->paged[self] && event_id(s, out) == p->id)
		return p->local_index++;
	return p->send_index++;
}

static void program_send(const struct setup *s, struct program *p, u64 now,
			 struct event *out, u64 h, u64 lives)
{
	program_stamp(p, now, out);
	if (!lives) {
		out->to = PROCS_MAX + h % s->sinks;
	} else if (p->kid && (h >> 8) % 3 == 0) {
		out->to = KID;
		out->kid = p->kid;
	} else {
		out->to = h % s->procs;
	}
	out->key.index = program_index(s, p, out);
	out->key.recv_time = now + 1 + (h >> 16) % s->span;
	out->key.priority = (h >> 32) % 3;
	out->data.value = mix(h, 7);
	out->data.lives = lives;
	out->data.kid = lives && (h >> 36) % 2 ? p->kid : 0;
}

static void program_spawn(struct program *p, u64 now, struct event *out,
			  u64 lives)
{
	program_stamp(p, now, out);
	out->key.recv_time = now;
	out->to = KID;
	out->key.index = p->send_index++;
	out->kid = tw_spawn_id(p->id, now, out->key.index);
	out->spawn = true;
	out->data.lives = lives;
	p->kid = out->kid;
}

u32 program_start(const struct setup *s, u32 self, struct program *p,
		  struct event *out)
{
	u64 h = mix(s->seed, self);
	u32 n = h % STARTS_MAX, i;

	memset(p, 0, offsetof(struct program, chain));
	p->id = self + 1;
	p->hash = h;
	if (self == 0 && !n)
		n = 1;
	for (i = 0; i < n; i++)
		program_send(s, p, 0, &out[i], mix(h, i),
			     1 + mix(h, i) % s->lives);
	return n;
}

/* Its sends at its birth have the lives that it was given. */
u32 program_born(const struct setup *s, struct program *p,
		 const struct event *ev, struct event *out)
{
	u64 h = mix(p->hash, ev->kid), lives = ev->data.lives, first;
	u32 n = 0;

	memset(p, 0, offsetof(struct program, chain));
	p->id = ev->kid;
	p->hash = h;
	p->kid = h % 2 ? p->id : 0;
	first = lives / 2;
	if (first)
		program_send(s, p, ev->key.send_time, &out[n++], mix(h, 1),
			     first);
	program_send(s, p, ev->key.send_time, &out[n++], mix(h, 2),
		     lives - first);
	return n;
}

bool program_ended(const struct program *p)
{
	return TW_ID_SPAWNED(p->id) && p->id % 2 &&
	       p->events >= 1 + (p->id >> 1) % 5;
}

/* The state after an event. */
u64 program_hash(const struct program *p, const struct event *ev)
{
	u64 h = mix(p->hash, ev->key.recv_time);

	h = mix(h, ev->key.priority);
	h = mix(h, ev->key.sender);
	h = mix(h, ev->key.send_time);
	return mix(h, ev->data.value);
}

/* The lives of the event, less its own, are shared out among up to 3 sends. */
u32 program_event(const struct setup *s, struct program *p,
		  const struct event *ev, struct event *out)
{
	u64 now = ev->key.recv_time, lives = ev->data.lives - 1;
	u64 h = mix(mix(s->seed, ev->data.value), now);
	u32 n = 0, i;

	p->hash = program_hash(p, ev);
	p->chain[p->events++] = p->hash;
	if (h % s->coupling == 0)
		h = mix(h, p->hash);
	if (ev->data.kid)
		p->kid = ev->data.kid;
	if (lives && s->kids && mix(h, 30) % s->kids == 0) {
		u64 share = 1 + mix(h, 31) % lives;

		lives -= share;
		program_spawn(p, now, &out[n++], share);
	}
	for (i = 0; i < 3 && lives && now < TIME_END; i++) {
		u64 share = i == 2 ? lives : mix(h, i) % (lives + 1);

		lives -= share;
		if (share)
			program_send(s, p, now, &out[n++], mix(h, 10 + i),
				     share);
	}
	if (mix(h, 20) % 3)
		program_send(s, p, now, &out[n++], mix(h, 21), 0);
	return n;
}

void program_copy(struct program *to, const struct program *from)
{
	memcpy(to, from,
	       offsetof(struct program, chain) + from->events * sizeof(u64));
}

/* ---- the oracle ---- */

struct queue {
	struct event *ev[QUEUE_MAX];
	u32 n;
};

static bool event_less(const struct event *a, const struct event *b)
{
	return tw_key_cmp(&a->key, &b->key) < 0;
}

/* A binary heap. */
static bool queue_add(struct queue *q, const struct event *ev)
{
	u32 i = q->n;

	if (i == QUEUE_MAX)
		return false;
	q->ev[q->n++] = memcpy(malloc(sizeof(*ev)), ev, sizeof(*ev));
	for (; i && event_less(q->ev[i], q->ev[(i - 1) / 2]); i = (i - 1) / 2) {
		struct event *up = q->ev[(i - 1) / 2];

		q->ev[(i - 1) / 2] = q->ev[i];
		q->ev[i] = up;
	}
	return true;
}

static struct event queue_take(struct queue *q)
{
	struct event first = *q->ev[0];
	u32 i = 0, kid;

	free(q->ev[0]);
	q->ev[0] = q->ev[--q->n];
	for (; (kid = 2 * i + 1) < q->n; i = kid) {
		struct event *up;

		if (kid + 1 < q->n && event_less(q->ev[kid + 1], q->ev[kid]))
			kid++;
		if (!event_less(q->ev[kid], q->ev[i]))
			break;
		up = q->ev[kid];
		q->ev[kid] = q->ev[i];
		q->ev[i] = up;
	}
	return first;
}

static struct kid *oracle_kid(const struct oracle *o, u64 id)
{
	u32 i;

	for (i = 0; i < o->kids; i++)
		if (o->kid[i].program.id == id)
			return (struct kid *)&o->kid[i];
	return NULL;
}

static bool queue_add_all(const struct setup *s, struct oracle *o,
			  struct queue *q, const struct program *p,
			  const struct event *out, u32 n);

/* The process @p creates another. */
static bool oracle_spawn(const struct setup *s, struct oracle *o,
			 struct queue *q, const struct program *p,
			 const struct event *ev)
{
	struct event out[STARTS_MAX];
	struct kid *kid = &o->kid[o->kids];

	if (o->kids == KIDS_MAX)
		return false;
	o->kids++;
	kid->birth = ev->key.send_time;
	program_copy(&kid->program, p);
	return queue_add_all(s, o, q, &kid->program, out,
			     program_born(s, &kid->program, ev, out));
}

static bool queue_add_all(const struct setup *s, struct oracle *o,
			  struct queue *q, const struct program *p,
			  const struct event *out, u32 n)
{
	bool fits = true;
	u32 i;

	for (i = 0; i < n && fits; i++)
		fits = out[i].spawn ? oracle_spawn(s, o, q, p, &out[i]) :
				      queue_add(q, &out[i]);
	return fits;
}

/* Who handles the event; NULL: nobody lives to do so. */
static struct program *oracle_receiver(struct oracle *o, const struct event *ev)
{
	struct kid *kid;

	if (ev->to < PROCS_MAX)
		return &o->program[ev->to];
	kid = oracle_kid(o, ev->kid);
	if (!kid || ev->key.recv_time <= kid->birth ||
	    program_ended(&kid->program))
		return NULL;
	return &kid->program;
}

static bool oracle_event(const struct setup *s, struct oracle *o,
			 struct queue *q)
{
	struct event ev = queue_take(q), out[SENDS_MAX];
	struct program *p;

	if (ev.to >= PROCS_MAX && ev.to < KID) {
		u32 sink = ev.to - PROCS_MAX;

		if (o->records[sink] == RECORDS_MAX)
			return false;
		o->record[sink][o->records[sink]++] = ev;
		return true;
	}
	p = oracle_receiver(o, &ev);
	if (!p)
		return true;
	if (p->events == EVENTS_MAX)
		return false;
	if (ev.to == 0 && p->events + 1 == s->bug)
		o->bug_time = ev.key.recv_time;
	return queue_add_all(s, o, q, p, out, program_event(s, p, &ev, out));
}

bool oracle_run(const struct setup *s, struct oracle *o)
{
	struct event out[STARTS_MAX];
	struct queue q = { .n = 0 };
	bool fits = true;
	u32 i;

	o->bug_time = 0;
	o->kids = 0;
	memset(o->records, 0, sizeof(o->records));
	for (i = 0; i < s->procs; i++)
		queue_add_all(s, o, &q, &o->program[i], out,
			      program_start(s, i, &o->program[i], out));
	for (i = 0; i < s->ports; i++)
		queue_add_all(s, o, &q, NULL, s->inject[i],
				      s->injects[i]);
	o->live = q.n;
	while (fits && q.n) {
		fits = oracle_event(s, o, &q);
		o->live = max(o->live, q.n);
	}
	while (q.n)
		queue_take(&q);
	return fits;
}

const struct program *oracle_program(const struct oracle *o, u64 id)
{
	struct kid *kid;

	if (!TW_ID_SPAWNED(id))
		return &o->program[id - 1];
	kid = oracle_kid(o, id);
	return kid ? &kid->program : NULL;
}

bool oracle_agrees(const struct oracle *o, const struct program *p,
		   const struct event *ev)
{
	const struct program *right = oracle_program(o, p->id);

	return right && p->events < right->events &&
	       right->chain[p->events] == program_hash(p, ev);
}
