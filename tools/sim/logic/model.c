// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>

#include "sim/logic/model.h"
#include "sim/need.h"

/* What an event is, and its place among those of one tick. */
enum { ON_CHANGE, ON_EVALUATE, ON_CLOCK };

#define CHANGES_MAX (TW_PAYLOAD_MAX / sizeof(change_t))

/* All that events change. */
struct state {
	uint8_t *value; /* of each local net */
	uint8_t *reached; /* gate is in `reach` */
	uint32_t *reach; /* gates to evaluate */
	change_t *next; /* own nets and inputs that change at the next gate delay */
	uint32_t reaches, nexts;
	tw_time wake; /* of the ON_EVALUATE that is on its way */
	uint64_t cycle;
	uint64_t evaluations;
};

/* Of one process. The rest is scratch, empty between events. */
struct process {
	const struct logic *l;
	struct state *state; /* of each cluster */
	change_t *changes;
	uint32_t *fill; /* of each peer */
	struct out_record *record;
};

static struct process *process;

/* ---- sending ---- */

static void send_changes(struct tw_ctx *c, uint32_t to, const change_t *changes,
			 uint32_t n)
{
	uint32_t some;

	for (; n; n -= some, changes += some) {
		some = n < CHANGES_MAX ? n : CHANGES_MAX;
		tw_ctx_send(c, to, tw_ctx_now(c) + 1, ON_CHANGE, changes,
			    some * sizeof(*changes));
	}
}

/* Count, or lay out by peer, what other clusters must hear of one change. */
static void count_exports(const struct cluster *cl, uint32_t *fill,
			  change_t change)
{
	uint32_t net = change_net(change), i;

	for (i = cl->export0[net]; i < cl->export0[net + 1]; i++)
		fill[cl->export[i].peer + 1]++;
}

static void place_exports(const struct cluster *cl, uint32_t *fill,
			  change_t change)
{
	uint32_t net = change_net(change), i;

	for (i = cl->export0[net]; i < cl->export0[net + 1]; i++)
		process->changes[fill[cl->export[i].peer]++] =
			change_to(cl->export[i].net, change_value(change));
}

/* Tell each cluster that reads them what changes next, in one message each. */
static void tell_peers(struct tw_ctx *c, const struct cluster *cl,
		       const struct state *st)
{
	uint32_t i, p, at = 0, *fill = process->fill;

	memset(fill, 0, (cl->peers + 1) * sizeof(*fill));
	for (i = 0; i < st->nexts; i++)
		count_exports(cl, fill, st->next[i]);
	for (p = 0; p < cl->peers; p++)
		fill[p + 1] += fill[p];
	for (i = 0; i < st->nexts; i++)
		place_exports(cl, fill, st->next[i]);
	/* Now fill[p] is where p's changes end. */
	for (p = 0; p < cl->peers; at = fill[p++])
		send_changes(c, cl->peer[p], process->changes + at,
			     fill[p] - at);
}

static void wake_at(struct tw_ctx *c, struct state *st, tw_time at)
{
	if (st->wake == at)
		return;
	st->wake = at;
	tw_ctx_send(c, tw_ctx_self(c), at, ON_EVALUATE, NULL, 0);
}

/* What is in st->next happens at the next even tick. */
static void announce(struct tw_ctx *c, const struct cluster *cl,
		     struct state *st)
{
	if (!st->nexts)
		return;
	tell_peers(c, cl, st);
	wake_at(c, st, tw_ctx_now(c) + 2);
}

/* ---- output ---- */

static void write_changes(struct tw_ctx *c, const struct cluster *cl,
			  const struct state *st)
{
	uint32_t i, net, some, n = 0;

	for (i = 0; i < st->nexts; i++) {
		net = change_net(st->next[i]);
		if (net < cl->own)
			process->changes[n++] = change_to(
				cl->global[net], change_value(st->next[i]));
	}
	for (i = 0; i < n; i += some) {
		some = n - i < CHANGES_MAX ? n - i : CHANGES_MAX;
		tw_ctx_write(c, SINK_VCD, ON_EVALUATE, process->changes + i,
			     some * sizeof(change_t));
	}
}

static void write_outputs(struct tw_ctx *c, const struct cluster *cl,
			  const struct state *st)
{
	struct out_record *r = process->record;
	uint32_t i;

	r->cluster = tw_ctx_self(c);
	r->evaluations = st->evaluations;
	for (i = 0; i < cl->outs; i++)
		r->bit[i] = st->value[cl->out[i]];
	tw_ctx_write(c, SINK_OUT, ON_CLOCK, r, sizeof(*r) + cl->outs);
}

/* ---- events ---- */

static void set(const struct cluster *cl, struct state *st, change_t change)
{
	uint32_t n = change_net(change), i, g;

	st->value[n] = change_value(change);
	for (i = cl->fan0[n]; i < cl->fan0[n + 1]; i++) {
		g = cl->fan[i];
		if (st->reached[g])
			continue;
		st->reached[g] = 1;
		st->reach[st->reaches++] = g;
	}
}

static uint8_t evaluate(const struct cluster *cl, const struct state *st,
			uint32_t g)
{
	const struct gate *gate = &cl->gate[g];
	uint32_t i, ones = 0;

	for (i = 0; i < gate->pins; i++)
		ones += st->value[cl->pin[gate->pin0 + i]];
	return op_value(gate->op, ones, gate->pins);
}

