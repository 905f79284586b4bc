// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
#include <stdlib.h>
#include <string.h>

#include "object.h"
#include "past.h"

#define RING_MIN 1024
#define MARKS_MIN 64

/* Twice the room: what is from @first to @end keeps its numbers. */
static void *ring_grow(struct tw_ctx *c, void *old, uint64_t *cap,
		       uint64_t first, uint64_t end, size_t size)
{
	uint64_t n = *cap ? 2 * *cap : RING_MIN;
	char *ring = malloc(n * size);

	if (!ring)
		tw_ctx_fatal(c, "no memory for the past");
	for (uint64_t i = first; i < end; i++)
		memcpy(ring + (i & (n - 1)) * size,
		       (char *)old + (i & (*cap - 1)) * size, size);
	free(old);
	*cap = n;
	return ring;
}

static struct tw_past_event *past_event(const struct tw_past *past, uint64_t i)
{
	return &past->event[i & (past->event_cap - 1)];
}

static struct tw_node **past_made(const struct tw_past *past, uint64_t i)
{
	return &past->made[i & (past->made_cap - 1)];
}

void tw_past_made(struct tw_ctx *c, struct tw_node *node)
{
	struct tw_past *past = c->past;

	if (tw_unlikely(past->made_end - past->made_first == past->made_cap))
		past->made = ring_grow(c, past->made, &past->made_cap,
				       past->made_first, past->made_end,
				       sizeof(*past->made));
	*past_made(past, past->made_end++) = node;
}

/* ---- one event ---- */

/* A copy of an object is a node: its place in @to, its bytes as the payload. */
static struct tw_node *save(struct tw_ctx *c, uint64_t object)
{
	size_t len;
	void *state = c->model->object(c, object, &len);
	struct tw_node *saved;

	if (tw_unlikely(len > TW_PAYLOAD_MAX))
		tw_ctx_fatal(c, "a state of %zu bytes is too large", len);
	saved = tw_pool_get(&c->pool, len);
	if (tw_unlikely(!saved))
		tw_ctx_fatal(c, "no memory for the past");
	saved->to = (uintptr_t)state;
	saved->len = len;
	memcpy(saved->data, state, len);
	return saved;
}

static void drop_saved(struct tw_ctx *c, struct tw_past_event *e)
{
	if (e->saved)
		tw_pool_put(&c->pool, e->saved);
	e->saved = NULL;
}

/* Of events that are reversed only the last can be left in its midst. */
static void drop_last_saved(struct tw_ctx *c)
{
	struct tw_past *past = c->past;

	if (past->reverse && c->events > past->event_first)
		drop_saved(c, past_event(past, c->events - 1));
}

void tw_past_dispatch(struct tw_ctx *c)
{
	struct tw_past *past = c->past;
	struct tw_past_event *e;
	struct tw_event ev;

	c->inside = true;
	if (tw_unlikely(c->events - past->event_first == past->event_cap))
		past->event = ring_grow(c, past->event, &past->event_cap,
					past->event_first, c->events,
					sizeof(*past->event));
	drop_last_saved(c);
	e = past_event(past, c->events);
	e->node = tw_order_take(&c->order);
	c->self = e->node->to;
	e->saved = c->model->object ? save(c, c->self) : NULL;
	c->events++;
	ev = tw_ctx_event(e->node, e->memo);
	c->inside = false;
	c->model->event(c, &ev);
	c->inside = true;
}

static void undo(struct tw_ctx *c, struct tw_past_event *e)
{
	struct tw_event ev;

	if (e->saved && (!c->past->reverse || c->past->broken)) {
		memcpy((void *)(uintptr_t)e->saved->to, e->saved->data,
		       e->saved->len);
	} else {
		ev = tw_ctx_event(e->node, e->memo);
		ev.len &= ~TW_NODE_DEAD;
		c->now = ev.time;
		c->self = ev.to;
		c->model->reverse(c, &ev);
	}
	c->past->broken = false;
	drop_saved(c, e);
}

/* ---- marks ---- */

static void forget_before(struct tw_ctx *c, const struct tw_mark *mark)
{
	struct tw_past *past = c->past;

	for (; past->event_first < mark->events; past->event_first++) {
		struct tw_past_event *e = past_event(past, past->event_first);

		drop_saved(c, e);
		tw_pool_put(&c->pool, e->node);
	}
	past->made_first = mark->made;
}

static void marks_remove(struct tw_past *past, unsigned int i, unsigned int n)
{
	past->marks -= n;
	memmove(&past->mark[i], &past->mark[i + n],
		(past->marks - i) * sizeof(*past->mark));
}

static void marks_append(struct tw_ctx *c, const struct tw_mark *mark)
{
	struct tw_past *past = c->past;

	if (past->marks == past->marks_cap) {
		unsigned int n = past->marks ? 2 * past->marks : MARKS_MIN;
		void *p = realloc(past->mark, n * sizeof(*past->mark));

		if (!p)
			tw_ctx_fatal(c, "no memory for the past");
		past->mark = p;
		past->marks_cap = n;
	}
	past->mark[past->marks++] = *mark;
}

void tw_past_mark(struct tw_ctx *c, const struct tw_mark *mark, uint64_t oldest,
		  uint64_t thinned)
{
	struct tw_past *past = c->past;
	unsigned int old = 0;

	/* Announced twice in one position it has one name. */
	if (past->marks && past->mark[past->marks - 1].token == mark->token)
		past->marks--;
	marks_append(c, mark);
	past->mark[past->marks - 1].events = c->events;
	past->mark[past->marks - 1].made = past->made_end;
	while (past->mark[old].token < oldest)
		old++;
	marks_remove(past, 0, old);
	for (unsigned int i = 0; thinned && i < past->marks; i++)
		if (past->mark[i].token == thinned)
			marks_remove(past, i, 1);
	forget_before(c, &past->mark[0]);
}

static void undo_to(struct tw_ctx *c, const struct tw_mark *mark)
{
	struct tw_past *past = c->past;

	for (uint64_t i = mark->made; i < past->made_end; i++)
		(*past_made(past, i))->len |= TW_NODE_DEAD;
	c->order.dead += past->made_end - mark->made;
	past->made_end = mark->made;
	while (c->events > mark->events) {
		struct tw_past_event *e = past_event(past, --c->events);

		undo(c, e);
		if (e->node->len & TW_NODE_DEAD) {
			e->node->len &= ~TW_NODE_DEAD;
			c->order.dead--;
			tw_pool_put(&c->pool, e->node);
		} else if (tw_order_push(&c->order, e->node)) {
			tw_ctx_fatal(c, "no memory for the event list");
		}
	}
}

const struct tw_mark *tw_past_restore(struct tw_ctx *c, uint64_t token)
{
	struct tw_past *past = c->past;
	const struct tw_mark *mark;

	while (past->marks && past->mark[past->marks - 1].token > token)
		past->marks--;
	if (!past->marks || past->mark[past->marks - 1].token != token)
		return NULL;
	mark = &past->mark[past->marks - 1];
	if (tw_order_close(&c->order))
		tw_ctx_fatal(c, "no memory for the event list");
	undo_to(c, mark);
	tw_order_prune(&c->order);
	c->now = mark->now;
	c->index = mark->index;
	return mark;
}

void tw_past_destroy(struct tw_past *past)
{
	free(past->event);
	free(past->made);
	free(past->mark);
	*past = (struct tw_past){ 0 };
}
