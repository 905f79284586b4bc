// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * The event list.
 *
 * Every send is later than the event that sends, so the events of one time are
 * all there when that time comes. They need no order before: a heap orders
 * times only, each entry being a run of events of one time, and the events are
 * sorted when their time is opened. A circuit has thousands of events at one
 * time and few times; PHOLD has one event at each time. The former get by with
 * an append per event, the latter with a heap of 16-byte entries of which four
 * siblings share a cache line.
 *
 * There may be several runs of one time. Opening the time gathers them all.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "order.h"

#define ARITY 4
#define HEAP_PAD (ARITY - 1) /* puts the first of four siblings on a line */
#define CACHE_LINE 64
#define HEAP_MIN 1021
#define OPEN_MIN 64
#define SORT_SMALL 12

static bool node_before(const struct tw_node *a, const struct tw_node *b)
{
	if (a->send_time != b->send_time)
		return a->send_time < b->send_time;
	return a->index < b->index;
}

static bool slot_before(const struct tw_slot *a, const struct tw_slot *b)
{
	if (tw_likely(a->word != b->word))
		return a->word < b->word;
	return node_before(a->node, b->node);
}

static struct tw_run *recent_slot(struct tw_order *o, tw_time time)
{
	return &o->recent[(time * 0x9e3779b97f4a7c15ull) >> 60 &
			  (TW_RECENT - 1)];
}

void tw_order_init(struct tw_order *o)
{
	memset(o, 0, sizeof(*o));
	for (int i = 0; i < TW_RECENT; i++)
		o->recent[i].time = TW_TIME_INF;
}

void tw_order_destroy(struct tw_order *o)
{
	if (o->heap)
		free(o->heap - HEAP_PAD);
	free(o->open);
	free(o->spare);
	tw_order_init(o);
}

static int heap_grow(struct tw_order *o)
{
	size_t cap = o->heap_cap ? 2 * o->heap_cap + HEAP_PAD : HEAP_MIN;
	size_t bytes = (cap + HEAP_PAD) * sizeof(*o->heap);
	struct tw_run *heap = aligned_alloc(CACHE_LINE, bytes);

	if (!heap)
		return -ENOMEM;
	if (o->heap) {
		memcpy(heap + HEAP_PAD, o->heap, o->heap_len * sizeof(*heap));
		free(o->heap - HEAP_PAD);
	}
	o->heap = heap + HEAP_PAD;
	o->heap_cap = cap;
	return 0;
}

static int heap_push(struct tw_order *o, tw_time time, struct tw_node *head)
{
	struct tw_run *heap;
	size_t i, up;

	if (tw_unlikely(o->heap_len == o->heap_cap) && heap_grow(o))
		return -ENOMEM;
	heap = o->heap;
	for (i = o->heap_len++; i; i = up) {
		up = (i - 1) / ARITY;
		if (heap[up].time <= time)
			break;
		heap[i] = heap[up];
	}
	heap[i] = (struct tw_run){ time, head };
	return 0;
}

static size_t heap_least_child(const struct tw_run *heap, size_t i, size_t len)
{
	size_t child = ARITY * i + 1, last = child + ARITY, least = child;

	if (last > len)
		last = len;
	while (++child < last)
		if (heap[child].time < heap[least].time)
			least = child;
	return least;
}

static struct tw_node *heap_pop(struct tw_order *o)
{
	struct tw_run *heap = o->heap;
	struct tw_node *head = heap[0].head;
	size_t len = --o->heap_len, i = 0;
	struct tw_run last = heap[len];

	while (ARITY * i + 1 < len) {
		size_t child = heap_least_child(heap, i, len);

		if (last.time <= heap[child].time)
			break;
		heap[i] = heap[child];
		i = child;
	}
	heap[i] = last;
	return head;
}

static void sort_small(struct tw_slot *s, size_t len)
{
	for (size_t i = 1; i < len; i++) {
		struct tw_slot slot = s[i];
		size_t j;

		for (j = i; j && slot_before(&slot, &s[j - 1]); j--)
			s[j] = s[j - 1];
		s[j] = slot;
	}
}

/* Merge s[0..mid) and s[mid..len) by way of tmp, which takes mid slots. */
static void sort_merge(struct tw_slot *s, size_t mid, size_t len,
		       struct tw_slot *tmp)
{
	size_t a = 0, b = mid, out = 0;

