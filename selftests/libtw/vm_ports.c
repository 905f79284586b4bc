// SPDX-License-Identifier: GPL-2.0
/* What is outside of virtual time: ports, and processes that act on it. */
#include <errno.h>
#include <unistd.h>
#include <timewarp.h>

#include "tap.h"

struct ids {
	uint64_t next, sink;
};

/* Adds up what it gets, and says the sum. */
static int adder(struct tw_process *p, void *arg)
{
	const struct ids *ids = arg;
	uint64_t n, sum = 0;

	while (tw_recv(p, &n, sizeof(n), NULL) == sizeof(n)) {
		sum = sum * 31 + n;
		if (tw_write(p, ids->sink, &sum, sizeof(sum)))
			return 1;
	}
	return 0;
}

/* Hands on what it gets to the adder. */
static int relay(struct tw_process *p, void *arg)
{
	const struct ids *ids = arg;
	uint64_t n;

	while (tw_recv(p, &n, sizeof(n), NULL) == sizeof(n))
		if (tw_send(p, ids->next, tw_now(p) + 1 + n % 5, &n, sizeof(n)))
			return 1;
	return 0;
}

struct stage {
	struct tw_domain *d;
	struct tw_port *port;
	struct tw_sink *sink;
	struct ids ids;
};

/* Process 1 relays to process 2, which adds. */
static void stage_set(struct stage *s, const struct tw_port_attr *attr,
		      const struct tw_sink_attr *sink)
{
	int ret = tw_domain_create(&s->d, NULL);

	ok(!ret, "create a domain: %d", ret);
	ok(!tw_sink_create(s->d, sink, &s->sink), "a sink");
	ok(!tw_port_create(s->d, attr, &s->port), "a port");
	ok(tw_port_id(s->port) == 2 && tw_port_fd(s->port) >= 0, "its id");
	s->ids = (struct ids){ .next = 4, .sink = tw_sink_id(s->sink) };
	ok(!tw_spawn(s->d, NULL, relay, &s->ids, NULL) &&
		   !tw_spawn(s->d, NULL, adder, &s->ids, NULL),
	   "two processes");
}

static int finish(struct stage *s)
{
	int state;

	do
		state = tw_domain_poll(s->d, 100);
	while (state >= 0 && state < TW_DOMAIN_ENDED);
	tw_domain_destroy(s->d);
	return state;
}

/* Of a sum that was read nothing is taken back, so it is the right one. */
static bool read_sum(struct stage *s, uint64_t *sum)
{
	ssize_t n;

	while ((n = tw_sink_read(s->sink, sum, sizeof(*sum))) == -EAGAIN)
		if (tw_domain_poll(s->d, 1000) < 0)
			return false;
	return n == sizeof(*sum);
}

#define WORDS 40

/* The n-th word comes to the adder at 10 n + 1 + word % 5, by the relay. */
static void test_promise(void)
{
	uint64_t word, sum, right = 0, n, good = 0;
	struct stage s;
	tw_time at;

	stage_set(&s, NULL, NULL);
	ok(!tw_domain_start(s.d), "start");
	for (n = 1; n <= WORDS; n++) {
		/* Pairs in the wrong order: the promise allows it. */
		at = 10 * (n % 2 ? n + 1 : n - 1);
		word = at * 7;
		if (tw_port_inject(s.port, 3, &at, 0, &word, sizeof(word)))
			break;
		if (n % 2 == 0)
			tw_port_promise(s.port, 10 * n);
	}
	ok(n > WORDS, "inject %d words", WORDS);
	at = 10 * WORDS - 1;
	ok(tw_port_inject(s.port, 3, &at, 0, &word, sizeof(word)) == -ETIME &&
		   at == 10 * WORDS,
	   "one below the promise");
	ok(tw_port_promise(s.port, 1) == -EINVAL, "a promise is for ever");
	tw_port_close(s.port);
	ok(tw_port_inject(s.port, 3, &at, 0, &word, sizeof(word)) == -EBADF &&
		   tw_port_promise(s.port, at) == -EBADF &&
		   tw_port_fd(s.port) == -1,
	   "a closed port");
	for (n = 1; n <= WORDS && read_sum(&s, &sum); n++) {
		right = right * 31 + 70 * n;
		good += sum == right;
	}
	ok(good == WORDS, "the sums are right");
	ok(finish(&s) == TW_DOMAIN_ENDED, "the end");
}

