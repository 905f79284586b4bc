// SPDX-License-Identifier: GPL-2.0
/*
 * Rollback and cancellation. The puppets make each interleaving certain: a
 * straggler is sent when its receiver has reported what it has done.
 */
#include "tw_puppet.h"

FIXTURE(rollback) {
	T_WORLD;
};

FIXTURE_VARIANT(rollback) {
	uint32_t cancellation;
	uint32_t interval;
};

FIXTURE_VARIANT_ADD(rollback, aggressive_each) {
	.cancellation = TW_CANCEL_AGGRESSIVE, .interval = 1,
};

FIXTURE_VARIANT_ADD(rollback, aggressive_first) {
	.cancellation = TW_CANCEL_AGGRESSIVE, .interval = 64,
};

FIXTURE_VARIANT_ADD(rollback, lazy_each) {
	.cancellation = TW_CANCEL_LAZY, .interval = 1,
};

FIXTURE_VARIANT_ADD(rollback, lazy_first) {
	.cancellation = TW_CANCEL_LAZY, .interval = 64,
};

FIXTURE_SETUP(rollback)
{
	t_world_open(_metadata, &self->world, (struct t_world_as){
		.domain.cancellation = variant->cancellation,
		.puppets = 3, .interval = variant->interval, .sink = true, .start = true,
	});
}

FIXTURE_TEARDOWN(rollback)
{
	EXPECT_EQ(TW_FAILURE_NONE, t_stat_of(self->domain, failure));
	t_world_close(_metadata, &self->world);
}

/* b sends the three, a handles them. */
static void three_events(struct __test_metadata *_metadata, struct puppet *a,
			 struct puppet *b)
{
	uint64_t t;

	for (t = 10; t <= 30; t += 10)
		ASSERT_EQ(0, puppet_send(b, a->id, t, t));
	for (t = 10; t <= 30; t += 10)
		ASSERT_EQ(t, puppet_recv_time(a));
}

TEST_F(rollback, straggler)
{
	struct puppet *a = &self->a, *b = &self->b;
	uint32_t restored = variant->interval == 1 ? 1 : 0, i;
	struct tw_process_stat st;

	three_events(_metadata, a, b);
	ASSERT_EQ(0, puppet_send(b, a->id, 15, 15));
	ASSERT_EQ(0, puppet_await_resumes(a, 1));
	EXPECT_EQ(restored, a->box->nnotes);
	EXPECT_LT(10, a->box->coast_until);
	EXPECT_GE(15, a->box->coast_until);
	for (i = restored; i < 4; i++)
		ASSERT_EQ(0, puppet_recv(a));
	EXPECT_HISTORY(a, 10, 15, 20, 30);
	EXPECT_EQ(-EAGAIN, puppet_recv_nonblock(a));
	ASSERT_EQ(0, t_pstat(self->domain, a->id, &st));
	EXPECT_EQ(1, st.rollbacks_primary);
	EXPECT_EQ(0, st.rollbacks_secondary);
	EXPECT_EQ(3 - restored, st.rollback_depth);
	EXPECT_EQ(3 + 4 - restored, st.delivered);
	EXPECT_EQ(a->box->pid, st.pid);
	EXPECT_EQ(1, t_stat_of(self->domain, rollbacks_primary));
	EXPECT_EQ(1, t_stat_of(self->domain, resumes));
	EXPECT_EQ(0, t_stat_of(self->domain, antimessages));
}

/* Before the first event of all: back to the initial state. */
TEST_F(rollback, straggler_before_all)
{
	struct puppet *a = &self->a, *b = &self->b;

	three_events(_metadata, a, b);
	ASSERT_EQ(0, puppet_send(b, a->id, 1, 1));
	ASSERT_EQ(0, puppet_await_resumes(a, 1));
	EXPECT_EQ(0, a->box->nnotes);
	while (a->box->nnotes < 4)
		ASSERT_EQ(0, puppet_recv(a));
	EXPECT_HISTORY(a, 1, 10, 20, 30);
}

TEST_F(rollback, later_message_is_no_straggler)
{
	struct puppet *a = &self->a, *b = &self->b;

	three_events(_metadata, a, b);
	ASSERT_EQ(0, puppet_send(b, a->id, 31, 31));
	ASSERT_EQ(0, puppet_send(b, a->id, 30, 30));
	ASSERT_EQ(0, puppet_recv(a));
	ASSERT_EQ(0, puppet_recv(a));
	EXPECT_HISTORY(a, 10, 20, 30, 30, 31);
	EXPECT_EQ(0, puppet_resumes(a));
	EXPECT_EQ(0, t_stat_of(self->domain, rollbacks_primary));
}

