// SPDX-License-Identifier: GPL-2.0
/* Ports: injection from outside of virtual time, promises, live ports. */
#include <poll.h>

#include "tw_puppet.h"

FIXTURE(ports) {
	T_WORLD;
	int port, live;			/* one that promises, and a live one, or -1 */
	uint64_t port_id, live_id;
};

FIXTURE_VARIANT(ports) {
	bool port, live;
};

FIXTURE_VARIANT_ADD(ports, promising) { .port = true };
FIXTURE_VARIANT_ADD(ports, live) { .live = true };

FIXTURE_SETUP(ports)
{
	self->port = self->live = -1;
	t_world_open(_metadata, &self->world, (struct t_world_as){
		.puppets = 2, .interval = 1, .sink = true,
	});
	if (variant->port) {
		self->port = t_port(self->domain, 0, 0, &self->port_id);
		ASSERT_LE(0, self->port);
	}
	if (variant->live) {
		self->live = t_port(self->domain, TW_PORT_LIVE, 0, &self->live_id);
		ASSERT_LE(0, self->live);
	}
}

FIXTURE_TEARDOWN(ports)
{
	close(self->port);
	close(self->live);
	t_world_close(_metadata, &self->world);
}

/* Either of them. */
#define PORT	(variant->live ? self->live : self->port)
#define PORT_ID	(variant->live ? self->live_id : self->port_id)

static uint64_t gvt(int domain)
{
	return t_stat_of(domain, gvt);
}

/* Both wait, and GVT is as far as it comes. */
static bool quiet(struct puppet *a, struct puppet *b)
{
	return puppet_recv_nonblock(a) == -EAGAIN &&
	       puppet_recv_nonblock(b) == -EAGAIN && t_rounds(a->domain);
}

TEST_F(ports, identity_and_order)
{
	struct puppet *a = &self->a;
	const struct note *n = a->box->notes;
	unsigned int i;

	EXPECT_EQ(4, PORT_ID);
	ASSERT_EQ(0, t_start(self->domain));
	EXPECT_EQ(0, t_inject(PORT, a->id, 30, 1));
	EXPECT_EQ(0, t_inject(PORT, a->id, 20, 2));
	EXPECT_EQ(0, t_inject(PORT, a->id, 30, 3));
	EXPECT_EQ(0, t_inject(PORT, a->id, 30, 4));
	for (i = 0; i < 4; i++)
		ASSERT_EQ(0, puppet_recv(a));
	EXPECT_EQ(20, n[0].recv_time);
	EXPECT_EQ(2, n[0].word);
	EXPECT_EQ(1, n[1].word);
	EXPECT_EQ(3, n[2].word);
	EXPECT_EQ(4, n[3].word);
	for (i = 0; i < 4; i++) {
		EXPECT_EQ(PORT_ID, n[i].sender);
		EXPECT_EQ(0, n[i].send_time);
		EXPECT_EQ(n[i].word - 1, n[i].index);
	}
	EXPECT_EQ(4, t_stat_of(self->domain, injected));
	EXPECT_EQ(1, t_stat_of(self->domain, ports));
	EXPECT_EQ(0, t_stat_of(self->domain, sends));
}

TEST_F(ports, before_the_start)
{
	struct puppet *a = &self->a;

	EXPECT_EQ(0, t_inject(PORT, a->id, 10, 1));
	EXPECT_EQ(0, t_inject(PORT, self->sink_id, 12, 1));
	EXPECT_EQ(-ENOENT, t_inject(PORT, PORT_ID + 1, 10, 1));
	ASSERT_EQ(0, t_start(self->domain));
	EXPECT_EQ(10, puppet_recv_time(a));
}

TEST_F(ports, refused)
{
	struct puppet *a = &self->a;
	struct tw_domain_stat before, after;
	struct tw_inject i = {
		.size = sizeof(i), .receiver = a->id, .recv_time = 5,
		.payload = 8, .len = 8,
	};

	ASSERT_EQ(0, t_start(self->domain));
	ASSERT_EQ(0, t_stat(self->domain, &before));
	EXPECT_EQ(-ENOENT, t_inject(PORT, 0, 5, 1));
	EXPECT_EQ(-ENOENT, t_inject(PORT, ~0ull, 5, 1));
	EXPECT_EQ(-ENOENT, t_inject(PORT, PORT_ID, 5, 1));
	EXPECT_EQ(-EINVAL, t_inject(PORT, a->id, TW_TIME_INF, 1));
	EXPECT_EQ(-EFAULT, t_ioctl(PORT, TW_INJECT, &i));
	i.len = TW_PAYLOAD_MAX + 1;
	EXPECT_EQ(-EMSGSIZE, t_ioctl(PORT, TW_INJECT, &i));
	/* a process cannot send to a port, nor is it one */
	EXPECT_EQ(-ENOENT, puppet_send(a, PORT_ID, 5, 1));
	EXPECT_EQ(~0u, t_pstat_of(self->domain, PORT_ID, state));
	ASSERT_EQ(0, t_stat(self->domain, &after));
	EXPECT_EQ(before.messages, after.messages);
	EXPECT_EQ(before.injected, after.injected);
	EXPECT_EQ(0, after.balance);
}

