/* SPDX-License-Identifier: GPL-2.0 */
/* Where decisions come from: a seed, or the bytes of a fuzzer and then a seed. */
#ifndef RND_H
#define RND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rnd {
	uint64_t state;
	const uint8_t *bytes;
	size_t left;
};

static inline uint64_t mix(uint64_t a, uint64_t b)
{
	uint64_t x = a * 0x9e3779b97f4a7c15u + b + 0x2545f4914f6cdd1du;

	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
	return x ^ (x >> 31);
}

static inline uint64_t rnd_next(struct rnd *r)
{
	if (r->left) {
		r->left--;
		return *r->bytes++;
	}
	r->state = mix(r->state, 1);
	return r->state >> 8;
}

/* 0 to n - 1. */
static inline uint32_t rnd_below(struct rnd *r, uint32_t n)
{
	return n > 1 ? rnd_next(r) % n : 0;
}

/* True in one of n cases; never with 0. */
static inline bool rnd_one_in(struct rnd *r, uint32_t n)
{
	return n && !rnd_below(r, n);
}

#endif /* RND_H */
