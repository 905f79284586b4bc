/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Flows: who sends to whom, and by which links.
 *
 * The sources are drawn from all nodes that a link leaves, the destination of
 * each from those that it reaches. A path is the shortest in time, of
 * propagation and of sending a packet; of several such, at each node the one
 * that comes by the link with the smallest number. Links between the same nodes
 * that are equally fast share the flows: each takes one by its number.
 */
#ifndef NET_FLOW_H
#define NET_FLOW_H

#include "sim/net/topology.h"
#include "sim/random.h"

struct flow {
	uint32_t source, target; /* nodes */
	uint32_t links; /* of its path */
	uint32_t hop0; /* flows.hop[hop0..hop0 + links]: its way */
	uint64_t delay; /* ns, of the path without a queue */
	struct random
		random; /* its own: it drew these two, and goes on with the times */
};

#define NO_LINK UINT32_MAX

/* A flow at a router of its path. */
struct hop {
	uint32_t flow;
	uint32_t link; /* to take from here; NO_LINK: this is the target */
};

struct flows {
	struct flow *flow;
	struct hop *hop;
	uint32_t n, hops;
	/* Hops at each node: at[at0[n]..at0[n + 1]) */
	uint32_t *at0, *at;
};

/* In the topology's arena. */
void flows_draw(struct flows *f, struct topology *t, uint32_t n, uint64_t seed);

#endif
