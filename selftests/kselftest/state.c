// SPDX-License-Identifier: GPL-2.0
/*
 * States that processes save and restore themselves, and snapshots that are too
 * many. The puppet keeps its copies in an array, by token.
 */
#include "tw_puppet.h"

#define SAVED		32

static struct saved {
	uint64_t token;
	uint32_t nnotes;
	struct note notes[PUPPET_NOTES];
} saved[SAVED];

FIXTURE(state) {
	int dev;
	int domain;
	struct puppet a, b, c;
};

/* @a restores in place, the others are what they always are. */
FIXTURE_SETUP(state)
{
	self->dev = t_open();
	ASSERT_LE(0, self->dev);
	self->domain = t_domain(self->dev, TW_CANCEL_AGGRESSIVE, 1000);
	ASSERT_LE(0, self->domain);
	ASSERT_EQ(0, puppet_create_as(&self->a, self->domain, (struct tw_process_create) {
		.snapshot_interval = 1, .state = TW_STATE_HANDLERS, .snapshots_max = 5,
	}));
	ASSERT_EQ(0, puppet_attach(&self->a));
	ASSERT_EQ(0, puppet_create_as(&self->b, self->domain, (struct tw_process_create) {
		.snapshot_interval = 1, .snapshots_max = 4,
	}));
	ASSERT_EQ(0, puppet_attach(&self->b));
	ASSERT_EQ(0, puppet_new(&self->c, self->domain, TW_CANCEL_DEFAULT, 1));
	ASSERT_EQ(0, t_start(self->domain));
}

FIXTURE_TEARDOWN(state)
{
	EXPECT_EQ(0, t_stat_of(self->domain, balance));
	close(self->domain);
	close(self->dev);
	puppet_free(&self->a);
	puppet_free(&self->b);
	puppet_free(&self->c);
	EXPECT_EQ(0, t_reap());
}

/* ---- in the puppet ---- */

static int op_save(struct puppet *p)
{
	struct tw_snapshot s = { .size = sizeof(s) };
	int ret = t_ioctl(p->fd, TW_SNAPSHOT, &s);
	struct saved *to;

	if (ret)
		return ret;
	to = &saved[s.token % SAVED];
	to->token = s.token;
	to->nnotes = p->nnotes;
	memcpy(to->notes, p->notes, sizeof(to->notes));
	p->box->arg[1] = s.token;
	p->box->arg[2] = s.oldest;
	p->box->arg[3] = s.thinned;
	return 0;
}

static int op_restore(struct puppet *p)
{
	struct tw_restore r = { .size = sizeof(r) };
	int ret = t_ioctl(p->fd, TW_RESTORE, &r);
	struct saved *from;

	if (ret)
		return ret;
	from = &saved[r.token % SAVED];
	if (from->token != r.token)
		return -EBADF;
	p->nnotes = from->nnotes;
	memcpy(p->notes, from->notes, sizeof(p->notes));
	p->box->arg[1] = r.token;
	p->box->arg[2] = r.coast_until;
	p->box->arg[3] = r.resumes;
	return 0;
}

static int op_recv(struct puppet *p)
{
	struct tw_recv *r = &p->box->u.recv;
	int ret;

	for (;;) {
		t_recv_init(r, p->box->data, PUPPET_DATA);
		r->flags = p->box->arg[0];
		ret = t_ioctl(p->fd, TW_RECV, r);
		if (ret || r->status & TW_STATUS_END)
			return ret ? ret : 1;
		if (!(r->status & TW_STATUS_SNAPSHOT))
			break;
		ret = op_save(p);
		if (ret)
			return ret;
	}
	puppet_note(p, r, p->box->data);
	return 0;
}

static int op_leave(struct puppet *p)
{
	struct tw_exit e = { .size = sizeof(e), .status = p->box->arg[0] };

	return t_ioctl(p->fd, TW_EXIT, &e);
}

/* ---- in the test ---- */

static int recv_in_place(struct puppet *p)
{
	p->box->arg[0] = 0;
	return puppet_call(p, op_recv);
}

static void post_leave(struct puppet *p, uint32_t status)
{
	p->box->arg[0] = status;
	puppet_post(p, op_leave);
}

static void three_events(struct __test_metadata *_metadata, struct puppet *a,
			 struct puppet *b)
{
	uint64_t t;

	for (t = 10; t <= 30; t += 10)
		ASSERT_EQ(0, puppet_send(b, a->id, t, t));
	for (t = 10; t <= 30; t += 10)
		ASSERT_EQ(0, recv_in_place(a));
}

