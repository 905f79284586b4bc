/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A gate-level circuit. Every net has one driver, so net and driver (gate,
 * flip-flop or input) share a number.
 */
#ifndef LOGIC_CIRCUIT_H
#define LOGIC_CIRCUIT_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/arena.h"

enum op {
	OP_NONE, /* no driver seen yet */
	OP_INPUT,
	OP_DFF,
	OP_AND,
	OP_NAND,
	OP_OR,
	OP_NOR,
	OP_XOR,
	OP_XNOR,
	OP_NOT,
	OP_BUF,
};

struct net {
	const char *name;
	uint32_t line; /* of the driver, or of the first use while there is none */
	uint32_t pin0, pins; /* the driver's inputs, in circuit.pin */
	uint32_t level; /* gate delays from the inputs and flip-flops */
	uint8_t op;
	uint8_t rest; /* value when all inputs and flip-flops are 0 */
};

struct circuit {
	struct arena arena;
	const char *file;
	char name[64]; /* from the file's name */
	struct net *net;
	uint32_t *pin, *in, *out;
	uint32_t nets, pins, ins, outs;
	uint32_t gates, dffs;
	uint32_t depth; /* the critical path, in gate delays */
	/* Readers of each net, a net once for every pin: fan[fan0[n]..fan0[n + 1]) */
	uint32_t *fan0, *fan;
};

static inline bool op_is_gate(uint8_t op)
{
	return op >= OP_AND;
}

/*
 * What a gate gives for inputs of which `ones` are 1.
 */
static inline uint8_t op_value(uint8_t op, uint32_t ones, uint32_t pins)
{
	switch (op) {
	case OP_AND:
		return ones == pins;
	case OP_NAND:
		return ones != pins;
	case OP_OR:
	case OP_BUF:
		return ones != 0;
	case OP_NOR:
	case OP_NOT:
		return ones == 0;
	case OP_XOR:
		return ones & 1;
	default:
		return !(ones & 1);
	}
}

/* bench.c: read a .bench file. Prints what is wrong and returns CLI_BAD. */
int circuit_read(struct circuit *c, const char *file);

/* circuit.c: check that the circuit can be simulated; fill in what follows from the netlist. */
int circuit_finish(struct circuit *c);

void circuit_free(struct circuit *c);

#endif