/* An injected message is a straggler like any other. */
TEST_F(ports, rolls_back)
{
	struct puppet *a = &self->a, *b = &self->b;

	ASSERT_EQ(0, t_start(self->domain));
	ASSERT_EQ(0, puppet_send(b, a->id, 20, 1));
	EXPECT_EQ(20, puppet_recv_time(a));
	EXPECT_EQ(0, t_inject(PORT, a->id, 10, 2));
	ASSERT_EQ(0, puppet_await_resumes(a, 1));
	EXPECT_EQ(10, puppet_recv_time(a));
	EXPECT_EQ(20, puppet_recv_time(a));
	EXPECT_EQ(1, t_stat_of(self->domain, rollbacks_primary));
}

TEST_F(ports, promise_never_less)
{
	ASSERT_EQ(0, t_start(self->domain));
	EXPECT_EQ(0, t_promise(PORT, 50));
	EXPECT_EQ(0, t_promise(PORT, 50));
	EXPECT_EQ(-EINVAL, t_promise(PORT, 49));
	EXPECT_EQ(-EINVAL, t_promise(PORT, 0));
	EXPECT_EQ(0, t_promise(PORT, TW_TIME_INF));
	EXPECT_EQ(-EINVAL, t_promise(PORT, 50));
	EXPECT_EQ(0, t_promise(PORT, TW_TIME_INF));
}

TEST_F(ports, own_promise)
{
	uint64_t at = 49;

	ASSERT_EQ(0, t_start(self->domain));
	EXPECT_EQ(0, t_promise(PORT, 50));
	EXPECT_EQ(-ETIME, t_inject_at(PORT, self->a.id, &at, 1));
	EXPECT_EQ(50, at);
	EXPECT_EQ(0, t_inject_at(PORT, self->a.id, &at, 1));
	at = 0;
	EXPECT_EQ(0, t_inject_at(PORT, self->a.id, &at, 1));
	EXPECT_EQ(50, at);
	EXPECT_EQ(0, t_promise(PORT, TW_TIME_INF));
	EXPECT_EQ(-ETIME, t_inject_at(PORT, self->a.id, &at, 1));
	EXPECT_EQ(TW_TIME_INF, at);
	EXPECT_EQ(2, t_stat_of(self->domain, injected));
}

/* GVT comes to the promise and waits there. */
TEST_F(ports, gvt_waits_for_a_promise)
{
	struct puppet *a = &self->a, *b = &self->b;
	uint64_t at = 49;

	if (variant->live)
		return;
	ASSERT_EQ(0, t_start(self->domain));
	ASSERT_TRUE(quiet(a, b));
	EXPECT_EQ(0, gvt(self->domain));
	EXPECT_EQ(0, t_promise(self->port, 50));
	EXPECT_EQ(0, t_wait(self->domain, 50, NULL));
	ASSERT_TRUE(t_rounds(self->domain));
	EXPECT_EQ(50, gvt(self->domain));
	EXPECT_EQ(TW_DOMAIN_RUNNING, t_stat_of(self->domain, state));
	EXPECT_EQ(-ETIME, t_inject_at(self->port, a->id, &at, 1));
	EXPECT_EQ(50, at);
	EXPECT_EQ(0, t_inject(self->port, a->id, 50, 1));
	EXPECT_EQ(50, puppet_recv_time(a));
	EXPECT_EQ(0, puppet_send(a, self->sink_id, 60, 1));
	ASSERT_TRUE(quiet(a, b));
	EXPECT_EQ(50, gvt(self->domain));
	EXPECT_EQ(0, t_promise(self->port, TW_TIME_INF));
	EXPECT_EQ(0, t_wait(self->domain, TW_TIME_INF, NULL));
	EXPECT_EQ(-ESHUTDOWN, t_inject(self->port, a->id, 70, 1));
}

