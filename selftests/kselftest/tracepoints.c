// SPDX-License-Identifier: GPL-2.0
/* Each tracepoint fires for the behaviour that it names, and says what it was. */
#include <sys/stat.h>

#include "tw_puppet.h"

#define TRACING		"/sys/kernel/tracing"

static const char * const events[] = {
	"tw_annihilate", "tw_cancelback", "tw_coast_forward", "tw_commit", "tw_drop", "tw_fail",
	"tw_failure", "tw_fossil", "tw_gvt", "tw_gvt_stall", "tw_memory_wait", "tw_pushback", "tw_receive",
	"tw_resume", "tw_rollback",
	"tw_send", "tw_snapshot", "tw_spawn", "tw_straggler", "tw_thin", "tw_throttle",
	"tw_unspawn", "tw_violation", "tw_wait",
};

FIXTURE(tracepoints) {
	T_WORLD;
	char instance[128];
};

FIXTURE_VARIANT(tracepoints) {
	uint32_t interval;
};

FIXTURE_VARIANT_ADD(tracepoints, snapshot_each) { .interval = 1 };
FIXTURE_VARIANT_ADD(tracepoints, snapshot_first) { .interval = 64 };

static int put(const char *dir, const char *file, const char *text)
{
	char path[256];
	int fd, ret;

	snprintf(path, sizeof(path), "%s/%s", dir, file);
	fd = open(path, O_WRONLY);
	if (fd < 0)
		return -errno;
	ret = write(fd, text, strlen(text)) < 0 ? -errno : 0;
	close(fd);
	return ret;
}

FIXTURE_SETUP(tracepoints)
{
	if (access(TRACING "/instances", W_OK))
		SKIP(return, "no tracefs that can be written to");
	snprintf(self->instance, sizeof(self->instance),
		 TRACING "/instances/timewarp-%d", getpid());
	ASSERT_EQ(0, mkdir(self->instance, 0700));
	/* Names of tasks are not wanted, and cost hooks in the scheduler. */
	ASSERT_EQ(0, put(self->instance, "trace_options", "norecord-cmd"));
	ASSERT_EQ(0, put(self->instance, "events/timewarp/enable", "1"));
	t_world_open(_metadata, &self->world, (struct t_world_as){
		.domain.cancellation = TW_CANCEL_AGGRESSIVE,
		.puppets = 3, .interval = variant->interval, .sink = true, .start = true,
	});
}

FIXTURE_TEARDOWN(tracepoints)
{
	t_world_close(_metadata, &self->world);
	EXPECT_EQ(0, rmdir(self->instance));
}

/* A line of this event that has this text, the domain's number left out. */
static bool traced_now(const char *instance, const char *event, const char *text)
{
	char path[256], line[1024], what[64];
	bool found = false;
	FILE *f;

	snprintf(path, sizeof(path), "%s/trace", instance);
	snprintf(what, sizeof(what), ": %s: domain=", event);
	f = fopen(path, "r");
	while (f && !found && fgets(line, sizeof(line), f))
		found = strstr(line, what) && strstr(line, text);
	if (f)
		fclose(f);
	return found;
}

#define traced(event, text)	t_until(traced_now(self->instance, event, text))
#define not_traced(event, text)	(!traced_now(self->instance, event, text))

TEST_F(tracepoints, stall)
{
	unsigned int before, now;

	/* Process 1 holds GVT back no more, and that is known. */
	puppet_post_recv(&self->a);
	EXPECT_TRUE(traced("tw_wait", " process=1 "));
	EXPECT_TRUE(t_rounds(self->domain));
	t_parameter("stall_ms", 1, &before);
	EXPECT_TRUE(traced("tw_gvt_stall", " gvt=0 process=2 why=event"));
	t_parameter("stall_ms", before, &now);
}

TEST_F(tracepoints, every_event_is_known)
{
	char path[256];
	struct dirent *e;
	size_t i, n = 0;
	DIR *d;

	snprintf(path, sizeof(path), "%s/events/timewarp", self->instance);
	d = opendir(path);
	ASSERT_NE(NULL, d);
	while ((e = readdir(d))) {
		if (strncmp(e->d_name, "tw_", 3))
			continue;
		for (i = 0; i < ARRAY_SIZE(events); i++)
			if (!strcmp(events[i], e->d_name))
				break;
		EXPECT_LT(i, ARRAY_SIZE(events))
			TH_LOG("%s has no test", e->d_name);
		n++;
	}
	closedir(d);
	EXPECT_EQ(ARRAY_SIZE(events), n);
}

