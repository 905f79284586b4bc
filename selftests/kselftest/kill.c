// SPDX-License-Identifier: GPL-2.0
/* Tasks that somebody else kills: a signal from outside, or want of memory. */
#include <sys/ptrace.h>
#include <sys/stat.h>

#include "tw_puppet.h"

#define GROUPS	"/sys/fs/cgroup"
#define GROUP	GROUPS "/timewarp-kill"
#define LIMIT	(16 << 20)

static void world_open(struct __test_metadata *_metadata, struct t_world *w, uint32_t flags,
		       uint32_t interval)
{
	t_world_open(_metadata, w, (struct t_world_as){
		.domain.flags = flags, .puppets = 2, .interval = interval,
	});
}

static void send_to_a(struct __test_metadata *_metadata, struct t_world *w, uint64_t last)
{
	uint64_t t;

	for (t = 10; t <= last; t += 10)
		ASSERT_EQ(0, puppet_send(&w->b, w->a.id, t, t));
}

/* Its statistics, once it has failed. */
static struct tw_domain_stat failed(int domain)
{
	struct tw_domain_stat st = {};

	if (!t_wait(domain, TW_TIME_INF, NULL))
		t_stat(domain, &st);
	return st;
}

/* ---- a snapshot killed from outside: an older one serves ---- */

FIXTURE(snapshot_killed) {
	struct t_world w;
};

FIXTURE_VARIANT(snapshot_killed) {
	uint32_t flags;
	uint32_t live;		/* of a, when GVT has passed all of them */
};

FIXTURE_VARIANT_ADD(snapshot_killed, with_a_spare) { .flags = TW_DOMAIN_SPARE, .live = 2 };
FIXTURE_VARIANT_ADD(snapshot_killed, without) { .live = 1 };

FIXTURE_SETUP(snapshot_killed)
{
	world_open(_metadata, &self->w, variant->flags, 1);
	ASSERT_EQ(0, t_start(self->w.domain));
}

FIXTURE_TEARDOWN(snapshot_killed)
{
	t_world_close(_metadata, &self->w);
}

/*
 * The one after which everything is committed is killed, and then the process is
 * lost. Another one before it must be there, or this is the end.
 */
TEST_F(snapshot_killed, older_than_gvt)
{
	struct puppet *a = &self->w.a;
	struct tw_domain_stat st;
	uint64_t t;

	send_to_a(_metadata, &self->w, 40);
	for (t = 10; t <= 40; t += 10)
		ASSERT_EQ(t, puppet_recv_time(a));
	puppet_post_recv(&self->w.b);
	ASSERT_EQ(0, t_wait(self->w.domain, 40, NULL));
	EXPECT_TRUE(t_until(t_pstat_of(self->w.domain, a->id, snapshots_live) == variant->live));
	ASSERT_EQ(0, kill(a->box->snapshot, SIGKILL));
	EXPECT_TRUE(t_until(t_pstat_of(self->w.domain, a->id, snapshots_live) ==
			    variant->live - 1));
	ASSERT_EQ(0, kill(a->box->pid, SIGKILL));
	if (!(variant->flags & TW_DOMAIN_SPARE)) {
		st = failed(self->w.domain);
		EXPECT_EQ(TW_FAILURE_PROCESS, st.failure);
		EXPECT_EQ(SIGKILL, st.failed_status);
		EXPECT_EQ(0, st.lost);
		return;
	}
	ASSERT_EQ(0, puppet_await_resumes(a, 1));
	EXPECT_EQ(2, a->box->nnotes);
	EXPECT_EQ(30, puppet_recv_time(a));
	EXPECT_EQ(40, puppet_recv_time(a));
	EXPECT_EQ(1, t_stat_of(self->w.domain, lost));
	EXPECT_EQ(0, t_stat_of(self->w.domain, violations));
	puppet_post_recv(a);
	EXPECT_EQ(1, puppet_wait(a));
	EXPECT_EQ(TW_DOMAIN_ENDED, t_stat_of(self->w.domain, state));
}

