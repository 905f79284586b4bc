/* SPDX-License-Identifier: GPL-2.0 */
/* What the model has written, put together, and the files made of it. */
#ifndef NET_RESULT_H
#define NET_RESULT_H

#include "sim/net/model.h"
#include "sim/outfile.h"

struct flow_result {
	uint64_t sent, lost;
	struct received_record received;
};

struct result {
	const struct net *net;
	struct flow_result *flow;
	struct link_record *link;
	struct outfile *packets; /* NULL: nobody wants them */
};

int result_begin(struct result *r, const struct net *n,
		 struct outfile *packets);
/* A record of a sink, not aligned. Nonzero: its file has failed. */
int result_record(struct result *r, uint32_t sink, tw_time now,
		  const void *data);
void result_free(struct result *r);

/* Sums over all flows; the delay's extremes are over those that received any. */
void result_total(const struct result *r, struct flow_result *total);
/* The part of the time that a link was busy. */
double result_load(const struct result *r, uint32_t link);

/* ns; 0 if nothing was received */
double received_mean(const struct received_record *r);
double received_deviation(const struct received_record *r);

/* csv.c: --csv, a line for each flow */
int csv_write(const struct result *r, struct outfile *f);
/* map.c: --svg */
int map_write(const struct result *r, struct outfile *f);

/* csv.c: --packets, a head and a line for each that was received or lost */
int packets_begin(struct outfile *f);
int packets_line(struct outfile *f, tw_time now, const struct packet_record *r,
		 const struct node *at);

#endif
