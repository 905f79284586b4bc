// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>

#include "sim/need.h"
#include "sim/net/flow.h"
#include "sim/random.h"

#define HOPS_MAX (1u << 30)

/* The shortest paths from one node (Dijkstra, Numerische Mathematik 1, 1959). */
struct tree {
	const struct topology *t;
	uint64_t *time; /* to each node; UINT64_MAX: not reached */
	uint32_t *by; /* the last link on the way */
	uint32_t *others; /* nodes reached, the root aside */
	uint32_t reached;
	uint32_t *heap;
	uint32_t *slot; /* 1 + where a node is in the heap; 0: nowhere */
	uint32_t heaps;
};

static void heap_put(struct tree *r, uint32_t at, uint32_t node)
{
	r->heap[at] = node;
	r->slot[node] = at + 1;
}

static void heap_up(struct tree *r, uint32_t at)
{
	uint32_t node = r->heap[at], up;

	for (; at; at = up) {
		up = (at - 1) / 2;
		if (r->time[r->heap[up]] <= r->time[node])
			break;
		heap_put(r, at, r->heap[up]);
	}
	heap_put(r, at, node);
}

static uint32_t heap_pop(struct tree *r)
{
	uint32_t first = r->heap[0], node = r->heap[--r->heaps], at = 0, down;

	for (; (down = 2 * at + 1) < r->heaps; at = down) {
		if (down + 1 < r->heaps &&
		    r->time[r->heap[down + 1]] < r->time[r->heap[down]])
			down++;
		if (r->time[r->heap[down]] >= r->time[node])
			break;
		heap_put(r, at, r->heap[down]);
	}
	heap_put(r, at, node);
	r->slot[first] = 0;
	return first;
}

static void reach(struct tree *r, uint32_t node, uint64_t time, uint32_t by)
{
	if (time > r->time[node])
		return;
	if (time == r->time[node]) {
		if (by < r->by[node])
			r->by[node] = by;
		return;
	}
	r->time[node] = time;
	r->by[node] = by;
	if (!r->slot[node])
		heap_put(r, r->heaps++, node);
	heap_up(r, r->slot[node] - 1);
}

static void grow(struct tree *r, uint32_t root)
{
	const struct topology *t = r->t;
	uint32_t i, n;

	memset(r->time, 0xff, t->nodes * sizeof(*r->time));
	r->reached = r->heaps = 0;
	reach(r, root, 0, 0);
	while (r->heaps) {
		n = heap_pop(r);
		for (i = t->at0[n]; i < t->at0[n + 1]; i++) {
			const struct link *l = link_from(t, t->at[i], n);

			if (l->service)
				reach(r, l->to,
				      r->time[n] + l->delay + l->service,
				      l - t->link);
		}
	}
	for (n = 0; n < t->nodes; n++)
		if (n != root && r->time[n] != UINT64_MAX)
			r->others[r->reached++] = n;
}

static void tree_alloc(struct tree *r, const struct topology *t)
{
	*r = (struct tree){
		.t = t,
		.time = need(t->nodes, sizeof(*r->time)),
		.by = need(t->nodes, sizeof(*r->by)),
		.others = need(t->nodes, sizeof(*r->others)),
		.heap = need(t->nodes, sizeof(*r->heap)),
		.slot = need(t->nodes, sizeof(*r->slot)),
	};
}

static void tree_free(struct tree *r)
{
	free(r->time);
	free(r->by);
	free(r->others);
	free(r->heap);
	free(r->slot);
}

static bool sends(const struct topology *t, uint32_t n)
{
	uint32_t i;

	for (i = t->at0[n]; i < t->at0[n + 1]; i++)
		if (link_from(t, t->at[i], n)->service)
			return true;
	return false;
}

static uint32_t list_senders(const struct topology *t, uint32_t *list)
{
	uint32_t n, count = 0;

	for (n = 0; n < t->nodes; n++)
		if (sends(t, n))
			list[count++] = n;
	return count;
}

static bool alike(const struct link *a, const struct link *b)
{
	return a->to == b->to && a->delay == b->delay &&
	       a->service == b->service;
}

