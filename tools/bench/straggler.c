// SPDX-License-Identifier: GPL-2.0
/*
 * A straggler: from just before its send to the first instruction of the
 * incarnation that the rollback releases, against fork, exit and wait in a
 * plain process with as much memory.
 *
 *	sender				receiver
 *	------				--------
 *	bait for base + 500
 *					receives it; waits for more, or is busy
 *	straggler for base + 300	is rolled back, receives both,
 *					takes a snapshot
 */
#include "bench/bench.h"
#include "bench/device.h"
#include "bench/task.h"

#define TURN 1000 /* ticks from one base to the next */

enum { WAITING, BUSY, MODES, STRAGGLER = MODES };

/* In shared memory: no rollback touches it. */
struct stage {
	uint32_t baited; /* turns of which the receiver has seen the bait */
	uint32_t struck; /* turns of which the straggler was sent */
	uint32_t done; /* turns that the receiver has got through */
	uint64_t fork_ns;
};

struct straggler_bench {
	struct table *table;
	struct row *fork, *resumed[MODES];
	size_t size;
	struct stage *stage;
	struct process *receiver;
	struct helper helper;
};

struct message {
	uint32_t turn;
	uint32_t mode; /* of a bait, or STRAGGLER */
};

static uint32_t get(uint32_t *word)
{
	return __atomic_load_n(word, __ATOMIC_SEQ_CST);
}

static void set(uint32_t *word, uint32_t value)
{
	__atomic_store_n(word, value, __ATOMIC_SEQ_CST);
}

static void wait_for(uint32_t *word, uint32_t value)
{
	while (get(word) < value)
		pause_us(100);
}

static void measure_fork(void *arg)
{
	static struct memory m;
	struct straggler_bench *b = arg;

	if (m.at)
		memory_touch(&m);
	else
		memory_map(&m, b->size, false);
	b->stage->fork_ns = fork_exit_wait();
}

/* ---- the receiver ---- */

/* Before the straggler it writes its memory, as one that does something would. */
static void on_bait(struct process *p, struct straggler_bench *b,
		    struct memory *memory, const struct message *m, bool again)
{
	struct stage *s = b->stage;

	if (again) {
		process_snapshot(p);
		set(&s->done, m->turn);
		return;
	}
	memory_touch(memory);
	set(&s->baited, m->turn);
	if (m->mode == BUSY)
		while (get(&s->struck) < m->turn)
			;
}

static void receive(struct process *p, void *arg)
{
	struct straggler_bench *b = arg;
	struct memory memory;
	struct message m;
	uint32_t struck = 0;

	memory_map(&memory, b->size, false);
	while (process_recv(p, &m, sizeof(m))) {
		if (m.mode == STRAGGLER)
			struck = m.turn;
		else
			on_bait(p, b, &memory, &m, struck == m.turn);
	}
}

/* ---- the sender ---- */

static void advance(struct process *p, uint64_t to)
{
	process_send(p, p->id, to, NULL, 0);
	process_recv(p, NULL, 0);
}

static double turn(struct straggler_bench *b, struct process *p,
		   uint32_t number, uint32_t mode)
{
	const struct message bait = { number, mode };
	const struct message straggler = { number, STRAGGLER };
	struct process *receiver = b->receiver;
	uint64_t base = (uint64_t)number * TURN, start,
		 *at = receiver->resumed_at;

	advance(p, base);
	process_send(p, receiver->id, base + 500, &bait, sizeof(bait));
	wait_for(&b->stage->baited, number);
	pause_us(2000);
	advance(p, base + 100);
	__atomic_store_n(at, 0, __ATOMIC_SEQ_CST);
	start = clock_ns();
	process_send(p, receiver->id, base + 300, &straggler,
		     sizeof(straggler));
	set(&b->stage->struck, number);
	wait_for(&b->stage->done, number);
	if (!__atomic_load_n(at, __ATOMIC_SEQ_CST))
		die("a straggler rolled nothing back");
	return (*at - start) / 1e3;
}

static void send_all(struct process *p, void *arg)
{
	struct straggler_bench *b = arg;
	uint32_t number = 0, mode;
	unsigned int i, n;

	for (i = 0; i <= b->table->rounds; i++) {
		n = i ? i - 1 : 0;
		helper_ask(&b->helper);
		helper_await(&b->helper);
		b->fork->samples[n] = b->stage->fork_ns / 1e3;
		for (mode = 0; mode < MODES; mode++)
			b->resumed[mode]->samples[n] =
				turn(b, p, ++number, mode);
	}
	while (process_recv(p, NULL, 0))
		;
}

/* ---- the group ---- */

struct names {
	const char *fork, *fork_label, *waiting, *waiting_label, *busy,
		*busy_label;
};

static void measure(struct table *t, const struct names *n, size_t size)
{
	struct straggler_bench b = {
		.table = t,
		.size = size,
		.stage = shared_alloc(sizeof(*b.stage)),
		.fork = table_row(t, n->fork, n->fork_label),
	};
	struct process p, q;
	struct domain d;

	b.resumed[WAITING] =
		table_compared(t, n->waiting, n->waiting_label, b.fork, 0.5);
	b.resumed[BUSY] =
		table_compared(t, n->busy, n->busy_label, b.fork, 0.5);
	helper_start(&b.helper, measure_fork, &b);
	domain_open(&d);
	process_create(&d, &p, NEVER);
	process_create(&d, &q, NEVER);
	b.receiver = &q;
	process_start(&p, send_all, &b);
	process_start(&q, receive, &b);
	domain_run(&d);
	helper_stop(&b.helper);
}

void bench_straggler(const struct options *o, struct results *r)
{
	static const struct names small = {
		"fork_1",    "fork+exit+wait, 1 MB",
		"waiting_1", "resumed, was waiting, 1 MB",
		"busy_1",    "resumed, was busy, 1 MB",
	};
	static const struct names middle = {
		"fork_16",    "fork+exit+wait, 16 MB",
		"waiting_16", "resumed, was waiting, 16 MB",
		"busy_16",    "resumed, was busy, 16 MB",
	};
	static const struct names large = {
		"fork_64",    "fork+exit+wait, 64 MB",
		"waiting_64", "resumed, was waiting, 64 MB",
		"busy_64",    "resumed, was busy, 64 MB",
	};
	struct table *t = table_new("straggler",
				    "Straggler sent to incarnation resumed",
				    "us", rounds_or(o, 40));

	measure(t, &small, 1 * MIB);
	measure(t, &middle, 16 * MIB);
	measure(t, &large, 64 * MIB);
	r->tables[r->n++] = t;
}
