// SPDX-License-Identifier: GPL-2.0
/* GVT that does not move: it is said who holds it back, and why, once. */
#include "tw_puppet.h"

FIXTURE(stall) {
	T_WORLD;
	unsigned int stall_ms, park_ms;
};

static void set(const char *name, unsigned int value)
{
	unsigned int before;

	t_parameter(name, value, &before);
}

FIXTURE_SETUP(stall)
{
	if (geteuid())
		SKIP(return, "only root may set parameters of the module");
	/* Nothing is a stall before the test says so. */
	t_parameter("stall_ms", 0, &self->stall_ms);
	t_parameter("park_ms", 3600000, &self->park_ms);
	t_world_open(_metadata, &self->world, (struct t_world_as){
		.puppets = 2, .interval = 1,
	});
}

FIXTURE_TEARDOWN(stall)
{
	set("stall_ms", self->stall_ms);
	set("park_ms", self->park_ms);
	t_world_close(_metadata, &self->world);
}

/* GVT will not move: any time is long enough, and it is one stall. */
#define EXPECT_STALL(_process, _reason, _stalls) do {				\
	struct tw_domain_stat st;						\
										\
	set("stall_ms", 1);							\
	EXPECT_TRUE(t_until(t_stat_of(self->domain, stall_reason) == (_reason)));\
	EXPECT_TRUE(t_rounds(self->domain));					\
	ASSERT_EQ(0, t_stat(self->domain, &st));				\
	EXPECT_EQ(_reason, st.stall_reason);					\
	EXPECT_EQ(_process, st.stall_process);					\
	EXPECT_EQ(_stalls, st.stalls);						\
	EXPECT_EQ(0, st.pad2);							\
	EXPECT_EQ(TW_DOMAIN_RUNNING, st.state);					\
	set("stall_ms", 0);							\
} while (0)

#define EXPECT_MOVES() do {							\
	EXPECT_TRUE(t_until(!t_stat_of(self->domain, stall_process)));		\
	EXPECT_EQ(TW_STALL_NONE, t_stat_of(self->domain, stall_reason));	\
} while (0)

static int op_loop(struct puppet *p)
{
	while (!t_get((uint32_t *)&p->box->arg[1]))
		sched_yield();
	return 0;
}

/* In the true history nobody ends it. */
TEST_F(stall, endless_loop)
{
	ASSERT_EQ(0, t_start(self->domain));
	ASSERT_EQ(0, puppet_send(&self->b, self->a.id, 10, 1));
	ASSERT_EQ(10, puppet_recv_time(&self->a));
	puppet_post(&self->a, op_loop);
	puppet_post_recv(&self->b);
	ASSERT_EQ(0, t_wait(self->domain, 10, NULL));
	EXPECT_STALL(self->a.id, TW_STALL_EVENT, 1);
	t_set((uint32_t *)&self->a.box->arg[1], 1);
	EXPECT_EQ(0, puppet_wait(&self->a));
	puppet_post_recv(&self->a);
	EXPECT_EQ(1, puppet_wait(&self->a));
	EXPECT_MOVES();
	EXPECT_EQ(1, t_stat_of(self->domain, stalls));
}

TEST_F(stall, stopped)
{
	ASSERT_EQ(0, t_start(self->domain));
	ASSERT_EQ(0, puppet_send(&self->b, self->a.id, 10, 1));
	ASSERT_EQ(0, kill(self->a.box->pid, SIGSTOP));
	puppet_post_recv(&self->a);
	puppet_post_recv(&self->b);
	EXPECT_STALL(self->a.id, TW_STALL_STOPPED, 1);
	ASSERT_EQ(0, kill(self->a.box->pid, SIGCONT));
	EXPECT_EQ(0, puppet_wait(&self->a));
	ASSERT_EQ(0, t_wait(self->domain, 10, NULL));
	EXPECT_MOVES();
	/* another time, another stall */
	EXPECT_STALL(self->a.id, TW_STALL_EVENT, 2);
	puppet_post_recv(&self->a);
	EXPECT_EQ(1, puppet_wait(&self->a));
}