/* The link that a flow takes of those between the same nodes that are equally fast. */
static uint32_t share(const struct topology *t, uint32_t link, uint32_t flow)
{
	uint32_t from = t->link[link].from, equal = 0, turn = 0, i;

	for (i = t->at0[from]; i < t->at0[from + 1]; i++)
		equal += alike(link_from(t, t->at[i], from), &t->link[link]);
	for (i = t->at0[from];; i++) {
		const struct link *l = link_from(t, t->at[i], from);

		if (alike(l, &t->link[link]) && turn++ == flow % equal)
			return l - t->link;
	}
}

static void add_hop(struct flows *fs, struct arena *arena, uint32_t flow,
		    uint32_t link)
{
	if (fs->hops == HOPS_MAX)
		no_memory();
	fs->hop = arena_grow(arena, fs->hop, fs->hops, sizeof(*fs->hop));
	fs->hop[fs->hops++] = (struct hop){ flow, link };
}

static void reverse(struct hop *hop, uint32_t n)
{
	uint32_t i;

	for (i = 0; i < n / 2; i++) {
		struct hop first = hop[i];

		hop[i] = hop[n - 1 - i];
		hop[n - 1 - i] = first;
	}
}

static void set_path(struct flows *fs, struct flow *f, const struct tree *r,
		     struct arena *arena)
{
	uint32_t number = f - fs->flow, n;

	f->hop0 = fs->hops;
	f->delay = r->time[f->target];
	add_hop(fs, arena, number, NO_LINK);
	for (n = f->target; n != f->source; n = r->t->link[r->by[n]].from)
		add_hop(fs, arena, number, share(r->t, r->by[n], number));
	f->links = fs->hops - f->hop0 - 1;
	reverse(&fs->hop[f->hop0], f->links + 1);
}

static int by_source(const void *a, const void *b)
{
	const struct flow *x = *(const struct flow *const *)a;
	const struct flow *y = *(const struct flow *const *)b;

	if (x->source != y->source)
		return x->source < y->source ? -1 : 1;
	return x < y ? -1 : x > y;
}

/* A tree for each source, whatever the order of the flows. */
static void set_paths(struct flows *fs, struct topology *t)
{
	struct flow **sorted = need(fs->n, sizeof(*sorted));
	uint32_t root = UINT32_MAX, i;
	struct tree r;

	tree_alloc(&r, t);
	for (i = 0; i < fs->n; i++)
		sorted[i] = &fs->flow[i];
	qsort(sorted, fs->n, sizeof(*sorted), by_source);
	for (i = 0; i < fs->n; i++) {
		struct flow *f = sorted[i];

		if (f->source != root)
			grow(&r, root = f->source);
		f->target = r.others[random_below(&f->random, r.reached)];
		set_path(fs, f, &r, &t->arena);
	}
	tree_free(&r);
	free(sorted);
}

static void draw_sources(struct flows *fs, const struct topology *t,
			 uint64_t seed)
{
	uint32_t *sender = need(t->nodes, sizeof(*sender));
	uint32_t senders = list_senders(t, sender), i;

	for (i = 0; i < fs->n; i++) {
		struct flow *f = &fs->flow[i];

		f->random = random_stream(seed, i);
		f->source = sender[random_below(&f->random, senders)];
	}
	free(sender);
}

static uint32_t node_of(const struct flows *fs, const struct topology *t,
			const struct hop *h)
{
	return h->link == NO_LINK ? fs->flow[h->flow].target :
				    t->link[h->link].from;
}

static void list_hops(struct flows *fs, struct topology *t)
{
	uint32_t *fill = need(t->nodes, sizeof(*fill));
	uint32_t i, n;

	fs->at0 = arena_alloc(&t->arena, t->nodes + 1, sizeof(*fs->at0));
	fs->at = arena_alloc(&t->arena, fs->hops, sizeof(*fs->at));
	for (i = 0; i < fs->hops; i++)
		fs->at0[node_of(fs, t, &fs->hop[i]) + 1]++;
	for (n = 0; n < t->nodes; n++)
		fs->at0[n + 1] += fs->at0[n];
	for (i = 0; i < fs->hops; i++) {
		n = node_of(fs, t, &fs->hop[i]);
		fs->at[fs->at0[n] + fill[n]++] = i;
	}
	free(fill);
}

void flows_draw(struct flows *fs, struct topology *t, uint32_t n, uint64_t seed)
{
	*fs = (struct flows){
		.flow = arena_alloc(&t->arena, n, sizeof(*fs->flow)),
		.n = n,
	};
	draw_sources(fs, t, seed);
	set_paths(fs, t);
	list_hops(fs, t);
}