/* Of messages for the same time the one with the smaller key is a straggler. */
TEST_F(rollback, equal_times)
{
	struct puppet *a = &self->a, *b = &self->b, *c = &self->c;

	ASSERT_EQ(0, puppet_send_prio(b, a->id, 10, 5, 1));
	ASSERT_EQ(0, puppet_recv(a));
	/* later in the order: by the sender, by the priority */
	ASSERT_EQ(0, puppet_send_prio(c, a->id, 10, 5, 2));
	ASSERT_EQ(0, puppet_send_prio(b, a->id, 10, 6, 3));
	ASSERT_EQ(0, puppet_recv(a));
	ASSERT_EQ(0, puppet_recv(a));
	EXPECT_EQ(0, puppet_resumes(a));
	/* earlier: by the priority */
	ASSERT_EQ(0, puppet_send_prio(c, a->id, 10, 4, 4));
	ASSERT_EQ(0, puppet_await_resumes(a, 1));
	while (a->box->nnotes < 4)
		ASSERT_EQ(0, puppet_recv(a));
	/* earlier than the last: by the sender */
	ASSERT_EQ(0, puppet_send_prio(b, a->id, 10, 5, 5));
	ASSERT_EQ(0, puppet_await_resumes(a, 2));
	while (a->box->nnotes < 5)
		ASSERT_EQ(0, puppet_recv(a));
	EXPECT_EQ(4, a->box->notes[0].word);
	EXPECT_EQ(1, a->box->notes[1].word);
	EXPECT_EQ(5, a->box->notes[2].word);
	EXPECT_EQ(2, a->box->notes[3].word);
	EXPECT_EQ(3, a->box->notes[4].word);
}

TEST_F(rollback, of_a_waiting_process)
{
	struct puppet *a = &self->a, *b = &self->b;

	three_events(_metadata, a, b);
	puppet_post_recv(a);
	ASSERT_TRUE(t_until(t_pstat_of(self->domain, a->id, state) ==
			    TW_PROCESS_WAITING));
	ASSERT_EQ(0, puppet_send(b, a->id, 15, 15));
	/* the resumed snapshot runs the interrupted command again */
	EXPECT_EQ(0, puppet_wait(a));
	while (a->box->nnotes < 4)
		ASSERT_EQ(0, puppet_recv(a));
	EXPECT_HISTORY(a, 10, 15, 20, 30);
	EXPECT_EQ(1, puppet_resumes(a));
}

/* For ever, if the first message is not what it should be. */
static int op_loop_in_wrong_future(struct puppet *p)
{
	volatile uint64_t spins = 0;

	while (p->nnotes && p->notes[0].recv_time != 5)
		spins++;
	return 7;
}

TEST_F(rollback, in_mid_event)
{
	struct puppet *a = &self->a, *b = &self->b;
	pid_t lost = a->box->pid;

	three_events(_metadata, a, b);
	puppet_post(a, op_loop_in_wrong_future);
	ASSERT_EQ(0, puppet_send(b, a->id, 5, 5));
	EXPECT_EQ(7, puppet_wait(a));
	EXPECT_NE(lost, a->box->pid);
	EXPECT_EQ(lost, waitpid(lost, NULL, __WALL));
	while (a->box->nnotes < 4)
		ASSERT_EQ(0, puppet_recv(a));
	EXPECT_HISTORY(a, 5, 10, 20, 30);
}

/* Each straggler is earlier than the one before. */
TEST_F(rollback, again_and_again)
{
	struct puppet *a = &self->a, *b = &self->b;
	uint64_t t;

	ASSERT_EQ(0, puppet_send(b, a->id, 100, 1));
	ASSERT_EQ(0, puppet_recv(a));
	for (t = 99; t > 80; t--) {
		ASSERT_EQ(0, puppet_send(b, a->id, t, 1));
		ASSERT_EQ(0, puppet_await_resumes(a, 100 - t));
		EXPECT_EQ(0, a->box->nnotes);
		ASSERT_EQ(t, puppet_recv_time(a));
	}
	while (a->box->nnotes < 20)
		ASSERT_EQ(82 + a->box->nnotes - 1, puppet_recv_time(a));
	EXPECT_EQ(19, t_stat_of(self->domain, rollbacks_primary));
}

/* ---- antimessages ---- */

/* b handles 10 and sends a what it should not have: c has something earlier. */
static void wrong_send(struct __test_metadata *_metadata,
		       FIXTURE_DATA(rollback) *self)
{
	struct puppet *a = &self->a, *b = &self->b, *c = &self->c;

	ASSERT_EQ(0, puppet_send(c, b->id, 10, 10));
	ASSERT_EQ(10, puppet_recv_time(b));
	ASSERT_EQ(0, puppet_send(b, a->id, 20, 1234));
}

