/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Memory for what no event changes: a circuit, a network, the tables made of them.
 *
 * It is shared, so a fork need not copy its page tables: a snapshot costs only
 * what is state. It is sealed before the run, so that a handler that writes
 * into it by mistake dies instead of spoiling every incarnation.
 */
#ifndef SIM_ARENA_H
#define SIM_ARENA_H

#include <stddef.h>

struct arena_chunk;

struct arena {
	struct arena_chunk *chunk;
};

/* Zeroed memory. Running out of memory ends the program with a message. */
void *arena_alloc(struct arena *a, size_t n, size_t size);
/* Room for one more after n elements, growing by doubling. */
void *arena_grow(struct arena *a, void *array, size_t n, size_t size);
void arena_seal(struct arena *a);
void arena_free(struct arena *a);

#endif
