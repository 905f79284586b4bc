// SPDX-License-Identifier: GPL-2.0
/* The budget of memory: who waits, who is taken back, and that all comes to its end. */
#include <sys/stat.h>

#include "tw_puppet.h"

#define SNAP	TW_MEMORY_SNAPSHOT
#define MSG	TW_MEMORY_MESSAGE
#define ROOM	16			/* messages that process a may have */

FIXTURE(memory) { T_WORLD; };

FIXTURE_VARIANT(memory) {
	uint64_t domain;
	uint64_t process;
	uint32_t cancellation;
};

FIXTURE_VARIANT_ADD(memory, process) { .process = SNAP + ROOM * MSG };
FIXTURE_VARIANT_ADD(memory, domain) { .domain = 2 * TW_MEMORY_PROCESS };
FIXTURE_VARIANT_ADD(memory, domain_lazy) {
	.domain = 2 * TW_MEMORY_PROCESS, .cancellation = TW_CANCEL_LAZY,
};
FIXTURE_VARIANT_ADD(memory, too_little) { .domain = 1 };

/* Process a has come to 1000, b holds GVT at 0. */
FIXTURE_SETUP(memory)
{
	struct tw_process_create a = {
		.snapshot_interval = 64, .cancellation = variant->cancellation,
		.memory = variant->process,
	};

	t_world_open(_metadata, &self->world, (struct t_world_as) {
		.domain.memory = variant->domain, .sink = true,
	});
	ASSERT_EQ(0, puppet_create_as(&self->a, self->domain, a));
	ASSERT_EQ(0, puppet_attach(&self->a));
	ASSERT_EQ(0, puppet_new(&self->b, self->domain, TW_CANCEL_DEFAULT, 64));
	self->puppets = 2;
	ASSERT_EQ(0, t_start(self->domain));
	ASSERT_EQ(0, puppet_send(&self->b, self->a.id, 1000, 1));
	ASSERT_EQ(1000, puppet_recv_time(&self->a));
}

FIXTURE_TEARDOWN(memory)
{
	t_world_close(_metadata, &self->world);
}

static uint64_t budget(const FIXTURE_VARIANT(memory) *v)
{
	return v->domain ? v->domain : v->process;
}

/* Send from a to the sink until there is no room: how many were sent. */
static uint32_t fill(FIXTURE_DATA(memory) *self)
{
	int flags = fcntl(self->a.fd, F_GETFL);
	uint32_t n = 0;
	int ret;

	fcntl(self->a.fd, F_SETFL, flags | O_NONBLOCK);
	while (!(ret = puppet_send(&self->a, self->sink_id, 2000 + n, n)))
		n++;
	fcntl(self->a.fd, F_SETFL, flags);
	return ret == -EAGAIN ? n : UINT32_MAX;
}

/* Does a task sleep in a call on one of its files? */
static bool in_ioctl(pid_t pid)
{
	char path[64];
	long nr = -1;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/syscall", pid);
	f = fopen(path, "re");
	if (!f)
		return false;
	if (fscanf(f, "%ld", &nr) != 1)
		nr = -1;
	fclose(f);
	return nr == SYS_ioctl;
}

/* A send that waits, and goes on to. */
static bool post_send(FIXTURE_DATA(memory) *self, uint64_t at)
{
	struct tw_send s = t_send_arg(self->sink_id, at, NULL, 0);

	puppet_post_ioctl(&self->a, TW_SEND, &s, sizeof(s));
	return t_until(in_ioctl(self->a.box->pid)) && t_rounds(self->domain) &&
	       !puppet_idle(&self->a);
}

/* Both have nothing left to do. */
static void finish(struct __test_metadata *_metadata, FIXTURE_DATA(memory) *self)
{
	uint64_t buf[64];

	puppet_post_recv(&self->b);
	if (puppet_resumes(&self->a))
		ASSERT_EQ(1000, puppet_recv_time(&self->a));
	puppet_post_recv(&self->a);
	ASSERT_EQ(0, t_wait(self->domain, TW_TIME_INF, NULL));
	ASSERT_TRUE(t_until(t_stat_of(self->domain, state) == TW_DOMAIN_ENDED));
	while (read(self->sink, buf, sizeof(buf)) > 0)
		;
	EXPECT_EQ(0, t_stat_of(self->domain, balance));
	EXPECT_EQ(0, t_stat_of(self->domain, violations));
	EXPECT_EQ(0, t_stat_of(self->domain, messages));
	/* No more than what the processes had in stock. */
	EXPECT_GE(2 * SNAP, t_stat_of(self->domain, memory));
}