/* b rolls back, and re-executes up to 10 without sending anything. */
static void wrong_send_undone(struct __test_metadata *_metadata,
			      FIXTURE_DATA(rollback) *self)
{
	struct puppet *b = &self->b, *c = &self->c;

	ASSERT_EQ(0, puppet_send(c, b->id, 5, 5));
	ASSERT_EQ(0, puppet_await_resumes(b, 1));
	EXPECT_EQ(0, b->box->nnotes);
	ASSERT_EQ(5, puppet_recv_time(b));
	ASSERT_EQ(10, puppet_recv_time(b));
	EXPECT_EQ(-EAGAIN, puppet_recv_nonblock(b));
}

TEST_F(rollback, antimessage_of_a_pending_message)
{
	struct tw_domain_stat st;

	wrong_send(_metadata, self);
	EXPECT_EQ(1, t_pstat_of(self->domain, self->a.id, pending));
	wrong_send_undone(_metadata, self);
	EXPECT_EQ(0, t_pstat_of(self->domain, self->a.id, pending));
	EXPECT_EQ(-EAGAIN, puppet_recv_nonblock(&self->a));
	EXPECT_EQ(0, puppet_resumes(&self->a));
	ASSERT_EQ(0, t_stat(self->domain, &st));
	EXPECT_EQ(1, st.antimessages);
	EXPECT_EQ(1, st.annihilated_pending);
	EXPECT_EQ(0, st.annihilated_early);
	EXPECT_EQ(1, st.rollbacks_primary);
	EXPECT_EQ(0, st.rollbacks_secondary);
	EXPECT_EQ(0, st.balance);
}

TEST_F(rollback, antimessage_of_a_processed_message)
{
	struct puppet *a = &self->a;
	struct tw_domain_stat st;

	wrong_send(_metadata, self);
	ASSERT_EQ(20, puppet_recv_time(a));
	wrong_send_undone(_metadata, self);
	ASSERT_EQ(0, puppet_await_resumes(a, 1));
	EXPECT_EQ(0, a->box->nnotes);
	EXPECT_EQ(-EAGAIN, puppet_recv_nonblock(a));
	ASSERT_EQ(0, t_stat(self->domain, &st));
	EXPECT_EQ(1, st.antimessages);
	EXPECT_EQ(0, st.annihilated_pending);
	EXPECT_EQ(1, st.rollbacks_primary);
	EXPECT_EQ(1, st.rollbacks_secondary);
	EXPECT_EQ(1, t_pstat_of(self->domain, a->id, rollbacks_secondary));
	EXPECT_EQ(1, t_pstat_of(self->domain, self->b.id, antimessages));
}

/* What a handled before the message that was unsent stands. */
TEST_F(rollback, antimessage_in_the_midst)
{
	struct puppet *a = &self->a, *c = &self->c;

	ASSERT_EQ(0, puppet_send(c, a->id, 15, 15));
	ASSERT_EQ(0, puppet_send(c, a->id, 25, 25));
	wrong_send(_metadata, self);
	ASSERT_EQ(15, puppet_recv_time(a));
	ASSERT_EQ(20, puppet_recv_time(a));
	ASSERT_EQ(25, puppet_recv_time(a));
	wrong_send_undone(_metadata, self);
	ASSERT_EQ(0, puppet_await_resumes(a, 1));
	EXPECT_EQ(variant->interval == 1 ? 1 : 0, a->box->nnotes);
	while (a->box->nnotes < 2)
		ASSERT_EQ(0, puppet_recv(a));
	EXPECT_HISTORY(a, 15, 25);
	EXPECT_EQ(-EAGAIN, puppet_recv_nonblock(a));
}

/* A message like the unsent one, sent in the right past, stays. */
TEST_F(rollback, antimessage_spares_an_equal_message)
{
	struct puppet *a = &self->a, *b = &self->b, *c = &self->c;

	wrong_send(_metadata, self);
	ASSERT_EQ(20, puppet_recv_time(a));
	ASSERT_EQ(0, puppet_send(c, b->id, 5, 5));
	ASSERT_EQ(0, puppet_await_resumes(b, 1));
	ASSERT_EQ(5, puppet_recv_time(b));
	/* the same but for its send time, which is 5 */
	ASSERT_EQ(0, puppet_send(b, a->id, 20, 1234));
	ASSERT_EQ(10, puppet_recv_time(b));
	EXPECT_EQ(-EAGAIN, puppet_recv_nonblock(b));
	ASSERT_EQ(0, puppet_await_resumes(a, 1));
	EXPECT_EQ(20, puppet_recv_time(a));
	EXPECT_EQ(5, a->box->notes[0].send_time);
	EXPECT_EQ(1, a->box->nnotes);
	EXPECT_EQ(-EAGAIN, puppet_recv_nonblock(a));
}

/* ---- coast forward ---- */

