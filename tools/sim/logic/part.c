// SPDX-License-Identifier: GPL-2.0
#include <metis.h>
#include <stdlib.h>
#include <string.h>

#include "sim/logic/part.h"
#include "tw/cli.h"

/*
 * What METIS gets: gates and flip-flops are vertices, wires are edges. Inputs
 * take no part: every cluster that reads one makes its values itself.
 */
struct graph {
	idx_t n, edges;
	idx_t *xadj, *adj, *weight, *part;
	uint32_t *net; /* of each vertex */
	idx_t *vertex; /* of each net; -1: none */
};

static void *need(size_t n, size_t size)
{
	void *p = calloc(n + 1, size);

	if (!p)
		exit(cli_failed(
			"out of memory; the circuit is too large for this machine"));
	return p;
}

static void add_edge(struct graph *g, idx_t from, uint32_t to_net)
{
	idx_t to = g->vertex[to_net];
	idx_t i;

	if (to < 0 || to == from)
		return;
	for (i = g->xadj[from]; i < g->edges; i++)
		if (g->adj[i] == to)
			return;
	g->adj[g->edges++] = to;
}

/* The graph of the nets that `mine` marks. */
static void graph_make(struct graph *g, const struct circuit *c,
		       const bool *mine)
{
	uint32_t n, i;

	g->n = g->edges = 0;
	g->vertex = need(c->nets, sizeof(*g->vertex));
	g->net = need(c->nets, sizeof(*g->net));
	for (n = 0; n < c->nets; n++) {
		g->vertex[n] = mine[n] ? g->n : -1;
		if (mine[n])
			g->net[g->n++] = n;
	}
	g->xadj = need(g->n, sizeof(idx_t));
	g->weight = need(g->n, sizeof(idx_t));
	g->part = need(g->n, sizeof(idx_t));
	g->adj = need(2 * (size_t)c->pins, sizeof(idx_t));
	for (idx_t v = 0; v < g->n; v++) {
		const struct net *net = &c->net[g->net[v]];

		for (i = 0; i < net->pins; i++)
			add_edge(g, v, c->pin[net->pin0 + i]);
		for (i = c->fan0[g->net[v]]; i < c->fan0[g->net[v] + 1]; i++)
			add_edge(g, v, c->fan[i]);
		g->xadj[v + 1] = g->edges;
		g->weight[v] = 1 + net->pins;
	}
}

static void graph_free(struct graph *g)
{
	free(g->vertex);
	free(g->net);
	free(g->xadj);
	free(g->weight);
	free(g->part);
	free(g->adj);
}

/* METIS may leave a part empty in a small graph; each must get something. */
static void fill_empty(struct graph *g, idx_t parts)
{
	idx_t *count = need(parts, sizeof(*count));
	idx_t v, p, largest;

	for (v = 0; v < g->n; v++)
		count[g->part[v]]++;
	for (p = 0; p < parts; p++) {
		if (count[p])
			continue;
		largest = 0;
		for (v = 1; v < parts; v++)
			if (count[v] > count[largest])
				largest = v;
		for (v = 0; g->part[v] != largest; v++)
			;
		g->part[v] = p;
		count[p]++;
		count[largest]--;
	}
	free(count);
}

static void graph_cut(struct graph *g, idx_t parts)
{
	idx_t options[METIS_NOPTIONS], one = 1, objective;

	if (parts == 1 || !g->n)
		return;
	METIS_SetDefaultOptions(options);
	/* A net costs one message for each part that reads it, however often. */
	options[METIS_OPTION_OBJTYPE] = METIS_OBJTYPE_VOL;
	options[METIS_OPTION_SEED] = 1;
	if (METIS_PartGraphKway(&g->n, &one, g->xadj, g->adj, g->weight, NULL,
				NULL, &parts, NULL, NULL, options, &objective,
				g->part) != METIS_OK)
		exit(cli_failed(
			"METIS could not cut the circuit; use fewer processes"));
	fill_empty(g, parts);
}

/* Cut the nets that are now in `from` into from, from + 1, ... */
static void split(struct circuit *c, struct part *part, uint32_t from,
		  idx_t parts, bool *mine)
{
	struct graph g;
	uint32_t n;

	for (n = 0; n < c->nets; n++)
		mine[n] = c->net[n].op != OP_INPUT && part->of[n] == from;
	graph_make(&g, c, mine);
	if (parts > g.n)
		parts = g.n ? g.n : 1;
	graph_cut(&g, parts);
	for (idx_t v = 0; v < g.n; v++)
		part->of[g.net[v]] = from + g.part[v];
	graph_free(&g);
}

/* An input belongs to the first cluster that reads it. */
static void place_inputs(struct circuit *c, struct part *part)
{
	uint32_t i, n;

	for (i = 0; i < c->ins; i++) {
		n = c->in[i];
		part->of[n] = c->fan0[n] < c->fan0[n + 1] ?
				      part->of[c->fan[c->fan0[n]]] :
				      0;
	}
}

static void count_cut(struct circuit *c, struct part *part)
{
	uint32_t *seen = need(part->clusters, sizeof(*seen));
	uint32_t n, i, k;

	for (n = 0; n < c->nets; n++) {
		if (c->net[n].op == OP_INPUT)
			continue;
		for (i = c->fan0[n]; i < c->fan0[n + 1]; i++) {
			k = part->of[c->fan[i]];
			if (k == part->of[n] || seen[k] == n + 1)
				continue;
			seen[k] = n + 1;
			part->cut++;
		}
	}
	free(seen);
}

int part_circuit(struct circuit *c, uint32_t procs, uint32_t per_proc,
		 struct part *part)
{
	uint32_t elements = c->gates + c->dffs;
	uint32_t n, p;
	bool *mine;

	if (procs > 1 && procs > elements)
		return cli_bad(
			"--procs=%u: '%s' has %u gates and flip-flops; use at most %u processes",
			procs, c->file, elements, elements ? elements : 1);
	mine = need(c->nets, sizeof(*mine));
	part->procs = procs;
	part->clusters = procs * per_proc;
	part->of = arena_alloc(&c->arena, c->nets, sizeof(*part->of));
	part->cut = 0;
	split(c, part, 0, procs, mine);
	for (n = 0; n < c->nets; n++)
		part->of[n] *= per_proc;
	for (p = 0; p < procs && per_proc > 1; p++)
		split(c, part, p * per_proc, per_proc, mine);
	place_inputs(c, part);
	count_cut(c, part);
	free(mine);
	return CLI_OK;
}
