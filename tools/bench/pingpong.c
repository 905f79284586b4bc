// SPDX-License-Identifier: GPL-2.0
/*
 * A message of 64 bytes to another task and back: with the price of waking it.
 */
#include "bench/bench.h"
#include "bench/channel.h"
#include "bench/device.h"
#include "bench/task.h"

#define BATCH 128

struct echo {
	struct channel to, from;
};

struct pingpong {
	struct table *table;
	struct row *channel[CHANNELS], *device;
	struct echo echo[CHANNELS];
	struct helper helper[CHANNELS];
	uint64_t peer;
};

static void answer(void *arg)
{
	unsigned char buf[MESSAGE_LEN];
	struct echo *e = arg;
	int i;

	for (i = 0; i < BATCH; i++) {
		channel_recv(&e->to, buf);
		channel_send(&e->from, buf);
	}
}

static double measure_channel(struct helper *h)
{
	unsigned char buf[MESSAGE_LEN] = { 0 };
	struct echo *e = h->arg;
	uint64_t start;
	int i;

	helper_ask(h);
	start = clock_ns();
	for (i = 0; i < BATCH; i++) {
		channel_send(&e->to, buf);
		channel_recv(&e->from, buf);
	}
	start = clock_ns() - start;
	helper_await(h);
	return (double)start / BATCH;
}

static double measure_device(struct process *p, uint64_t peer)
{
	unsigned char buf[MESSAGE_LEN] = { 0 };
	uint64_t start = clock_ns();
	int i;

	for (i = 0; i < BATCH; i++) {
		process_send(p, peer, p->now + 1, buf, sizeof(buf));
		process_recv(p, buf, sizeof(buf));
	}
	return (double)(clock_ns() - start) / BATCH;
}

static void ping(struct process *p, void *arg)
{
	struct pingpong *b = arg;
	unsigned int i, n;
	int kind;

	for (i = 0; i <= b->table->rounds; i++) {
		n = i ? i - 1 : 0;
		for (kind = 0; kind < CHANNELS; kind++)
			b->channel[kind]->samples[n] =
				measure_channel(&b->helper[kind]);
		b->device->samples[n] = measure_device(p, b->peer);
	}
	while (process_recv(p, NULL, 0))
		;
}

static void pong(struct process *p, void *arg)
{
	unsigned char buf[MESSAGE_LEN];
	uint64_t *peer = arg;

	while (process_recv(p, buf, sizeof(buf)))
		process_send(p, *peer, p->now + 1, buf, sizeof(buf));
}

static void open_echoes(struct pingpong *b)
{
	int kind;

	for (kind = 0; kind < CHANNELS; kind++) {
		b->channel[kind] = table_row(b->table, channel_keys[kind],
					     channel_labels[kind]);
		channel_open(&b->echo[kind].to, kind);
		channel_open(&b->echo[kind].from, kind);
		helper_start(&b->helper[kind], answer, &b->echo[kind]);
	}
	b->device = table_compared(b->table, "device", "TW_SEND + TW_RECV",
				   b->channel[CHANNEL_MQ], 0);
}

static void close_echoes(struct pingpong *b)
{
	int kind;

	for (kind = 0; kind < CHANNELS; kind++) {
		helper_stop(&b->helper[kind]);
		channel_close(&b->echo[kind].to);
		channel_close(&b->echo[kind].from);
	}
}

void bench_pingpong(const struct options *o, struct results *r)
{
	struct pingpong b = {
		.table = table_new("pingpong",
				   "64 bytes to another task and back", "ns",
				   rounds_or(o, 40)),
	};
	struct process p, q;
	struct domain d;

	open_echoes(&b);
	domain_open(&d);
	process_create(&d, &p, NEVER);
	process_create(&d, &q, NEVER);
	b.peer = q.id;
	process_start(&p, ping, &b);
	process_start(&q, pong, &p.id);
	domain_run(&d);
	close_echoes(&b);
	r->tables[r->n++] = b.table;
}
