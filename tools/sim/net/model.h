/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The network as a model in virtual time, whose ticks are nanoseconds.
 *
 * Objects 0 to nodes - 1 are the routers, those after them the sources of the
 * flows. A source hands its router a packet after each exponentially
 * distributed time. A router puts a packet into the queue of the next link of
 * the flow's path, or loses it if as many as --buffer wait there; a link sends
 * one packet after the other, each for its service time, and the packet is at
 * the next router a propagation delay later. What leaves a queue at one time
 * with an arrival leaves before it.
 *
 * Since all packets are of one size, a queue is the time at which its link
 * will have nothing left to send: an event of its own when a packet leaves
 * would change nothing but this.
 *
 * At the last tick before the end everybody writes what he has counted.
 */
#ifndef NET_MODEL_H
#define NET_MODEL_H

#include <timewarp.h>

#include "sim/net/flow.h"

enum { SINK_SENT, SINK_RECEIVED, SINK_LOST, SINK_LINK, SINK_PACKET, SINKS };

/* On SINK_SENT by the flow's source, on SINK_LOST by a router that lost any. */
struct count_record {
	uint32_t flow, pad;
	uint64_t packets;
};

/* On SINK_RECEIVED, by the last router of a flow. */
struct received_record {
	uint32_t flow, pad;
	uint64_t packets;
	uint64_t min,
		max; /* ns, from the first router to the last; min: UINT64_MAX for none */
	unsigned __int128 sum, squares; /* ns, ns^2 */
};

/* On SINK_LINK, by the router that it leaves. */
struct link_record {
	uint32_t link, peak; /* peak: the most packets that waited */
	uint64_t packets, lost;
	uint64_t busy; /* ns until the end */
};

/* On SINK_PACKET, where and when a packet is received or lost. */
struct packet_record {
	uint32_t flow, node;
	uint64_t number; /* within the flow, from 1 */
	tw_time sent;
	uint64_t lost;
};

struct net {
	const struct topology *t;
	const struct flows *flows;
	const uint32_t *part; /* process of each router */
	uint32_t procs;
	uint64_t buffer; /* packets that may wait at a link */
	double gap; /* ns, the mean between two packets of a flow */
	tw_time end;
	bool write_packets;
	void *run; /* whose model this is */
};

/* Sets all of the model but output and progress. */
void net_model(struct tw_model *m, struct net *n);
/* What setup() made in this process: for the sequential engine, after the run. */
void net_release(void);

#endif
