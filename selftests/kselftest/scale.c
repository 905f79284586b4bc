// SPDX-License-Identifier: GPL-2.0
/*
 * Many processes, and many messages. TW_TEST_SCALE is the percentage of the
 * work to do: less is enough where every access to memory is checked.
 */
#include "tw_test.h"

#define REC	((uint32_t)sizeof(struct tw_msg) + 8)

/* ---- a thousand processes ---- */

#define TOKENS	4

struct crowd {
	uint64_t n;
	uint64_t hops;
	uint64_t sink;
};

/* A token goes from process to process: each tells the sink that it had it. */
static int crowd_main(int fd, void *arg)
{
	const struct crowd *c = arg;
	struct tw_recv r;
	uint64_t word;
	int ret;

	while (!(ret = t_recv(fd, &r, &word, sizeof(word)))) {
		if (t_send(fd, c->sink, r.recv_time + 1, word))
			return 1;
		if (word / TOKENS < c->hops &&
		    t_send(fd, (r.recv_time / TOKENS + word % TOKENS) % c->n + 1,
			   r.recv_time + TOKENS, word + TOKENS))
			return 2;
	}
	return ret == 1 ? 0 : 3;
}

static int crowd_first(int fd, void *arg)
{
	uint64_t i;

	for (i = 0; i < TOKENS; i++)
		if (t_send(fd, i + 1, 1 + i, i))
			return 1;
	return crowd_main(fd, arg);
}

FIXTURE(scale) {
	int dev;
};

FIXTURE_SETUP(scale)
{
	self->dev = t_open();
	ASSERT_LE(0, self->dev);
}

FIXTURE_TEARDOWN(scale)
{
	close(self->dev);
}

TEST_F_TIMEOUT(scale, a_thousand_processes, 600)
{
	struct crowd *c = t_shared(sizeof(*c));
	struct tw_domain_stat st;
	int domain, sink, fd;
	uint64_t id, i, word, last = 0;
	struct tw_recv r;

	domain = t_domain(self->dev, TW_CANCEL_DEFAULT, 0);
	ASSERT_LE(0, domain);
	c->n = t_scale(1000);
	c->hops = c->n;
	for (i = 0; i < c->n; i++) {
		fd = t_process(domain, TW_CANCEL_DEFAULT, 0, &id);
		ASSERT_LE(0, fd);
		c->sink = c->n + 1;
		ASSERT_LT(0, t_run(fd, i ? crowd_main : crowd_first, c));
		close(fd);
	}
	sink = t_sink(domain, &id);
	ASSERT_EQ(c->sink, id);
	ASSERT_EQ(0, t_start(domain));
	for (i = 0; i < TOKENS * (c->hops + 1); i++) {
		t_recv_init(&r, &word, sizeof(word));
		ASSERT_EQ(0, t_ioctl(sink, TW_RECV, &r));
		ASSERT_EQ(0, r.status);
		/* one token after the other, each step of all before the next */
		ASSERT_EQ(i, word);
		ASSERT_LT(last, r.recv_time);
		last = r.recv_time;
	}
	t_recv_init(&r, &word, sizeof(word));
	ASSERT_EQ(0, t_ioctl(sink, TW_RECV, &r));
	EXPECT_EQ(TW_STATUS_END, r.status);
	ASSERT_EQ(0, t_stat(domain, &st));
	EXPECT_EQ(c->n, st.processes);
	EXPECT_EQ(TOKENS * (c->hops + 1), st.committed_bytes / 8);
	EXPECT_EQ(0, st.balance);
	EXPECT_EQ(0, st.messages);
	EXPECT_EQ(0, st.violations);
	EXPECT_TRUE(t_until(t_no_child()));
	close(sink);
	close(domain);
}

/* ---- a million messages ---- */

#define BATCH	1000

struct pair {
	uint64_t rounds;
	uint32_t handled;
};