static void on_change(struct tw_ctx *c, const struct cluster *cl,
		      struct state *st, const struct tw_event *ev)
{
	const change_t *changes = ev->data;
	uint32_t i;

	for (i = 0; i < ev->len / sizeof(*changes); i++)
		set(cl, st, changes[i]);
	wake_at(c, st, ev->time + 1);
}

static void on_evaluate(struct tw_ctx *c, const struct cluster *cl,
			struct state *st)
{
	uint32_t i;

	for (i = 0; i < st->nexts; i++)
		set(cl, st, st->next[i]);
	if (process->l->write_vcd)
		write_changes(c, cl, st);
	st->nexts = 0;
	for (i = 0; i < st->reaches; i++) {
		uint32_t g = st->reach[i];
		uint8_t value = evaluate(cl, st, g);

		st->reached[g] = 0;
		if (value != st->value[g])
			st->next[st->nexts++] = change_to(g, value);
	}
	st->evaluations += st->reaches;
	st->reaches = 0;
	announce(c, cl, st);
}

static void next_inputs(const struct cluster *cl, struct state *st)
{
	uint32_t i;

	for (i = 0; i < cl->inputs; i++) {
		const struct input *in = &cl->input[i];
		uint8_t value = stimulus_bit(process->l->stimulus, st->cycle,
					     in->index);

		if (value != st->value[in->net])
			st->next[st->nexts++] = change_to(in->net, value);
	}
}

/* A cluster that no clock edge concerns has only its last one, for the summary. */
static void next_clock(struct tw_ctx *c, const struct cluster *cl,
		       struct state *st)
{
	if (!cl->flops && !cl->inputs && !cl->outs)
		st->cycle = process->l->cycles - 1;
	tw_ctx_send(c, tw_ctx_self(c),
		    2 * (st->cycle + 1) * process->l->period - 1, ON_CLOCK,
		    NULL, 0);
}

static void on_clock(struct tw_ctx *c, const struct cluster *cl,
		     struct state *st)
{
	bool last = ++st->cycle == process->l->cycles;
	uint32_t i;

	if (last || (process->l->write_out && cl->outs))
		write_outputs(c, cl, st);
	if (last)
		return;
	for (i = 0; i < cl->flops; i++) {
		uint8_t d = st->value[cl->flop[i].d];

		if (d != st->value[cl->flop[i].q])
			st->next[st->nexts++] = change_to(cl->flop[i].q, d);
	}
	next_inputs(cl, st);
	announce(c, cl, st);
	next_clock(c, cl, st);
}

static void event(struct tw_ctx *c, const struct tw_event *ev)
{
	const struct cluster *cl = &process->l->cluster[ev->to];
	struct state *st = &process->state[ev->to];

	switch (ev->priority) {
	case ON_CHANGE:
		return on_change(c, cl, st, ev);
	case ON_EVALUATE:
		return on_evaluate(c, cl, st);
	case ON_CLOCK:
		return on_clock(c, cl, st);
	}
}

/* ---- start and end ---- */

static void *setup(struct tw_ctx *c, void *arg)
{
	const struct logic *l = arg;
	uint32_t i, changes = 0, peers = 0, outs = 0;

	(void)c;
	for (i = 0; i < l->clusters; i++) {
		const struct cluster *cl = &l->cluster[i];

		changes += cl->own + cl->export0[cl->own];
		peers += cl->peers;
		outs += cl->outs;
	}
	process = need(1, sizeof(*process));
	process->l = l;
	process->state = need(l->clusters, sizeof(*process->state));
	process->changes = need(changes, sizeof(*process->changes));
	process->fill = need(peers + 1, sizeof(*process->fill));
	process->record = need(1, sizeof(*process->record) + outs);
	return process;
}

/* Cycle 0 starts at tick 0: its inputs are in place before the first evaluation. */
static void init(struct tw_ctx *c, uint64_t object)
{
	const struct cluster *cl = &process->l->cluster[object];
	struct state *st = &process->state[object];

	st->value = need(cl->nets, 1);
	memcpy(st->value, cl->rest, cl->nets);
	st->reached = need(cl->own, 1);
	st->reach = need(cl->own, sizeof(*st->reach));
	st->next = need(cl->nets, sizeof(*st->next));
	next_inputs(cl, st);
	if (st->nexts)
		wake_at(c, st, 1);
	next_clock(c, cl, st);
}

void logic_release(void)
{
	uint32_t i;

	if (!process)
		return;
	for (i = 0; i < process->l->clusters; i++) {
		free(process->state[i].value);
		free(process->state[i].reached);
		free(process->state[i].reach);
		free(process->state[i].next);
	}
	free(process->state);
	free(process->changes);
	free(process->fill);
	free(process->record);
	free(process);
	process = NULL;
}

static uint32_t owner(void *arg, uint64_t object)
{
	const struct logic *l = arg;

	return object / (l->clusters / l->procs);
}

tw_time logic_end(const struct logic *l)
{
	return 2 * l->cycles * l->period;
}

void logic_model(struct tw_model *m, struct logic *l)
{
	*m = (struct tw_model){
		.objects = l->clusters,
		.processes = l->procs,
		.sinks = SINKS,
		.owner = owner,
		.setup = setup,
		.init = init,
		.event = event,
		.arg = l,
	};
}