/* The file is what promises: the last descriptor counts. */
TEST_F(ports, close_is_the_end)
{
	struct puppet *a = &self->a, *b = &self->b;
	int copy = dup(PORT);

	ASSERT_EQ(0, t_start(self->domain));
	ASSERT_TRUE(quiet(a, b));
	EXPECT_EQ(0, t_inject(PORT, a->id, 10, 1));
	if (variant->live)
		close(self->live);
	else
		close(self->port);
	EXPECT_EQ(10, puppet_recv_time(a));
	ASSERT_TRUE(quiet(a, b));
	EXPECT_EQ(TW_DOMAIN_RUNNING, t_stat_of(self->domain, state));
	EXPECT_EQ(0, t_inject(copy, a->id, 20, 1));
	close(copy);
	EXPECT_EQ(20, puppet_recv_time(a));
	EXPECT_EQ(-EAGAIN, puppet_recv_nonblock(a));
	EXPECT_EQ(0, t_wait(self->domain, TW_TIME_INF, NULL));
	EXPECT_EQ(TW_DOMAIN_ENDED, t_stat_of(self->domain, state));
	self->live = self->port = -1;
}

/* GVT does not wait for a live port, and yet the domain has no end. */
TEST_F(ports, live_takes_what_is_left)
{
	struct puppet *a = &self->a, *b = &self->b;
	uint64_t at = 9, word = 0;

	if (!variant->live)
		return;
	ASSERT_EQ(0, t_start(self->domain));
	EXPECT_EQ(0, t_inject(self->live, a->id, 10, 1));
	EXPECT_EQ(10, puppet_recv_time(a));
	EXPECT_EQ(0, puppet_send(a, self->sink_id, 15, 7));
	ASSERT_TRUE(quiet(a, b));
	/* all of it is committed, and more can come */
	EXPECT_EQ(16, gvt(self->domain));
	EXPECT_EQ(sizeof(word), read(self->sink, &word, sizeof(word)));
	EXPECT_EQ(7, word);
	EXPECT_EQ(-ETIME, t_inject_at(self->live, a->id, &at, 1));
	EXPECT_EQ(16, at);
	at = 15;
	EXPECT_EQ(-ETIME, t_inject_at(self->live, a->id, &at, 1));
	EXPECT_EQ(0, t_inject(self->live, a->id, 16, 2));
	EXPECT_EQ(16, puppet_recv_time(a));
	ASSERT_TRUE(quiet(a, b));
	EXPECT_EQ(17, gvt(self->domain));
	at = 0;
	EXPECT_EQ(0, t_inject_at(self->live, b->id, &at, 3));
	EXPECT_EQ(17, at);
	EXPECT_EQ(17, puppet_recv_time(b));
	EXPECT_EQ(TW_DOMAIN_RUNNING, t_stat_of(self->domain, state));
	EXPECT_EQ(0, t_promise(self->live, TW_TIME_INF));
	EXPECT_EQ(-EAGAIN, puppet_recv_nonblock(b));
	EXPECT_EQ(0, t_wait(self->domain, TW_TIME_INF, NULL));
}

/*
 * A bad exit at 10, GVT is 10, two rounds have passed: the port could still have
 * injected a message for 10 that erases it. It was taken for a failure.
 */
TEST_F(ports, a_failure_that_a_port_can_erase)
{
	struct puppet *a = &self->a, *b = &self->b;

	if (variant->live)
		return;
	ASSERT_EQ(0, t_promise(self->port, 10));
	ASSERT_EQ(0, t_start(self->domain));
	ASSERT_EQ(0, puppet_send_prio(b, a->id, 10, 5, 1));
	EXPECT_EQ(10, puppet_recv_time(a));
	a->box->arg[0] = 1;
	puppet_post(a, puppet_op_exit);
	EXPECT_EQ(-EAGAIN, puppet_recv_nonblock(b));
	EXPECT_TRUE(t_until(t_pstat_of(self->domain, a->id, state) == TW_PROCESS_EXITED));
	EXPECT_EQ(0, t_wait(self->domain, 10, NULL));
	ASSERT_TRUE(t_rounds(self->domain));
	EXPECT_EQ(TW_DOMAIN_RUNNING, t_stat_of(self->domain, state));
	EXPECT_EQ(0, t_inject(self->port, a->id, 10, 2));
	/* its priority is 0: it comes before what made the process exit */
	EXPECT_EQ(0, puppet_await_resumes(a, 1));
	/* and now it does nothing that can be erased */
	EXPECT_TRUE(t_until(t_pstat_of(self->domain, a->id, state) == TW_PROCESS_EXITED));
	EXPECT_EQ(0, t_promise(self->port, 11));
	EXPECT_EQ(0, t_wait(self->domain, TW_TIME_INF, NULL));
	EXPECT_EQ(TW_FAILURE_PROCESS, t_stat_of(self->domain, failure));
	EXPECT_EQ(-EIO, t_inject(self->port, a->id, 20, 1));
}

