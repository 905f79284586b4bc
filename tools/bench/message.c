// SPDX-License-Identifier: GPL-2.0
/*
 * A message of 64 bytes, sent and received by one task: the price of the calls
 * without that of waking anybody. The task is a process in virtual time that
 * sends to itself; the other channels are measured by the same task.
 */
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bench/bench.h"
#include "bench/channel.h"
#include "bench/device.h"
#include "bench/task.h"

/*
 * A batch is short, so that most of them are not disturbed by whoever else
 * wants the processor, and the warming up before it takes back the pages that
 * a snapshot has left to be copied.
 */
#define BATCH 64
#define STEP 32
#define RECORD (sizeof(struct tw_msg) + MESSAGE_LEN)

struct message_bench {
	struct table *table;
	struct row *channel[CHANNELS];
	struct row *single, *step, *snapshot, *syscall, *ioctl;
};

struct subject {
	struct process *process;
	const struct channel *channel;
};

typedef void (*loop_fn)(const struct subject *s, int n);

static double measure(loop_fn loop, const struct subject *s)
{
	uint64_t start;

	loop(s, STEP);
	start = clock_ns();
	loop(s, BATCH);
	return (double)(clock_ns() - start) / BATCH;
}

static void loop_channel(const struct subject *s, int n)
{
	unsigned char buf[MESSAGE_LEN] = { 0 };

	while (n--) {
		channel_send(s->channel, buf);
		channel_recv(s->channel, buf);
	}
}

static void loop_single(const struct subject *s, int n)
{
	unsigned char buf[MESSAGE_LEN] = { 0 };
	struct process *p = s->process;

	while (n--) {
		process_send(p, p->id, p->now + 1, buf, sizeof(buf));
		process_recv(p, buf, sizeof(buf));
	}
}

static void loop_snapshot(const struct subject *s, int n)
{
	process_snapshot(s->process);
	loop_single(s, n);
}

static void fill_sends(struct process *p, unsigned char *sends)
{
	struct tw_msg h = { .size = RECORD, .len = MESSAGE_LEN, .peer = p->id };
	int i;

	for (i = 0; i < STEP; i++) {
		h.recv_time = p->now + 1 + i;
		memcpy(sends + i * RECORD, &h, sizeof(h));
	}
}

static void loop_step(const struct subject *s, int n)
{
	static unsigned char sends[STEP * RECORD] __attribute__((aligned(8)));
	static unsigned char recvs[STEP * RECORD] __attribute__((aligned(8)));
	struct tw_step arg = { .size = sizeof(arg), .until = TW_TIME_INF };
	struct process *p = s->process;

	for (; n > 0; n -= STEP) {
		fill_sends(p, sends);
		arg.sends = (uintptr_t)sends;
		arg.sends_len = sizeof(sends);
		arg.recvs = (uintptr_t)recvs;
		arg.recvs_len = sizeof(recvs);
		check(ioctl(p->fd, TW_STEP, &arg), "TW_STEP");
		if (arg.recv_count != STEP)
			die("a step received %u messages of %u", arg.recv_count,
			    STEP);
		p->now += STEP;
	}
}

static void loop_syscall(const struct subject *s, int n)
{
	(void)s;
	while (n--)
		syscall(SYS_getppid);
}

/* Found invalid after its argument was copied in: the price of a dispatch. */
static void loop_ioctl(const struct subject *s, int n)
{
	struct tw_send arg = { .size = sizeof(arg), .flags = 1 };

	while (n--)
		ioctl(s->process->fd, TW_SEND, &arg);
}

static void sample(struct message_bench *b, struct process *p,
		   struct channel *c, unsigned int i)
{
	struct subject s = { .process = p };
	int kind;

	for (kind = 0; kind < CHANNELS; kind++) {
		s.channel = &c[kind];
		b->channel[kind]->samples[i] = measure(loop_channel, &s);
	}
	b->single->samples[i] = measure(loop_single, &s);
	b->step->samples[i] = measure(loop_step, &s);
	b->snapshot->samples[i] = measure(loop_snapshot, &s);
	b->syscall->samples[i] = measure(loop_syscall, &s);
	b->ioctl->samples[i] = measure(loop_ioctl, &s);
}

static void run(struct process *p, void *arg)
{
	struct message_bench *b = arg;
	struct channel c[CHANNELS];
	unsigned int i;
	int kind;

	for (kind = 0; kind < CHANNELS; kind++)
		channel_open(&c[kind], kind);
	/* The first round, over which the next is written, warms up. */
	for (i = 0; i <= b->table->rounds; i++) {
		sample(b, p, c, i ? i - 1 : 0);
		process_settle(p);
	}
	while (process_recv(p, NULL, 0))
		;
}

static void add_rows(struct message_bench *b)
{
	struct table *t = b->table;
	int kind;

	for (kind = 0; kind < CHANNELS; kind++)
		b->channel[kind] =
			table_row(t, channel_keys[kind], channel_labels[kind]);
	b->single = table_compared(t, "single", "TW_SEND + TW_RECV",
				   b->channel[CHANNEL_MQ], 1.5);
	b->step = table_compared(t, "step", "TW_STEP of 32",
				 b->channel[CHANNEL_MQ], 0.7);
	b->snapshot = table_compared(t, "snapshot",
				     "TW_SEND + TW_RECV, snapshot each 64",
				     b->channel[CHANNEL_MQ], 0);
	b->syscall = table_row(t, "syscall", "getppid");
	b->ioctl = table_row(t, "ioctl", "TW_SEND with an invalid flag");
}

void bench_message(const struct options *o, struct results *r)
{
	struct message_bench b = {
		.table = table_new("message",
				   "Send and receive 64 bytes, one task", "ns",
				   rounds_or(o, 600)),
	};
	struct domain d;
	struct process p;

	add_rows(&b);
	domain_open(&d);
	process_create(&d, &p, NEVER);
	process_start(&p, run, &b);
	domain_run(&d);
	r->tables[r->n++] = b.table;
}