TEST_F(rollback, coast_forward)
{
	struct puppet *a = &self->a, *b = &self->b, *c = &self->c;
	bool coasts = variant->interval > 1;
	struct tw_domain_stat st;

	ASSERT_EQ(0, puppet_send(b, a->id, 10, 10));
	ASSERT_EQ(0, puppet_send(b, a->id, 20, 20));
	ASSERT_EQ(10, puppet_recv_time(a));
	ASSERT_EQ(0, puppet_send(a, c->id, 100, 1));
	ASSERT_EQ(20, puppet_recv_time(a));
	ASSERT_EQ(0, puppet_send(b, a->id, 15, 15));
	ASSERT_EQ(0, puppet_await_resumes(a, 1));
	if (coasts) {
		ASSERT_EQ(10, puppet_recv_time(a));
		ASSERT_EQ(0, puppet_send(a, c->id, 100, 1));
	}
	ASSERT_EQ(15, puppet_recv_time(a));
	ASSERT_EQ(0, puppet_send(a, c->id, 101, 2));
	ASSERT_EQ(20, puppet_recv_time(a));
	EXPECT_EQ(100, puppet_recv_time(c));
	EXPECT_EQ(101, puppet_recv_time(c));
	EXPECT_EQ(-EAGAIN, puppet_recv_nonblock(c));
	ASSERT_EQ(0, t_stat(self->domain, &st));
	EXPECT_EQ(coasts, st.coasted);
	EXPECT_EQ(5, st.sends);
	EXPECT_EQ(0, st.antimessages);
	EXPECT_EQ(0, st.violations);
	EXPECT_EQ(0, puppet_resumes(c));
}

/* A process that does not repeat itself is found out, and the new send counts. */
TEST_F(rollback, determinism_violation)
{
	struct puppet *a = &self->a, *b = &self->b, *c = &self->c;
	struct tw_domain_stat st;

	ASSERT_EQ(0, puppet_send(b, a->id, 10, 10));
	ASSERT_EQ(0, puppet_send(b, a->id, 20, 20));
	ASSERT_EQ(10, puppet_recv_time(a));
	ASSERT_EQ(0, puppet_send(a, c->id, 100, 1));
	ASSERT_EQ(20, puppet_recv_time(a));
	ASSERT_EQ(0, puppet_send(b, a->id, 15, 15));
	ASSERT_EQ(0, puppet_await_resumes(a, 1));
	if (variant->interval > 1) {
		ASSERT_EQ(10, puppet_recv_time(a));
		ASSERT_EQ(0, puppet_send(a, c->id, 100, 2));
	}
	ASSERT_EQ(15, puppet_recv_time(a));
	ASSERT_EQ(100, puppet_recv_time(c));
	EXPECT_EQ(-EAGAIN, puppet_recv_nonblock(c));
	if (variant->interval > 1) {
		ASSERT_EQ(0, t_stat(self->domain, &st));
		EXPECT_LE(1, st.violations);
		EXPECT_EQ(TW_VIOLATION_SENT, st.violation_kind);
		EXPECT_EQ(a->id, st.violation_process);
		EXPECT_EQ(c->id, st.violation_receiver);
		EXPECT_EQ(10, st.violation_send_time);
		EXPECT_EQ(100, st.violation_recv_time);
		EXPECT_EQ(0, st.violation_index);
		EXPECT_EQ(2, c->box->notes[0].word);
	} else {
		EXPECT_EQ(0, t_stat_of(self->domain, violations));
		EXPECT_EQ(1, c->box->notes[0].word);
	}
	EXPECT_EQ(1, c->box->nnotes);
}

/* ---- snapshots that do not come ---- */

static int op_snapshot_without_child(struct puppet *p)
{
	struct tw_snapshot s = { .size = sizeof(s) };

	return t_ioctl(p->fd, TW_SNAPSHOT, &s);
}

/* Fork failed: an earlier snapshot serves. */
TEST_F(rollback, snapshot_without_child)
{
	struct puppet *a = &self->a, *b = &self->b;
	uint32_t before;

	three_events(_metadata, a, b);
	before = a->box->nnotes;
	ASSERT_EQ(0, puppet_call(a, op_snapshot_without_child));
	ASSERT_EQ(0, puppet_send(b, a->id, 40, 40));
	ASSERT_EQ(40, puppet_recv_time(a));
	EXPECT_EQ(before + 1, a->box->nnotes);
	ASSERT_EQ(0, puppet_send(b, a->id, 35, 35));
	ASSERT_EQ(0, puppet_await_resumes(a, 1));
	while (a->box->nnotes < 5)
		ASSERT_EQ(0, puppet_recv(a));
	EXPECT_HISTORY(a, 10, 20, 30, 35, 40);
}

/* Called twice in the same position it names the same snapshot. */
static int op_snapshot_twice(struct puppet *p)
{
	struct tw_snapshot s = { .size = sizeof(s) };
	struct tw_snapshot t = { .size = sizeof(t) };
	int ret = t_ioctl(p->fd, TW_SNAPSHOT, &s);

	if (!ret)
		ret = t_ioctl(p->fd, TW_SNAPSHOT, &t);
	p->box->arg[1] = s.token;
	p->box->arg[2] = t.token;
	return ret;
}