/* One that is alone gets company at once, however long the interval is. */
TEST(alone)
{
	struct t_world w;
	struct puppet *a = &w.a;

	world_open(_metadata, &w, TW_DOMAIN_SPARE, 64);
	ASSERT_EQ(0, t_start(w.domain));
	send_to_a(_metadata, &w, 40);
	ASSERT_EQ(10, puppet_recv_time(a));
	EXPECT_EQ(1, a->box->forks);
	ASSERT_EQ(20, puppet_recv_time(a));
	EXPECT_EQ(2, a->box->forks);
	ASSERT_EQ(30, puppet_recv_time(a));
	EXPECT_EQ(2, a->box->forks);
	ASSERT_EQ(0, kill(a->box->snapshot, SIGKILL));
	EXPECT_TRUE(t_until(t_pstat_of(w.domain, a->id, snapshots_live) == 1));
	ASSERT_EQ(40, puppet_recv_time(a));
	EXPECT_EQ(3, a->box->forks);
	t_world_close(_metadata, &w);
}

/* The child is killed before it has come to the kernel. */
static int op_fork_in_vain(struct puppet *p)
{
	struct tw_snapshot s = { .size = sizeof(s) };
	int ret = t_ioctl(p->fd, TW_SNAPSHOT, &s);
	pid_t pid;

	if (ret)
		return ret;
	pid = t_clone(CLONE_PARENT);
	if (!pid)
		kill(getpid(), SIGKILL);
	return pid < 0 ? -errno : 0;
}

/* There is no other, so another one is asked for. */
TEST(before_it_parks)
{
	struct t_world w;
	struct puppet *a = &w.a;

	world_open(_metadata, &w, 0, 64);
	ASSERT_EQ(0, t_start(w.domain));
	send_to_a(_metadata, &w, 20);
	ASSERT_EQ(0, puppet_call(a, op_fork_in_vain));
	EXPECT_EQ(10, puppet_recv_time(a));
	EXPECT_EQ(20, puppet_recv_time(a));
	EXPECT_EQ(1, a->box->forks);
	EXPECT_EQ(1, t_stat_of(w.domain, snapshots));
	t_world_close(_metadata, &w);
}

/*
 * ---- many killed in one breath ----
 *
 * A task that is traced stops on its way out, before its files are closed: it is
 * killed, and the kernel does not know it as gone. So the test says in which order
 * those that were killed at the same time die.
 */

#define EVENTS 20

FIXTURE(at_once) {
	struct t_world w;
	pid_t snapshots[EVENTS + 1];	/* by the events before them, from 0 */
	uint32_t oldest;		/* of those that are killed */
};

FIXTURE_SETUP(at_once)
{
	uint64_t t;

	world_open(_metadata, &self->w, TW_DOMAIN_SPARE, 1);
	ASSERT_EQ(0, t_start(self->w.domain));
	send_to_a(_metadata, &self->w, 10 * EVENTS);
	for (t = 10; t <= 10 * EVENTS; t += 10) {
		ASSERT_EQ(t, puppet_recv_time(&self->w.a));
		self->snapshots[t / 10 - 1] = self->w.a.box->snapshot;
	}
	self->oldest = EVENTS;
}

FIXTURE_TEARDOWN(at_once)
{
	t_world_close(_metadata, &self->w);
}

static uint32_t live(FIXTURE_DATA(at_once) *self)
{
	return t_pstat_of(self->w.domain, self->w.a.id, snapshots_live);
}

/* All snapshots from one on, and then the incarnation. */
static void kill_from(struct __test_metadata *_metadata, FIXTURE_DATA(at_once) *self,
		      uint32_t oldest)
{
	uint32_t i;
	int status;

	for (i = oldest; i < EVENTS; i++) {
		ASSERT_EQ(0, ptrace(PTRACE_SEIZE, self->snapshots[i], NULL, PTRACE_O_TRACEEXIT));
		ASSERT_EQ(0, kill(self->snapshots[i], SIGKILL));
		ASSERT_EQ(self->snapshots[i], waitpid(self->snapshots[i], &status, __WALL));
		ASSERT_EQ(SIGTRAP | PTRACE_EVENT_EXIT << 8, status >> 8);
	}
	self->oldest = oldest;
}

static void die(struct __test_metadata *_metadata, pid_t pid)
{
	ASSERT_EQ(0, ptrace(PTRACE_CONT, pid, NULL, NULL));
	ASSERT_EQ(pid, waitpid(pid, NULL, __WALL));
}

