/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Random numbers: SplitMix64 (Steele, Lea, Flood: Fast Splittable
 * Pseudorandom Number Generators, OOPSLA 2014). An object that draws has a
 * generator of its own, so what it draws depends on its events only.
 */
#ifndef SIM_RANDOM_H
#define SIM_RANDOM_H

#include <stdint.h>

#define RANDOM_STEP UINT64_C(0x9e3779b97f4a7c15)

struct random {
	uint64_t state;
};

/* A bijection in which each bit depends on all. */
static inline uint64_t random_mix(uint64_t x)
{
	x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
	return x ^ (x >> 31);
}

/* Generator number `stream` of a seed. */
static inline struct random random_stream(uint64_t seed, uint64_t stream)
{
	return (struct random){ random_mix(random_mix(seed + 1) + stream) };
}

static inline uint64_t random_draw(struct random *r)
{
	r->state += RANDOM_STEP;
	return random_mix(r->state);
}

/* In (0, 1], so that its logarithm is finite and 0 is no probability at all. */
static inline double random_unit(struct random *r)
{
	return ((random_draw(r) >> 11) + 1) * 0x1p-53;
}

/* In [0, n). */
static inline uint64_t random_below(struct random *r, uint64_t n)
{
	return ((unsigned __int128)random_draw(r) * n) >> 64;
}

#endif