TEST_F(rollback, snapshot_announced_twice)
{
	struct puppet *a = &self->a, *b = &self->b;

	three_events(_metadata, a, b);
	ASSERT_EQ(0, puppet_call(a, op_snapshot_twice));
	EXPECT_EQ(a->box->arg[1], a->box->arg[2]);
	EXPECT_EQ(0, puppet_call(a, puppet_op_snapshot));
	ASSERT_EQ(0, puppet_send(b, a->id, 40, 40));
	ASSERT_EQ(40, puppet_recv_time(a));
	ASSERT_EQ(0, puppet_send(b, a->id, 35, 35));
	ASSERT_EQ(0, puppet_await_resumes(a, 1));
	EXPECT_EQ(3, a->box->nnotes);
	EXPECT_EQ(35, puppet_recv_time(a));
}

/* ---- nothing is left over ---- */

static bool only_living_children(int domain, int processes)
{
	t_reap_some();
	return (uint64_t)t_children() ==
	       processes + t_stat_of(domain, snapshots_live);
}

TEST_F(rollback, thousands)
{
	struct puppet *a = &self->a, *b = &self->b;
	uint32_t n = t_scale(variant->interval == 1 ? 750 : 250), i;
	uint64_t last = 1000000;
	int fds = t_fds();
	long slab;

	ASSERT_EQ(0, puppet_send(b, a->id, last, 1));
	ASSERT_EQ(0, puppet_recv(a));
	slab = t_slab_objects();
	for (i = 1; i <= n; i++) {
		ASSERT_EQ(0, puppet_send(b, a->id, last - i, 1));
		ASSERT_EQ(0, puppet_await_resumes(a, i));
		ASSERT_EQ(last - i, puppet_recv_time(a));
		t_reap_some();
	}
	EXPECT_EQ(n, t_stat_of(self->domain, rollbacks_primary));
	EXPECT_GE(4, t_stat_of(self->domain, snapshots_live));
	EXPECT_TRUE(t_until(only_living_children(self->domain, 3)));
	EXPECT_EQ(fds, t_fds());
	/* the messages stay, and nothing else of their number */
	if (slab >= 0)
		EXPECT_GT(slab + 2 * (long)n + 2000, t_slab_objects());
}

/* ---- cascades ---- */

FIXTURE(cascade) {
	int dev;
	int domain;
	struct puppet p[4];
};

FIXTURE_SETUP(cascade)
{
	int i;

	self->dev = t_open();
	ASSERT_LE(0, self->dev);
	self->domain = t_domain(self->dev, TW_CANCEL_AGGRESSIVE, 1000);
	ASSERT_LE(0, self->domain);
	for (i = 0; i < 4; i++)
		ASSERT_EQ(0, puppet_new(&self->p[i], self->domain,
					TW_CANCEL_DEFAULT, 1));
	ASSERT_EQ(0, t_start(self->domain));
}

FIXTURE_TEARDOWN(cascade)
{
	int i;

	close(self->domain);
	close(self->dev);
	for (i = 0; i < 4; i++)
		puppet_free(&self->p[i]);
	EXPECT_EQ(0, t_reap());
}

/*
 * A message goes three times around the ring of the first three; then the
 * fourth has something for the first that is earlier than all of it.
 */
TEST_F(cascade, through_a_cycle)
{
	struct puppet *p = self->p;
	struct tw_domain_stat st;
	uint64_t t;
	int i;

	ASSERT_EQ(0, puppet_send(&p[3], p[0].id, 10, 10));
	for (t = 10, i = 0; t < 100; t += 10, i = (i + 1) % 3) {
		ASSERT_EQ(t, puppet_recv_time(&p[i]));
		ASSERT_EQ(0, puppet_send(&p[i], p[(i + 1) % 3].id, t + 10, t));
	}
	ASSERT_EQ(0, puppet_send(&p[3], p[0].id, 5, 5));
	for (i = 0; i < 3; i++) {
		ASSERT_EQ(0, puppet_await_resumes(&p[i], 1));
		EXPECT_EQ(0, p[i].box->nnotes);
	}
	ASSERT_EQ(0, t_stat(self->domain, &st));
	EXPECT_EQ(0, st.balance);
	EXPECT_EQ(2, st.messages);
	EXPECT_EQ(9, st.antimessages);
	EXPECT_EQ(1, st.rollbacks_primary);
	EXPECT_LE(2, st.rollbacks_secondary);
	EXPECT_EQ(2, t_pstat_of(self->domain, p[0].id, pending));
	EXPECT_EQ(0, t_pstat_of(self->domain, p[1].id, pending));
	EXPECT_EQ(0, t_pstat_of(self->domain, p[2].id, pending));
	EXPECT_EQ(5, puppet_recv_time(&p[0]));
	EXPECT_EQ(10, puppet_recv_time(&p[0]));
}