/* A live port does not keep a failure from becoming real. */
TEST_F(ports, a_failure_beside_a_live_port)
{
	struct puppet *a = &self->a, *b = &self->b;

	if (!variant->live)
		return;
	ASSERT_EQ(0, t_start(self->domain));
	ASSERT_EQ(0, puppet_send(b, a->id, 10, 1));
	EXPECT_EQ(10, puppet_recv_time(a));
	a->box->arg[0] = 1;
	puppet_post(a, puppet_op_exit);
	EXPECT_EQ(-EAGAIN, puppet_recv_nonblock(b));
	EXPECT_EQ(0, t_wait(self->domain, TW_TIME_INF, NULL));
	EXPECT_EQ(TW_FAILURE_PROCESS, t_stat_of(self->domain, failure));
	EXPECT_EQ(10, t_stat_of(self->domain, failed_time));
}

/* ---- a crowd: processes that hand on what they get, up to the sink ---- */

struct relay {
	uint64_t to;
	uint64_t sink;
};

static int relay(int fd, void *arg)
{
	struct relay *r = arg;
	struct tw_recv m;
	uint64_t word;
	int ret;

	while (!(ret = t_recv(fd, &m, &word, sizeof(word))))
		if (t_send(fd, word % 4 ? r->to : r->sink, m.recv_time + 1 + word % 3,
			   word % 4 ? word - 1 : m.recv_time))
			return 1;
	return ret == 1 ? 0 : 1;
}

FIXTURE(crowd) {
	int dev, domain, sink, port;
	struct relay relay[3];
};

FIXTURE_VARIANT(crowd) {
	uint32_t flags;
};

FIXTURE_VARIANT_ADD(crowd, promising) { .flags = 0 };
FIXTURE_VARIANT_ADD(crowd, live) { .flags = TW_PORT_LIVE };

FIXTURE_SETUP(crowd)
{
	uint64_t id, sink_id;
	int i, fd;

	self->dev = t_open();
	ASSERT_LE(0, self->dev);
	self->domain = t_domain(self->dev, TW_CANCEL_DEFAULT, 200);
	ASSERT_LE(0, self->domain);
	self->sink = t_sink(self->domain, &sink_id);
	self->port = t_port(self->domain, variant->flags, 0, &id);
	ASSERT_LE(0, self->port);
	for (i = 0; i < 3; i++) {
		fd = t_process(self->domain, TW_CANCEL_DEFAULT, 4, &id);
		ASSERT_LE(0, fd);
		self->relay[i] = (struct relay){ 3 + (i + 1) % 3, sink_id };
		ASSERT_LT(0, t_run(fd, relay, &self->relay[i]));
		close(fd);
	}
	ASSERT_EQ(0, t_start(self->domain));
}

FIXTURE_TEARDOWN(crowd)
{
	close(self->port);
	EXPECT_EQ(0, t_wait(self->domain, TW_TIME_INF, NULL));
	EXPECT_EQ(TW_DOMAIN_ENDED, t_stat_of(self->domain, state));
	EXPECT_EQ(0, t_stat_of(self->domain, balance));
	EXPECT_EQ(0, t_stat_of(self->domain, violations));
	close(self->domain);
	close(self->sink);
	close(self->dev);
	EXPECT_EQ(0, t_reap());
}

/*
 * Injections race with the rounds. Each comes through, none too late, and what
 * the sink gives is in order.
 */
TEST_F(crowd, injections_against_rounds)
{
	uint32_t n = t_scale(400), i, got = 0;
	uint64_t before = 0, last = 0, at;
	struct tw_recv r;
	uint64_t word;

	for (i = 0; i < n; i++) {
		at = variant->flags ? 0 : 5 * i + 1;
		ASSERT_EQ(0, t_inject_at(self->port, 3 + i % 3, &at, i % 8));
		EXPECT_LE(before, at);
		before = variant->flags ? at : 0;
		if (!variant->flags)
			ASSERT_EQ(0, t_promise(self->port, 5 * i + 1));
		/* each rollback leaves dead tasks behind */
		t_reap_some();
	}
	ASSERT_EQ(0, t_promise(self->port, TW_TIME_INF));
	for (;;) {
		t_recv_init(&r, &word, sizeof(word));
		ASSERT_EQ(0, t_ioctl(self->sink, TW_RECV, &r));
		if (r.status & TW_STATUS_END)
			break;
		t_reap_some();
		EXPECT_LE(last, r.recv_time);
		last = r.recv_time;
		got++;
	}
	EXPECT_EQ(n, got);
	EXPECT_EQ(n, t_stat_of(self->domain, injected));
}

TEST_HARNESS_MAIN
