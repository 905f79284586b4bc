// SPDX-License-Identifier: GPL-2.0
/* Whom the module lets run, and how far ahead of GVT. */
#include "tw_puppet.h"

#define WINDOW	12

/* Three processes, each with a message for itself: at 10, 20 and 30. */
struct three {
	T_WORLD;
	uint32_t *stop;			/* shared: puppets that spin end */
};

static void three_open(struct __test_metadata *_metadata, struct three *w,
		       struct tw_domain_create domain)
{
	w->stop = t_shared(sizeof(*w->stop));
	domain.slack = 1;
	t_world_open(_metadata, &w->world, (struct t_world_as){
		.domain = domain, .puppets = 3, .interval = 1, .start = true,
	});
	ASSERT_EQ(0, puppet_send(&w->a, w->a.id, 10, 1));
	ASSERT_EQ(0, puppet_send(&w->b, w->b.id, 20, 1));
	ASSERT_EQ(0, puppet_send(&w->c, w->c.id, 30, 1));
}

static void three_close(struct __test_metadata *_metadata, struct three *w)
{
	t_set(w->stop, 1);
	t_world_close(_metadata, &w->world);
}

/* One runs at a time. */
FIXTURE(turn) { struct three; };

FIXTURE_SETUP(turn)
{
	three_open(_metadata, (struct three *)self, (struct tw_domain_create){ .running = 1 });
}

FIXTURE_TEARDOWN(turn)
{
	three_close(_metadata, (struct three *)self);
}

/* All run, within a window. */
FIXTURE(window) { struct three; };

FIXTURE_SETUP(window)
{
	three_open(_metadata, (struct three *)self, (struct tw_domain_create){
		.running = TW_RUNNING_ALL, .window = WINDOW,
	});
}

FIXTURE_TEARDOWN(window)
{
	three_close(_metadata, (struct three *)self);
}

/* Computes, as far as anybody can see, until ->stop. */
static int op_spin(struct puppet *p)
{
	uint32_t *stop = (uint32_t *)(uintptr_t)p->box->arg[1];

	while (!__atomic_load_n(stop, __ATOMIC_RELAXED))
		;
	return 0;
}

static void spin(struct puppet *p, uint32_t *stop)
{
	p->box->arg[1] = (uintptr_t)stop;
	puppet_post(p, op_spin);
}

static bool is_held(struct puppet *p)
{
	return t_pstat_of(p->domain, p->id, state) == TW_PROCESS_HELD;
}

/* The puppet asks for its message, and does not get it. */
static bool held_at(struct puppet *p)
{
	puppet_post_recv(p);
	return t_until(is_held(p));
}

static int64_t received(struct puppet *p)
{
	int ret = puppet_wait(p);

	return ret ? ret : (int64_t)p->box->u.recv.recv_time;
}

/* a has the only turn, at 10, and keeps it; b and c are held. */
static bool turn_is_taken(FIXTURE_DATA(turn) *self)
{
	if (puppet_recv_time(&self->a) != 10)
		return false;
	spin(&self->a, self->stop);
	/* a was found asleep when it did not spin yet */
	return t_rounds(self->domain) && held_at(&self->c) &&
	       held_at(&self->b) && t_rounds(self->domain);
}

TEST_F(turn, lowest_first)
{
	ASSERT_TRUE(turn_is_taken(self));
	EXPECT_TRUE(is_held(&self->b));
	EXPECT_TRUE(is_held(&self->c));
	EXPECT_EQ(2, t_stat_of(self->domain, held));
	EXPECT_EQ(1, t_pstat_of(self->domain, self->c.id, throttled));
	t_set(self->stop, 1);
	ASSERT_EQ(0, puppet_wait(&self->a));
	puppet_post_recv(&self->a);
	EXPECT_EQ(20, received(&self->b));
	/* b has the turn, and sleeps: that does not count */
	EXPECT_EQ(30, received(&self->c));
	EXPECT_EQ(20, t_pstat_of(self->domain, self->b.id, lvt));
}

/* An earlier message for one that is held puts it before the others. */
TEST_F(turn, held_in_the_order_of_messages)
{
	ASSERT_EQ(10, puppet_recv_time(&self->a));
	ASSERT_EQ(0, puppet_send(&self->a, self->c.id, 15, 1));
	spin(&self->a, self->stop);
	ASSERT_TRUE(t_rounds(self->domain));
	ASSERT_TRUE(held_at(&self->b));
	ASSERT_TRUE(held_at(&self->c));
	t_set(self->stop, 1);
	ASSERT_EQ(0, puppet_wait(&self->a));
	puppet_post_recv(&self->a);
	EXPECT_EQ(15, received(&self->c));
}

/* The turn is held by an event that never ends, in a wrong future. */
TEST_F(turn, endless_event)
{
	struct puppet *a = &self->a, *b = &self->b;

	ASSERT_EQ(10, puppet_recv_time(a));
	puppet_post_recv(&self->c);
	ASSERT_EQ(0, puppet_send(a, a->id, 40, 1));
	ASSERT_EQ(40, puppet_recv_time(a));
	spin(a, self->stop);
	EXPECT_EQ(20, puppet_recv_time(b));
	EXPECT_EQ(0, puppet_send(b, a->id, 35, 1));
	EXPECT_EQ(0, puppet_await_resumes(a, 1));
}

