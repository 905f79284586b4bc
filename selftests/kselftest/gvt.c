// SPDX-License-Identifier: GPL-2.0
/* Global virtual time, commitment at sinks, termination. */
#include "tw_puppet.h"

#define GVT_RARELY_US	10000000	/* the most that there is */

FIXTURE(gvt) {
	T_WORLD;
};

FIXTURE_SETUP(gvt)
{
	t_world_open(_metadata, &self->world, (struct t_world_as){
		.puppets = 2, .interval = 1, .sink = true, .start = true,
	});
}

FIXTURE_TEARDOWN(gvt)
{
	t_world_close(_metadata, &self->world);
}

/* The puppet's LVT becomes @t by an event of its own. */
static int advance(struct puppet *p, uint64_t t)
{
	int ret = puppet_send(p, p->id, t, t);

	return ret ? ret : puppet_recv(p);
}

static int wait_short(int domain, uint64_t until, struct tw_domain_wait *w)
{
	memset(w, T_POISON, sizeof(*w));
	w->size = sizeof(*w);
	w->flags = 0;
	w->pad = 0;
	w->until = until;
	w->timeout_ns = 1000000;
	return t_ioctl(domain, TW_DOMAIN_WAIT, w);
}

TEST_F(gvt, time_out)
{
	struct tw_domain_wait w;

	EXPECT_EQ(-ETIME, wait_short(self->domain, 5, &w));
	EXPECT_EQ(0, w.gvt);
	EXPECT_EQ(TW_DOMAIN_RUNNING, w.state);
	EXPECT_EQ(0, wait_short(self->domain, 0, &w));
	EXPECT_EQ(0, w.gvt);
}

TEST_F(gvt, time_out_before_the_start)
{
	int domain = t_domain(self->dev, TW_CANCEL_DEFAULT, 0);
	struct tw_domain_wait w;

	EXPECT_EQ(-ETIME, wait_short(domain, 5, &w));
	EXPECT_EQ(0, w.gvt);
	EXPECT_EQ(TW_DOMAIN_NEW, w.state);
	close(domain);
}

/* GVT is the least LVT, and what a process does not have yet holds it back. */
TEST_F(gvt, least_of_all)
{
	struct puppet *a = &self->a, *b = &self->b;
	struct tw_domain_wait w;

	ASSERT_EQ(0, advance(a, 100));
	ASSERT_TRUE(t_rounds(self->domain));
	EXPECT_EQ(0, t_stat_of(self->domain, gvt));
	ASSERT_EQ(0, advance(b, 40));
	EXPECT_EQ(0, t_wait(self->domain, 40, &w));
	EXPECT_EQ(40, w.gvt);
	ASSERT_TRUE(t_rounds(self->domain));
	EXPECT_EQ(40, t_stat_of(self->domain, gvt));
	/* a message that waits for a process that is further */
	ASSERT_EQ(0, puppet_send(a, a->id, 110, 1));
	ASSERT_EQ(0, puppet_send(a, b->id, 120, 1));
	ASSERT_EQ(0, advance(b, 115));
	EXPECT_EQ(0, t_wait(self->domain, 100, &w));
	EXPECT_EQ(100, w.gvt);
	EXPECT_EQ(110, puppet_recv_time(a));
	EXPECT_EQ(-EAGAIN, puppet_recv_nonblock(a));
	EXPECT_EQ(0, t_wait(self->domain, 115, &w));
	EXPECT_EQ(115, w.gvt);
	/* b waits for nothing, but has not been handed 120 */
	EXPECT_EQ(120, puppet_recv_time(b));
	EXPECT_EQ(0, t_wait(self->domain, 120, &w));
	EXPECT_EQ(120, w.gvt);
}