/* The ids: a is 1, b is 2, c is 3, the sink is 4. */
TEST_F(tracepoints, messages)
{
	struct puppet *a = &self->a, *b = &self->b;

	ASSERT_EQ(0, puppet_send(b, a->id, 10, 1));
	EXPECT_TRUE(traced("tw_send", " sender=2 receiver=1 send_time=0 recv_time=10 "));
	EXPECT_TRUE(not_traced("tw_receive", ""));
	EXPECT_TRUE(not_traced("tw_snapshot", ""));
	ASSERT_EQ(10, puppet_recv_time(a));
	EXPECT_TRUE(traced("tw_receive", " sender=2 receiver=1 send_time=0 recv_time=10 "));
	EXPECT_TRUE(traced("tw_snapshot", " process=1 token=1 time=0 "));
	EXPECT_TRUE(traced("tw_gvt", " gvt=0 "));
	EXPECT_EQ(-EAGAIN, puppet_recv_nonblock(a));
	EXPECT_TRUE(traced("tw_wait", " process=1 value=18446744073709551615"));
}

TEST_F(tracepoints, primary_rollback)
{
	struct puppet *a = &self->a, *b = &self->b;

	ASSERT_EQ(0, puppet_send(b, a->id, 10, 1));
	ASSERT_EQ(10, puppet_recv_time(a));
	EXPECT_TRUE(not_traced("tw_straggler", ""));
	EXPECT_TRUE(not_traced("tw_rollback", ""));
	EXPECT_TRUE(not_traced("tw_resume", ""));
	ASSERT_EQ(0, puppet_send(b, a->id, 5, 2));
	ASSERT_EQ(0, puppet_await_resumes(a, 1));
	EXPECT_TRUE(traced("tw_straggler",
			   " process=1 sender=2 recv_time=5 position=10 sign=+"));
	EXPECT_TRUE(traced("tw_rollback",
			   " process=1 cause=primary from=10 to=5 depth=1 by=2"));
	EXPECT_TRUE(traced("tw_resume", " process=1 token=1 "));
}

TEST_F(tracepoints, secondary_rollback)
{
	struct puppet *a = &self->a, *b = &self->b, *c = &self->c;

	ASSERT_EQ(0, puppet_send(c, b->id, 10, 1));
	ASSERT_EQ(10, puppet_recv_time(b));
	ASSERT_EQ(0, puppet_send(b, a->id, 20, 1));
	ASSERT_EQ(0, puppet_send(b, a->id, 30, 1));
	ASSERT_EQ(20, puppet_recv_time(a));
	EXPECT_TRUE(not_traced("tw_annihilate", ""));
	ASSERT_EQ(0, puppet_send(c, b->id, 5, 1));
	ASSERT_EQ(0, puppet_await_resumes(b, 1));
	ASSERT_EQ(0, puppet_await_resumes(a, 1));
	EXPECT_TRUE(traced("tw_annihilate",
			   " sender=2 receiver=1 send_time=10 recv_time=20 "));
	EXPECT_TRUE(traced("tw_annihilate", "state=delivered"));
	EXPECT_TRUE(traced("tw_annihilate",
			   " sender=2 receiver=1 send_time=10 recv_time=30 "));
	EXPECT_TRUE(traced("tw_annihilate", "state=pending"));
	EXPECT_TRUE(traced("tw_straggler",
			   " process=1 sender=2 recv_time=20 position=20 sign=-"));
	EXPECT_TRUE(traced("tw_rollback",
			   " process=1 cause=secondary from=20 to=20 depth=1 by=2"));
}

TEST_F(tracepoints, coast_forward)
{
	struct puppet *a = &self->a, *b = &self->b;

	ASSERT_EQ(0, puppet_send(b, a->id, 10, 1));
	ASSERT_EQ(0, puppet_send(b, a->id, 30, 1));
	ASSERT_EQ(10, puppet_recv_time(a));
	ASSERT_EQ(0, puppet_send(a, self->sink_id, 11, 1));
	ASSERT_EQ(30, puppet_recv_time(a));
	ASSERT_EQ(0, puppet_send(b, a->id, 20, 1));
	ASSERT_EQ(0, puppet_await_resumes(a, 1));
	if (variant->interval > 1) {
		ASSERT_EQ(10, puppet_recv_time(a));
		ASSERT_EQ(0, puppet_send(a, self->sink_id, 11, 1));
		EXPECT_TRUE(not_traced("tw_coast_forward", ""));
	}
	ASSERT_EQ(20, puppet_recv_time(a));
	ASSERT_EQ(30, puppet_recv_time(a));
	if (variant->interval > 1) {
		EXPECT_TRUE(traced("tw_coast_forward", " process=1 value=20 coasted=1"));
	} else {
		EXPECT_TRUE(not_traced("tw_coast_forward", ""));
	}
	EXPECT_TRUE(not_traced("tw_violation", ""));
}