TEST_F(memory, nobody_ahead_goes_over)
{
	struct tw_domain_stat before, after;
	uint32_t n = fill(self);

	ASSERT_NE(UINT32_MAX, n);
	EXPECT_GE(budget(variant) / MSG, n);
	if (variant->process)
		EXPECT_EQ(ROOM, n);
	ASSERT_EQ(0, t_stat(self->domain, &before));
	EXPECT_EQ(0, fill(self));
	EXPECT_LT(0, before.memory_waits);
	finish(_metadata, self);
	ASSERT_EQ(0, t_stat(self->domain, &after));
	EXPECT_EQ(before.sends, after.sends);
	EXPECT_EQ(0, after.cancelbacks);
}

TEST_F(memory, a_send_waits_until_gvt_is_there)
{
	ASSERT_NE(UINT32_MAX, fill(self));
	ASSERT_TRUE(post_send(self, 5000));
	EXPECT_EQ(0, t_stat_of(self->domain, gvt));
	puppet_post_recv(&self->b);
	EXPECT_EQ(0, puppet_wait(&self->a));
	EXPECT_EQ(0, t_wait(self->domain, 1000, NULL));
	/* It is there now, and may go over its share. */
	EXPECT_EQ(0, puppet_send(&self->a, self->sink_id, 5001, 1));
	puppet_post_recv(&self->a);
	EXPECT_EQ(0, t_wait(self->domain, TW_TIME_INF, NULL));
}

TEST_F(memory, a_send_that_waits_is_killed)
{
	ASSERT_NE(UINT32_MAX, fill(self));
	ASSERT_TRUE(post_send(self, 5000));
	ASSERT_EQ(0, kill(self->a.box->pid, SIGKILL));
	EXPECT_EQ(0, puppet_await_resumes(&self->a, 1));
}

/*
 * The new process has its place while the creation waits, and keeps it when that
 * is given up; its file, which nobody has got, went without a reference.
 */
TEST_F(memory, a_creation_waits)
{
	struct tw_spawn s = { .size = sizeof(s) };
	int flags = fcntl(self->a.fd, F_GETFL), i;

	ASSERT_NE(UINT32_MAX, fill(self));
	fcntl(self->a.fd, F_SETFL, flags | O_NONBLOCK);
	for (i = 0; i < 3; i++)
		ASSERT_EQ(-EAGAIN, puppet_ioctl(&self->a, TW_SPAWN, &s, sizeof(s)));
	fcntl(self->a.fd, F_SETFL, flags);
	EXPECT_EQ(0, t_stat_of(self->domain, spawned));
	puppet_post_recv(&self->b);
	EXPECT_EQ(0, puppet_ioctl(&self->a, TW_SPAWN, &s, sizeof(s)));
	EXPECT_EQ(1, t_stat_of(self->domain, spawned));
}

TEST_F(memory, who_is_behind_gets_what_is_ahead)
{
	uint32_t ahead = fill(self), i;
	struct tw_domain_stat st;

	ASSERT_NE(UINT32_MAX, ahead);
	for (i = 0; i < 300; i++)
		ASSERT_EQ(0, puppet_send(&self->b, self->sink_id, 3000 + i, i));
	EXPECT_EQ(0, t_stat_of(self->domain, gvt));
	if (variant->domain && ahead)
		EXPECT_EQ(0, puppet_await_resumes(&self->a, 1));
	ASSERT_EQ(0, t_stat(self->domain, &st));
	EXPECT_EQ(variant->domain, st.memory_budget);
	EXPECT_EQ(variant->domain && ahead, !!st.cancelbacks);
	EXPECT_EQ(variant->domain && ahead, !!st.antimessages);
	finish(_metadata, self);
	ASSERT_EQ(0, t_stat(self->domain, &st));
	if (variant->domain == 1) {
		EXPECT_LT(300 * MSG, st.memory_peak);
	} else {
		EXPECT_GE(variant->domain, st.memory_peak);
	}
}

TEST_F(memory, snapshots_count)
{
	struct tw_process_stat st;

	ASSERT_EQ(0, t_pstat(self->domain, self->a.id, &st));
	EXPECT_EQ(variant->process, st.memory_budget);
	EXPECT_EQ(1, st.snapshots_live);
	EXPECT_EQ(SNAP, st.memory);
	if (variant->domain)
		EXPECT_LE(SNAP + MSG, t_stat_of(self->domain, memory));
	finish(_metadata, self);
	ASSERT_EQ(0, t_pstat(self->domain, self->a.id, &st));
	EXPECT_EQ(0, st.memory);
}

