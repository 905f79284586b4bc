// SPDX-License-Identifier: GPL-2.0
/* Sinks with a bound: a slow reader holds those who write. */
#include <fcntl.h>
#include <poll.h>

#include "tw_puppet.h"

#define RECORD	(sizeof(struct tw_msg) + sizeof(uint64_t))

static int sink_bound(int domain, uint64_t bound, uint64_t *id)
{
	struct tw_sink_create c = { .size = sizeof(c), .fd = -1, .bound = bound };
	int ret = t_ioctl(domain, TW_SINK_CREATE, &c);

	*id = c.id;
	return ret ? ret : c.fd;
}

static int sink_word(int sink, uint64_t *word)
{
	return read(sink, word, sizeof(*word)) == sizeof(*word) ? 0 : -errno;
}

FIXTURE(sinks) {
	T_WORLD;
};

/*
 * The sink has room for two records, and is full with 10 and 11. Process a is at
 * 30, b at 20, and so is GVT.
 */
FIXTURE_SETUP(sinks)
{
	struct puppet *a = &self->a, *b = &self->b;

	t_world_open(_metadata, &self->world, (struct t_world_as){
		.puppets = 2, .interval = 1,
	});
	self->sink = sink_bound(self->domain, 2 * RECORD, &self->sink_id);
	ASSERT_LE(0, self->sink);
	ASSERT_EQ(0, t_start(self->domain));
	ASSERT_EQ(0, puppet_send(b, a->id, 30, 1));
	ASSERT_EQ(0, puppet_send(b, b->id, 20, 1));
	ASSERT_EQ(0, puppet_send(b, self->sink_id, 10, 10));
	ASSERT_EQ(0, puppet_send(b, self->sink_id, 11, 11));
	ASSERT_EQ(30, puppet_recv_time(a));
	ASSERT_EQ(20, puppet_recv_time(b));
	ASSERT_EQ(0, t_wait(self->domain, 20, NULL));
	/* those who waited are told before the round has ended */
	ASSERT_TRUE(t_rounds(self->domain));
	/* The wait of a test for a record that is not there would have no end. */
	ASSERT_EQ(0, fcntl(self->sink, F_SETFL, O_NONBLOCK));
}

FIXTURE_TEARDOWN(sinks)
{
	t_world_close(_metadata, &self->world);
}

static bool is_held(int domain, struct puppet *p)
{
	return t_pstat_of(domain, p->id, state) == TW_PROCESS_HELD;
}

/* Process a writes 40, and waits. */
static bool post_write(struct puppet *a, uint64_t sink)
{
	struct tw_send s = t_send_arg(sink, 40, a->box->data, sizeof(uint64_t));

	a->box->data[0] = 40;
	puppet_post_ioctl(a, TW_SEND, &s, sizeof(s));
	return t_until(is_held(a->domain, a)) && !puppet_idle(a);
}

#define EXPECT_WORD(_word) do {						\
	uint64_t word_ = 0;						\
									\
	EXPECT_TRUE(t_until(sink_word(self->sink, &word_) != -EAGAIN));	\
	EXPECT_EQ(_word, word_);					\
} while (0)

/* All come to their end: what is left in the sink is 40, once. */
#define EXPECT_FINISH() do {						\
	uint64_t word_;							\
									\
	puppet_post_recv(&self->a);					\
	puppet_post_recv(&self->b);					\
	EXPECT_EQ(0, t_wait(self->domain, TW_TIME_INF, NULL));		\
	EXPECT_WORD(40);						\
	EXPECT_EQ(0, read(self->sink, &word_, sizeof(word_)));		\
} while (0)

