// SPDX-License-Identifier: GPL-2.0
#include <math.h>
#include <stdlib.h>

#include "sim/need.h"
#include "sim/net/model.h"

/* What an event is, and its place among those of one tick. */
enum { ON_PACKET, ON_TICK, ON_END };

struct packet {
	uint32_t flow, hop;
	uint64_t number;
	tw_time sent;
};

/* Of a link, in the router that it leaves. */
struct queue {
	tw_time idle_at; /* when all that is accepted will have been sent */
	uint64_t accepted, lost;
	uint32_t peak;
};

/* Of a flow, in its source. */
struct source {
	struct random random;
	uint64_t sent;
};

/* Of one process. Each element belongs to one object. */
struct state {
	struct queue *queue; /* of each link */
	struct source *source; /* of each flow */
	struct received_record *received; /* of each flow */
	uint64_t *lost; /* at each hop of each flow */
};

static const struct net *net;
static struct state *state;

/* ---- sources ---- */

static void next_packet(struct tw_ctx *c, uint32_t flow)
{
	struct source *s = &state->source[flow];
	tw_time at = tw_ctx_now(c) + 1 +
		     (tw_time)(-log(random_unit(&s->random)) * net->gap);
	struct packet p = { .flow = flow, .number = s->sent + 1, .sent = at };

	tw_ctx_send(c, net->flows->flow[flow].source, at, ON_PACKET, &p,
		    sizeof(p));
	tw_ctx_send(c, tw_ctx_self(c), at, ON_TICK, NULL, 0);
}

static void source_end(struct tw_ctx *c, uint32_t flow)
{
	struct count_record r = { .flow = flow,
				  .packets = state->source[flow].sent };

	tw_ctx_write(c, SINK_SENT, 0, &r, sizeof(r));
}

static void source_event(struct tw_ctx *c, const struct tw_event *ev)
{
	uint32_t flow = ev->to - net->t->nodes;

	if (ev->priority == ON_END)
		return source_end(c, flow);
	state->source[flow].sent++;
	next_packet(c, flow);
}

/* ---- routers ---- */

static void write_packet(struct tw_ctx *c, const struct packet *p, bool lost)
{
	struct packet_record r = { .flow = p->flow,
				   .node = tw_ctx_self(c),
				   .number = p->number,
				   .sent = p->sent,
				   .lost = lost };

	if (net->write_packets)
		tw_ctx_write(c, SINK_PACKET, 0, &r, sizeof(r));
}

static void receive(struct tw_ctx *c, const struct packet *p)
{
	struct received_record *r = &state->received[p->flow];
	uint64_t delay = tw_ctx_now(c) - p->sent;

	r->packets++;
	r->sum += delay;
	r->squares += (unsigned __int128)delay * delay;
	if (delay < r->min)
		r->min = delay;
	if (delay > r->max)
		r->max = delay;
	write_packet(c, p, false);
}

/* Packets that wait for the link, the one that it sends aside. */
static uint64_t waiting(const struct queue *q, const struct link *l,
			tw_time now)
{
	return q->idle_at > now ? (q->idle_at - now - 1) / l->service : 0;
}

static void forward(struct tw_ctx *c, const struct packet *p, uint32_t hop)
{
	uint32_t link = net->flows->hop[hop].link;
	const struct link *l = &net->t->link[link];
	struct queue *q = &state->queue[link];
	struct packet next = *p;
	tw_time now = tw_ctx_now(c);
	bool busy = q->idle_at > now;
	uint64_t ahead = waiting(q, l, now);

	if (busy && ahead >= net->buffer) {
		q->lost++;
		state->lost[hop]++;
		return write_packet(c, p, true);
	}
	if (busy && ahead >= q->peak)
		q->peak = ahead + 1;
	q->accepted++;
	q->idle_at = (busy ? q->idle_at : now) + l->service;
	next.hop++;
	tw_ctx_send(c, l->to, q->idle_at + l->delay, ON_PACKET, &next,
		    sizeof(next));
}

