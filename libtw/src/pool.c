// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
#include <stdlib.h>

#include "pool.h"

#define CHUNK_BYTES ((size_t)256 << 10)
#define CACHE_LINE 64

struct tw_chunk {
	struct tw_chunk *next;
};

/* A chunk of so many bytes, its header aside. */
static void *pool_chunk(struct tw_pool *pool, size_t bytes)
{
	struct tw_chunk *chunk = aligned_alloc(CACHE_LINE, CACHE_LINE + bytes);

	if (!chunk)
		return NULL;
	chunk->next = pool->chunks;
	pool->chunks = chunk;
	return (char *)chunk + CACHE_LINE;
}

static int pool_grow(struct tw_pool *pool)
{
	char *bytes = pool_chunk(pool, CHUNK_BYTES - CACHE_LINE);

	if (!bytes)
		return -1;
	pool->bump = bytes;
	pool->bump_end = bytes + CHUNK_BYTES - CACHE_LINE;
	return 0;
}

/* What is left of the old chunk becomes free nodes of the smallest class. */
static void pool_salvage(struct tw_pool *pool)
{
	const size_t size = (size_t)1 << TW_POOL_MIN_SHIFT;

	while ((size_t)(pool->bump_end - pool->bump) >= size) {
		struct tw_node *node = (struct tw_node *)pool->bump;

		node->next = pool->free[0];
		pool->free[0] = node;
		pool->bump += size;
	}
}

struct tw_node *tw_pool_refill(struct tw_pool *pool, unsigned int class)
{
	size_t size = (size_t)1 << (TW_POOL_MIN_SHIFT + class);
	struct tw_node *node;

	if (size > CHUNK_BYTES / 2)
		return pool_chunk(pool, size);
	if ((size_t)(pool->bump_end - pool->bump) < size) {
		pool_salvage(pool);
		if (pool_grow(pool))
			return NULL;
	}
	node = (struct tw_node *)pool->bump;
	pool->bump += size;
	return node;
}

void tw_pool_destroy(struct tw_pool *pool)
{
	while (pool->chunks) {
		struct tw_chunk *chunk = pool->chunks;

		pool->chunks = chunk->next;
		free(chunk);
	}
	*pool = (struct tw_pool){ 0 };
}
