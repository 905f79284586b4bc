/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
#ifndef TW_POOL_H
#define TW_POOL_H

#include "lib.h"

/**
 * struct tw_node - an event in memory
 * @next: the next of the same time, or of the same free list
 * @time: when it is handled
 * @word: tw_word() of its priority and of the object that sent it
 * @send_time: when it was sent
 * @to: object that handles it
 * @index: number among the sends of its sender's process at @send_time
 * @len: bytes of @data
 * @data: payload
 */
struct tw_node {
	struct tw_node *next;
	tw_time time;
	uint64_t word;
	tw_time send_time;
	uint64_t to;
	uint32_t index;
	uint32_t len;
	unsigned char data[];
};

/* In tw_node.len: it is in the event list, and was unsent. */
#define TW_NODE_DEAD (1u << 31)

#define TW_POOL_MIN_SHIFT 6 /* 64 bytes: a cache line */
#define TW_POOL_CLASSES 26 /* up to 2 GiB: a node of TW_EVENT_MAX */

/**
 * struct tw_pool - memory of events
 * @free: free nodes of each power of two, the last one freed first
 * @bump: rest of the newest chunk
 * @bump_end: where it ends
 * @chunks: list of all chunks
 *
 * It lies in ordinary memory of the process, so that a snapshot saves it.
 */
struct tw_pool {
	struct tw_node *free[TW_POOL_CLASSES];
	char *bump;
	char *bump_end;
	struct tw_chunk *chunks;
};

void tw_pool_destroy(struct tw_pool *pool);
struct tw_node *tw_pool_refill(struct tw_pool *pool, unsigned int class);

static inline unsigned int tw_pool_class(uint32_t len)
{
	size_t size = sizeof(struct tw_node) + len;

	if (size <= 1u << TW_POOL_MIN_SHIFT)
		return 0;
	return 64 - TW_POOL_MIN_SHIFT - __builtin_clzll(size - 1);
}

/* A node with room for len bytes; NULL when memory is out. */
static inline struct tw_node *tw_pool_get(struct tw_pool *pool, uint32_t len)
{
	unsigned int class = tw_pool_class(len);
	struct tw_node *node = pool->free[class];

	if (tw_unlikely(!node))
		return tw_pool_refill(pool, class);
	pool->free[class] = node->next;
	return node;
}

static inline void tw_pool_put(struct tw_pool *pool, struct tw_node *node)
{
	unsigned int class = tw_pool_class(node->len);

	node->next = pool->free[class];
	pool->free[class] = node;
}

#endif /* TW_POOL_H */
