/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A network: routers, and links between them. An edge of the file is two
 * links, 2e the way it is written and 2e + 1 the way back.
 */
#ifndef NET_TOPOLOGY_H
#define NET_TOPOLOGY_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>

#include "sim/arena.h"

/* bit/s */
#define BANDWIDTH_MIN 1e3
#define BANDWIDTH_MAX 1e15

struct node {
	const char *id, *label; /* label: the id, if the file has none */
	double latitude, longitude; /* degrees; NAN: unknown */
	uint32_t line;
};

static inline bool node_placed(const struct node *n)
{
	return !isnan(n->latitude) && !isnan(n->longitude);
}

struct link {
	uint32_t from, to; /* nodes */
	double bandwidth; /* bit/s; NAN: the file does not tell; 0: there is no such link */
	uint64_t delay; /* ns, of propagation */
	uint64_t service; /* ns, to send a packet */
};

struct topology {
	struct arena arena;
	const char *file;
	char name[64];
	struct node *node;
	struct link *link;
	uint32_t nodes, edges;
	uint32_t loops; /* edges from a node to itself: no links */
	uint32_t isolated; /* nodes without a link */
	uint32_t unplaced; /* nodes without coordinates */
	/* Edges at each node, in their order: at[at0[n]..at0[n + 1]) */
	uint32_t *at0, *at;
};

/* Of links that have no speed, and of all packets. */
struct traffic {
	double bandwidth; /* bit/s */
	uint32_t size; /* bytes */
};

static inline const struct link *link_from(const struct topology *t,
					   uint32_t edge, uint32_t node)
{
	return &t->link[2 * edge + (t->link[2 * edge].from != node)];
}

/*
 * graphml.c: read a file, NULL: the one that is built in. Links get the speed
 * that it tells, or NAN. Prints what is wrong and returns CLI_BAD.
 */
int topology_read(struct topology *t, const char *file);

/* topology.c: fill in what follows from the file. */
int topology_finish(struct topology *t, const struct traffic *traffic);

void topology_free(struct topology *t);

#endif