/* What is left knows so many messages, and goes on to the same end. */
static void survived(struct __test_metadata *_metadata, FIXTURE_DATA(at_once) *self,
		     uint32_t events)
{
	struct puppet *a = &self->w.a;
	uint64_t t;

	ASSERT_TRUE(t_until(t_get((uint32_t *)&a->box->pid) == (uint32_t)self->snapshots[events]));
	ASSERT_EQ(0, puppet_await_resumes(a, 1));
	EXPECT_EQ(events, a->box->nnotes);
	for (t = 10 * (events + 1); t <= 10 * EVENTS; t += 10)
		ASSERT_EQ(t, puppet_recv_time(a));
	EXPECT_EQ(0, t_stat_of(self->w.domain, violations));
	puppet_post_recv(a);
	if (puppet_idle(&self->w.b))
		puppet_post_recv(&self->w.b);
	EXPECT_EQ(1, puppet_wait(a));
	EXPECT_EQ(TW_FAILURE_NONE, t_stat_of(self->w.domain, failure));
}

/*
 * The incarnation is the first to go. Each snapshot is resumed, and dead: that was
 * taken for an attempt, and after eight of them the process was given up.
 */
TEST_F(at_once, newest_first)
{
	uint32_t i;

	kill_from(_metadata, self, 2);
	ASSERT_EQ(0, kill(self->w.a.box->pid, SIGKILL));
	for (i = EVENTS - 1; i >= 2; i--) {
		ASSERT_TRUE(t_until(t_stat_of(self->w.domain, lost) == EVENTS - i));
		die(_metadata, self->snapshots[i]);
	}
	survived(_metadata, self, 1);
}

TEST_F(at_once, oldest_first)
{
	uint32_t i;

	kill_from(_metadata, self, 2);
	ASSERT_EQ(0, kill(self->w.a.box->pid, SIGKILL));
	ASSERT_TRUE(t_until(t_stat_of(self->w.domain, lost) == 1));
	for (i = 2; i < EVENTS; i++)
		die(_metadata, self->snapshots[i]);
	survived(_metadata, self, 1);
	EXPECT_EQ(2, t_stat_of(self->w.domain, lost));
}

/*
 * GVT passes all of them between the kill and the death of the latest two. These
 * were taken for the two that are kept, and all older ones were collected.
 */
TEST_F(at_once, fossil_collection)
{
	kill_from(_metadata, self, EVENTS - 2);
	puppet_post_recv(&self->w.b);
	ASSERT_EQ(0, t_wait(self->w.domain, 10 * EVENTS, NULL));
	EXPECT_TRUE(t_until(live(self) == 4));
	die(_metadata, self->snapshots[EVENTS - 1]);
	die(_metadata, self->snapshots[EVENTS - 2]);
	EXPECT_TRUE(t_until(live(self) == 2));
	ASSERT_EQ(0, kill(self->w.a.box->pid, SIGKILL));
	survived(_metadata, self, EVENTS - 3);
}

/* Nothing is left: it fails, and nobody is waited for. */
TEST_F(at_once, all)
{
	struct tw_domain_stat st;
	uint32_t i;

	kill_from(_metadata, self, 0);
	ASSERT_EQ(0, kill(self->w.a.box->pid, SIGKILL));
	ASSERT_TRUE(t_until(t_stat_of(self->w.domain, lost) == 1));
	for (i = 0; i < EVENTS; i++)
		die(_metadata, self->snapshots[i]);
	puppet_post_recv(&self->w.b);
	st = failed(self->w.domain);
	EXPECT_EQ(TW_FAILURE_PROCESS, st.failure);
	EXPECT_EQ(self->w.a.id, st.failed_process);
	EXPECT_EQ(SIGKILL, st.failed_status);
}

static int op_wait(struct puppet *p)
{
	struct tw_recv *r = &p->box->u.recv;
	int ret;

	do {
		t_recv_init(r, p->box->data, PUPPET_DATA);
		ret = t_ioctl(p->fd, TW_RECV, r);
		if (ret || !(r->status & TW_STATUS_SNAPSHOT))
			return ret;
		ret = puppet_op_snapshot(p);
	} while (!ret);
	return ret;
}

/* One after the other: who waits makes a new one each time that one is left. */
TEST_F(at_once, company_while_it_waits)
{
	struct puppet *a = &self->w.a;
	uint32_t i;

	puppet_post(a, op_wait);
	for (i = 0; i < EVENTS - 1; i++)
		ASSERT_EQ(0, kill(self->snapshots[i], SIGKILL));
	ASSERT_TRUE(t_until(t_get(&a->box->forks) == EVENTS + 1 && live(self) == 2));
	ASSERT_EQ(0, kill(self->snapshots[i], SIGKILL));
	ASSERT_TRUE(t_until(t_get(&a->box->forks) == EVENTS + 2 && live(self) == 2));
	ASSERT_EQ(0, kill(a->box->pid, SIGKILL));
	ASSERT_EQ(0, puppet_await_resumes(a, 1));
	EXPECT_EQ(EVENTS, a->box->nnotes);
	EXPECT_EQ(TW_FAILURE_NONE, t_stat_of(self->w.domain, failure));
}