TEST_F(gvt, a_pending_message_holds_it)
{
	struct puppet *a = &self->a, *b = &self->b;

	ASSERT_EQ(0, advance(b, 10));
	EXPECT_EQ(-EAGAIN, puppet_recv_nonblock(a));
	ASSERT_EQ(0, puppet_send(b, a->id, 20, 1));
	EXPECT_EQ(-EAGAIN, puppet_recv_nonblock(b));
	EXPECT_EQ(0, t_wait(self->domain, 20, NULL));
	ASSERT_TRUE(t_rounds(self->domain));
	EXPECT_EQ(20, t_stat_of(self->domain, gvt));
}

TEST_F(gvt, a_process_that_nobody_attached_holds_it)
{
	int domain = t_domain(self->dev, TW_CANCEL_DEFAULT, 1000);
	struct tw_domain_wait w;
	struct puppet c;
	uint64_t id;
	int fd;

	ASSERT_EQ(0, puppet_new(&c, domain, TW_CANCEL_DEFAULT, 0));
	fd = t_process(domain, TW_CANCEL_DEFAULT, 0, &id);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, t_start(domain));
	ASSERT_EQ(0, advance(&c, 10));
	EXPECT_EQ(-EAGAIN, puppet_recv_nonblock(&c));
	ASSERT_TRUE(t_rounds(domain));
	EXPECT_EQ(-ETIME, wait_short(domain, 1, &w));
	EXPECT_EQ(0, w.gvt);
	EXPECT_EQ(TW_DOMAIN_RUNNING, w.state);
	close(fd);
	close(domain);
	puppet_free(&c);
}

/* Where one is always about to run, the last that waits is no reason for a round. */
TEST_F(gvt, no_round_while_a_process_is_to_come)
{
	int domain = t_domain(self->dev, TW_CANCEL_DEFAULT, GVT_RARELY_US);
	struct puppet a, b;
	uint64_t rounds, began, t;

	ASSERT_EQ(0, puppet_new(&a, domain, TW_CANCEL_DEFAULT, 1000));
	ASSERT_EQ(0, puppet_new(&b, domain, TW_CANCEL_DEFAULT, 1000));
	ASSERT_EQ(0, t_start(domain));
	ASSERT_EQ(0, advance(&a, 1));
	ASSERT_EQ(0, advance(&b, 1));
	EXPECT_EQ(-EAGAIN, puppet_recv_nonblock(&a));
	began = t_now_ns();
	rounds = t_stat_of(domain, gvt_rounds);
	for (t = 10; t < 100; t += 10) {
		ASSERT_EQ(0, puppet_send(&b, a.id, t, 1));
		EXPECT_EQ(-EAGAIN, puppet_recv_nonblock(&b));
		ASSERT_EQ(t, puppet_recv_time(&a));
		ASSERT_EQ(0, puppet_send(&a, b.id, t + 5, 1));
		EXPECT_EQ(-EAGAIN, puppet_recv_nonblock(&a));
		ASSERT_EQ(t + 5, puppet_recv_time(&b));
	}
	/* one was under way, others are due by the clock */
	rounds += 1 + (t_now_ns() - began + GVT_RARELY_US * 1000ull) / (GVT_RARELY_US * 1000ull);
	EXPECT_GE(rounds, t_stat_of(domain, gvt_rounds));
	/* Now nobody is. */
	EXPECT_EQ(-EAGAIN, puppet_recv_nonblock(&b));
	EXPECT_EQ(0, t_wait(domain, TW_TIME_INF, NULL));
	close(domain);
	puppet_free(&a);
	puppet_free(&b);
}

TEST_F(gvt, wait_that_ends)
{
	struct tw_domain_wait w;
	int ready[2];
	pid_t pid;
	char c;

	ASSERT_EQ(0, pipe(ready));
	pid = fork();
	if (!pid) {
		c = 1;
		if (write(ready[1], &c, 1) != 1)
			_exit(1);
		_exit(t_wait(self->domain, 30, &w) || w.gvt < 30);
	}
	ASSERT_EQ(1, read(ready[0], &c, 1));
	ASSERT_EQ(0, advance(&self->a, 50));
	ASSERT_EQ(0, advance(&self->b, 30));
	int status = -1;
	EXPECT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
}

