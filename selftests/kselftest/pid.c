// SPDX-License-Identifier: GPL-2.0
/*
 * The pid of an incarnation that has died is another task's: that one is never
 * signalled, and is not taken for the incarnation.
 *
 * The incarnation closes its endpoint and exits, which only a check by the GVT
 * thread could tell, and that does not come in a test's time. So it is on record
 * when the module has something to do to it.
 */
#include <linux/sched.h>

#include "tw_puppet.h"

#define GVT_RARELY_US	10000000	/* the most that there is */

struct stranger {
	uint32_t tried;
	uint32_t leave;
	int sent;
};

FIXTURE(pid) {
	T_WORLD;
	struct stranger *stranger;
	pid_t pid;			/* first a's, then the stranger's */
};

/* The thread has done its first round and its check, and sleeps for long. */
static bool gvt_sleeps(int domain)
{
	char dir[PATH_MAX], text[4096];

	t_debugfs_newest(dir, sizeof(dir));
	return t_until(t_stat_of(domain, gvt_rounds)) &&
	       t_until(t_slurp(dir, "gvt", text, sizeof(text)) > 0 &&
		       !strncmp(text, "state idle", 10));
}

static int op_vanish(struct puppet *p)
{
	close(p->fd);
	_exit(0);
}

/* It has the endpoint, the pid, and has exec'ed as often as the incarnation. */
static void stranger_main(struct stranger *s, int fd, uint64_t to)
{
	t_close_but(fd);
	s->sent = t_send(fd, to, 100, 0);
	t_set(&s->tried, 1);
	t_await(&s->leave, 1);
	_exit(42);
}

/* As t_clone(), with a pid of our choice. */
static pid_t clone_as(pid_t pid)
{
	struct clone_args args = {
		.set_tid = (uintptr_t)&pid, .set_tid_size = 1,
	};

	return syscall(SYS_clone3, &args, sizeof(args));
}

/* a comes to 30 and is no more, and the stranger is there. */
FIXTURE_SETUP(pid)
{
	struct puppet *a = &self->a, *b = &self->b;
	pid_t pid;
	uint64_t t;

	self->stranger = t_shared(sizeof(*self->stranger));
	t_world_open(_metadata, &self->world, (struct t_world_as){
		.domain.gvt_interval_us = GVT_RARELY_US,
		.puppets = 2, .interval = 1, .start = true,
	});
	ASSERT_TRUE(gvt_sleeps(self->domain));
	for (t = 10; t <= 30; t += 10)
		ASSERT_EQ(0, puppet_send(b, a->id, t, t));
	for (t = 10; t <= 30; t += 10)
		ASSERT_EQ(t, puppet_recv_time(a));
	self->pid = a->box->pid;
	puppet_post(a, op_vanish);
	ASSERT_EQ(self->pid, waitpid(self->pid, NULL, __WALL));
	a->box->op = puppet_op_recv;
	pid = clone_as(self->pid);
	if (!pid)
		stranger_main(self->stranger, a->fd, b->id);
	ASSERT_EQ(self->pid, pid);
	ASSERT_EQ(0, t_await(&self->stranger->tried, 1));
}

FIXTURE_TEARDOWN(pid)
{
	munmap(self->stranger, sizeof(*self->stranger));
	t_world_close(_metadata, &self->world);
}

static void stranger_ends(struct __test_metadata *_metadata, FIXTURE_DATA(pid) *self)
{
	int status = -1;

	EXPECT_EQ(0, waitpid(self->pid, &status, __WALL | WNOHANG));
	t_set(&self->stranger->leave, 1);
	EXPECT_EQ(self->pid, waitpid(self->pid, &status, __WALL));
	EXPECT_EQ(42 << 8, status);
}

TEST_F(pid, is_not_the_incarnation)
{
	EXPECT_EQ(-ESRCH, self->stranger->sent);
	EXPECT_EQ(3, t_stat_of(self->domain, sends));
	stranger_ends(_metadata, self);
	/* nor does the process end with it */
	EXPECT_EQ(TW_PROCESS_RUNNING, t_pstat_of(self->domain, self->a.id, state));
	EXPECT_EQ(0, puppet_resumes(&self->a));
}

/* The incarnation is killed before the straggler's send returns. */
TEST_F(pid, is_not_signalled_by_a_rollback)
{
	struct puppet *a = &self->a;

	ASSERT_EQ(0, puppet_send(&self->b, a->id, 15, 15));
	stranger_ends(_metadata, self);
	ASSERT_EQ(0, puppet_await_resumes(a, 1));
	EXPECT_EQ(0, puppet_wait(a));
	EXPECT_EQ(15, a->box->u.recv.recv_time);
}

TEST_F(pid, is_not_signalled_by_the_end_of_the_domain)
{
	close(self->domain);
	/* all but the stranger */
	EXPECT_TRUE(t_until((t_reap_some(), t_children() == 1)));
	stranger_ends(_metadata, self);
}

TEST_HARNESS_MAIN