static void write_link(struct tw_ctx *c, uint32_t link)
{
	const struct queue *q = &state->queue[link];
	uint64_t busy = q->accepted * net->t->link[link].service;
	struct link_record r = { .link = link,
				 .peak = q->peak,
				 .packets = q->accepted,
				 .lost = q->lost };

	/* From the end on until it is idle it is busy all the time. */
	r.busy = q->idle_at > net->end ? busy - (q->idle_at - net->end) : busy;
	tw_ctx_write(c, SINK_LINK, 0, &r, sizeof(r));
}

static void write_hop(struct tw_ctx *c, uint32_t hop)
{
	const struct hop *h = &net->flows->hop[hop];
	struct count_record r = { .flow = h->flow,
				  .packets = state->lost[hop] };

	if (h->link == NO_LINK)
		tw_ctx_write(c, SINK_RECEIVED, 0, &state->received[h->flow],
			     sizeof(*state->received));
	else if (r.packets)
		tw_ctx_write(c, SINK_LOST, 0, &r, sizeof(r));
}

static void router_end(struct tw_ctx *c)
{
	const struct topology *t = net->t;
	uint32_t self = tw_ctx_self(c), i;

	for (i = t->at0[self]; i < t->at0[self + 1]; i++) {
		const struct link *l = link_from(t, t->at[i], self);

		if (l->service)
			write_link(c, l - t->link);
	}
	for (i = net->flows->at0[self]; i < net->flows->at0[self + 1]; i++)
		write_hop(c, net->flows->at[i]);
}

static void router_event(struct tw_ctx *c, const struct tw_event *ev)
{
	const struct packet *p = ev->data;
	uint32_t hop;

	if (ev->priority == ON_END)
		return router_end(c);
	hop = net->flows->flow[p->flow].hop0 + p->hop;
	if (net->flows->hop[hop].link == NO_LINK)
		receive(c, p);
	else
		forward(c, p, hop);
}

static void event(struct tw_ctx *c, const struct tw_event *ev)
{
	if (ev->to < net->t->nodes)
		router_event(c, ev);
	else
		source_event(c, ev);
}

/* ---- start and end ---- */

static void *setup(struct tw_ctx *c, void *arg)
{
	uint32_t i;

	(void)c;
	net = arg;
	state = need(1, sizeof(*state));
	state->queue = need(2 * (size_t)net->t->edges, sizeof(*state->queue));
	state->source = need(net->flows->n, sizeof(*state->source));
	state->received = need(net->flows->n, sizeof(*state->received));
	state->lost = need(net->flows->hops, sizeof(*state->lost));
	for (i = 0; i < net->flows->n; i++) {
		state->received[i].flow = i;
		state->received[i].min = UINT64_MAX;
	}
	return state;
}

static void init(struct tw_ctx *c, uint64_t object)
{
	uint32_t flow = object - net->t->nodes;

	tw_ctx_send(c, object, net->end - 1, ON_END, NULL, 0);
	if (object < net->t->nodes)
		return;
	state->source[flow].random = net->flows->flow[flow].random;
	next_packet(c, flow);
}

void net_release(void)
{
	if (!state)
		return;
	free(state->queue);
	free(state->source);
	free(state->received);
	free(state->lost);
	free(state);
	state = NULL;
}

/* A source is where its router is. */
static uint32_t owner(void *arg, uint64_t object)
{
	const struct net *n = arg;

	if (object >= n->t->nodes)
		object = n->flows->flow[object - n->t->nodes].source;
	return n->part[object];
}

void net_model(struct tw_model *m, struct net *n)
{
	*m = (struct tw_model){
		.objects = (uint64_t)n->t->nodes + n->flows->n,
		.processes = n->procs,
		.sinks = SINKS,
		.owner = owner,
		.setup = setup,
		.init = init,
		.event = event,
		.arg = n,
	};
}