TEST_F(tracepoints, throttle)
{
	struct tw_domain_create d = {
		.size = sizeof(d), .running = TW_RUNNING_ALL, .window = 12,
	};
	struct puppet p;

	ASSERT_EQ(0, t_ioctl(self->dev, TW_DOMAIN_CREATE, &d));
	ASSERT_EQ(0, puppet_new(&p, d.fd, TW_CANCEL_DEFAULT, variant->interval));
	ASSERT_EQ(0, t_start(d.fd));
	ASSERT_EQ(0, puppet_send(&p, p.id, 20, 1));
	EXPECT_TRUE(not_traced("tw_throttle", ""));
	/* GVT comes to it, when nothing else holds GVT back */
	EXPECT_EQ(20, puppet_recv_time(&p));
	EXPECT_TRUE(traced("tw_throttle", " process=1 time=20 gvt=0 why=window"));
	close(d.fd);
	puppet_free(&p);
}

TEST_F(tracepoints, pushback)
{
	struct tw_sink_create s = { .size = sizeof(s), .fd = -1, .bound = 1 };
	int domain = t_domain(self->dev, TW_CANCEL_DEFAULT, 1000);
	struct puppet p;

	ASSERT_EQ(0, puppet_new(&p, domain, TW_CANCEL_DEFAULT, variant->interval));
	ASSERT_EQ(0, t_ioctl(domain, TW_SINK_CREATE, &s));
	ASSERT_EQ(0, t_start(domain));
	ASSERT_EQ(0, puppet_send(&p, p.id, 20, 1));
	ASSERT_EQ(0, puppet_send(&p, s.id, 10, 1));
	ASSERT_EQ(20, puppet_recv_time(&p));
	ASSERT_EQ(0, t_wait(domain, 20, NULL));
	ASSERT_TRUE(t_rounds(domain));
	EXPECT_TRUE(not_traced("tw_pushback", ""));
	ASSERT_EQ(0, fcntl(p.fd, F_SETFL, O_NONBLOCK));
	EXPECT_EQ(-EAGAIN, puppet_send(&p, s.id, 30, 1));
	EXPECT_TRUE(traced("tw_pushback", " process=1 sink=2 send_time=20 gvt=20 unread=56"));
	close(domain);
	close(s.fd);
	puppet_free(&p);
}

TEST_F(tracepoints, violation)
{
	struct puppet *a = &self->a, *b = &self->b;

	if (variant->interval == 1)
		SKIP(return, "nothing is executed again");
	ASSERT_EQ(0, puppet_send(b, a->id, 10, 1));
	ASSERT_EQ(0, puppet_send(b, a->id, 30, 1));
	ASSERT_EQ(10, puppet_recv_time(a));
	ASSERT_EQ(0, puppet_send(a, self->sink_id, 11, 1));
	ASSERT_EQ(30, puppet_recv_time(a));
	ASSERT_EQ(0, puppet_send(b, a->id, 20, 1));
	ASSERT_EQ(0, puppet_await_resumes(a, 1));
	ASSERT_EQ(10, puppet_recv_time(a));
	ASSERT_EQ(0, puppet_send(a, self->sink_id, 12, 1));
	EXPECT_TRUE(traced("tw_violation",
			   " process=1 receiver=4 send_time=10 recv_time=12 index=0 kind=sent"));
}

TEST_F(tracepoints, commit_and_fossil)
{
	struct puppet *a = &self->a;
	uint64_t word;

	ASSERT_EQ(0, puppet_send(a, self->sink_id, 10, 1));
	ASSERT_EQ(0, puppet_send(a, a->id, 20, 1));
	ASSERT_EQ(20, puppet_recv_time(a));
	EXPECT_TRUE(not_traced("tw_commit", ""));
	puppet_post_recv(a);
	puppet_post_recv(&self->b);
	puppet_post_recv(&self->c);
	ASSERT_EQ(8, read(self->sink, &word, 8));
	EXPECT_TRUE(traced("tw_commit", " sender=1 receiver=4 send_time=0 recv_time=10 "));
	EXPECT_TRUE(traced("tw_fossil", " process=1 messages=1 "));
	EXPECT_TRUE(traced("tw_gvt", " gvt=18446744073709551615 "));
}

