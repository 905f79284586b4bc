// SPDX-License-Identifier: GPL-2.0
#include <inttypes.h>
#include <string.h>

#include "sim/net/result.h"

/* Quoted as RFC 4180 has it, always: a name may contain anything. */
static int put_quoted(struct outfile *f, const char *text)
{
	int ret = outfile_put(f, "\"", 1);
	size_t some;

	for (; !ret && *text; text += some) {
		some = strcspn(text, "\"");
		ret = outfile_put(f, text, some);
		if (text[some] == '"') {
			some++;
			ret = ret ?: outfile_put(f, "\"\"", 2);
		}
	}
	return ret ?: outfile_put(f, "\"", 1);
}

static int put_node(struct outfile *f, const struct node *n)
{
	return outfile_put(f, ",", 1)	      ?:
		       put_quoted(f, n->id)   ?:
		       outfile_put(f, ",", 1) ?:
						put_quoted(f, n->label);
}

static int put_delay(struct outfile *f, const struct received_record *r)
{
	if (!r->packets)
		return outfile_printf(f, ",,,,\n");
	return outfile_printf(f, ",%" PRIu64 ",%.0f,%" PRIu64 ",%.0f\n", r->min,
			      received_mean(r), r->max, received_deviation(r));
}

static int put_flow(struct outfile *f, const struct result *r, uint32_t i)
{
	const struct topology *t = r->net->t;
	const struct flow *flow = &r->net->flows->flow[i];
	const struct flow_result *p = &r->flow[i];
	uint64_t received = p->received.packets;

	return outfile_printf(f, "%" PRIu32, i)		   ?:
		       put_node(f, &t->node[flow->source]) ?:
		       put_node(f, &t->node[flow->target]) ?:
		       outfile_printf(f, ",%" PRIu32 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%.6f", flow->links, flow->delay, p->sent, received, p->lost, p->sent - received - p->lost, p->sent ? (double)p->lost / p->sent : 0) ?:
		       put_delay(f, &p->received);
}

int csv_write(const struct result *r, struct outfile *f)
{
	uint32_t i;
	int ret = outfile_printf(
		f, "flow,source,source_label,target,target_label,links,path_ns,"
		   "sent,received,lost,in_flight,loss,"
		   "delay_min_ns,delay_mean_ns,delay_max_ns,delay_sd_ns\n");

	for (i = 0; !ret && i < r->net->flows->n; i++)
		ret = put_flow(f, r, i);
	return ret;
}

int packets_begin(struct outfile *f)
{
	return outfile_printf(f, "time_ns,flow,packet,delay_ns,fate,node\n");
}

int packets_line(struct outfile *f, tw_time now, const struct packet_record *r,
		 const struct node *at)
{
	return outfile_printf(f, "%" PRIu64 ",%" PRIu32 ",%" PRIu64 ",%" PRIu64 ",%s,", now, r->flow, r->number, now - r->sent, r->lost ? "lost" : "received") ?:
		       put_quoted(f, at->id) ?:
					       outfile_put(f, "\n", 1);
}