/* A process that sends to itself rolls itself back, and no further. */
TEST_F(cascade, through_itself)
{
	struct puppet *p = self->p;
	uint64_t t;

	ASSERT_EQ(0, puppet_send(&p[3], p[0].id, 10, 10));
	for (t = 10; t < 60; t += 10) {
		ASSERT_EQ(t, puppet_recv_time(&p[0]));
		ASSERT_EQ(0, puppet_send(&p[0], p[0].id, t + 10, t));
	}
	ASSERT_EQ(0, puppet_send(&p[3], p[0].id, 25, 25));
	ASSERT_EQ(0, puppet_await_resumes(&p[0], 1));
	EXPECT_EQ(0, t_stat_of(self->domain, balance));
	EXPECT_EQ(25, puppet_recv_time(&p[0]));
	EXPECT_EQ(30, puppet_recv_time(&p[0]));
	EXPECT_EQ(-EAGAIN, puppet_recv_nonblock(&p[0]));
	EXPECT_HISTORY(&p[0], 10, 20, 25, 30);
}

/* One event that fed all others: all of them roll back at once. */
TEST_F(cascade, fan_out)
{
	struct puppet *p = self->p;
	int i;

	ASSERT_EQ(0, puppet_send(&p[3], p[0].id, 10, 10));
	ASSERT_EQ(10, puppet_recv_time(&p[0]));
	for (i = 1; i < 3; i++) {
		ASSERT_EQ(0, puppet_send(&p[0], p[i].id, 20, 1));
		ASSERT_EQ(0, puppet_send(&p[0], p[i].id, 30, 2));
		ASSERT_EQ(20, puppet_recv_time(&p[i]));
		ASSERT_EQ(30, puppet_recv_time(&p[i]));
	}
	ASSERT_EQ(0, puppet_send(&p[3], p[0].id, 9, 9));
	for (i = 0; i < 3; i++) {
		ASSERT_EQ(0, puppet_await_resumes(&p[i], 1));
		EXPECT_TRUE(t_until(t_pstat_of(self->domain, p[i].id, state) ==
				    TW_PROCESS_RUNNING));
	}
	EXPECT_EQ(4, t_stat_of(self->domain, antimessages));
	EXPECT_EQ(2, t_stat_of(self->domain, messages));
	EXPECT_EQ(0, t_stat_of(self->domain, balance));
	for (i = 1; i < 3; i++)
		EXPECT_EQ(-EAGAIN, puppet_recv_nonblock(&p[i]));
}

/* ---- lazy cancellation ---- */

FIXTURE(lazy) {
	T_WORLD;
};

FIXTURE_VARIANT(lazy) {
	uint32_t domain;
	uint32_t process;
};

FIXTURE_VARIANT_ADD(lazy, by_domain) {
	.domain = TW_CANCEL_LAZY, .process = TW_CANCEL_DEFAULT,
};

FIXTURE_VARIANT_ADD(lazy, by_process) {
	.domain = TW_CANCEL_AGGRESSIVE, .process = TW_CANCEL_LAZY,
};

FIXTURE_SETUP(lazy)
{
	t_world_open(_metadata, &self->world, (struct t_world_as){
		.domain.cancellation = variant->domain, .b = variant->process,
		.puppets = 3, .interval = 1, .start = true,
	});
}

FIXTURE_TEARDOWN(lazy)
{
	t_world_close(_metadata, &self->world);
}

/* b sends two messages at 10, a has handled both, b goes back to 5. */
static void lazy_prepare(struct __test_metadata *_metadata,
			 FIXTURE_DATA(lazy) *self)
{
	struct puppet *a = &self->a, *b = &self->b, *c = &self->c;

	ASSERT_EQ(0, puppet_send(c, b->id, 10, 10));
	ASSERT_EQ(10, puppet_recv_time(b));
	ASSERT_EQ(0, puppet_send(b, a->id, 20, 1));
	ASSERT_EQ(0, puppet_send(b, a->id, 30, 2));
	ASSERT_EQ(20, puppet_recv_time(a));
	ASSERT_EQ(30, puppet_recv_time(a));
	ASSERT_EQ(0, puppet_send(c, b->id, 5, 5));
	ASSERT_EQ(0, puppet_await_resumes(b, 1));
	ASSERT_EQ(5, puppet_recv_time(b));
	ASSERT_EQ(10, puppet_recv_time(b));
	EXPECT_EQ(0, puppet_resumes(a));
	EXPECT_EQ(0, t_stat_of(self->domain, antimessages));
}

