// SPDX-License-Identifier: GPL-2.0
/*
 * Tasks that are interrupted while they wait in the kernel, by what they are not
 * to notice: stopped and continued, frozen with their cgroup, signals whose
 * handlers ask for a restart.
 */
#include <sys/stat.h>

#include "tw_puppet.h"

#define GROUP	"/sys/fs/cgroup/timewarp-interrupt"

FIXTURE(interrupt) {
	T_WORLD;
};

FIXTURE_SETUP(interrupt)
{
	t_world_open(_metadata, &self->world, (struct t_world_as){
		.puppets = 2, .interval = 1, .start = true,
	});
}

FIXTURE_TEARDOWN(interrupt)
{
	t_world_close(_metadata, &self->world);
}

/* As /proc has it: S sleeping, T stopped, ...; 0: there is none. */
static char task_state(pid_t pid)
{
	char path[64], text[512], *p;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	fd = open(path, O_RDONLY);
	if (fd < 0)
		return 0;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n <= 0)
		return 0;
	text[n] = 0;
	p = strrchr(text, ')');
	return p && p[1] ? p[2] : 0;
}

static bool stop(pid_t pid)
{
	return !kill(pid, SIGSTOP) && t_until(task_state(pid) == 'T');
}

static bool waits(FIXTURE_DATA(interrupt) *self, struct puppet *p)
{
	return t_until(t_pstat_of(self->domain, p->id, state) == TW_PROCESS_WAITING);
}

/* ---- in a receive ---- */

/* b has had one message, has a snapshot, and is about to wait for the next. */
static void one_event(struct __test_metadata *_metadata, FIXTURE_DATA(interrupt) *self)
{
	struct puppet *b = &self->b;

	puppet_post_recv(b);
	ASSERT_EQ(0, puppet_send(&self->a, b->id, 10, 1));
	ASSERT_EQ(0, puppet_wait(b));
}

/* It was told EINTR, although no handler had run. */
TEST_F(interrupt, a_receive_is_stopped)
{
	struct puppet *a = &self->a, *b = &self->b;

	one_event(_metadata, self);
	puppet_post_recv(b);
	ASSERT_TRUE(waits(self, b));
	ASSERT_TRUE(stop(b->box->pid));
	ASSERT_EQ(0, kill(b->box->pid, SIGCONT));
	ASSERT_EQ(0, puppet_send(a, b->id, 20, 2));
	EXPECT_EQ(0, puppet_wait(b));
	EXPECT_EQ(2, b->box->nnotes);
	EXPECT_EQ(20, b->box->u.recv.recv_time);
}

static uint32_t *handled;

static void on_signal(int sig)
{
	t_add(handled);
}

/* Signals are counted in arg[3], and what they interrupt is restarted. */
static int op_handle(struct puppet *p)
{
	struct sigaction sa = { .sa_handler = on_signal, .sa_flags = SA_RESTART };

	handled = (uint32_t *)&p->box->arg[3];
	return sigaction(SIGUSR1, &sa, NULL) ? -errno : 0;
}

/* Until its handler has run. */
static bool interrupted(struct puppet *p)
{
	return !kill(p->box->pid, SIGUSR1) && !t_await((uint32_t *)&p->box->arg[3], 1);
}

TEST_F(interrupt, a_handler_that_restarts)
{
	struct puppet *a = &self->a, *b = &self->b;

	ASSERT_EQ(0, puppet_call(b, op_handle));
	one_event(_metadata, self);
	puppet_post_recv(b);
	ASSERT_TRUE(waits(self, b));
	ASSERT_TRUE(interrupted(b));
	ASSERT_EQ(0, puppet_send(a, b->id, 20, 2));
	EXPECT_EQ(0, puppet_wait(b));
	EXPECT_EQ(20, b->box->u.recv.recv_time);
}

