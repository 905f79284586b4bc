/* SPDX-License-Identifier: GPL-2.0 */
/* The inputs' values in each cycle: from a file, or drawn from a seed. */
#ifndef LOGIC_STIMULUS_H
#define LOGIC_STIMULUS_H

#include <stddef.h>
#include <stdint.h>

struct stimulus {
	const char *text; /* mapped; NULL: drawn */
	size_t size;
	uint64_t lines;
	uint32_t width;
	uint64_t seed;
};

/*
 * Map and check a file of `width` bits a line, of which `cycles` lines are
 * needed (0: as many as there are). Prints what is wrong, returns CLI_BAD.
 */
int stimulus_open(struct stimulus *s, const char *file, uint32_t width,
		  uint64_t cycles);
void stimulus_seed(struct stimulus *s, uint64_t seed);
void stimulus_close(struct stimulus *s);

uint8_t stimulus_bit(const struct stimulus *s, uint64_t cycle, uint32_t input);

#endif