TEST_F(lazy, match)
{
	struct puppet *a = &self->a, *b = &self->b;
	struct tw_domain_stat st;

	lazy_prepare(_metadata, self);
	ASSERT_EQ(0, puppet_send(b, a->id, 20, 1));
	ASSERT_EQ(0, puppet_send(b, a->id, 30, 2));
	EXPECT_EQ(-EAGAIN, puppet_recv_nonblock(b));
	EXPECT_EQ(-EAGAIN, puppet_recv_nonblock(a));
	ASSERT_EQ(0, t_stat(self->domain, &st));
	EXPECT_EQ(2, st.lazy_hits);
	EXPECT_EQ(0, st.antimessages);
	EXPECT_EQ(0, st.rollbacks_secondary);
	EXPECT_EQ(0, puppet_resumes(a));
	EXPECT_EQ(2, a->box->nnotes);
	EXPECT_EQ(2, t_pstat_of(self->domain, a->id, delivered));
}

/* The second one differs: a goes back to between the two. */
TEST_F(lazy, mismatch)
{
	struct puppet *a = &self->a, *b = &self->b;
	struct tw_domain_stat st;

	lazy_prepare(_metadata, self);
	ASSERT_EQ(0, puppet_send(b, a->id, 20, 1));
	ASSERT_EQ(0, puppet_send(b, a->id, 30, 3));
	EXPECT_EQ(-EAGAIN, puppet_recv_nonblock(b));
	ASSERT_EQ(0, puppet_await_resumes(a, 1));
	EXPECT_EQ(1, a->box->nnotes);
	ASSERT_EQ(30, puppet_recv_time(a));
	EXPECT_EQ(3, a->box->notes[1].word);
	EXPECT_EQ(-EAGAIN, puppet_recv_nonblock(a));
	ASSERT_EQ(0, t_stat(self->domain, &st));
	EXPECT_EQ(1, st.lazy_hits);
	EXPECT_EQ(1, st.antimessages);
	EXPECT_EQ(1, st.rollbacks_secondary);
}

TEST_F(lazy, nothing_sent_again)
{
	struct puppet *a = &self->a, *b = &self->b;

	lazy_prepare(_metadata, self);
	EXPECT_EQ(-EAGAIN, puppet_recv_nonblock(b));
	ASSERT_EQ(0, puppet_await_resumes(a, 1));
	EXPECT_EQ(-EAGAIN, puppet_recv_nonblock(a));
	EXPECT_EQ(0, a->box->nnotes);
	EXPECT_EQ(2, t_stat_of(self->domain, antimessages));
	EXPECT_EQ(0, t_stat_of(self->domain, lazy_hits));
}

/* What differs in one member only does not match. */
TEST_F(lazy, near_misses)
{
	struct puppet *a = &self->a, *b = &self->b, *c = &self->c;

	lazy_prepare(_metadata, self);
	ASSERT_EQ(0, puppet_send(b, c->id, 20, 1));
	ASSERT_EQ(0, puppet_send_prio(b, a->id, 30, 1, 2));
	EXPECT_EQ(-EAGAIN, puppet_recv_nonblock(b));
	ASSERT_EQ(0, puppet_await_resumes(a, 1));
	EXPECT_EQ(0, t_stat_of(self->domain, lazy_hits));
	EXPECT_EQ(2, t_stat_of(self->domain, antimessages));
	ASSERT_EQ(30, puppet_recv_time(a));
	EXPECT_EQ(1, a->box->notes[0].priority);
	EXPECT_EQ(-EAGAIN, puppet_recv_nonblock(a));
}

/* A second rollback before the first was made good again. */
TEST_F(lazy, rolled_back_twice)
{
	struct puppet *a = &self->a, *b = &self->b, *c = &self->c;

	lazy_prepare(_metadata, self);
	ASSERT_EQ(0, puppet_send(b, a->id, 20, 1));
	ASSERT_EQ(0, puppet_send(c, b->id, 4, 4));
	ASSERT_EQ(0, puppet_await_resumes(b, 2));
	ASSERT_EQ(4, puppet_recv_time(b));
	ASSERT_EQ(5, puppet_recv_time(b));
	ASSERT_EQ(10, puppet_recv_time(b));
	ASSERT_EQ(0, puppet_send(b, a->id, 20, 1));
	ASSERT_EQ(0, puppet_send(b, a->id, 30, 2));
	EXPECT_EQ(-EAGAIN, puppet_recv_nonblock(b));
	EXPECT_EQ(0, t_stat_of(self->domain, antimessages));
	EXPECT_EQ(3, t_stat_of(self->domain, lazy_hits));
	EXPECT_EQ(0, puppet_resumes(a));
}

