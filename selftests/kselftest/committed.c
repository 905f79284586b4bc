// SPDX-License-Identifier: GPL-2.0
/* Receives of what is committed only: processes that are never rolled back. */
#include <poll.h>

#include "tw_puppet.h"

FIXTURE(committed) {
	T_WORLD;
};

FIXTURE_SETUP(committed)
{
	t_world_open(_metadata, &self->world, (struct t_world_as){
		.puppets = 3, .interval = 1, .start = true,
	});
}

FIXTURE_TEARDOWN(committed)
{
	t_world_close(_metadata, &self->world);
}

static void post_committed(struct puppet *p)
{
	p->box->arg[0] = TW_RECV_COMMITTED;
	puppet_post(p, puppet_op_recv);
}

static int64_t committed_result(struct puppet *p)
{
	int ret = puppet_wait(p);

	if (ret)
		return ret < 0 ? ret : 0;
	return p->box->u.recv.recv_time;
}

static int64_t committed_time(struct puppet *p)
{
	post_committed(p);
	return committed_result(p);
}

static int committed_nonblock(struct puppet *p)
{
	p->box->arg[0] = TW_RECV_COMMITTED | TW_RECV_NONBLOCK;
	return puppet_call(p, puppet_op_recv);
}

static bool waits(struct puppet *p)
{
	return t_until(t_pstat_of(p->domain, p->id, state) == TW_PROCESS_WAITING);
}

/* GVT must pass the message, and the one who waits for it does not hold it back. */
TEST_F(committed, not_before_gvt)
{
	struct puppet *a = &self->a, *b = &self->b, *c = &self->c;

	ASSERT_EQ(0, puppet_send(b, a->id, 20, 1));
	post_committed(a);
	ASSERT_TRUE(waits(a));
	EXPECT_EQ(-EAGAIN, puppet_recv_nonblock(b));
	ASSERT_TRUE(t_rounds(self->domain));
	/* c is at 0, and has something to say */
	EXPECT_FALSE(puppet_idle(a));
	EXPECT_EQ(0, t_stat_of(self->domain, gvt));
	ASSERT_EQ(0, puppet_send(c, a->id, 10, 2));
	EXPECT_EQ(-EAGAIN, puppet_recv_nonblock(c));
	EXPECT_EQ(10, committed_result(a));
	EXPECT_EQ(0, t_wait(self->domain, 11, NULL));
	EXPECT_EQ(20, committed_time(a));
	EXPECT_EQ(0, t_pstat_of(self->domain, a->id, snapshots));
	EXPECT_EQ(0, t_pstat_of(self->domain, a->id, rollbacks_primary));
	EXPECT_EQ(-EAGAIN, committed_nonblock(a));
	EXPECT_EQ(0, t_wait(self->domain, TW_TIME_INF, NULL));
}

/* Two with messages for one time: neither waits for the other. */
TEST_F(committed, equal_times)
{
	struct puppet *a = &self->a, *b = &self->b, *c = &self->c;

	ASSERT_EQ(0, puppet_send(c, a->id, 10, 1));
	ASSERT_EQ(0, puppet_send(c, b->id, 10, 2));
	post_committed(a);
	post_committed(b);
	EXPECT_EQ(-EAGAIN, puppet_recv_nonblock(c));
	EXPECT_EQ(10, committed_result(a));
	EXPECT_EQ(10, committed_result(b));
	/* the next tick is still theirs */
	ASSERT_EQ(0, puppet_send(a, b->id, 11, 3));
	ASSERT_EQ(0, puppet_send(b, a->id, 11, 4));
	EXPECT_EQ(-EINVAL, puppet_send(a, b->id, 10, 5));
	post_committed(a);
	EXPECT_EQ(11, committed_time(b));
	EXPECT_EQ(11, committed_result(a));
}

/* What is unsent meanwhile is never seen. */
TEST_F(committed, unsent)
{
	struct puppet *a = &self->a, *b = &self->b, *c = &self->c;

	ASSERT_EQ(0, puppet_send(c, b->id, 20, 1));
	EXPECT_EQ(20, puppet_recv_time(b));
	ASSERT_EQ(0, puppet_send(b, a->id, 30, 2));
	EXPECT_EQ(-EAGAIN, committed_nonblock(a));
	EXPECT_EQ(1, t_pstat_of(self->domain, a->id, pending));
	ASSERT_EQ(0, puppet_send(c, b->id, 10, 3));
	ASSERT_EQ(0, puppet_await_resumes(b, 1));
	EXPECT_EQ(0, t_pstat_of(self->domain, a->id, pending));
	EXPECT_EQ(10, puppet_recv_time(b));
	EXPECT_EQ(20, puppet_recv_time(b));
	EXPECT_EQ(-EAGAIN, puppet_recv_nonblock(b));
	EXPECT_EQ(-EAGAIN, puppet_recv_nonblock(c));
	/* nothing is left: the end */
	EXPECT_EQ(0, t_wait(self->domain, TW_TIME_INF, NULL));
	EXPECT_EQ(0, committed_time(a));
}

