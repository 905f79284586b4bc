/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A circuit to simulate: a pipelined array multiplier of unsigned numbers.
 *
 * Inputs a0.. and b0.., outputs p0..; the lowest bit first. Registers stand at
 * the inputs, after every `rows` rows of adders, and at the outputs, so that
 * the product of the inputs of cycle n is at the outputs in cycle
 * n + gen_latency().
 */
#ifndef SIM_GEN_H
#define SIM_GEN_H

#include <stdint.h>
#include <stdio.h>

struct gen {
	uint64_t bits; /* of each factor */
	uint64_t rows; /* of adders between registers */
};

uint64_t gen_latency(const struct gen *g);
/* 0, or -errno of the stream. */
int gen_write(const struct gen *g, FILE *f);

#endif