	if (slot_before(&s[mid - 1], &s[mid]))
		return;
	memcpy(tmp, s, mid * sizeof(*s));
	while (a < mid && b < len)
		s[out++] = slot_before(&s[b], &tmp[a]) ? s[b++] : tmp[a++];
	memcpy(s + out, tmp + a, (mid - a) * sizeof(*s));
}

static void sort_slots(struct tw_slot *s, size_t len, struct tw_slot *tmp)
{
	size_t mid = len / 2;

	if (len <= SORT_SMALL) {
		sort_small(s, len);
		return;
	}
	sort_slots(s, mid, tmp);
	sort_slots(s + mid, len - mid, tmp);
	sort_merge(s, mid, len, tmp);
}

static int open_grow(struct tw_order *o)
{
	size_t cap = o->open_cap ? 2 * o->open_cap : OPEN_MIN;
	struct tw_slot *open, *spare;

	open = realloc(o->open, cap * sizeof(*open));
	if (!open)
		return -ENOMEM;
	o->open = open;
	spare = realloc(o->spare, cap * sizeof(*spare));
	if (!spare)
		return -ENOMEM;
	o->spare = spare;
	o->open_cap = cap;
	return 0;
}

static int open_append(struct tw_order *o, struct tw_node *node)
{
	if (tw_unlikely(o->open_len == o->open_cap) && open_grow(o))
		return -ENOMEM;
	o->open[o->open_len++] = (struct tw_slot){ node->word, node };
	return 0;
}

/* A late event of the open time: only a message from outside can be that. */
static int open_insert(struct tw_order *o, struct tw_node *node)
{
	struct tw_slot slot = { node->word, node };
	size_t i;

	if (open_append(o, node))
		return -ENOMEM;
	for (i = o->open_len - 1; i > o->open_head; i--) {
		if (!slot_before(&slot, &o->open[i - 1]))
			break;
		o->open[i] = o->open[i - 1];
	}
	o->open[i] = slot;
	return 0;
}

int tw_order_push(struct tw_order *o, struct tw_node *node)
{
	struct tw_run *recent = recent_slot(o, node->time);

	if (recent->time == node->time) {
		node->next = recent->head->next;
		recent->head->next = node;
		return 0;
	}
	if (tw_unlikely(tw_order_is_open(o) && node->time == o->open_time))
		return open_insert(o, node);
	node->next = NULL;
	if (heap_push(o, node->time, node))
		return -ENOMEM;
	*recent = (struct tw_run){ node->time, node };
	return 0;
}

static void recent_forget(struct tw_order *o, tw_time time)
{
	struct tw_run *recent = recent_slot(o, time);

	if (recent->time == time)
		recent->time = TW_TIME_INF;
}

static void bury(struct tw_order *o, struct tw_node *node)
{
	node->len &= ~TW_NODE_DEAD;
	o->dead--;
	tw_pool_put(o->pool, node);
}

static bool all_dead(const struct tw_node *n)
{
	while (n && n->len & TW_NODE_DEAD)
		n = n->next;
	return !n;
}

void tw_order_prune(struct tw_order *o)
{
	while (o->dead && o->heap_len && all_dead(o->heap[0].head)) {
		struct tw_node *n, *next;

		recent_forget(o, o->heap[0].time);
		for (n = heap_pop(o); n; n = next) {
			next = n->next;
			bury(o, n);
		}
	}
}

int tw_order_open(struct tw_order *o)
{
	tw_time time = o->heap[0].time;

	o->open_head = 0;
	o->open_len = 0;
	o->open_time = time;
	recent_forget(o, time);
	do {
		struct tw_node *n = heap_pop(o), *next;

		for (; n; n = next) {
			next = n->next;
			if (tw_unlikely(n->len & TW_NODE_DEAD))
				bury(o, n);
			else if (open_append(o, n))
				return -ENOMEM;
		}
	} while (o->heap_len && o->heap[0].time == time);
	if (tw_unlikely(o->dead))
		tw_order_prune(o);
	if (o->open_len > 1)
		sort_slots(o->open, o->open_len, o->spare);
	return 0;
}

int tw_order_close(struct tw_order *o)
{
	struct tw_node *head = NULL;

	if (!tw_order_is_open(o))
		return 0;
	for (size_t i = o->open_len; i-- > o->open_head;) {
		o->open[i].node->next = head;
		head = o->open[i].node;
	}
	o->open_len = o->open_head;
	return heap_push(o, o->open_time, head);
}