TEST_F(sinks, nonblocking)
{
	struct puppet *a = &self->a;
	struct pollfd f = { .fd = a->fd, .events = POLLOUT };
	struct tw_domain_stat before, after;

	EXPECT_EQ(1, poll(&f, 1, 0));
	EXPECT_EQ(0, t_stat_of(self->domain, pushed_back));
	ASSERT_EQ(0, fcntl(a->fd, F_SETFL, O_NONBLOCK));
	ASSERT_EQ(0, t_stat(self->domain, &before));
	EXPECT_EQ(-EAGAIN, puppet_send(a, self->sink_id, 40, 40));
	EXPECT_EQ(0, poll(&f, 1, 0));
	EXPECT_EQ(-EAGAIN, puppet_send(a, self->sink_id, 40, 40));
	ASSERT_EQ(0, t_stat(self->domain, &after));
	EXPECT_EQ(before.sends, after.sends);
	EXPECT_EQ(before.messages, after.messages);
	EXPECT_EQ(1, after.pushed_back);
	EXPECT_EQ(1, after.held);
	EXPECT_EQ(1, t_pstat_of(self->domain, a->id, pushed_back));
	EXPECT_TRUE(is_held(self->domain, a));
	/* it can do something else meanwhile */
	EXPECT_EQ(0, puppet_send(a, a->id, 35, 1));
	EXPECT_FALSE(is_held(self->domain, a));
	EXPECT_EQ(-EAGAIN, puppet_send(a, self->sink_id, 40, 40));
	EXPECT_WORD(10);
	EXPECT_EQ(1, poll(&f, 1, T_DEADLINE_S * 1000));
	EXPECT_EQ(0, puppet_send(a, self->sink_id, 40, 40));
	EXPECT_WORD(11);
	EXPECT_EQ(35, puppet_recv_time(a));
	EXPECT_FINISH();
}

/* The others go on, up to where the sender is; what they write comes out. */
TEST_F(sinks, waits)
{
	struct puppet *a = &self->a, *b = &self->b;

	ASSERT_TRUE(post_write(a, self->sink_id));
	EXPECT_EQ(0, puppet_send(b, b->id, 25, 1));
	EXPECT_EQ(25, puppet_recv_time(b));
	EXPECT_EQ(0, t_wait(self->domain, 25, NULL));
	EXPECT_EQ(-EAGAIN, puppet_recv_nonblock(b));
	EXPECT_EQ(0, t_wait(self->domain, 30, NULL));
	ASSERT_TRUE(t_rounds(self->domain));
	EXPECT_EQ(30, t_stat_of(self->domain, gvt));
	EXPECT_FALSE(puppet_idle(a));
	EXPECT_WORD(10);
	EXPECT_EQ(0, puppet_wait(a));
	EXPECT_EQ(1, t_stat_of(self->domain, pushed_back));
	EXPECT_WORD(11);
	EXPECT_FINISH();
}

TEST_F(sinks, rolled_back_while_it_waits)
{
	struct puppet *a = &self->a, *b = &self->b;

	ASSERT_TRUE(post_write(a, self->sink_id));
	EXPECT_EQ(0, puppet_send(b, a->id, 25, 1));
	ASSERT_EQ(0, puppet_await_resumes(a, 1));
	/* Now it writes before it has received anything: that coasts, and does not wait. */
	EXPECT_EQ(0, puppet_wait(a));
	EXPECT_EQ(25, puppet_recv_time(a));
	EXPECT_EQ(30, puppet_recv_time(a));
	EXPECT_EQ(1, t_stat_of(self->domain, rollbacks_primary));
	EXPECT_EQ(1, t_stat_of(self->domain, pushed_back));
	EXPECT_WORD(10);
	EXPECT_WORD(11);
	EXPECT_FINISH();
}

TEST_F(sinks, killed_while_it_waits)
{
	struct puppet *a = &self->a;

	ASSERT_TRUE(post_write(a, self->sink_id));
	ASSERT_EQ(0, kill(a->box->pid, SIGKILL));
	ASSERT_EQ(0, puppet_await_resumes(a, 1));
	EXPECT_EQ(1, t_stat_of(self->domain, lost));
	EXPECT_WORD(10);
	EXPECT_EQ(0, puppet_wait(a));
	EXPECT_EQ(30, puppet_recv_time(a));
	EXPECT_WORD(11);
	EXPECT_FINISH();
}

TEST_F(sinks, reader_goes_away)
{
	struct puppet *a = &self->a, *b = &self->b;
	int copy = dup(self->sink);

	ASSERT_TRUE(post_write(a, self->sink_id));
	close(self->sink);
	self->sink = -1;
	ASSERT_TRUE(t_rounds(self->domain));
	EXPECT_FALSE(puppet_idle(a));
	close(copy);
	EXPECT_EQ(0, puppet_wait(a));
	puppet_post_recv(a);
	puppet_post_recv(b);
	EXPECT_EQ(0, t_wait(self->domain, TW_TIME_INF, NULL));
	EXPECT_EQ(0, t_stat_of(self->domain, messages));
	EXPECT_EQ(0, t_stat_of(self->domain, committed_bytes));
}