static int step(int fd, uint64_t *sends, uint32_t len, uint64_t *recvs, struct tw_step *s)
{
	int ret;

	for (;;) {
		*s = (struct tw_step){
			.size = sizeof(*s), .sends = (uintptr_t)sends,
			.sends_len = len, .recvs = (uintptr_t)recvs,
			.recvs_len = BATCH * REC, .until = TW_TIME_INF,
		};
		ret = t_ioctl(fd, TW_STEP, s);
		if (ret)
			return ret;
		if (!(s->status & TW_STATUS_SNAPSHOT))
			return !!(s->status & TW_STATUS_END);
		len = 0;
		ret = t_snapshot(fd);
		if (ret < 0)
			return ret;
	}
}

static struct tw_msg *record(uint64_t *buf, uint32_t i, uint64_t to, uint64_t at)
{
	struct tw_msg *m = (void *)((char *)buf + i * REC);

	*m = (struct tw_msg){ .size = REC, .len = 8, .peer = to, .recv_time = at };
	return m;
}

/* A batch for each one that was acknowledged. */
static int source_main(int fd, void *arg)
{
	static uint64_t sends[BATCH * REC / 8], recvs[BATCH * REC / 8];
	struct pair *p = arg;
	uint64_t round;
	struct tw_step s;
	uint32_t i;
	int ret;

	for (round = 0; round < p->rounds; round++) {
		for (i = 0; i < BATCH; i++)
			record(sends, i, 2, 10 * round + 5)->priority = i;
		ret = step(fd, sends, BATCH * REC, recvs, &s);
		if (ret)
			return 1;
	}
	return step(fd, sends, 0, recvs, &s) == 1 ? 0 : 2;
}

static int drain_main(int fd, void *arg)
{
	static uint64_t sends[REC / 8], recvs[BATCH * REC / 8];
	struct pair *p = arg;
	uint64_t seen = 0, round = 0;
	struct tw_step s;
	uint32_t len = 0;
	int ret;

	while (!(ret = step(fd, sends, len, recvs, &s))) {
		len = 0;
		seen += s.recv_count;
		if (seen < BATCH)
			continue;
		seen -= BATCH;
		record(sends, 0, 1, 10 * ++round);
		len = REC;
		t_add(&p->handled);
	}
	return ret == 1 && round == p->rounds ? 0 : 1;
}

static int run_pair(int dev, uint64_t rounds, struct tw_domain_stat *st)
{
	struct pair *p = t_shared(sizeof(*p));
	uint64_t id;
	int domain, fd[2], ret;

	p->rounds = rounds;
	domain = t_domain(dev, TW_CANCEL_DEFAULT, 0);
	fd[0] = t_process(domain, TW_CANCEL_DEFAULT, 5000, &id);
	fd[1] = t_process(domain, TW_CANCEL_DEFAULT, 5000, &id);
	t_run(fd[0], source_main, p);
	t_run(fd[1], drain_main, p);
	ret = t_start(domain);
	while (!ret && t_stat_of(domain, state) == TW_DOMAIN_RUNNING) {
		t_wait(domain, TW_TIME_INF, NULL);
		t_reap_some();
	}
	if (!ret)
		ret = t_stat(domain, st);
	close(fd[0]);
	close(fd[1]);
	close(domain);
	munmap(p, sizeof(*p));
	return ret ? ret : t_reap();
}

TEST_F_TIMEOUT(scale, a_million_messages, 600)
{
	int fds = t_fds(), children = t_children();
	uint64_t rounds = t_scale(1000);
	struct tw_domain_stat st;
	long slab;

	ASSERT_EQ(0, run_pair(self->dev, 3, &st));
	slab = t_slab_objects();
	ASSERT_EQ(0, run_pair(self->dev, rounds, &st));
	EXPECT_EQ(TW_DOMAIN_ENDED, st.state);
	EXPECT_EQ(rounds * (BATCH + 1), st.sends);
	EXPECT_EQ(rounds * (BATCH + 1), st.committed);
	EXPECT_EQ(0, st.messages);
	EXPECT_EQ(0, st.message_bytes);
	EXPECT_LT(0, st.message_bytes_peak);
	EXPECT_EQ(0, st.balance);
	EXPECT_EQ(0, st.violations);
	EXPECT_EQ(fds, t_fds());
	EXPECT_EQ(children, t_children());
	/* none of them is left; what else the system did meanwhile is little */
	if (slab >= 0)
		EXPECT_GT(slab + 5000, t_slab_objects());
}

TEST_HARNESS_MAIN