/* ---- OOM kill: as if killed by hand ---- */

static uint64_t oom_kills(void)
{
	FILE *f = fopen(GROUP "/memory.events", "re");
	char key[32];
	uint64_t n = 0, value;

	while (f && fscanf(f, "%31s %lu", key, &value) == 2)
		if (!strcmp(key, "oom_kill"))
			n = value;
	if (f)
		fclose(f);
	return n;
}

static int group_create(void)
{
	int ret;

	t_put(GROUPS "/cgroup.subtree_control", "+memory");
	if (mkdir(GROUP, 0755))
		return -errno;
	ret = t_put_number(GROUP "/memory.max", LIMIT);
	t_put(GROUP "/memory.swap.max", "0");
	return ret;
}

/* Its tasks are reaped, but it may take the kernel a moment to see that. */
static bool group_remove(void)
{
	return t_until(!rmdir(GROUP));
}

/* More than there is. With arg[0] set only once: then it receives. */
static int op_hog(struct puppet *p)
{
	volatile char *memory = mmap(NULL, 4 * LIMIT, PROT_READ | PROT_WRITE,
				     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	size_t at;

	if (p->box->arg[0]) {
		p->box->arg[0] = 0;
		p->box->op = puppet_op_recv;
	}
	for (at = 0; at < 4 * LIMIT; at += T_PAGE)
		memory[at] = 1;
	return 0;
}

FIXTURE(oom) {
	struct t_world w;
};

/* Process a lives in a group of little memory, with its snapshots. */
FIXTURE_SETUP(oom)
{
	int ret;

	if (geteuid())
		SKIP(return, "only root may make a memory cgroup");
	ret = group_create();
	if (ret == -ENOENT)
		SKIP(return, "there are no memory cgroups");
	ASSERT_EQ(0, ret);
	world_open(_metadata, &self->w, 0, 1);
	ASSERT_EQ(0, t_put_number(GROUP "/cgroup.procs", self->w.a.first));
	ASSERT_EQ(0, t_start(self->w.domain));
	send_to_a(_metadata, &self->w, 30);
	ASSERT_EQ(10, puppet_recv_time(&self->w.a));
	ASSERT_EQ(20, puppet_recv_time(&self->w.a));
	ASSERT_EQ(30, puppet_recv_time(&self->w.a));
	ASSERT_EQ(0, oom_kills());
}

FIXTURE_TEARDOWN(oom)
{
	t_world_close(_metadata, &self->w);
	EXPECT_TRUE(group_remove());
}

TEST_F(oom, resumes_from_the_last_snapshot)
{
	struct puppet *a = &self->w.a;

	a->box->arg[0] = 1;
	puppet_post(a, op_hog);
	EXPECT_EQ(0, puppet_wait(a));
	EXPECT_EQ(30, a->box->u.recv.recv_time);
	EXPECT_EQ(3, a->box->nnotes);
	EXPECT_EQ(1, oom_kills());
	EXPECT_EQ(1, t_stat_of(self->w.domain, lost));
	EXPECT_EQ(0, t_stat_of(self->w.domain, failures));
	puppet_post_recv(a);
	puppet_post_recv(&self->w.b);
	EXPECT_EQ(1, puppet_wait(a));
	EXPECT_EQ(TW_FAILURE_NONE, t_stat_of(self->w.domain, failure));
}

/* One that will never fit is given up, and the failure is said to be its. */
TEST_F(oom, has_bounded_retries)
{
	struct puppet *a = &self->w.a;
	struct tw_domain_stat st;

	a->box->arg[0] = 0;
	puppet_post(a, op_hog);
	puppet_post_recv(&self->w.b);
	st = failed(self->w.domain);
	EXPECT_EQ(TW_FAILURE_PROCESS, st.failure);
	EXPECT_EQ(a->id, st.failed_process);
	EXPECT_EQ(SIGKILL, st.failed_status);
	EXPECT_EQ(1, st.failures);
	EXPECT_LT(0, st.lost);
	EXPECT_EQ(st.lost + 1, oom_kills());
	EXPECT_EQ(0, t_reap());
}

TEST_HARNESS_MAIN