/* A step that has sent is not started again: it would send twice. */
static int op_step(struct puppet *p)
{
	struct {
		struct tw_msg m;
		uint64_t word;
	} sends = { .m = { .size = sizeof(sends), .len = 8, .peer = p->box->arg[0],
			   .recv_time = p->box->arg[2] } };
	uint64_t recvs[16];
	struct tw_step s = {
		.size = sizeof(s), .sends = (uintptr_t)&sends, .sends_len = sizeof(sends),
		.recvs = (uintptr_t)recvs, .recvs_len = sizeof(recvs), .until = TW_TIME_INF,
	};
	int ret = t_ioctl(p->fd, TW_STEP, &s);

	return ret ? ret : (int)s.recv_count;
}

TEST_F(interrupt, a_step_sends_once)
{
	struct puppet *a = &self->a, *b = &self->b;

	ASSERT_EQ(0, puppet_call(b, op_handle));
	one_event(_metadata, self);
	ASSERT_EQ(0, puppet_call(b, puppet_op_snapshot));
	b->box->arg[0] = a->id;
	b->box->arg[2] = 100;
	puppet_post(b, op_step);
	ASSERT_TRUE(waits(self, b));
	ASSERT_TRUE(interrupted(b));
	EXPECT_EQ(-EINTR, puppet_wait(b));
	EXPECT_EQ(2, t_stat_of(self->domain, sends));
}

/* ---- parked ---- */

/* Rolled back to a snapshot that is stopped: it goes on when it may. */
TEST_F(interrupt, a_snapshot_is_stopped)
{
	struct puppet *a = &self->a, *b = &self->b;
	pid_t snapshot;

	ASSERT_EQ(0, puppet_send(a, b->id, 20, 1));
	ASSERT_EQ(20, puppet_recv_time(b));
	snapshot = b->box->snapshot;
	ASSERT_TRUE(stop(snapshot));
	/* once more, and it still is a snapshot */
	ASSERT_EQ(0, kill(snapshot, SIGCONT));
	ASSERT_TRUE(t_until(task_state(snapshot) == 'S'));
	ASSERT_TRUE(stop(snapshot));
	EXPECT_EQ(1, t_pstat_of(self->domain, b->id, snapshots_live));
	ASSERT_EQ(0, puppet_send(a, b->id, 10, 2));
	EXPECT_TRUE(t_until(t_pstat_of(self->domain, b->id, pid) == snapshot));
	EXPECT_EQ('T', task_state(snapshot));
	EXPECT_EQ(0, puppet_resumes(b));
	ASSERT_EQ(0, kill(snapshot, SIGCONT));
	EXPECT_EQ(0, puppet_await_resumes(b, 1));
	EXPECT_EQ(10, puppet_recv_time(b));
	EXPECT_EQ(20, puppet_recv_time(b));
}

static bool frozen(const char *line)
{
	char text[256] = "";
	int fd = open(GROUP "/cgroup.events", O_RDONLY);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	close(fd);
	return n > 0 && strstr(text, line);
}

/* A cgroup in which there is a snapshot was never frozen to its end. */
TEST_F(interrupt, frozen_with_its_cgroup)
{
	struct puppet *a = &self->a, *b = &self->b;

	if (access("/sys/fs/cgroup/cgroup.controllers", F_OK) || geteuid())
		SKIP(return, "only root may make a cgroup, where there are any");
	ASSERT_EQ(0, mkdir(GROUP, 0700));
	ASSERT_EQ(0, t_put_number(GROUP "/cgroup.procs", b->first));
	ASSERT_EQ(0, puppet_send(a, b->id, 20, 1));
	ASSERT_EQ(20, puppet_recv_time(b));
	puppet_post_recv(b);
	ASSERT_TRUE(waits(self, b));
	ASSERT_EQ(0, t_put(GROUP "/cgroup.freeze", "1"));
	EXPECT_TRUE(t_until(frozen("frozen 1")));
	ASSERT_EQ(0, puppet_send(a, b->id, 10, 2));
	ASSERT_EQ(0, t_put(GROUP "/cgroup.freeze", "0"));
	EXPECT_EQ(0, puppet_await_resumes(b, 1));
	EXPECT_EQ(0, puppet_wait(b));
	EXPECT_EQ(10, b->box->u.recv.recv_time);
	EXPECT_EQ(20, puppet_recv_time(b));
	close(self->domain);
	EXPECT_TRUE(t_until((t_reap_some(), !rmdir(GROUP))));
}

TEST_HARNESS_MAIN
