// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>

#include "sim/logic/cluster.h"

struct compiler {
	struct circuit *c;
	const struct part *part;
	struct cluster *all;
	uint32_t *local; /* of each net in its own cluster */
	uint32_t *here; /* of each net in the cluster that is being made */
	uint32_t *fill;
};

static void *get(struct compiler *k, size_t n, size_t size)
{
	return arena_alloc(&k->c->arena, n, size);
}

static void append(struct compiler *k, uint32_t **array, uint32_t *n,
		   uint32_t value)
{
	*array = arena_grow(&k->c->arena, *array, *n, sizeof(**array));
	(*array)[(*n)++] = value;
}

/* Local numbers of the nets that each cluster drives. */
static void number_own(struct compiler *k)
{
	uint32_t n;

	for (n = 0; n < k->c->nets; n++)
		k->local[n] = k->all[k->part->of[n]].own++;
	for (n = 0; n < k->part->clusters; n++)
		k->all[n].nets = k->all[n].own;
}

static bool is_input(const struct circuit *c, uint32_t n)
{
	return c->net[n].op == OP_INPUT;
}

/* Clusters other than its own that read a net, each once; k->fill is scratch. */
static uint32_t foreign_readers(struct compiler *k, uint32_t n,
				uint32_t *reader)
{
	const struct circuit *c = k->c;
	uint32_t i, count = 0;

	for (i = c->fan0[n]; i < c->fan0[n + 1]; i++) {
		uint32_t to = k->part->of[c->fan[i]];

		if (to == k->part->of[n] || k->fill[to] == n + 1)
			continue;
		k->fill[to] = n + 1;
		reader[count++] = to;
	}
	return count;
}

/* Number the nets that clusters read from others, and note the way there. */
static void number_read(struct compiler *k)
{
	struct circuit *c = k->c;
	uint32_t *reader = get(k, k->part->clusters, sizeof(*reader));
	uint32_t i, j, n, count;

	for (i = 0; i < k->part->clusters; i++) {
		struct cluster *cl = &k->all[i];

		cl->export0 = get(k, cl->own + 1, sizeof(*cl->export0));
		cl->global = NULL;
	}
	for (n = 0; n < c->nets; n++) {
		struct cluster *cl = &k->all[k->part->of[n]];
		uint32_t e = cl->export0[k->local[n]];

		count = foreign_readers(k, n, reader);
		for (j = 0; j < count; j++) {
			struct cluster *to = &k->all[reader[j]];

			uint32_t read = to->nets - to->own;

			append(k, &to->global, &read, n);
			if (!is_input(c, n)) {
				cl->export = arena_grow(&c->arena, cl->export,
							e, sizeof(*cl->export));
				cl->export[e++] =
					(struct export){ reader[j], to->nets };
			}
			to->nets++;
		}
		cl->export0[k->local[n] + 1] = e;
	}
}

/*
 * cl->global holds the nets read; put those driven before them. No net that is
 * only read goes on from here.
 */
static void list_nets(struct compiler *k, struct cluster *cl, uint32_t self)
{
	uint32_t *read = cl->global, *export0;
	uint32_t n;

	cl->global = get(k, cl->nets, sizeof(*cl->global));
	cl->rest = get(k, cl->nets, 1);
	for (n = 0; n < k->c->nets; n++)
		if (k->part->of[n] == self)
			cl->global[k->local[n]] = n;
	if (read)
		memcpy(cl->global + cl->own, read,
		       (cl->nets - cl->own) * sizeof(*read));
	export0 = get(k, cl->nets + 1, sizeof(*export0));
	for (n = 0; n <= cl->nets; n++)
		export0[n] = cl->export0[n < cl->own ? n : cl->own];
	cl->export0 = export0;
	for (n = 0; n < cl->nets; n++) {
		cl->rest[n] = k->c->net[cl->global[n]].rest;
		k->here[cl->global[n]] = n;
	}
}

