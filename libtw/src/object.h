/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
#ifndef TW_OBJECT_H
#define TW_OBJECT_H

#include "order.h"
#include "past.h"

/* The largest payload that is in the message itself, beside the receiving object. */
#define TW_EVENT_INLINE (TW_PAYLOAD_MAX - sizeof(uint64_t))

/**
 * struct tw_ctx_ops - what an engine does for its objects
 * @send: give an event to an object that is not in this process; @flags has what
 *	TW_SEND_* its cancellation gives
 * @write: record output of the current object at the present time
 */
struct tw_ctx_ops {
	void (*send)(struct tw_ctx *c, uint64_t to, tw_time at, uint64_t word,
		     uint32_t flags, const void *data, uint32_t len);
	void (*write)(struct tw_ctx *c, uint32_t sink, uint64_t word,
		      const void *data, uint32_t len);
};

/**
 * struct tw_ctx - the objects of one process
 * @ops: the engine
 * @model: what they are
 * @state: what the model's setup returned
 * @now: virtual time
 * @end: events at or after it are dropped
 * @self: object whose handler runs
 * @index: number of the next local send at @now
 * @process: this process, 0 to processes - 1
 * @owner: process of each object, or NULL: it has a range of them
 * @first: first object of the range
 * @count: objects in the range
 * @events: events begun
 * @order: events to come
 * @pool: their memory
 * @past: what undoes the events, or NULL
 * @inside: the lists change: an event cannot be left now
 * @memo: where there is no reversal, @memo of all events
 * @live: bytes of the events to come, as a budget of messages counts them; not
 *	where events are restored in place
 * @live_peak: the most that it ever was
 */
struct tw_ctx {
	const struct tw_ctx_ops *ops;
	const struct tw_model *model;
	void *state;
	tw_time now;
	tw_time end;
	uint64_t self;
	uint32_t index;
	uint32_t process;
	const uint32_t *owner;
	uint64_t first;
	uint64_t count;
	uint64_t events;
	struct tw_order order;
	struct tw_pool pool;
	struct tw_past *past;
	volatile bool inside;
	uint64_t memo[2];
	uint64_t live;
	uint64_t live_peak;
};

void tw_ctx_init(struct tw_ctx *c, const struct tw_model *m, tw_time end);
void tw_ctx_destroy(struct tw_ctx *c);

/* Setup, and init of every object of this process, in order. */
void tw_ctx_start(struct tw_ctx *c);

/* An event for an object of this process. */
void tw_ctx_insert(struct tw_ctx *c, uint64_t to, tw_time at, uint64_t word,
		   tw_time send_time, uint32_t index, const void *data,
		   uint32_t len);

/* Leave as last words (words.h) what is wrong, and abort. */
void tw_ctx_fatal(const struct tw_ctx *c, const char *fmt, ...)
	__attribute__((noreturn, format(printf, 2, 3)));

/*
 * What an event counts as if it is a message; the object that it is for is in it.
 * The bytes of a file do not count.
 */
static inline uint64_t tw_event_bytes(uint32_t len)
{
	uint64_t bytes = TW_MEMORY_HEADER;

	if (len <= TW_EVENT_INLINE)
		bytes += sizeof(uint64_t) + len;
	return bytes > TW_MEMORY_MESSAGE ? bytes : TW_MEMORY_MESSAGE;
}

static inline void tw_ctx_live(struct tw_ctx *c, uint64_t bytes)
{
	c->live += bytes;
	if (c->live > c->live_peak)
		c->live_peak = c->live;
}

static inline bool tw_ctx_owns(const struct tw_ctx *c, uint64_t object)
{
	if (c->owner)
		return c->owner[object] == c->process;
	return object - c->first < c->count;
}

static inline struct tw_event tw_ctx_event(const struct tw_node *node,
					   uint64_t *memo)
{
	return (struct tw_event){
		.time = node->time,
		.send_time = node->send_time,
		.from = tw_word_from(node->word),
		.to = node->to,
		.priority = tw_word_priority(node->word),
		.len = node->len,
		.data = node->data,
		.memo = memo,
	};
}

/* Handle the first event of the open time. */
static inline void tw_ctx_dispatch(struct tw_ctx *c)
{
	struct tw_node *node = tw_order_take(&c->order);
	struct tw_event ev = tw_ctx_event(node, c->memo);

	c->self = ev.to;
	c->events++;
	c->model->event(c, &ev);
	c->live -= tw_event_bytes(node->len);
	tw_pool_put(&c->pool, node);
}

#endif /* TW_OBJECT_H */