TEST_F(state, straggler)
{
	struct puppet *a = &self->a, *b = &self->b;
	pid_t pid = a->box->pid;
	struct tw_process_stat st;
	int i;

	three_events(_metadata, a, b);
	ASSERT_EQ(0, puppet_send(b, a->id, 15, 15));
	/* nothing that it does counts before it has gone back */
	EXPECT_EQ(-ESTALE, recv_in_place(a));
	EXPECT_EQ(-ESTALE, puppet_send(a, b->id, 100, 1));
	EXPECT_EQ(-ESTALE, puppet_call(a, op_save));
	EXPECT_EQ(-ESTALE, puppet_call(a, op_leave));
	EXPECT_EQ(4, t_stat_of(self->domain, sends));
	ASSERT_EQ(0, puppet_call(a, op_restore));
	EXPECT_EQ(2, a->box->arg[1]);
	EXPECT_LT(10, a->box->arg[2]);
	EXPECT_GE(15, a->box->arg[2]);
	EXPECT_EQ(1, a->box->arg[3]);
	EXPECT_HISTORY(a, 10);
	for (i = 1; i < 4; i++)
		ASSERT_EQ(0, recv_in_place(a));
	EXPECT_HISTORY(a, 10, 15, 20, 30);
	ASSERT_EQ(0, t_pstat(self->domain, a->id, &st));
	EXPECT_EQ(pid, st.pid);
	EXPECT_EQ(1, st.rollbacks_primary);
	EXPECT_EQ(2, st.rollback_depth);
	/* no task but the test's three, and the snapshot of b, was ever forked */
	EXPECT_EQ(0, a->box->forks);
}

TEST_F(state, of_a_waiting_process)
{
	struct puppet *a = &self->a, *b = &self->b;
	struct pollfd f = { .fd = a->fd, .events = POLLIN };

	three_events(_metadata, a, b);
	puppet_post(a, op_recv);
	ASSERT_TRUE(t_until(t_pstat_of(self->domain, a->id, state) ==
			    TW_PROCESS_WAITING));
	ASSERT_EQ(0, puppet_send(b, a->id, 5, 5));
	EXPECT_EQ(-ESTALE, puppet_wait(a));
	EXPECT_EQ(1, poll(&f, 1, 0));
	ASSERT_EQ(0, puppet_call(a, op_restore));
	EXPECT_EQ(1, a->box->arg[1]);
	EXPECT_EQ(0, a->box->nnotes);
	ASSERT_EQ(0, recv_in_place(a));
	EXPECT_HISTORY(a, 5);
}

/* Rolled back once more before it knew. */
TEST_F(state, twice)
{
	struct puppet *a = &self->a, *b = &self->b;

	three_events(_metadata, a, b);
	ASSERT_EQ(0, puppet_send(b, a->id, 25, 25));
	ASSERT_EQ(0, puppet_send(b, a->id, 15, 15));
	ASSERT_EQ(0, puppet_call(a, op_restore));
	EXPECT_EQ(2, a->box->arg[1]);
	EXPECT_EQ(-EINVAL, puppet_call(a, op_restore));
	ASSERT_EQ(0, puppet_send(b, a->id, 5, 5));
	ASSERT_EQ(0, puppet_call(a, op_restore));
	EXPECT_EQ(1, a->box->arg[1]);
	while (a->box->nnotes < 6)
		ASSERT_EQ(0, recv_in_place(a));
	EXPECT_HISTORY(a, 5, 10, 15, 20, 25, 30);
}

/* In one domain: a restores in place, b and c are forks; each rolls the next back. */
TEST_F(state, cascade_of_both_kinds)
{
	struct puppet *a = &self->a, *b = &self->b, *c = &self->c;

	ASSERT_EQ(0, puppet_send(c, a->id, 10, 10));
	ASSERT_EQ(0, recv_in_place(a));
	ASSERT_EQ(0, puppet_send(a, b->id, 20, 20));
	ASSERT_EQ(20, puppet_recv_time(b));
	ASSERT_EQ(0, puppet_send(b, a->id, 30, 30));
	ASSERT_EQ(0, recv_in_place(a));
	EXPECT_HISTORY(a, 10, 30);
	ASSERT_EQ(0, puppet_send(c, a->id, 5, 5));
	ASSERT_EQ(0, puppet_await_resumes(b, 1));
	EXPECT_EQ(0, b->box->nnotes);
	EXPECT_EQ(2, t_stat_of(self->domain, antimessages));
	ASSERT_EQ(0, puppet_call(a, op_restore));
	EXPECT_EQ(0, a->box->nnotes);
	ASSERT_EQ(0, recv_in_place(a));
	ASSERT_EQ(0, recv_in_place(a));
	EXPECT_HISTORY(a, 5, 10);
	/* the other way: an antimessage of b reaches a */
	ASSERT_EQ(0, puppet_send(c, b->id, 12, 12));
	ASSERT_EQ(12, puppet_recv_time(b));
	ASSERT_EQ(0, puppet_send(b, a->id, 40, 40));
	ASSERT_EQ(0, recv_in_place(a));
	EXPECT_HISTORY(a, 5, 10, 40);
	ASSERT_EQ(0, puppet_send(c, b->id, 11, 11));
	ASSERT_EQ(0, puppet_await_resumes(b, 2));
	EXPECT_EQ(-ESTALE, puppet_send(a, b->id, 50, 50));
	ASSERT_EQ(0, puppet_call(a, op_restore));
	EXPECT_HISTORY(a, 5, 10);
}