TEST_F(sinks, domain_goes_away)
{
	ASSERT_TRUE(post_write(&self->a, self->sink_id));
	EXPECT_EQ(0, close(self->domain));
	EXPECT_EQ(0, t_reap());
}

/* What comes before it in a vector is sent, once. */
TEST_F(sinks, vector)
{
	struct puppet *a = &self->a, *b = &self->b;
	struct {
		struct tw_msg m;
		uint64_t word;
	} *v = (void *)a->box->data;
	struct tw_step s = {
		.size = sizeof(s), .flags = TW_STEP_NONBLOCK,
		.sends = (uintptr_t)v, .sends_len = 3 * sizeof(*v),
	};
	uint64_t peer[] = { b->id, self->sink_id, b->id };
	int i;

	for (i = 0; i < 3; i++) {
		v[i].m = (struct tw_msg){ .size = sizeof(*v), .len = 8, .peer = peer[i],
					  .recv_time = 40 + i };
		v[i].word = 40;
	}
	EXPECT_EQ(-EAGAIN, puppet_ioctl(a, TW_STEP, &s, sizeof(s)));
	EXPECT_EQ(sizeof(*v), s.sends_done);
	EXPECT_WORD(10);
	s.sends += s.sends_done;
	s.sends_len -= s.sends_done;
	s.flags = 0;
	EXPECT_EQ(0, puppet_ioctl(a, TW_STEP, &s, sizeof(s)));
	EXPECT_EQ(2 * sizeof(*v), s.sends_done);
	EXPECT_WORD(11);
	EXPECT_EQ(40, puppet_recv_time(b));
	EXPECT_EQ(42, puppet_recv_time(b));
	EXPECT_FINISH();
}

/* ---- writers that run by themselves, and a reader that does not hurry ---- */

#define WRITERS		3

struct writer {
	uint64_t self, sink, records;
};

/* A record for each tick, whose number is in it. */
static int writer(int fd, void *arg)
{
	struct writer *w = arg;
	struct tw_recv m;
	uint64_t word;
	int ret;

	if (t_send(fd, w->self, 1, 1))
		return 1;
	while (!(ret = t_recv(fd, &m, &word, sizeof(word)))) {
		if (t_send(fd, w->sink, m.recv_time + 1, word))
			return 2;
		if (word < w->records && t_send(fd, w->self, m.recv_time + 1, word + 1))
			return 3;
	}
	return ret == 1 ? 0 : 4;
}

TEST(slow_reader)
{
	uint64_t records = 60 + t_scale(60), sink_id, word, n[WRITERS] = {}, got;
	struct writer w[WRITERS];
	int dev = t_open(), domain, sink, fd, i;
	struct tw_recv r;

	ASSERT_LE(0, dev);
	/* else they could write all of it before the first of it is committed */
	domain = t_domain_as(dev, (struct tw_domain_create) {
		.gvt_interval_us = 200, .running = TW_RUNNING_ALL, .window = 8,
	});
	ASSERT_LE(0, domain);
	sink = sink_bound(domain, 4 * RECORD, &sink_id);
	ASSERT_LE(0, sink);
	for (i = 0; i < WRITERS; i++) {
		w[i] = (struct writer){ i + 2, sink_id, records };
		fd = t_process(domain, TW_CANCEL_DEFAULT, 16, &word);
		ASSERT_LE(0, fd);
		ASSERT_LT(0, t_run(fd, writer, &w[i]));
		close(fd);
	}
	ASSERT_EQ(0, t_start(domain));
	/* nobody reads: all of them come to wait, for the reader or for GVT */
	EXPECT_TRUE(t_until(t_stat_of(domain, pushed_back) &&
			    t_stat_of(domain, held) == WRITERS));
	for (got = 0;; got++) {
		t_recv_init(&r, &word, sizeof(word));
		ASSERT_EQ(0, t_ioctl(sink, TW_RECV, &r));
		if (r.status & TW_STATUS_END)
			break;
		/* in order, and each once */
		ASSERT_EQ(got % WRITERS + 2, r.sender);
		ASSERT_EQ(++n[got % WRITERS], word);
		t_reap_some();
	}
	EXPECT_EQ(WRITERS * records, got);
	EXPECT_EQ(0, t_stat_of(domain, balance));
	close(domain);
	close(sink);
	close(dev);
	EXPECT_EQ(0, t_reap());
}

TEST_HARNESS_MAIN