/* Ask, and wait for the answer, while nothing else goes on. */
static void test_live(void)
{
	const struct tw_port_attr attr = { .name = "live", .live = 1 };
	uint64_t word, sum, right = 0, good = 0;
	tw_time at, last = 0;
	struct stage s;

	stage_set(&s, &attr, NULL);
	ok(!tw_domain_start(s.d), "start");
	for (word = 1; word <= WORDS; word++) {
		at = 0;
		if (tw_port_inject(s.port, 3, &at, 0, &word, sizeof(word)) ||
		    at <= last || !read_sum(&s, &sum))
			break;
		last = at;
		right = right * 31 + word;
		good += sum == right;
	}
	ok(good == WORDS, "%d questions are answered", WORDS);
	ok(tw_domain_gvt(s.d) > last, "and committed");
	at = last;
	ok(tw_port_inject(s.port, 3, &at, 0, &word, sizeof(word)) == -ETIME &&
		   at > last,
	   "what is past is past");
	tw_port_close(s.port);
	ok(finish(&s) == TW_DOMAIN_ENDED, "the end");
}

/* Nobody reads before the adder waits; then nothing is missing, and all is once. */
static void test_slow_reader(void)
{
	const struct tw_sink_attr slow = { .name = "slow", .bound = 1 };
	uint64_t word, sum, right = 0, n, good = 0;
	struct tw_domain_stat st = {};
	struct stage s;
	tw_time at;

	stage_set(&s, NULL, &slow);
	ok(!tw_domain_start(s.d), "start");
	for (n = 1; n <= WORDS; n++) {
		at = 10 * n;
		word = n;
		if (tw_port_inject(s.port, 3, &at, 0, &word, sizeof(word)))
			break;
		/* one is committed before the next is written, until that waits */
		tw_port_promise(s.port, at);
		do
			tw_domain_stat(s.d, &st);
		while (!st.pushed_back && tw_domain_gvt(s.d) < at &&
		       tw_domain_poll(s.d, 10) >= 0);
	}
	ok(n > WORDS, "inject %d words", WORDS);
	tw_port_close(s.port);
	ok(st.pushed_back && st.state == TW_DOMAIN_RUNNING,
	   "the adder waits for the reader");
	for (n = 1; n <= WORDS && read_sum(&s, &sum); n++) {
		right = right * 31 + n;
		good += sum == right;
	}
	ok(good == WORDS, "the sums are right");
	ok(finish(&s) == TW_DOMAIN_ENDED, "the end");
}

/* ---- a process that does what cannot be undone ---- */

static int source(struct tw_process *p, void *arg)
{
	const tw_time *step = arg;
	tw_time t;

	/* Late, by the clock on the wall: who runs ahead is rolled back. */
	if (step[0] == 3)
		usleep(50000);
	for (t = step[0]; t <= 300; t += step[0])
		if (tw_send(p, 3, t, &t, sizeof(t)))
			return 1;
	return 0;
}

static int clerk_end;

/* Each word goes out through a pipe at once: no rollback could take it back. */
static int clerk(struct tw_process *p, void *arg)
{
	struct tw_recv_info info;
	tw_time t;

	(void)arg;
	while (tw_recv_committed(p, &t, sizeof(t), &info) == sizeof(t)) {
		if (info.recv_time != t || tw_now(p) != t)
			return 1;
		if (write(clerk_end, &t, sizeof(t)) != sizeof(t))
			return 2;
	}
	return 0;
}

static void test_committed(void)
{
	tw_time two = 2, three = 3, t, last = 0;
	struct tw_process_stat st = {};
	struct tw_domain *d;
	int fds[2], n = 0, good = 0;

	ok(!pipe(fds), "a pipe");
	clerk_end = fds[1];
	ok(!tw_domain_create(&d, NULL) &&
		   !tw_spawn(d, NULL, source, &two, NULL) &&
		   !tw_spawn(d, NULL, source, &three, NULL) &&
		   !tw_spawn(d, NULL, clerk, NULL, NULL),
	   "two sources, a clerk");
	ok(!tw_run(d), "run");
	ok(!tw_process_stat(d, 3, &st) && !st.snapshots &&
		   !st.rollbacks_primary && !st.rollbacks_secondary,
	   "the clerk was not rolled back, and has left no snapshot");
	tw_domain_destroy(d);
	close(fds[1]);
	for (; read(fds[0], &t, sizeof(t)) == sizeof(t); n++, last = t)
		good += t >= last && (t % 2 == 0 || t % 3 == 0);
	close(fds[0]);
	ok(n == 150 + 100 && good == n,
	   "what it did is in order, once: %d of %d", good, n);
}

int main(void)
{
	test_committed();
	test_promise();
	test_live();
	test_slow_reader();
	return done();
}
