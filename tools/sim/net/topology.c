// SPDX-License-Identifier: GPL-2.0
#include <math.h>
#include <stdlib.h>

#include "sim/need.h"
#include "sim/net/topology.h"
#include "tw/cli.h"

#define EARTH_RADIUS 6371008.8 /* metres, the mean */
#define NS_PER_METRE 5.0 /* light in glass fibre */
#define NEAR 1000 /* ns; routers at one place are some hundred metres apart */
#define UNKNOWN 1000000 /* ns, where no link tells its length */

static double radians(double degrees)
{
	return degrees * M_PI / 180;
}

/* By haversines, which are precise for short distances, too. */
static double great_circle(const struct node *a, const struct node *b)
{
	double y = sin(radians(b->latitude - a->latitude) / 2);
	double x = sin(radians(b->longitude - a->longitude) / 2);
	double h = y * y + cos(radians(a->latitude)) *
				   cos(radians(b->latitude)) * x * x;

	return 2 * EARTH_RADIUS * asin(sqrt(fmin(h, 1)));
}

/* 0: one of its ends is nobody knows where. */
static uint64_t delay_of(const struct topology *t, const struct link *l)
{
	const struct node *a = &t->node[l->from], *b = &t->node[l->to];

	if (!node_placed(a) || !node_placed(b))
		return 0;
	return fmax(round(great_circle(a, b) * NS_PER_METRE), NEAR);
}

/* A link whose length is unknown is as long as the others are on average. */
static void set_delays(struct topology *t)
{
	uint64_t sum = 0, known = 0, e;

	for (e = 0; e < t->edges; e++) {
		struct link *l = &t->link[2 * e];

		l[0].delay = l[1].delay = delay_of(t, l);
		if (l->from == l->to || !l->delay)
			continue;
		sum += l->delay;
		known++;
	}
	for (e = 0; e < 2 * (uint64_t)t->edges; e++)
		if (!t->link[e].delay)
			t->link[e].delay = known ? sum / known : UNKNOWN;
}

static void set_speeds(struct topology *t, const struct traffic *traffic)
{
	uint32_t e, k;

	for (e = 0; e < t->edges; e++)
		for (k = 2 * e; k < 2 * e + 2; k++) {
			struct link *l = &t->link[k];

			if (l->from == l->to)
				l->bandwidth = 0;
			else if (isnan(l->bandwidth))
				l->bandwidth = traffic->bandwidth;
			if (l->bandwidth > 0)
				l->service = ceil(8e9 * traffic->size /
						  l->bandwidth);
		}
}

static void set_edges(struct topology *t)
{
	uint32_t *fill = need(t->nodes, sizeof(*fill));
	uint32_t e, n;

	t->at0 = arena_alloc(&t->arena, t->nodes + 1, sizeof(*t->at0));
	t->at = arena_alloc(&t->arena, 2 * (size_t)t->edges, sizeof(*t->at));
	for (e = 0; e < t->edges; e++) {
		const struct link *l = &t->link[2 * e];

		if (l->from == l->to) {
			t->loops++;
			continue;
		}
		t->at0[l->from + 1]++;
		t->at0[l->to + 1]++;
	}
	for (n = 0; n < t->nodes; n++) {
		t->isolated += !t->at0[n + 1];
		t->at0[n + 1] += t->at0[n];
	}
	for (e = 0; e < t->edges; e++) {
		const struct link *l = &t->link[2 * e];

		if (l->from == l->to)
			continue;
		t->at[t->at0[l->from] + fill[l->from]++] = e;
		t->at[t->at0[l->to] + fill[l->to]++] = e;
	}
	free(fill);
}

int topology_finish(struct topology *t, const struct traffic *traffic)
{
	uint32_t n;

	for (n = 0; n < t->nodes; n++)
		t->unplaced += !node_placed(&t->node[n]);
	set_edges(t);
	if (t->isolated == t->nodes)
		return cli_bad(
			"%s: no two nodes are linked; there is nothing to simulate",
			t->file);
	set_delays(t);
	set_speeds(t, traffic);
	return CLI_OK;
}

void topology_free(struct topology *t)
{
	arena_free(&t->arena);
}