/* The other way round: an aggressive process in a lazy domain. */
TEST(aggressive_by_process)
{
	struct puppet a, b, c;
	int dev = t_open();
	int domain = t_domain(dev, TW_CANCEL_LAZY, 1000);

	ASSERT_LE(0, domain);
	ASSERT_EQ(0, puppet_new(&a, domain, TW_CANCEL_DEFAULT, 1));
	ASSERT_EQ(0, puppet_new(&b, domain, TW_CANCEL_AGGRESSIVE, 1));
	ASSERT_EQ(0, puppet_new(&c, domain, TW_CANCEL_DEFAULT, 1));
	ASSERT_EQ(0, t_start(domain));
	ASSERT_EQ(0, puppet_send(&c, b.id, 10, 10));
	ASSERT_EQ(10, puppet_recv_time(&b));
	ASSERT_EQ(0, puppet_send(&b, a.id, 20, 1));
	ASSERT_EQ(0, puppet_send(&c, b.id, 5, 5));
	ASSERT_EQ(0, puppet_await_resumes(&b, 1));
	EXPECT_EQ(1, t_stat_of(domain, antimessages));
	EXPECT_EQ(0, t_pstat_of(domain, a.id, pending));
	close(domain);
	EXPECT_EQ(0, t_reap());
}

/* ---- cancellation by message ---- */

FIXTURE(choice) {
	T_WORLD;
};

FIXTURE_VARIANT(choice) {
	uint32_t cancellation;
	uint32_t flags;
	bool step;
};

FIXTURE_VARIANT_ADD(choice, lazy_in_aggressive) {
	.cancellation = TW_CANCEL_AGGRESSIVE, .flags = TW_SEND_LAZY,
};

FIXTURE_VARIANT_ADD(choice, aggressive_in_lazy) {
	.cancellation = TW_CANCEL_LAZY, .flags = TW_SEND_AGGRESSIVE,
};

FIXTURE_VARIANT_ADD(choice, lazy_in_aggressive_by_step) {
	.cancellation = TW_CANCEL_AGGRESSIVE, .flags = TW_SEND_LAZY, .step = true,
};

FIXTURE_VARIANT_ADD(choice, aggressive_in_lazy_by_step) {
	.cancellation = TW_CANCEL_LAZY, .flags = TW_SEND_AGGRESSIVE, .step = true,
};

FIXTURE_SETUP(choice)
{
	t_world_open(_metadata, &self->world, (struct t_world_as){
		.domain.cancellation = variant->cancellation,
		.puppets = 3, .interval = 1, .start = true,
	});
}

FIXTURE_TEARDOWN(choice)
{
	t_world_close(_metadata, &self->world);
}

static int choice_send(struct puppet *p, bool step, uint64_t to, uint64_t at,
		       uint32_t flags)
{
	struct tw_msg *m = (void *)p->box->data;
	struct tw_step s = {
		.size = sizeof(s), .sends = (uintptr_t)m, .sends_len = sizeof(*m),
	};

	if (!step)
		return puppet_send_flags(p, to, at, flags, at);
	*m = (struct tw_msg){
		.size = sizeof(*m), .peer = to, .recv_time = at, .flags = flags,
	};
	return puppet_ioctl(p, TW_STEP, &s, sizeof(s));
}

/* b sends two, one of which chooses, and goes back: only the aggressive one is unsent. */
TEST_F(choice, one_of_two)
{
	struct puppet *a = &self->a, *b = &self->b, *c = &self->c;
	bool chosen_stays = variant->flags == TW_SEND_LAZY;

	ASSERT_EQ(0, puppet_send(c, b->id, 10, 10));
	ASSERT_EQ(10, puppet_recv_time(b));
	ASSERT_EQ(0, choice_send(b, variant->step, a->id, 20, variant->flags));
	ASSERT_EQ(0, choice_send(b, variant->step, a->id, 30, 0));
	ASSERT_EQ(0, puppet_send(c, b->id, 5, 5));
	ASSERT_EQ(0, puppet_await_resumes(b, 1));
	EXPECT_EQ(1, t_stat_of(self->domain, antimessages));
	ASSERT_EQ(chosen_stays ? 20 : 30, puppet_recv_time(a));
	EXPECT_EQ(-EAGAIN, puppet_recv_nonblock(a));
	ASSERT_EQ(5, puppet_recv_time(b));
	ASSERT_EQ(10, puppet_recv_time(b));
	ASSERT_EQ(0, choice_send(b, variant->step, a->id, 20, variant->flags));
	ASSERT_EQ(0, choice_send(b, variant->step, a->id, 30, 0));
	EXPECT_EQ(1, t_stat_of(self->domain, antimessages));
	EXPECT_EQ(1, t_stat_of(self->domain, lazy_hits));
}

TEST_F(choice, both)
{
	struct puppet *a = &self->a, *b = &self->b, *c = &self->c;
	uint32_t both = TW_SEND_LAZY | TW_SEND_AGGRESSIVE;

	ASSERT_EQ(0, puppet_send(c, b->id, 10, 10));
	ASSERT_EQ(10, puppet_recv_time(b));
	EXPECT_EQ(-EINVAL, choice_send(b, variant->step, a->id, 20, both));
	EXPECT_EQ(1, t_stat_of(self->domain, sends));
}

TEST_HARNESS_MAIN