TEST_F(gvt, domain_page)
{
	const volatile struct tw_domain_page *page;
	struct tw_domain_stat st;

	page = mmap(NULL, T_PAGE, PROT_READ, MAP_SHARED, self->domain, 0);
	ASSERT_NE(MAP_FAILED, (void *)page);
	EXPECT_EQ(TW_DOMAIN_RUNNING, page->state);
	EXPECT_EQ(0, page->gvt);
	ASSERT_EQ(0, advance(&self->a, 50));
	ASSERT_EQ(0, advance(&self->b, 30));
	EXPECT_TRUE(t_until(page->gvt == 30));
	EXPECT_TRUE(t_until(page->delivered == 2));
	EXPECT_LE(1, page->gvt_rounds);
	ASSERT_EQ(0, t_stat(self->domain, &st));
	EXPECT_LE(page->committed, st.committed);
	EXPECT_EQ(0, page->rollbacks);
	EXPECT_EQ(0, page->pad);
	puppet_post_recv(&self->a);
	puppet_post_recv(&self->b);
	EXPECT_TRUE(t_until(page->state == TW_DOMAIN_ENDED));
	EXPECT_TRUE(t_until(page->gvt == TW_TIME_INF));
	EXPECT_TRUE(t_until(page->committed == 2));
	munmap((void *)page, T_PAGE);
}

TEST_F(gvt, domain_page_cannot_be_written)
{
	void *page;

	EXPECT_EQ(MAP_FAILED, mmap(NULL, T_PAGE, PROT_READ | PROT_WRITE,
				   MAP_SHARED, self->domain, 0));
	EXPECT_EQ(MAP_FAILED, mmap(NULL, 2 * T_PAGE, PROT_READ, MAP_SHARED,
				   self->domain, 0));
	EXPECT_EQ(MAP_FAILED, mmap(NULL, T_PAGE, PROT_READ, MAP_SHARED,
				   self->domain, T_PAGE));
	page = mmap(NULL, T_PAGE, PROT_READ, MAP_SHARED, self->domain, 0);
	ASSERT_NE(MAP_FAILED, page);
	EXPECT_NE(0, mprotect(page, T_PAGE, PROT_READ | PROT_WRITE));
	EXPECT_EQ(EACCES, errno);
	EXPECT_EQ(MAP_FAILED, mremap(page, T_PAGE, 2 * T_PAGE, MREMAP_MAYMOVE));
	munmap(page, T_PAGE);
	page = mmap(NULL, T_PAGE, PROT_READ, MAP_PRIVATE, self->domain, 0);
	EXPECT_EQ(MAP_FAILED, page);
}

/* ---- termination ---- */

TEST_F(gvt, end)
{
	struct tw_domain_wait w;
	struct tw_domain_stat st;
	struct pollfd f = { .fd = self->domain, .events = POLLIN };

	ASSERT_EQ(0, advance(&self->a, 10));
	EXPECT_EQ(0, poll(&f, 1, 0));
	puppet_post_recv(&self->a);
	puppet_post_recv(&self->b);
	EXPECT_EQ(0, t_wait(self->domain, TW_TIME_INF, &w));
	EXPECT_EQ(TW_TIME_INF, w.gvt);
	EXPECT_TRUE(t_until(t_stat_of(self->domain, state) == TW_DOMAIN_ENDED));
	EXPECT_EQ(1, poll(&f, 1, T_DEADLINE_S * 1000));
	EXPECT_EQ(POLLIN, f.revents & (POLLIN | POLLERR));
	EXPECT_EQ(1, puppet_wait(&self->a));
	EXPECT_EQ(1, puppet_wait(&self->b));
	ASSERT_EQ(0, t_stat(self->domain, &st));
	EXPECT_EQ(TW_TIME_INF, st.gvt);
	EXPECT_EQ(TW_FAILURE_NONE, st.failure);
	EXPECT_EQ(1, st.committed);
	EXPECT_EQ(1, st.events_committed);
	EXPECT_EQ(0, st.messages);
	EXPECT_EQ(0, st.message_bytes);
	EXPECT_EQ(0, st.snapshots_live);
	/* the snapshots themselves are gone, too */
	t_reap_some();
	EXPECT_TRUE(t_until((t_reap_some(), t_children() == 2)));
}