/* ---- ends ---- */

TEST_F(state, bad_end_undone)
{
	struct puppet *a = &self->a, *b = &self->b;

	three_events(_metadata, a, b);
	post_leave(a, SIGSEGV);
	ASSERT_TRUE(t_until(t_pstat_of(self->domain, a->id, state) ==
			    TW_PROCESS_EXITED));
	EXPECT_EQ(SIGSEGV, t_pstat_of(self->domain, a->id, exit_status));
	ASSERT_EQ(0, puppet_send(b, a->id, 25, 25));
	EXPECT_EQ(-ESTALE, puppet_wait(a));
	ASSERT_EQ(0, puppet_call(a, op_restore));
	EXPECT_HISTORY(a, 10, 20);
	ASSERT_EQ(0, recv_in_place(a));
	EXPECT_HISTORY(a, 10, 20, 25);
	EXPECT_EQ(TW_FAILURE_NONE, t_stat_of(self->domain, failure));
}

TEST_F(state, bad_end_real)
{
	struct puppet *a = &self->a, *b = &self->b, *c = &self->c;
	struct tw_domain_stat st;

	three_events(_metadata, a, b);
	post_leave(a, SIGSEGV);
	puppet_post_recv(b);
	puppet_post_recv(c);
	ASSERT_TRUE(t_until(t_stat_of(self->domain, state) == TW_DOMAIN_FAILED));
	ASSERT_EQ(0, t_stat(self->domain, &st));
	EXPECT_EQ(TW_FAILURE_PROCESS, st.failure);
	EXPECT_EQ(a->id, st.failed_process);
	EXPECT_EQ(SIGSEGV, st.failed_status);
	EXPECT_EQ(30, st.failed_time);
}

TEST_F(state, good_end)
{
	struct puppet *a = &self->a, *b = &self->b, *c = &self->c;

	three_events(_metadata, a, b);
	post_leave(a, 0);
	puppet_post_recv(b);
	puppet_post_recv(c);
	EXPECT_EQ(-ESHUTDOWN, puppet_wait(a));
	EXPECT_EQ(1, puppet_wait(b));
	EXPECT_EQ(TW_DOMAIN_ENDED, t_stat_of(self->domain, state));
}

/* Its states die with it, and then it is needed. */
TEST_F(state, killed)
{
	struct puppet *a = &self->a, *b = &self->b;
	struct tw_send s = t_send_arg(a->id, 15, b->box->data, 8);

	three_events(_metadata, a, b);
	ASSERT_EQ(0, kill(a->box->pid, SIGKILL));
	ASSERT_TRUE(t_until(t_pstat_of(self->domain, a->id, state) ==
			    TW_PROCESS_EXITED));
	EXPECT_EQ(0, t_pstat_of(self->domain, a->id, snapshots_live));
	/* which ends b, too, before it can say so */
	puppet_post_ioctl(b, TW_SEND, &s, sizeof(s));
	ASSERT_TRUE(t_until(t_stat_of(self->domain, state) == TW_DOMAIN_FAILED));
	EXPECT_EQ(TW_FAILURE_SNAPSHOT, t_stat_of(self->domain, failure));
}

/* ---- who may call what ---- */

TEST_F(state, wrong_kind)
{
	struct puppet *a = &self->a, *b = &self->b;
	struct tw_park park = { .size = sizeof(park), .token = 1 };

	three_events(_metadata, a, b);
	EXPECT_EQ(-EINVAL, puppet_call(a, op_restore));
	EXPECT_EQ(-EBUSY, puppet_ioctl(a, TW_PARK, &park, sizeof(park)));
	EXPECT_EQ(-EINVAL, puppet_call(b, op_restore));
	EXPECT_EQ(-EINVAL, puppet_call(b, op_leave));
	ASSERT_EQ(0, puppet_send(b, a->id, 15, 15));
	/* the test is no incarnation */
	EXPECT_EQ(-ESRCH, op_restore(a));
	EXPECT_EQ(-ESRCH, op_leave(a));
	EXPECT_EQ(-ESTALE, recv_in_place(a));
}

