/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The circuit cut into clusters of gates, and the clusters dealt to processes.
 * A cluster is one object of the model.
 */
#ifndef LOGIC_PART_H
#define LOGIC_PART_H

#include "sim/logic/circuit.h"

struct part {
	uint32_t procs;
	uint32_t clusters; /* cluster k is on process k / (clusters / procs) */
	uint32_t *of; /* the cluster of each net's driver */
	uint64_t cut; /* pairs of net and foreign cluster that reads it */
};

/* Prints what is wrong and returns CLI_BAD when there are too few gates. */
int part_circuit(struct circuit *c, uint32_t procs, uint32_t per_proc,
		 struct part *part);

#endif