/* One that has waited long is woken, and the domain goes on. */
TEST_F(gvt, a_terminated_process_comes_back)
{
	struct puppet *a = &self->a, *b = &self->b;

	puppet_post_recv(a);
	ASSERT_TRUE(t_until(t_pstat_of(self->domain, a->id, lvt) == TW_TIME_INF));
	ASSERT_TRUE(t_rounds(self->domain));
	EXPECT_EQ(TW_DOMAIN_RUNNING, t_stat_of(self->domain, state));
	ASSERT_EQ(0, advance(b, 10));
	ASSERT_EQ(0, t_wait(self->domain, 10, NULL));
	ASSERT_EQ(0, puppet_send(b, a->id, 20, 1));
	EXPECT_EQ(0, puppet_wait(a));
	EXPECT_EQ(20, t_pstat_of(self->domain, a->id, lvt));
	ASSERT_EQ(0, puppet_send(a, b->id, 30, 1));
	puppet_post_recv(a);
	EXPECT_EQ(30, puppet_recv_time(b));
	puppet_post_recv(b);
	EXPECT_EQ(1, puppet_wait(a));
	EXPECT_EQ(1, puppet_wait(b));
}

/* Each must have been asked, or the domain does not end. */
static bool both_end(struct puppet *a, struct puppet *b)
{
	bool a_ends = puppet_recv_nonblock(a) == 1;
	bool b_ends = puppet_recv_nonblock(b) == 1;

	return a_ends && b_ends;
}

/* Nonblocking receivers never wait, yet have nothing: that is an end as well. */
TEST_F(gvt, end_found_by_polling)
{
	EXPECT_TRUE(t_until(both_end(&self->a, &self->b)));
	EXPECT_EQ(TW_DOMAIN_ENDED, t_stat_of(self->domain, state));
}

TEST_F(gvt, domain_without_processes)
{
	int domain = t_domain(self->dev, TW_CANCEL_DEFAULT, 0);
	struct tw_domain_wait w;

	ASSERT_EQ(0, t_start(domain));
	EXPECT_EQ(0, t_wait(domain, TW_TIME_INF, &w));
	EXPECT_EQ(TW_TIME_INF, w.gvt);
	EXPECT_TRUE(t_until(t_stat_of(domain, state) == TW_DOMAIN_ENDED));
	close(domain);
}

/* ---- fossils ---- */

TEST_F(gvt, fossils_are_freed)
{
	struct puppet *a = &self->a, *b = &self->b;
	struct tw_domain_stat st;
	uint64_t t;

	puppet_post_recv(b);
	for (t = 10; t <= 500; t += 10)
		ASSERT_EQ(0, advance(a, t));
	EXPECT_EQ(0, t_wait(self->domain, 500, NULL));
	EXPECT_TRUE(t_until(t_stat_of(self->domain, messages) <= 2));
	EXPECT_TRUE(t_until(t_pstat_of(self->domain, a->id, snapshots_live) <= 2));
	ASSERT_EQ(0, t_stat(self->domain, &st));
	EXPECT_LE(48, st.fossils);
	EXPECT_LE(48, st.committed);
	EXPECT_EQ(50, st.delivered);
	EXPECT_EQ(50, st.snapshots - t_pstat_of(self->domain, b->id, snapshots));
	EXPECT_TRUE(t_until((t_reap_some(), t_children() ==
			     2 + (int)t_stat_of(self->domain, snapshots_live))));
}

/* ---- sinks ---- */

static int sink_recv(int fd, struct tw_recv *r, void *buf, uint32_t len)
{
	t_recv_init(r, buf, len);
	r->flags = TW_RECV_NONBLOCK;
	return t_ioctl(fd, TW_RECV, r);
}

