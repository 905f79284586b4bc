// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>

#include "sim/graph.h"
#include "sim/need.h"
#include "sim/net/part.h"

/* Flows over each edge, either way. */
static uint32_t *count_flows(const struct topology *t, const struct flows *f)
{
	uint32_t *over = need(t->edges, sizeof(*over));
	uint32_t i;

	for (i = 0; i < f->hops; i++)
		if (f->hop[i].link != NO_LINK)
			over[f->hop[i].link / 2]++;
	return over;
}

uint32_t *part_net(struct topology *t, const struct flows *f, uint32_t procs,
		   uint32_t *cut)
{
	uint32_t *part = arena_alloc(&t->arena, t->nodes, sizeof(*part));
	uint32_t *over = count_flows(t, f), n, i;
	struct graph g;

	graph_alloc(&g, t->nodes, 2 * (size_t)t->edges, true);
	for (n = 0; n < t->nodes; n++) {
		for (i = t->at0[n]; i < t->at0[n + 1]; i++)
			graph_connect(&g, n, link_from(t, t->at[i], n)->to,
				      1 + over[t->at[i]]);
		graph_end(&g, n, 1 + f->at0[n + 1] - f->at0[n]);
	}
	graph_cut(&g, procs);
	for (n = 0; n < t->nodes; n++)
		part[n] = g.part[n];
	*cut = 0;
	for (i = 0; i < t->edges; i++)
		*cut += part[t->link[2 * i].from] != part[t->link[2 * i].to];
	graph_free(&g);
	free(over);
	return part;
}