/* Who is held can be killed, and comes back to where it was. */
TEST_F(turn, killed_while_held)
{
	struct puppet *b = &self->b;

	/* with a snapshot: before that there is nothing to come back to */
	ASSERT_EQ(0, puppet_send(b, b->id, 25, 1));
	ASSERT_EQ(20, puppet_recv_time(b));
	ASSERT_EQ(10, puppet_recv_time(&self->a));
	spin(&self->a, self->stop);
	ASSERT_TRUE(t_rounds(self->domain));
	ASSERT_TRUE(held_at(&self->c));
	ASSERT_TRUE(held_at(b));
	kill(b->box->pid, SIGKILL);
	EXPECT_EQ(0, puppet_await_resumes(b, 1));
	EXPECT_TRUE(t_until(is_held(b)));
	t_set(self->stop, 1);
	ASSERT_EQ(0, puppet_wait(&self->a));
	puppet_post_recv(&self->a);
	EXPECT_EQ(20, received(b));
	EXPECT_EQ(25, puppet_recv_time(b));
}

/* What c is told if it does not wait. */
static void held_nonblocking(struct __test_metadata *_metadata, struct puppet *c)
{
	struct pollfd f = { .fd = c->fd, .events = POLLIN };

	EXPECT_EQ(-EAGAIN, puppet_recv_nonblock(c));
	EXPECT_TRUE(is_held(c));
	EXPECT_EQ(0, poll(&f, 1, 0));
	EXPECT_EQ(-EINVAL, puppet_send(c, c->id, 50, 1));
}

TEST_F(turn, nonblock)
{
	struct pollfd f = { .fd = self->c.fd, .events = POLLIN };

	ASSERT_EQ(10, puppet_recv_time(&self->a));
	spin(&self->a, self->stop);
	ASSERT_TRUE(t_rounds(self->domain));
	ASSERT_TRUE(held_at(&self->b));
	held_nonblocking(_metadata, &self->c);
	t_set(self->stop, 1);
	ASSERT_EQ(0, puppet_wait(&self->a));
	puppet_post_recv(&self->a);
	EXPECT_EQ(20, received(&self->b));
	EXPECT_EQ(1, poll(&f, 1, T_DEADLINE_S * 1000));
	EXPECT_EQ(0, puppet_recv_nonblock(&self->c));
}

TEST_F(window, nonblock)
{
	ASSERT_EQ(10, puppet_recv_time(&self->a));
	held_nonblocking(_metadata, &self->c);
}

TEST_F(window, as_far_as_it)
{
	struct puppet *a = &self->a;

	EXPECT_EQ(WINDOW, t_stat_of(self->domain, window));
	ASSERT_TRUE(held_at(&self->c));
	ASSERT_EQ(10, puppet_recv_time(a));
	/* GVT is 10 from now on: 20 is near enough, 30 is not */
	EXPECT_EQ(20, puppet_recv_time(&self->b));
	ASSERT_TRUE(t_rounds(self->domain));
	EXPECT_TRUE(is_held(&self->c));
	ASSERT_EQ(0, puppet_send(a, a->id, 18, 1));
	EXPECT_EQ(18, puppet_recv_time(a));
	EXPECT_EQ(30, received(&self->c));
	EXPECT_EQ(18, t_stat_of(self->domain, gvt));
}

/* What a process of events of its own sees of it. */
static const __u64 *until(const struct puppet *p)
{
	const struct tw_domain_page *page =
		mmap(NULL, T_PAGE, PROT_READ, MAP_SHARED, p->fd, T_PAGE);

	return page == MAP_FAILED ? NULL : &page->until;
}

static bool until_is(const __u64 *word, uint64_t value)
{
	return __atomic_load_n(word, __ATOMIC_RELAXED) == value;
}

TEST_F(turn, until)
{
	const __u64 *word = until(&self->a);

	ASSERT_NE(NULL, word);
	ASSERT_TRUE(turn_is_taken(self));
	EXPECT_TRUE(until_is(word, 21));
}

TEST_F(window, until)
{
	struct tw_step s = {
		.size = sizeof(s), .recvs_len = 4096, .until = 23, .flags = TW_STEP_NONBLOCK,
	};
	const __u64 *word = until(&self->a);

	ASSERT_NE(NULL, word);
	ASSERT_TRUE(held_at(&self->b));
	ASSERT_TRUE(held_at(&self->c));
	ASSERT_EQ(10, puppet_recv_time(&self->a));
	EXPECT_TRUE(t_until(until_is(word, 10 + WINDOW)));
	/* its own event, further than that, has to wait */
	s.recvs = (uintptr_t)self->a.box->data;
	EXPECT_EQ(-EAGAIN, puppet_ioctl(&self->a, TW_STEP, &s, sizeof(s)));
	EXPECT_EQ(1, t_pstat_of(self->domain, self->a.id, throttled));
	EXPECT_EQ(23, t_pstat_of(self->domain, self->a.id, lvt));
}

TEST(arguments)
{
	struct tw_domain_create d = { .size = sizeof(d), .pad = 1 };
	int dev = t_open();

	ASSERT_LE(0, dev);
	EXPECT_EQ(-EINVAL, t_ioctl(dev, TW_DOMAIN_CREATE, &d));
	d.pad = 0;
	EXPECT_EQ(0, t_ioctl(dev, TW_DOMAIN_CREATE, &d));
	EXPECT_EQ(TW_TIME_INF, t_stat_of(d.fd, window));
	close(d.fd);
	d.window = 7;
	d.slack = 9;
	EXPECT_EQ(0, t_ioctl(dev, TW_DOMAIN_CREATE, &d));
	EXPECT_EQ(7, t_stat_of(d.fd, window));
	EXPECT_EQ(9, t_stat_of(d.fd, slack));
	close(d.fd);
	/* nothing is known yet */
	d.window = TW_WINDOW_LEARNT;
	EXPECT_EQ(0, t_ioctl(dev, TW_DOMAIN_CREATE, &d));
	EXPECT_EQ(TW_TIME_INF, t_stat_of(d.fd, window));
	close(d.fd);
	close(dev);
}

TEST_HARNESS_MAIN