/* A committed message comes in a round after GVT has passed it. */
static bool sink_ready(int fd)
{
	struct pollfd f = { .fd = fd, .events = POLLIN };

	return poll(&f, 1, T_DEADLINE_S * 1000) == 1 && f.revents & POLLIN;
}

TEST_F(gvt, sink_only_below_gvt)
{
	struct puppet *a = &self->a, *b = &self->b;
	struct pollfd f = { .fd = self->sink, .events = POLLIN };
	struct tw_recv r;
	uint64_t word = 0;

	ASSERT_EQ(0, puppet_send(a, self->sink_id, 30, 3));
	ASSERT_EQ(0, puppet_send(a, self->sink_id, 10, 1));
	ASSERT_EQ(0, puppet_send(b, self->sink_id, 20, 2));
	ASSERT_TRUE(t_rounds(self->domain));
	EXPECT_EQ(0, poll(&f, 1, 0));
	EXPECT_EQ(-EAGAIN, sink_recv(self->sink, &r, &word, 8));
	ASSERT_EQ(0, advance(a, 20));
	ASSERT_EQ(0, advance(b, 100));
	ASSERT_TRUE(sink_ready(self->sink));
	ASSERT_EQ(0, sink_recv(self->sink, &r, &word, 8));
	EXPECT_EQ(1, word);
	EXPECT_EQ(10, r.recv_time);
	EXPECT_EQ(0, r.send_time);
	EXPECT_EQ(a->id, r.sender);
	EXPECT_EQ(8, r.len);
	EXPECT_EQ(0, r.status);
	/* GVT is 20, which is not below 20 */
	ASSERT_TRUE(t_rounds(self->domain));
	EXPECT_EQ(20, t_stat_of(self->domain, gvt));
	EXPECT_EQ(-EAGAIN, sink_recv(self->sink, &r, &word, 8));
	ASSERT_EQ(0, advance(a, 30));
	ASSERT_TRUE(sink_ready(self->sink));
	ASSERT_EQ(0, sink_recv(self->sink, &r, &word, 8));
	EXPECT_EQ(2, word);
	EXPECT_EQ(-EAGAIN, sink_recv(self->sink, &r, &word, 8));
	ASSERT_EQ(0, advance(a, 31));
	ASSERT_TRUE(sink_ready(self->sink));
	ASSERT_EQ(0, sink_recv(self->sink, &r, &word, 8));
	EXPECT_EQ(3, word);
	EXPECT_EQ(24, t_stat_of(self->domain, committed_bytes));
}

TEST_F(gvt, sink_total_order)
{
	static const struct { char from; uint64_t at, priority; } sends[] = {
		{ 'b', 30, 0 }, { 'a', 20, 5 }, { 'b', 20, 5 }, { 'a', 20, 4 },
		{ 'a', 20, 5 }, { 'b', 10, 1 }, { 'a', 10, 2 },
	};
	static const uint64_t order[] = { 5, 6, 3, 1, 4, 2, 0 };
	struct puppet *a = &self->a, *b = &self->b;
	uint64_t word;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(sends); i++)
		ASSERT_EQ(0, puppet_send_prio(sends[i].from == 'a' ? a : b,
					      self->sink_id, sends[i].at,
					      sends[i].priority, i));
	puppet_post_recv(a);
	puppet_post_recv(b);
	for (i = 0; i < ARRAY_SIZE(order); i++) {
		ASSERT_EQ(8, read(self->sink, &word, 8));
		EXPECT_EQ(order[i], word);
	}
	EXPECT_EQ(0, read(self->sink, &word, 8));
	EXPECT_EQ(0, read(self->sink, &word, 8));
}

static int send_text(struct puppet *p, uint64_t to, uint64_t at, const char *text)
{
	struct tw_send s = t_send_arg(to, at, p->box->data, strlen(text));

	memcpy(p->box->data, text, s.len);
	return puppet_ioctl(p, TW_SEND, &s, sizeof(s));
}

