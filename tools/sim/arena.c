// SPDX-License-Identifier: GPL-2.0
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include "sim/arena.h"
#include "sim/need.h"

#define CHUNK ((size_t)1 << 20)

struct arena_chunk {
	struct arena_chunk *next;
	size_t size, used;
};

static struct arena_chunk *new_chunk(size_t need)
{
	size_t size = CHUNK;
	struct arena_chunk *c;

	while (size < need + sizeof(*c))
		size *= 2;
	c = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		 -1, 0);
	if (c == MAP_FAILED)
		no_memory();
	c->size = size;
	c->used = sizeof(*c);
	return c;
}

void *arena_alloc(struct arena *a, size_t n, size_t size)
{
	struct arena_chunk *c = a->chunk;
	size_t need;

	if (__builtin_mul_overflow(n, size, &need) || need > SIZE_MAX / 4)
		no_memory();
	need = (need + 15) & ~(size_t)15;
	if (!c || c->size - c->used < need) {
		c = new_chunk(need);
		c->next = a->chunk;
		a->chunk = c;
	}
	c->used += need;
	return (char *)c + c->used - need;
}

void *arena_grow(struct arena *a, void *array, size_t n, size_t size)
{
	void *larger;

	if (n && (n < 16 || (n & (n - 1))))
		return array;
	larger = arena_alloc(a, n < 16 ? 16 : 2 * n, size);
	if (n)
		memcpy(larger, array, n * size);
	return larger;
}

void arena_seal(struct arena *a)
{
	struct arena_chunk *c, *next;

	for (c = a->chunk; c; c = next) {
		next = c->next;
		mprotect(c, c->size, PROT_READ);
	}
}

void arena_free(struct arena *a)
{
	struct arena_chunk *c;

	while ((c = a->chunk)) {
		a->chunk = c->next;
		munmap(c, c->size);
	}
}