/* ---- the page ---- */

static int op_page(struct puppet *p)
{
	uint64_t *words = (void *)p->page;

	memcpy(p->box->data, words, sizeof(*p->page));
	return 0;
}

static int op_claim(struct puppet *p)
{
	p->page->priority = TW_TIME_INF;
	p->page->time = p->box->arg[0];
	p->page->events++;
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	return 0;
}

TEST_F(state, page)
{
	struct puppet *a = &self->a, *b = &self->b, *c = &self->c;
	const struct tw_process_page *page = (void *)a->box->data;

	ASSERT_EQ(0, puppet_call(a, puppet_op_map));
	ASSERT_EQ(0, puppet_call(a, op_save));
	a->box->arg[0] = 20;
	ASSERT_EQ(0, puppet_call(a, op_claim));
	ASSERT_EQ(0, puppet_send(b, a->id, 10, 10));
	ASSERT_EQ(0, puppet_call(a, op_page));
	EXPECT_EQ(1, page->resumes);
	/* a wrong future goes on, and GVT is none the wiser */
	a->box->arg[0] = 1000;
	ASSERT_EQ(0, puppet_call(a, op_claim));
	puppet_post_recv(b);
	puppet_post_recv(c);
	ASSERT_TRUE(t_until(t_stat_of(self->domain, gvt) == 10));
	EXPECT_EQ(10, t_pstat_of(self->domain, a->id, lvt));
	ASSERT_EQ(0, puppet_call(a, op_restore));
	ASSERT_EQ(0, puppet_call(a, op_page));
	EXPECT_EQ(0, page->time);
	EXPECT_EQ(0, page->events);
	EXPECT_EQ(TW_TIME_INF, page->hold);
	EXPECT_EQ(10, page->next);
	EXPECT_EQ(1, page->resumes);
}

/* ---- too many snapshots ---- */

TEST_F(state, states_are_thinned)
{
	struct puppet *a = &self->a, *b = &self->b;
	uint64_t t, thinned = 0;

	for (t = 1; t <= 20; t++) {
		ASSERT_EQ(0, puppet_send(b, a->id, t, t));
		a->box->arg[3] = 0;
		ASSERT_EQ(0, recv_in_place(a));
		thinned += a->box->arg[3] != 0;
		EXPECT_EQ(1, a->box->arg[2]);
		EXPECT_GE(5, t_pstat_of(self->domain, a->id, snapshots_live));
	}
	EXPECT_EQ(15, thinned);
	EXPECT_EQ(15, t_pstat_of(self->domain, a->id, snapshots_thinned));
	/* the latest is there, and the oldest */
	ASSERT_EQ(0, puppet_send(b, a->id, 19, 19));
	EXPECT_EQ(-ESTALE, recv_in_place(a));
	ASSERT_EQ(0, puppet_call(a, op_restore));
	EXPECT_EQ(19, a->box->nnotes);
	ASSERT_EQ(0, puppet_send(b, a->id, 1, 1));
	ASSERT_EQ(0, puppet_call(a, op_restore));
	EXPECT_GE(2, a->box->arg[1]);
	EXPECT_EQ(a->box->arg[1] - 1, a->box->nnotes);
}

TEST_F(state, forks_are_thinned)
{
	struct puppet *b = &self->b, *c = &self->c;
	uint64_t t;

	for (t = 1; t <= 20; t++) {
		ASSERT_EQ(0, puppet_send(c, b->id, t, t));
		ASSERT_EQ(t, puppet_recv_time(b));
		EXPECT_GE(4, t_pstat_of(self->domain, b->id, snapshots_live));
		t_reap_some();
	}
	EXPECT_EQ(16, t_pstat_of(self->domain, b->id, snapshots_thinned));
	ASSERT_EQ(0, puppet_send(c, b->id, 10, 0));
	ASSERT_EQ(0, puppet_await_resumes(b, 1));
	EXPECT_GE(10, b->box->nnotes);
	while (b->box->nnotes < 21)
		ASSERT_EQ(0, puppet_recv(b));
	EXPECT_EQ(10, b->box->notes[9].recv_time);
	EXPECT_EQ(10, b->box->notes[10].recv_time);
	EXPECT_EQ(20, b->box->notes[20].recv_time);
}

TEST_HARNESS_MAIN
