// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>

#include "sim/graph.h"
#include "sim/need.h"
#include "tw/cli.h"

void graph_alloc(struct graph *g, size_t n, size_t edges, bool weighted)
{
	*g = (struct graph){
		.n = n,
		.xadj = need(n + 1, sizeof(idx_t)),
		.adj = need(edges, sizeof(idx_t)),
		.weight = need(n, sizeof(idx_t)),
		.edge_weight = weighted ? need(edges, sizeof(idx_t)) : NULL,
		.part = need(n, sizeof(idx_t)),
	};
}

void graph_free(struct graph *g)
{
	free(g->xadj);
	free(g->adj);
	free(g->weight);
	free(g->edge_weight);
	free(g->part);
}

/* While it is the turn of v, xadj[v + 1] is where its neighbours end so far. */
void graph_connect(struct graph *g, idx_t v, idx_t to, idx_t weight)
{
	idx_t i;

	for (i = g->xadj[v]; i < g->xadj[v + 1] && g->adj[i] != to; i++)
		;
	if (i == g->xadj[v + 1])
		g->adj[g->xadj[v + 1]++] = to;
	if (g->edge_weight)
		g->edge_weight[i] += weight;
}

void graph_end(struct graph *g, idx_t v, idx_t weight)
{
	g->weight[v] = weight;
	if (v + 1 < g->n)
		g->xadj[v + 2] = g->xadj[v + 1];
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

void graph_cut(struct graph *g, idx_t parts)
{
	idx_t options[METIS_NOPTIONS], one = 1, objective;

	if (parts == 1 || !g->n)
		return;
	METIS_SetDefaultOptions(options);
	options[METIS_OPTION_OBJTYPE] = g->edge_weight ? METIS_OBJTYPE_CUT :
							 METIS_OBJTYPE_VOL;
	options[METIS_OPTION_SEED] = 1;
	if (METIS_PartGraphKway(&g->n, &one, g->xadj, g->adj, g->weight, NULL,
				g->edge_weight, &parts, NULL, NULL, options,
				&objective, g->part) != METIS_OK)
		exit(cli_failed(
			"METIS could not cut the model; use fewer processes"));
	fill_empty(g, parts);
}