TEST_F(committed, poll)
{
	struct puppet *a = &self->a, *b = &self->b, *c = &self->c;
	struct pollfd f = { .fd = a->fd, .events = POLLIN };

	ASSERT_EQ(0, puppet_send(b, a->id, 20, 1));
	EXPECT_EQ(-EAGAIN, committed_nonblock(a));
	EXPECT_EQ(0, poll(&f, 1, 0));
	EXPECT_EQ(-EAGAIN, puppet_recv_nonblock(b));
	EXPECT_EQ(-EAGAIN, puppet_recv_nonblock(c));
	EXPECT_EQ(1, poll(&f, 1, T_DEADLINE_S * 1000));
	EXPECT_EQ(0, committed_nonblock(a));
	EXPECT_EQ(20, a->box->u.recv.recv_time);
}

/* From one way to the other, and back: what was speculation is settled. */
TEST_F(committed, mixed)
{
	struct puppet *a = &self->a, *b = &self->b, *c = &self->c;

	ASSERT_EQ(0, puppet_send(b, a->id, 10, 1));
	ASSERT_EQ(0, puppet_send(b, a->id, 20, 2));
	ASSERT_EQ(0, puppet_send(b, a->id, 30, 3));
	EXPECT_EQ(10, puppet_recv_time(a));
	EXPECT_LT(0, t_pstat_of(self->domain, a->id, snapshots_live));
	post_committed(a);
	EXPECT_EQ(-EAGAIN, puppet_recv_nonblock(b));
	ASSERT_EQ(0, puppet_send(c, a->id, 5, 4));
	ASSERT_EQ(0, puppet_await_resumes(a, 1));
	EXPECT_EQ(-EAGAIN, puppet_recv_nonblock(c));
	/* the command that the rollback interrupted is run again */
	EXPECT_EQ(5, committed_result(a));
	EXPECT_EQ(10, puppet_recv_time(a));
	EXPECT_EQ(20, committed_time(a));
	EXPECT_EQ(0, t_pstat_of(self->domain, a->id, snapshots_live));
	EXPECT_EQ(30, puppet_recv_time(a));
	EXPECT_EQ(1, t_pstat_of(self->domain, a->id, snapshots_live));
}

/* What it holds is freed although it has no snapshot. */
TEST_F(committed, is_forgotten)
{
	struct puppet *a = &self->a, *b = &self->b, *c = &self->c;
	uint64_t t;

	EXPECT_EQ(-EAGAIN, puppet_recv_nonblock(c));
	for (t = 10; t < 26; t += 2) {
		ASSERT_EQ(0, puppet_send(b, a->id, t, t));
		ASSERT_EQ(0, puppet_send(b, b->id, t + 1, t));
		EXPECT_EQ((int64_t)t + 1, puppet_recv_time(b));
		EXPECT_EQ((int64_t)t, committed_time(a));
		ASSERT_EQ(0, puppet_send(a, b->id, t + 100, t));
	}
	ASSERT_TRUE(t_until(t_stat_of(self->domain, messages) <= 12));
}

/* Nobody can bring it back, and a failure of it is real. */
TEST_F(committed, killed)
{
	struct puppet *a = &self->a, *b = &self->b, *c = &self->c;

	ASSERT_EQ(0, puppet_send(b, a->id, 10, 1));
	EXPECT_EQ(-EAGAIN, puppet_recv_nonblock(b));
	EXPECT_EQ(-EAGAIN, puppet_recv_nonblock(c));
	EXPECT_EQ(10, committed_time(a));
	kill(a->box->pid, SIGKILL);
	EXPECT_EQ(0, t_wait(self->domain, TW_TIME_INF, NULL));
	EXPECT_EQ(TW_FAILURE_PROCESS, t_stat_of(self->domain, failure));
	EXPECT_EQ(a->id, t_stat_of(self->domain, failed_process));
	EXPECT_EQ(SIGKILL, t_stat_of(self->domain, failed_status));
	EXPECT_EQ(10, t_stat_of(self->domain, failed_time));
}

/* An event of its own is certain, too, before it is begun. */
TEST_F(committed, step_until)
{
	struct puppet *a = &self->a, *b = &self->b, *c = &self->c;
	struct tw_step s = {
		.size = sizeof(s), .flags = TW_STEP_COMMITTED, .until = 20,
		.recvs = (uintptr_t)a->box->data, .recvs_len = 4096,
	};

	ASSERT_EQ(0, puppet_send(b, a->id, 30, 1));
	puppet_post_ioctl(a, TW_STEP, &s, sizeof(s));
	ASSERT_TRUE(waits(a));
	EXPECT_EQ(-EAGAIN, puppet_recv_nonblock(b));
	ASSERT_TRUE(t_rounds(self->domain));
	EXPECT_FALSE(puppet_idle(a));
	EXPECT_EQ(-EAGAIN, puppet_recv_nonblock(c));
	EXPECT_EQ(0, puppet_wait(a));
	EXPECT_EQ(0, a->box->u.step.recv_count);
	EXPECT_LT(20, t_stat_of(self->domain, gvt));
	s.until = TW_TIME_INF;
	EXPECT_EQ(0, puppet_ioctl(a, TW_STEP, &s, sizeof(s)));
	EXPECT_EQ(1, s.recv_count);
	EXPECT_EQ(30, ((struct tw_msg *)a->box->data)->recv_time);
}

TEST_HARNESS_MAIN
