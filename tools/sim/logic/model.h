/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The circuit as a model in virtual time.
 *
 * A gate delay is two ticks. The nets' values of gate delay t are made known
 * to clusters at tick 2t, and at tick 2t + 1 each cluster, having heard of all
 * changes at t, evaluates the gates that these reach; what comes out changes
 * at t + 1. So a gate sees its inputs change together if they change at the
 * same time, and what happens does not depend on how the circuit is cut.
 *
 * Clock edge k is at gate delay k * period. A cluster readies it at the tick
 * before, when all nets stand still: flip-flops take their D, inputs the next
 * line.
 *
 * Before cycle 0 the circuit is at rest: every net has the value that it
 * settles to while all inputs and flip-flops are 0.
 */
#ifndef LOGIC_MODEL_H
#define LOGIC_MODEL_H

#include <timewarp.h>

#include "sim/logic/cluster.h"
#include "sim/logic/stimulus.h"

enum { SINK_OUT, SINK_VCD, SINKS };

/* On SINK_OUT, at the end of a cycle: a cluster's outputs follow, a byte each. */
struct out_record {
	uint32_t cluster;
	uint32_t pad;
	uint64_t evaluations; /* of gates, since the start */
	uint8_t bit[];
};

/* On SINK_VCD and between clusters: an array of nets and their new values. */
typedef uint32_t change_t;

static inline change_t change_to(uint32_t net, uint8_t value)
{
	return net << 1 | value;
}

static inline uint32_t change_net(change_t change)
{
	return change >> 1;
}

static inline uint8_t change_value(change_t change)
{
	return change & 1;
}

struct logic {
	const struct cluster *cluster;
	uint32_t clusters, procs;
	const struct stimulus *stimulus;
	uint64_t period; /* gate delays */
	uint64_t cycles;
	bool write_out, write_vcd;
	void *run; /* whose model this is */
};

static inline uint64_t logic_delay_of(tw_time tick)
{
	return tick / 2;
}

/* Sets all of the model but output, progress and arg's receivers. */
void logic_model(struct tw_model *m, struct logic *l);
tw_time logic_end(const struct logic *l);
/* What setup() made in this process: for the sequential engine, after the run. */
void logic_release(void);

#endif