/* The bytes are a stream: where one message ends does not show. */
TEST_F(gvt, sink_read_in_pieces)
{
	char text[32] = "";
	size_t n = 0;
	ssize_t got;

	ASSERT_EQ(0, send_text(&self->a, self->sink_id, 10, "virtual "));
	ASSERT_EQ(0, send_text(&self->a, self->sink_id, 11, ""));
	ASSERT_EQ(0, send_text(&self->a, self->sink_id, 12, "time"));
	ASSERT_EQ(0, send_text(&self->a, self->sink_id, 13, "\n"));
	puppet_post_recv(&self->a);
	puppet_post_recv(&self->b);
	do {
		got = read(self->sink, text + n, 3);
		ASSERT_LE(0, got);
		ASSERT_GE(3, got);
		n += got;
	} while (got);
	EXPECT_EQ(13, n);
	EXPECT_STREQ("virtual time\n", text);
	EXPECT_EQ(13, t_stat_of(self->domain, committed_bytes));
}

TEST_F(gvt, sink_read_at_once)
{
	char text[32] = "";
	size_t n = 0;
	ssize_t got;

	ASSERT_EQ(0, send_text(&self->a, self->sink_id, 12, "time"));
	ASSERT_EQ(0, send_text(&self->a, self->sink_id, 10, "virtual "));
	EXPECT_EQ(0, fcntl(self->sink, F_SETFL, O_RDWR | O_NONBLOCK));
	EXPECT_EQ(-1, read(self->sink, text, sizeof(text)));
	EXPECT_EQ(EAGAIN, errno);
	EXPECT_EQ(0, fcntl(self->sink, F_SETFL, O_RDWR));
	puppet_post_recv(&self->a);
	puppet_post_recv(&self->b);
	EXPECT_EQ(0, t_wait(self->domain, TW_TIME_INF, NULL));
	while ((got = read(self->sink, text + n, sizeof(text) - n)) > 0)
		n += got;
	EXPECT_EQ(0, got);
	EXPECT_STREQ("virtual time", text);
}

TEST_F(gvt, sink_buffer_too_small)
{
	void *volatile nowhere = NULL;
	struct tw_recv r;
	char buf[16];

	ASSERT_EQ(0, send_text(&self->a, self->sink_id, 10, "virtual time"));
	puppet_post_recv(&self->a);
	puppet_post_recv(&self->b);
	ASSERT_TRUE(sink_ready(self->sink));
	EXPECT_EQ(-EMSGSIZE, sink_recv(self->sink, &r, buf, 11));
	EXPECT_EQ(12, r.len);
	EXPECT_EQ(-EFAULT, sink_recv(self->sink, &r, NULL, 16));
	EXPECT_EQ(-1, read(self->sink, nowhere, 5));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(0, sink_recv(self->sink, &r, buf, 12));
	EXPECT_EQ(0, memcmp(buf, "virtual time", 12));
	EXPECT_EQ(0, t_wait(self->domain, TW_TIME_INF, NULL));
	EXPECT_TRUE(t_until(t_stat_of(self->domain, state) == TW_DOMAIN_ENDED));
	EXPECT_EQ(0, sink_recv(self->sink, &r, buf, 12));
	EXPECT_EQ(TW_STATUS_END, r.status);
}

/* Output of a wrong future is never seen. */
TEST_F(gvt, sink_does_not_show_what_was_rolled_back)
{
	struct puppet *a = &self->a, *b = &self->b;
	char text[32] = "";
	size_t n = 0;
	ssize_t got;

	ASSERT_EQ(0, puppet_send(b, a->id, 10, 1));
	ASSERT_EQ(10, puppet_recv_time(a));
	ASSERT_EQ(0, send_text(a, self->sink_id, 11, "wrong"));
	ASSERT_EQ(0, puppet_send(b, a->id, 5, 1));
	ASSERT_EQ(0, puppet_await_resumes(a, 1));
	ASSERT_EQ(5, puppet_recv_time(a));
	ASSERT_EQ(0, send_text(a, self->sink_id, 6, "ri"));
	ASSERT_EQ(10, puppet_recv_time(a));
	ASSERT_EQ(0, send_text(a, self->sink_id, 11, "ght"));
	puppet_post_recv(a);
	puppet_post_recv(b);
	while ((got = read(self->sink, text + n, sizeof(text) - n)) > 0)
		n += got;
	EXPECT_STREQ("right", text);
}