TEST_F(tracepoints, failure_and_loss)
{
	struct puppet *a = &self->a;
	pid_t pid = a->box->pid;

	ASSERT_EQ(0, puppet_send(&self->b, a->id, 10, 1));
	ASSERT_EQ(10, puppet_recv_time(a));
	EXPECT_TRUE(not_traced("tw_failure", ""));
	ASSERT_EQ(0, kill(pid, SIGKILL));
	ASSERT_EQ(0, puppet_await_resumes(a, 1));
	EXPECT_TRUE(traced("tw_rollback", " process=1 cause=lost "));
	ASSERT_EQ(10, puppet_recv_time(a));
	a->box->arg[0] = 3;
	puppet_post(a, puppet_op_exit);
	EXPECT_TRUE(traced("tw_failure", " process=1 value=768 "));
	EXPECT_TRUE(not_traced("tw_fail", ""));
	puppet_post_recv(&self->b);
	puppet_post_recv(&self->c);
	EXPECT_TRUE(traced("tw_fail", " failure=process process=1 time=10 status=0x300"));
}

/* Nobody forks the new process: its creation is undone before that matters. */
TEST_F(tracepoints, spawn)
{
	struct tw_spawn s = { .size = sizeof(s) };
	struct puppet *a = &self->a, *b = &self->b;
	char text[64];

	ASSERT_EQ(0, puppet_send(b, a->id, 10, 1));
	ASSERT_EQ(10, puppet_recv_time(a));
	EXPECT_TRUE(not_traced("tw_spawn", ""));
	ASSERT_EQ(0, puppet_ioctl(a, TW_SPAWN, &s, sizeof(s)));
	snprintf(text, sizeof(text), " process=%llu value=10 ", (unsigned long long)s.id);
	EXPECT_TRUE(traced("tw_spawn", text));
	EXPECT_TRUE(not_traced("tw_unspawn", ""));
	ASSERT_EQ(0, puppet_send(b, a->id, 5, 1));
	EXPECT_TRUE(traced("tw_unspawn", text));
}

/* A guardian with one process, whose only incarnation does nothing. */
static void short_guardian(int domain, uint32_t *attached)
{
	struct tw_attach a = { .size = sizeof(a) };
	uint64_t id;
	int p = t_process(domain, 0, 1, &id);

	if (!t_clone(0)) {
		t_close_but(p);
		if (!t_ioctl(p, TW_ATTACH, &a))
			t_set(attached, 1);
		for (;;)
			pause();
	}
	t_await(attached, 1);
	_exit(0);
}

/* A guardian dies; then the owner goes. */
TEST_F(tracepoints, dropped_and_closed)
{
	uint32_t *attached = t_shared(T_PAGE);
	struct tw_domain_create c = {
		.size = sizeof(c), .flags = TW_DOMAIN_DROP, .gvt_interval_us = 1000,
	};
	uint64_t id;
	pid_t pid;
	int p;

	ASSERT_EQ(0, t_ioctl(self->dev, TW_DOMAIN_CREATE, &c));
	/* somebody has to go on */
	p = t_process(c.fd, 0, 1, &id);
	ASSERT_LE(0, p);
	pid = t_clone(0);
	if (!pid)
		short_guardian(c.fd, attached);
	waitpid(pid, NULL, __WALL);
	ASSERT_EQ(0, t_start(c.fd));
	EXPECT_TRUE(traced("tw_drop", " process=2 value=0 "));
	EXPECT_TRUE(not_traced("tw_fail", ""));
	close(c.fd);
	close(p);
	EXPECT_TRUE(traced("tw_fail", " failure=closed process=0 time=0 "));
	munmap(attached, T_PAGE);
}

/* Process a is ahead of b, which needs the room that a has taken. */
TEST_F(tracepoints, memory)
{
	struct t_world w;
	int ret, i;

	t_world_open(_metadata, &w, (struct t_world_as) {
		.domain.memory = 2 * TW_MEMORY_PROCESS, .puppets = 2, .interval = 64,
		.start = true,
	});
	ASSERT_EQ(0, puppet_send(&w.b, 1, 1000, 1));
	ASSERT_EQ(1000, puppet_recv_time(&w.a));
	EXPECT_TRUE(not_traced("tw_memory_wait", ""));
	fcntl(w.a.fd, F_SETFL, O_RDWR | O_NONBLOCK);
	while (!(ret = puppet_send(&w.a, 2, 2000, 1)))
		;
	EXPECT_EQ(-EAGAIN, ret);
	EXPECT_TRUE(traced("tw_memory_wait", "process=1 value=1000"));
	EXPECT_TRUE(not_traced("tw_cancelback", ""));
	for (i = 0; i < 300; i++)
		ASSERT_EQ(0, puppet_send(&w.b, 2, 3000, i));
	EXPECT_TRUE(traced("tw_cancelback", "process=1 time=1000"));
	EXPECT_TRUE(traced("tw_rollback", "process=1 cause=memory"));
	close(w.domain);
	close(w.dev);
	puppet_free(&w.a);
	puppet_free(&w.b);
}

TEST_HARNESS_MAIN
