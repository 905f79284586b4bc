// SPDX-License-Identifier: GPL-2.0
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/need.h"
#include "sim/net/result.h"

int result_begin(struct result *r, const struct net *n, struct outfile *packets)
{
	*r = (struct result){
		.net = n,
		.flow = need(n->flows->n, sizeof(*r->flow)),
		.link = need(2 * (size_t)n->t->edges, sizeof(*r->link)),
		.packets = packets,
	};
	return packets ? packets_begin(packets) : 0;
}

void result_free(struct result *r)
{
	free(r->flow);
	free(r->link);
}

int result_record(struct result *r, uint32_t sink, tw_time now,
		  const void *data)
{
	union {
		struct count_record count;
		struct received_record received;
		struct link_record link;
		struct packet_record packet;
	} u;

	switch (sink) {
	case SINK_SENT:
		memcpy(&u.count, data, sizeof(u.count));
		r->flow[u.count.flow].sent = u.count.packets;
		break;
	case SINK_LOST:
		memcpy(&u.count, data, sizeof(u.count));
		r->flow[u.count.flow].lost += u.count.packets;
		break;
	case SINK_RECEIVED:
		memcpy(&u.received, data, sizeof(u.received));
		r->flow[u.received.flow].received = u.received;
		break;
	case SINK_LINK:
		memcpy(&u.link, data, sizeof(u.link));
		r->link[u.link.link] = u.link;
		break;
	case SINK_PACKET:
		memcpy(&u.packet, data, sizeof(u.packet));
		return packets_line(r->packets, now, &u.packet,
				    &r->net->t->node[u.packet.node]);
	}
	return 0;
}

void result_total(const struct result *r, struct flow_result *total)
{
	uint32_t i;

	*total = (struct flow_result){ .received.min = UINT64_MAX };
	for (i = 0; i < r->net->flows->n; i++) {
		const struct flow_result *f = &r->flow[i];

		total->sent += f->sent;
		total->lost += f->lost;
		total->received.packets += f->received.packets;
		total->received.sum += f->received.sum;
		total->received.squares += f->received.squares;
		if (f->received.min < total->received.min)
			total->received.min = f->received.min;
		if (f->received.max > total->received.max)
			total->received.max = f->received.max;
	}
}

double result_load(const struct result *r, uint32_t link)
{
	return (double)r->link[link].busy / r->net->end;
}

double received_mean(const struct received_record *r)
{
	return r->packets ? (double)r->sum / r->packets : 0;
}

/* The sums are exact; only here does anything get lost. */
double received_deviation(const struct received_record *r)
{
	long double mean, variance;

	if (!r->packets)
		return 0;
	mean = (long double)r->sum / r->packets;
	variance = (long double)r->squares / r->packets - mean * mean;
	return variance > 0 ? sqrt(variance) : 0;
}
