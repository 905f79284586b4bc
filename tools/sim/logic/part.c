// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>

#include "sim/graph.h"
#include "sim/logic/part.h"
#include "sim/need.h"
#include "tw/cli.h"

/*
 * What is cut: gates and flip-flops are vertices, wires are edges. Inputs take
 * no part: every cluster that reads one makes its values itself.
 */
struct netlist {
	struct graph graph;
	uint32_t *net; /* of each vertex */
	idx_t *vertex; /* of each net; -1: none */
};

static void connect(struct netlist *l, idx_t from, uint32_t to_net)
{
	idx_t to = l->vertex[to_net];

	if (to >= 0 && to != from)
		graph_connect(&l->graph, from, to, 1);
}

/* The graph of the nets that `mine` marks. */
static void netlist_make(struct netlist *l, const struct circuit *c,
			 const bool *mine)
{
	uint32_t n, i;
	idx_t v = 0;

	l->vertex = need(c->nets, sizeof(*l->vertex));
	l->net = need(c->nets, sizeof(*l->net));
	for (n = 0; n < c->nets; n++) {
		l->vertex[n] = mine[n] ? v : -1;
		if (mine[n])
			l->net[v++] = n;
	}
	/* A net costs one message for each part that reads it, however often. */
	graph_alloc(&l->graph, v, 2 * (size_t)c->pins, false);
	for (v = 0; v < l->graph.n; v++) {
		const struct net *net = &c->net[l->net[v]];

		for (i = 0; i < net->pins; i++)
			connect(l, v, c->pin[net->pin0 + i]);
		for (i = c->fan0[l->net[v]]; i < c->fan0[l->net[v] + 1]; i++)
			connect(l, v, c->fan[i]);
		graph_end(&l->graph, v, 1 + net->pins);
	}
}

static void netlist_free(struct netlist *l)
{
	graph_free(&l->graph);
	free(l->vertex);
	free(l->net);
}

/* Cut the nets that are now in `from` into from, from + 1, ... */
static void split(struct circuit *c, struct part *part, uint32_t from,
		  idx_t parts, bool *mine)
{
	struct netlist l;
	uint32_t n;

	for (n = 0; n < c->nets; n++)
		mine[n] = c->net[n].op != OP_INPUT && part->of[n] == from;
	netlist_make(&l, c, mine);
	if (parts > l.graph.n)
		parts = l.graph.n ? l.graph.n : 1;
	graph_cut(&l.graph, parts);
	for (idx_t v = 0; v < l.graph.n; v++)
		part->of[l.net[v]] = from + l.graph.part[v];
	netlist_free(&l);
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
