/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
#ifndef TW_ORDER_H
#define TW_ORDER_H

#include "pool.h"

/* Some events of one time, linked by tw_node.next. */
struct tw_run {
	tw_time time;
	struct tw_node *head;
};

struct tw_slot {
	uint64_t word;
	struct tw_node *node;
};

#define TW_RECENT 16 /* a power of two */

/**
 * struct tw_order - the events to come, in the total order
 * @heap: 4-ary heap of runs by time
 * @heap_len: runs in it
 * @heap_cap: runs that fit
 * @open: the events of @open_time, sorted
 * @open_head: the first that has not been taken
 * @open_len: one past the last
 * @open_cap: how many fit into @open, and into @spare
 * @open_time: time of the events in @open
 * @spare: for sorting
 * @recent: runs that newer events of the same time may join
 * @dead: events in it that are %TW_NODE_DEAD; the earliest time has others
 * @pool: where they go
 */
struct tw_order {
	struct tw_run *heap;
	size_t heap_len;
	size_t heap_cap;
	struct tw_slot *open;
	size_t open_head;
	size_t open_len;
	size_t open_cap;
	tw_time open_time;
	struct tw_slot *spare;
	struct tw_run recent[TW_RECENT];
	uint64_t dead;
	struct tw_pool *pool;
};

void tw_order_init(struct tw_order *o);
void tw_order_destroy(struct tw_order *o);

/* Insert an event later than any taken so far. 0, or -ENOMEM. */
int tw_order_push(struct tw_order *o, struct tw_node *node);

/* Gather and sort the events of the earliest time. 0, or -ENOMEM. */
int tw_order_open(struct tw_order *o);

/* Put what tw_order_open() gathered back, so that earlier events may come in. */
int tw_order_close(struct tw_order *o);

/* Some were marked dead: the earliest times may have no others. */
void tw_order_prune(struct tw_order *o);

static inline bool tw_order_is_open(const struct tw_order *o)
{
	return o->open_head < o->open_len;
}

/* The earliest time, or TW_TIME_INF. */
static inline tw_time tw_order_time(const struct tw_order *o)
{
	if (tw_order_is_open(o))
		return o->open_time;
	return o->heap_len ? o->heap[0].time : TW_TIME_INF;
}

/* The first event of the open time; there must be one. */
static inline struct tw_node *tw_order_first(const struct tw_order *o)
{
	return o->open[o->open_head].node;
}

static inline struct tw_node *tw_order_take(struct tw_order *o)
{
	return o->open[o->open_head++].node;
}

#endif /* TW_ORDER_H */
