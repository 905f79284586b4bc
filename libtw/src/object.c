// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * The object layer: what handlers call. The engines call the handlers.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "object.h"
#include "words.h"

void tw_ctx_fatal(const struct tw_ctx *c, const char *fmt, ...)
{
	char why[TW_WORDS_LEN];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	tw_last_words("object %llu at time %llu: %s",
		      (unsigned long long)c->self, (unsigned long long)c->now,
		      why);
	abort();
}

void tw_ctx_init(struct tw_ctx *c, const struct tw_model *m, tw_time end)
{
	memset(c, 0, sizeof(*c));
	c->model = m;
	c->end = end;
	c->count = m->objects;
	tw_order_init(&c->order);
}

void tw_ctx_destroy(struct tw_ctx *c)
{
	tw_order_destroy(&c->order);
	tw_pool_destroy(&c->pool);
}

void tw_ctx_start(struct tw_ctx *c)
{
	const struct tw_model *m = c->model;
	uint64_t first = c->owner ? 0 : c->first;
	uint64_t end = c->owner ? m->objects : first + c->count;

	if (m->setup)
		c->state = m->setup(c, m->arg);
	if (!m->init)
		return;
	for (uint64_t object = first; object < end; object++) {
		if (!tw_ctx_owns(c, object))
			continue;
		c->self = object;
		m->init(c, object);
	}
}

void tw_ctx_insert(struct tw_ctx *c, uint64_t to, tw_time at, uint64_t word,
		   tw_time send_time, uint32_t index, const void *data,
		   uint32_t len)
{
	struct tw_node *node = tw_pool_get(&c->pool, len);

	if (tw_unlikely(!node))
		tw_ctx_fatal(c, "no memory for an event");
	node->time = at;
	node->word = word;
	node->send_time = send_time;
	node->to = to;
	node->index = index;
	node->len = len;
	if (len)
		memcpy(node->data, data, len);
	if (tw_unlikely(tw_order_push(&c->order, node)))
		tw_ctx_fatal(c, "no memory for the event list");
	if (c->past)
		tw_past_made(c, node);
	else
		tw_ctx_live(c, tw_event_bytes(len));
}

static void check_send(const struct tw_ctx *c, uint64_t to, tw_time at,
		       uint64_t priority, uint32_t len)
{
	if (tw_unlikely(at <= c->now))
		tw_ctx_fatal(c, "send to time %llu, which is not after now",
			     (unsigned long long)at);
	if (tw_unlikely(to >= c->model->objects))
		tw_ctx_fatal(c, "send to object %llu, which does not exist",
			     (unsigned long long)to);
	if (tw_unlikely(priority > TW_PRIORITY_MAX))
		tw_ctx_fatal(c, "priority %llu is above %u",
			     (unsigned long long)priority, TW_PRIORITY_MAX);
	if (tw_unlikely(len > TW_EVENT_MAX))
		tw_ctx_fatal(c, "an event of %u bytes is too large", len);
}

static void send_event(struct tw_ctx *c, uint64_t to, tw_time at,
		       uint64_t priority, uint32_t flags, const void *data,
		       uint32_t len)
{
	uint64_t word = tw_word(priority, c->self);

	check_send(c, to, at, priority, len);
	if (at >= c->end)
		return;
	c->inside = true;
	if (tw_ctx_owns(c, to))
		tw_ctx_insert(c, to, at, word, c->now, c->index++, data, len);
	else
		c->ops->send(c, to, at, word, flags, data, len);
	c->inside = false;
}

void tw_ctx_send(struct tw_ctx *c, uint64_t to, tw_time at, uint32_t priority,
		 const void *data, uint32_t len)
{
	send_event(c, to, at, priority, 0, data, len);
}

void tw_ctx_send_with(struct tw_ctx *c, uint64_t to, tw_time at,
		      const struct tw_send_attr *attr, const void *data,
		      uint32_t len)
{
	const struct tw_send_attr none = { 0 };
	const struct tw_send_attr *a = attr ? attr : &none;

	if (tw_unlikely(a->cancellation > TW_CANCEL_LAZY))
		tw_ctx_fatal(c, "cancellation %u is none", a->cancellation);
	send_event(c, to, at, a->priority, tw_send_flags(a->cancellation), data,
		   len);
}

void tw_ctx_write(struct tw_ctx *c, uint32_t sink, uint32_t priority,
		  const void *data, uint32_t len)
{
	if (tw_unlikely(sink >= c->model->sinks))
		tw_ctx_fatal(c, "write to sink %u, which does not exist", sink);
	if (tw_unlikely(priority > TW_PRIORITY_MAX))
		tw_ctx_fatal(c, "priority %u is above %u", priority,
			     TW_PRIORITY_MAX);
	if (tw_unlikely(c->now >= TW_TIME_INF - 1))
		tw_ctx_fatal(c, "write at the end of time");
	if (tw_unlikely(len > TW_PAYLOAD_MAX))
		tw_ctx_fatal(c, "a record of %u bytes is too large", len);
	c->inside = true;
	c->ops->write(c, sink, tw_word(priority, c->self), data, len);
	c->inside = false;
}

uint64_t tw_ctx_self(const struct tw_ctx *c)
{
	return c->self;
}

tw_time tw_ctx_now(const struct tw_ctx *c)
{
	return c->now;
}

void *tw_ctx_state(const struct tw_ctx *c)
{
	return c->state;
}

uint32_t tw_ctx_process(const struct tw_ctx *c)
{
	return c->process;
}
