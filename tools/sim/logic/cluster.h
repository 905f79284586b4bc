/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A cluster of gates, compiled: what it drives, what it reads, and where its
 * nets go. Constant after cluster_compile().
 *
 * Nets have local numbers: first those that the cluster drives, then those
 * that it only reads.
 */
#ifndef LOGIC_CLUSTER_H
#define LOGIC_CLUSTER_H

#include "sim/logic/part.h"

struct gate {
	uint32_t pin0, pins; /* local nets, in cluster.pin */
	uint8_t op;
};

struct flop {
	uint32_t q, d; /* local nets */
};

struct input {
	uint32_t net; /* local */
	uint32_t index; /* among the circuit's inputs */
};

struct export
{
	uint32_t peer; /* in cluster.peer */
	uint32_t net; /* its local number there */
};

struct cluster {
	uint32_t own; /* nets 0..own-1 are driven here */
	uint32_t nets;
	uint32_t *global; /* the circuit's number of each local net */
	uint8_t *rest; /* value of each at rest */
	struct gate *
		gate; /* gate i drives net i; op is no gate's for inputs, flip-flops */
	uint32_t *pin;
	uint32_t *fan0, *fan; /* gates to evaluate when a net changes */
	uint32_t *export0;
	struct export *export; /* clusters to tell when an own net changes */
	struct flop *flop;
	struct input *input;
	uint32_t *out; /* local nets that are outputs here, in OUTPUT order */
	uint32_t *out_index; /* and their places among the circuit's outputs */
	uint32_t flops, inputs, outs;
	uint32_t *peer; /* clusters that it exports to */
	uint32_t peers;
};

/* All clusters, in the circuit's arena. */
struct cluster *cluster_compile(struct circuit *c, const struct part *part);

#endif
