/* SPDX-License-Identifier: GPL-2.0 */
/* A graph, and METIS to cut it into parts that become processes. */
#ifndef SIM_GRAPH_H
#define SIM_GRAPH_H

#include <metis.h>
#include <stdbool.h>
#include <stddef.h>

/* In METIS's format: the neighbours of v are adj[xadj[v]..xadj[v + 1]). */
struct graph {
	idx_t n;
	idx_t *xadj, *adj;
	idx_t *weight; /* of vertices: their work */
	idx_t *edge_weight; /* NULL: a vertex costs once for each part it has neighbours in */
	idx_t *part; /* out: of each vertex */
};

/* Room for n vertices and `edges` neighbours of all of them together. */
void graph_alloc(struct graph *g, size_t n, size_t edges, bool weighted);
void graph_free(struct graph *g);

/*
 * Make `to` a neighbour of v, whose weight adds up if it is one already.
 * Vertices take their turn from 0 to n - 1; graph_end() ends that of v.
 */
void graph_connect(struct graph *g, idx_t v, idx_t to, idx_t weight);
void graph_end(struct graph *g, idx_t v, idx_t weight);

/*
 * Parts of about equal weight, with little between them; none is empty. There
 * are at least as many vertices as parts.
 */
void graph_cut(struct graph *g, idx_t parts);

#endif