static void make_gates(struct compiler *k, struct cluster *cl)
{
	uint32_t n, i, pins = 0;

	cl->gate = get(k, cl->own, sizeof(*cl->gate));
	for (n = 0; n < cl->own; n++)
		pins += k->c->net[cl->global[n]].pins;
	cl->pin = get(k, pins, sizeof(*cl->pin));
	pins = 0;
	for (n = 0; n < cl->own; n++) {
		const struct net *net = &k->c->net[cl->global[n]];

		cl->gate[n] = (struct gate){ pins, net->pins, net->op };
		for (i = 0; i < net->pins; i++)
			cl->pin[pins++] = k->here[k->c->pin[net->pin0 + i]];
	}
}

static void make_fan(struct compiler *k, struct cluster *cl)
{
	uint32_t n, i, *at;

	cl->fan0 = get(k, cl->nets + 2, sizeof(*cl->fan0));
	at = cl->fan0 + 1;
	for (n = 0; n < cl->own; n++)
		for (i = 0; op_is_gate(cl->gate[n].op) && i < cl->gate[n].pins;
		     i++)
			at[cl->pin[cl->gate[n].pin0 + i] + 1]++;
	for (n = 0; n < cl->nets; n++)
		at[n + 1] += at[n];
	cl->fan = get(k, at[cl->nets], sizeof(*cl->fan));
	for (n = 0; n < cl->own; n++)
		for (i = 0; op_is_gate(cl->gate[n].op) && i < cl->gate[n].pins;
		     i++)
			cl->fan[at[cl->pin[cl->gate[n].pin0 + i]]++] = n;
}

static void make_flops(struct compiler *k, struct cluster *cl)
{
	uint32_t n;

	cl->flop = get(k, cl->own, sizeof(*cl->flop));
	for (n = 0; n < cl->own; n++)
		if (cl->gate[n].op == OP_DFF)
			cl->flop[cl->flops++] =
				(struct flop){ n, cl->pin[cl->gate[n].pin0] };
}

static void make_ends(struct compiler *k, struct cluster *cl, uint32_t self)
{
	const struct circuit *c = k->c;
	uint32_t i, n;

	for (i = 0; i < c->ins; i++) {
		n = k->here[c->in[i]];
		if (n >= cl->nets || cl->global[n] != c->in[i])
			continue;
		cl->input = arena_grow(&k->c->arena, cl->input, cl->inputs,
				       sizeof(*cl->input));
		cl->input[cl->inputs++] = (struct input){ n, i };
	}
	for (i = 0; i < c->outs; i++) {
		if (k->part->of[c->out[i]] != self)
			continue;
		n = cl->outs;
		append(k, &cl->out, &n, k->local[c->out[i]]);
		append(k, &cl->out_index, &cl->outs, i);
	}
}

/* Until now export.peer is a cluster; make it an index among the peers. */
static void list_peers(struct compiler *k, struct cluster *cl)
{
	uint32_t i;

	memset(k->fill, 0, k->part->clusters * sizeof(*k->fill));
	for (i = 0; i < cl->export0[cl->own]; i++) {
		struct export *e = &cl->export[i];

		if (!k->fill[e->peer]) {
			append(k, &cl->peer, &cl->peers, e->peer);
			k->fill[e->peer] = cl->peers;
		}
		e->peer = k->fill[e->peer] - 1;
	}
}

struct cluster *cluster_compile(struct circuit *c, const struct part *part)
{
	struct compiler k = { .c = c, .part = part };
	uint32_t i;

	k.all = get(&k, part->clusters, sizeof(*k.all));
	k.local = get(&k, c->nets, sizeof(*k.local));
	k.here = get(&k, c->nets, sizeof(*k.here));
	k.fill = get(&k, part->clusters, sizeof(*k.fill));
	number_own(&k);
	number_read(&k);
	for (i = 0; i < part->clusters; i++) {
		list_nets(&k, &k.all[i], i);
		make_gates(&k, &k.all[i]);
		make_fan(&k, &k.all[i]);
		make_flops(&k, &k.all[i]);
		make_ends(&k, &k.all[i], i);
		list_peers(&k, &k.all[i]);
	}
	return k.all;
}
