// SPDX-License-Identifier: GPL-2.0
/* All entities in one event list. */
#include <stdlib.h>
#include <sys/resource.h>

#include "sim/calls/model.h"
#include "sim/need.h"
#include "tw/clock.h"

struct event {
	double time;
	uint64_t to;
	struct calls_msg msg;
};

struct engine {
	struct calls_engine e;
	double now;
	uint64_t self;
	struct exchange *exchange;
	struct call **call; /* by id, behind those of exchanges; NULL: over */
	uint64_t calls, calls_room;
	struct event *heap;
	size_t events, room;
	calls_output output;
	void *arg;
	uint64_t count;
	uint64_t live,
		live_peak; /* events to come, the one that is handled included */
};

_Static_assert(TW_MEMORY_HEADER + sizeof(struct calls_msg) <= TW_MEMORY_MESSAGE,
	       "what an event counts as in a budget of memory");

static struct engine *engine(struct calls_engine *e)
{
	return (struct engine *)e;
}

static double now(struct calls_engine *e)
{
	return engine(e)->now;
}

static uint64_t self(struct calls_engine *e)
{
	return engine(e)->self;
}

static void *more(void *p, size_t n, size_t size)
{
	p = realloc(p, n * size);
	if (!p)
		no_memory();
	return p;
}

static bool before(const struct event *a, const struct event *b)
{
	return a->time < b->time ||
	       (a->time == b->time && a->msg.key < b->msg.key);
}

static void swap(struct event *a, struct event *b)
{
	struct event t = *a;

	*a = *b;
	*b = t;
}

static void send(struct calls_engine *e, uint64_t to, double at,
		 const struct calls_msg *m)
{
	struct engine *n = engine(e);
	size_t i = n->events++;

	if (i == n->room) {
		n->room = n->room ? 2 * n->room : 64;
		n->heap = more(n->heap, n->room, sizeof(*n->heap));
	}
	if (++n->live > n->live_peak)
		n->live_peak = n->live;
	n->heap[i] = (struct event){ .time = at, .to = to, .msg = *m };
	for (; i && before(&n->heap[i], &n->heap[(i - 1) / 2]); i = (i - 1) / 2)
		swap(&n->heap[i], &n->heap[(i - 1) / 2]);
}

static struct event take(struct engine *n)
{
	struct event first = n->heap[0];
	size_t i = 0, kid;

	n->heap[0] = n->heap[--n->events];
	for (; (kid = 2 * i + 1) < n->events; i = kid) {
		if (kid + 1 < n->events &&
		    before(&n->heap[kid + 1], &n->heap[kid]))
			kid++;
		if (!before(&n->heap[kid], &n->heap[i]))
			break;
		swap(&n->heap[kid], &n->heap[i]);
	}
	return first;
}

static void begin(struct calls_engine *e, const struct call *c)
{
	struct engine *n = engine(e);
	uint64_t creator = n->self;
	struct call *copy = need(1, sizeof(*copy));

	*copy = *c;
	if (n->calls == n->calls_room) {
		n->calls_room = n->calls_room ? 2 * n->calls_room : 64;
		n->call = more(n->call, n->calls_room, sizeof(*n->call));
	}
	n->call[n->calls++] = copy;
	n->self = e->model->exchanges + n->calls;
	call_start(copy, e);
	n->self = creator;
}

/* Two at one time: their keys decide, as they do in a sink. */
static void record(struct calls_engine *e, const struct calls_record *r)
{
	engine(e)->output(engine(e)->arg, r);
}

static void handle(struct engine *n, const struct event *ev)
{
	uint64_t exchanges = n->e.model->exchanges;
	struct call **c;

	n->now = ev->time;
	n->self = ev->to;
	n->count++;
	if (ev->to <= exchanges) {
		exchange_event(&n->exchange[ev->to - 1], &n->e, &ev->msg);
		return;
	}
	c = &n->call[ev->to - exchanges - 1];
	if (call_event(*c, &n->e, &ev->msg))
		return;
	free(*c);
	*c = NULL;
}

static void run(struct engine *n)
{
	uint64_t i;

	for (i = 1; i <= n->e.model->exchanges; i++) {
		n->self = i;
		exchange_start(&n->exchange[i - 1], &n->e, i);
	}
	while (n->events) {
		struct event ev = take(n);

		handle(n, &ev);
		n->live--;
	}
}

int calls_sequential(const struct calls *c, calls_output output, void *arg,
		     struct tw_run_stat *stat)
{
	struct engine n = {
		.e = { .model = c,
		       .now = now,
		       .self = self,
		       .send = send,
		       .begin = begin,
		       .record = record },
		.output = output,
		.arg = arg,
	};
	uint64_t start = clock_ns();
	struct rusage ru;

	n.exchange = need(c->exchanges, sizeof(*n.exchange));
	run(&n);
	stat->events = n.count;
	stat->committed = n.count;
	stat->live_peak = n.live_peak * TW_MEMORY_MESSAGE;
	if (!getrusage(RUSAGE_SELF, &ru))
		stat->memory_peak = (uint64_t)ru.ru_maxrss * 1024;
	free(n.exchange);
	free(n.call);
	free(n.heap);
	stat->wall_ns = clock_ns() - start;
	return 0;
}