/* The kernel may ask for a snapshot, and have no room for it a moment later. */
static int64_t recv_time(struct puppet *p)
{
	int64_t at;

	do {
		at = puppet_recv_time(p);
	} while (at == -ENOMEM);
	return at;
}

/* Who injects waits for those who handle it, and nobody is rolled back for it. */
TEST(injections_wait)
{
	struct t_world w;
	uint64_t port_id, late_id, n = 0, in;
	struct pollfd ready = { .events = POLLOUT };
	int port, late, ret;

	t_world_open(_metadata, &w, (struct t_world_as) {
		.domain.memory = TW_MEMORY_PROCESS, .puppets = 1, .interval = 4096,
	});
	port = t_port(w.domain, TW_PORT_LIVE, 0, &port_id);
	late = t_port(w.domain, 0, 500, &late_id);
	ready.fd = port;
	ASSERT_LE(0, port);
	ASSERT_LE(0, late);
	fcntl(late, F_SETFL, O_RDWR | O_NONBLOCK);
	ASSERT_EQ(0, t_start(w.domain));
	fcntl(port, F_SETFL, O_RDWR | O_NONBLOCK);
	while (!(ret = t_inject(port, w.a.id, 1000 + n, n)))
		n++;
	EXPECT_EQ(-EAGAIN, ret);
	/* One that is too late does not wait first. */
	EXPECT_EQ(-ETIME, t_inject(late, w.a.id, 499, 0));
	close(late);
	EXPECT_LT(50, n);
	EXPECT_GE(TW_MEMORY_PROCESS, t_stat_of(w.domain, memory_peak));
	fcntl(port, F_SETFL, O_RDWR);
	/* Enough for the snapshot that is forced to let the others go. */
	for (in = 0; in < 50; in++)
		ASSERT_EQ(1000 + in, recv_time(&w.a));
	EXPECT_EQ(1, poll(&ready, 1, -1));
	EXPECT_EQ(POLLOUT, ready.revents);
	EXPECT_EQ(0, t_inject(port, w.a.id, 1000 + n, n));
	EXPECT_EQ(0, t_stat_of(w.domain, rollbacks_primary));
	EXPECT_EQ(0, t_stat_of(w.domain, cancelbacks));
	close(port);
	t_world_close(_metadata, &w);
}

/* ---- the memory cgroup ---- */

#define GROUPS	"/sys/fs/cgroup"
#define GROUP	GROUPS "/timewarp-memory"
#define LARGE	32768
#define LARGE_N	256

static uint64_t charged(void)
{
	FILE *f = fopen(GROUP "/memory.current", "re");
	uint64_t n = 0;

	if (!f)
		return 0;
	if (fscanf(f, "%lu", &n) != 1)
		n = 0;
	fclose(f);
	return n;
}

/* A group of one sender, whose domain has no budget. */
TEST(charged_to_the_sender)
{
	static char payload[LARGE];
	uint64_t before;
	struct t_world w;
	uint32_t i;

	if (geteuid())
		SKIP(return, "only root may make a memory cgroup");
	t_put(GROUPS "/cgroup.subtree_control", "+memory");
	mkdir(GROUP, 0755);
	if (access(GROUP "/memory.current", R_OK)) {
		rmdir(GROUP);
		SKIP(return, "there are no memory cgroups");
	}
	t_world_open(_metadata, &w, (struct t_world_as) {
		.puppets = 1, .sink = true, .start = true,
	});
	ASSERT_EQ(0, t_put_number(GROUP "/cgroup.procs", w.a.first));
	before = charged();
	for (i = 0; i < LARGE_N; i++) {
		struct tw_send s = t_send_arg(w.sink_id, 10 + i, payload, LARGE);

		ASSERT_EQ(0, puppet_ioctl(&w.a, TW_SEND, &s, sizeof(s)));
	}
	EXPECT_LE(before + LARGE * LARGE_N, charged());
	t_world_close(_metadata, &w);
	EXPECT_TRUE(t_until(charged() < before + LARGE * LARGE_N / 2));
	EXPECT_TRUE(t_until(!rmdir(GROUP)));
}

TEST_HARNESS_MAIN