TEST_F(stall, port)
{
	uint64_t id;
	int port = t_port(self->domain, 0, 100, &id);

	ASSERT_LE(0, port);
	ASSERT_EQ(0, t_start(self->domain));
	puppet_post_recv(&self->a);
	puppet_post_recv(&self->b);
	ASSERT_EQ(0, t_wait(self->domain, 100, NULL));
	EXPECT_STALL(id, TW_STALL_PROMISE, 1);
	ASSERT_EQ(0, t_promise(port, TW_TIME_INF));
	EXPECT_EQ(1, puppet_wait(&self->a));
	EXPECT_MOVES();
	close(port);
}

/* A port may yet inject what erases it. */
TEST_F(stall, bad_exit)
{
	uint64_t id;
	int port = t_port(self->domain, 0, 10, &id);

	ASSERT_LE(0, port);
	ASSERT_EQ(0, t_start(self->domain));
	ASSERT_EQ(0, puppet_send(&self->b, self->a.id, 10, 1));
	ASSERT_EQ(10, puppet_recv_time(&self->a));
	self->a.box->arg[0] = 1;
	puppet_post(&self->a, puppet_op_exit);
	puppet_post_recv(&self->b);
	ASSERT_EQ(0, t_wait(self->domain, 10, NULL));
	EXPECT_STALL(self->a.id, TW_STALL_EXIT, 1);
	ASSERT_EQ(0, t_promise(port, TW_TIME_INF));
	EXPECT_EQ(0, t_wait(self->domain, TW_TIME_INF, NULL));
	EXPECT_EQ(TW_FAILURE_PROCESS, t_stat_of(self->domain, failure));
	close(port);
}

/* Live ports hold nothing back: there is nothing to do, and that is no stall. */
TEST_F(stall, nothing_to_do)
{
	uint64_t id;
	int port = t_port(self->domain, TW_PORT_LIVE, 0, &id);

	ASSERT_LE(0, port);
	ASSERT_EQ(0, t_start(self->domain));
	puppet_post_recv(&self->a);
	EXPECT_STALL(self->b.id, TW_STALL_EVENT, 1);
	puppet_post_recv(&self->b);
	EXPECT_MOVES();
	EXPECT_TRUE(t_rounds(self->domain));
	EXPECT_EQ(0, t_stat_of(self->domain, stall_process));
	close(port);
	EXPECT_EQ(1, puppet_wait(&self->a));
}

/* The child of the first snapshot does not come. */
static int op_announce(struct puppet *p)
{
	struct tw_snapshot s = { .size = sizeof(s) };

	return t_ioctl(p->fd, TW_SNAPSHOT, &s);
}

static int op_receive_without(struct puppet *p)
{
	struct tw_recv *r = &p->box->u.recv;
	int ret;

	do {
		t_recv_init(r, p->box->data, PUPPET_DATA);
		ret = t_ioctl(p->fd, TW_RECV, r);
	} while (!ret && r->status & TW_STATUS_SNAPSHOT);
	return ret;
}

/* It is asked for again and again, and in the end it is missing. */
TEST_F(stall, never_parks)
{
	struct tw_domain_stat st;

	ASSERT_EQ(0, t_start(self->domain));
	ASSERT_EQ(0, puppet_send(&self->b, self->a.id, 10, 1));
	ASSERT_EQ(0, puppet_call(&self->a, op_announce));
	puppet_post(&self->a, op_receive_without);
	puppet_post_recv(&self->b);
	EXPECT_STALL(self->a.id, TW_STALL_SNAPSHOT, 1);
	set("park_ms", 1000);
	EXPECT_EQ(0, t_wait(self->domain, TW_TIME_INF, NULL));
	ASSERT_EQ(0, t_stat(self->domain, &st));
	EXPECT_EQ(TW_DOMAIN_FAILED, st.state);
	EXPECT_EQ(TW_FAILURE_SNAPSHOT, st.failure);
	EXPECT_EQ(self->a.id, st.failed_process);
	EXPECT_EQ(0, t_reap());
}

TEST_HARNESS_MAIN
