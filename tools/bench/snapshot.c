// SPDX-License-Identifier: GPL-2.0
/*
 * A snapshot: the pause that the running process sees, against fork, exit and
 * wait in a plain process with as much memory. All of the memory is written
 * before each measurement, as a process that does something would have done.
 */
#include <stdio.h>

#include "bench/bench.h"
#include "bench/device.h"
#include "bench/task.h"

struct snapshot_bench {
	struct table *table;
	struct row *fork, *pause;
	size_t size;
	bool huge;
	uint64_t *fork_ns;
	struct helper helper;
};

/* The helper gets its own memory when it is first asked. */
static void measure_fork(void *arg)
{
	static struct memory m;
	struct snapshot_bench *b = arg;

	if (m.at)
		memory_touch(&m);
	else
		memory_map(&m, b->size, b->huge);
	*b->fork_ns = fork_exit_wait();
}

static uint64_t measure_pause(struct process *p, struct memory *m)
{
	unsigned char c = 0;
	uint64_t start;

	process_send(p, p->id, p->now + 1, &c, sizeof(c));
	process_recv(p, &c, sizeof(c));
	memory_touch(m);
	start = clock_ns();
	process_snapshot(p);
	return clock_ns() - start;
}

static void run(struct process *p, void *arg)
{
	struct snapshot_bench *b = arg;
	struct memory m;
	unsigned int i, n;

	memory_map(&m, b->size, b->huge);
	for (i = 0; i <= b->table->rounds; i++) {
		n = i ? i - 1 : 0;
		helper_ask(&b->helper);
		helper_await(&b->helper);
		b->fork->samples[n] = *b->fork_ns / 1e3;
		b->pause->samples[n] = measure_pause(p, &m) / 1e3;
		process_settle(p);
	}
	while (process_recv(p, NULL, 0))
		;
}

static void measure(struct table *t, const char *const *names, size_t size,
		    bool huge)
{
	struct snapshot_bench b = {
		.table = t,
		.size = size,
		.huge = huge,
		.fork = table_row(t, names[0], names[1]),
		.fork_ns = shared_alloc(sizeof(*b.fork_ns)),
	};
	struct process p;
	struct domain d;

	b.pause = table_compared(t, names[2], names[3], b.fork, huge ? 0 : 0.8);
	helper_start(&b.helper, measure_fork, &b);
	domain_open(&d);
	process_create(&d, &p, NEVER);
	process_start(&p, run, &b);
	domain_run(&d);
	helper_stop(&b.helper);
}

void bench_snapshot(const struct options *o, struct results *r)
{
	static const char *const small[] = { "fork_1", "fork+exit+wait, 1 MB",
					     "snapshot_1", "snapshot, 1 MB" };
	static const char *const middle[] = { "fork_16",
					      "fork+exit+wait, 16 MB",
					      "snapshot_16",
					      "snapshot, 16 MB" };
	static const char *const large[] = { "fork_64", "fork+exit+wait, 64 MB",
					     "snapshot_64", "snapshot, 64 MB" };
	static const char *const huge[] = { "fork_64_huge",
					    "fork+exit+wait, 64 MB huge pages",
					    "snapshot_64_huge",
					    "snapshot, 64 MB huge pages" };
	struct table *t = table_new("snapshot", "Pause for a snapshot", "us",
				    rounds_or(o, 40));

	measure(t, small, 1 * MIB, false);
	measure(t, middle, 16 * MIB, false);
	measure(t, large, 64 * MIB, false);
	measure(t, huge, 64 * MIB, true);
	r->tables[r->n++] = t;
}