TEST_F(gvt, sink_wakes_a_blocked_reader)
{
	int ready[2], status = -1;
	uint64_t word;
	pid_t pid;
	char c = 1;

	ASSERT_EQ(0, pipe(ready));
	pid = fork();
	if (!pid) {
		if (write(ready[1], &c, 1) != 1)
			_exit(1);
		_exit(read(self->sink, &word, 8) != 8 || word != 77 ||
		      read(self->sink, &word, 8) != 0);
	}
	ASSERT_EQ(1, read(ready[0], &c, 1));
	ASSERT_EQ(0, puppet_send(&self->a, self->sink_id, 10, 77));
	puppet_post_recv(&self->a);
	puppet_post_recv(&self->b);
	EXPECT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
}

/* ---- GVT against processes that run by themselves ---- */

#define RING		4

struct ring {
	uint64_t id[RING];
	uint64_t sink;
	uint32_t hops;
};

/* Pass each message on, with the time advanced by an amount that it fixes. */
static int ring_main(int fd, void *arg)
{
	struct ring *ring = arg;
	uint64_t word, self = 0;
	struct tw_recv r;
	int ret;

	while (!(ret = t_recv(fd, &r, &word, sizeof(word)))) {
		self = (self * 31 + word) % 1000003;
		if (word == 0)
			continue;
		ret = t_send(fd, ring->id[(word * 7 + self) % RING],
			     r.recv_time + 1 + (word + self) % 17, word - 1);
		if (ret)
			return 2;
	}
	return ret == 1 ? 0 : 3;
}

/* Starts the messages, and is a member itself. */
static int ring_start(int fd, void *arg)
{
	struct ring *ring = arg;
	int i;

	for (i = 0; i < 2 * RING; i++)
		if (t_send(fd, ring->id[i % RING], 1 + i, ring->hops))
			return 1;
	return ring_main(fd, arg);
}

/*
 * GVT never decreases, and no process is ever below what GVT was before its LVT
 * was read.
 */
TEST_F(gvt, lower_bound_that_never_decreases)
{
	int domain = t_domain(self->dev, TW_CANCEL_DEFAULT, 100);
	struct ring *ring = t_shared(sizeof(*ring));
	struct tw_process_stat ps;
	struct tw_domain_stat st;
	uint64_t gvt = 0, samples = 0;
	int fd[RING], i;

	ring->hops = t_scale(100);
	for (i = 0; i < RING; i++) {
		fd[i] = t_process(domain, TW_CANCEL_DEFAULT, 4, &ring->id[i]);
		ASSERT_LE(0, fd[i]);
	}
	for (i = 0; i < RING; i++)
		ASSERT_LT(0, t_run(fd[i], i ? ring_main : ring_start, ring));
	ASSERT_EQ(0, t_start(domain));
	do {
		ASSERT_EQ(0, t_stat(domain, &st));
		ASSERT_LE(gvt, st.gvt);
		gvt = st.gvt;
		for (i = 0; i < RING; i++) {
			ASSERT_EQ(0, t_pstat(domain, ring->id[i], &ps));
			if (ps.state != TW_PROCESS_DEAD)
				ASSERT_LE(gvt, ps.lvt);
		}
		samples++;
		t_reap_some();
		sched_yield();
	} while (st.state == TW_DOMAIN_RUNNING);
	EXPECT_EQ(TW_DOMAIN_ENDED, st.state);
	EXPECT_LT(1, samples);
	EXPECT_EQ(2 * RING * (ring->hops + 1), st.committed);
	EXPECT_EQ(0, st.balance);
	EXPECT_EQ(0, st.violations);
	for (i = 0; i < RING; i++)
		close(fd[i]);
	close(domain);
}

TEST_HARNESS_MAIN
