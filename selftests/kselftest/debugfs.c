// SPDX-License-Identifier: GPL-2.0
/* What debugfs tells of a domain agrees with the calls. */
#include "tw_puppet.h"

FIXTURE(debugfs) {
	T_WORLD;
	int before;
	char dir[PATH_MAX];
};

FIXTURE_SETUP(debugfs)
{
	if (access(T_DEBUGFS, R_OK | X_OK))
		SKIP(return, "no debugfs that can be read");
	self->before = t_count_dir(T_DEBUGFS);
	t_world_open(_metadata, &self->world, (struct t_world_as){
		.puppets = 2, .interval = 1, .start = true,
	});
	t_debugfs_newest(self->dir, sizeof(self->dir));
}

FIXTURE_TEARDOWN(debugfs)
{
	t_world_close(_metadata, &self->world);
	EXPECT_EQ(self->before, t_count_dir(T_DEBUGFS));
}

/* The value behind a word at the start of a line. */
static bool value(const char *text, const char *key, long long *v)
{
	size_t len = strlen(key);

	for (; text; text = strchr(text, '\n')) {
		text += *text == '\n';
		if (!strncmp(text, key, len) && text[len] == ' ')
			return sscanf(text + len, " %lld", v) == 1;
	}
	return false;
}

#define EXPECT_VALUE(_member) do {					\
	long long __v = -1;						\
	EXPECT_TRUE(value(text, #_member, &__v))			\
		TH_LOG("no %s", #_member);				\
	EXPECT_EQ((long long)st._member, __v)				\
		TH_LOG("%s", #_member);					\
} while (0)

TEST_F(debugfs, stat)
{
	struct puppet *a = &self->a, *b = &self->b;
	struct tw_domain_stat st;
	char text[4096];

	ASSERT_EQ(0, puppet_send(b, a->id, 10, 1));
	ASSERT_EQ(10, puppet_recv_time(a));
	ASSERT_EQ(0, puppet_send(b, a->id, 5, 1));
	ASSERT_EQ(0, puppet_await_resumes(a, 1));
	ASSERT_EQ(5, puppet_recv_time(a));
	ASSERT_LT(0, t_slurp(self->dir, "stat", text, sizeof(text)));
	ASSERT_EQ(0, t_stat(self->domain, &st));
	EXPECT_NE(NULL, strstr(text, "name selftest\n"));
	EXPECT_VALUE(state);
	EXPECT_VALUE(failure);
	EXPECT_VALUE(gvt);
	EXPECT_VALUE(processes);
	EXPECT_VALUE(sinks);
	EXPECT_VALUE(messages);
	EXPECT_VALUE(message_bytes);
	EXPECT_VALUE(balance);
	EXPECT_VALUE(sends);
	EXPECT_VALUE(delivered);
	EXPECT_VALUE(committed);
	EXPECT_VALUE(events);
	EXPECT_VALUE(rollbacks_primary);
	EXPECT_VALUE(rollbacks_secondary);
	EXPECT_VALUE(rollback_depth);
	EXPECT_VALUE(antimessages);
	EXPECT_VALUE(lazy_hits);
	EXPECT_VALUE(coasted);
	EXPECT_VALUE(snapshots);
	EXPECT_VALUE(snapshots_live);
	EXPECT_VALUE(resumes);
	EXPECT_VALUE(fossils);
	EXPECT_VALUE(violations);
	EXPECT_VALUE(committed_bytes);
	EXPECT_VALUE(failures);
	EXPECT_VALUE(lost);
}

TEST_F(debugfs, processes)
{
	char text[4096], pid[32];

	puppet_post_recv(&self->b);
	ASSERT_TRUE(t_until(t_pstat_of(self->domain, self->b.id, state) ==
			    TW_PROCESS_WAITING));
	ASSERT_LT(0, t_slurp(self->dir, "processes", text, sizeof(text)));
	EXPECT_NE(NULL, strstr(text, "1 process running "));
	EXPECT_NE(NULL, strstr(text, "\n2 process waiting "));
	snprintf(pid, sizeof(pid), " pid=%d ", self->a.box->pid);
	EXPECT_NE(NULL, strstr(text, pid));
	snprintf(pid, sizeof(pid), " pid=%d ", self->b.box->pid);
	EXPECT_NE(NULL, strstr(text, pid));
	EXPECT_NE(NULL, strstr(text, " lvt=18446744073709551615 "));
}

/* Who holds GVT back? The one that is behind. */
TEST_F(debugfs, gvt)
{
	unsigned int before, now;
	char text[4096];
	long long v;

	ASSERT_EQ(0, puppet_send(&self->a, self->a.id, 10, 1));
	ASSERT_EQ(10, puppet_recv_time(&self->a));
	ASSERT_TRUE(t_rounds(self->domain));
	ASSERT_LT(0, t_slurp(self->dir, "gvt", text, sizeof(text)));
	EXPECT_NE(NULL, strstr(text, "state "));
	EXPECT_TRUE(value(text, "round", &v));
	EXPECT_LE(3, v);
	EXPECT_TRUE(value(text, "gvt", &v));
	EXPECT_EQ(0, v);
	EXPECT_TRUE(value(text, "holder", &v));
	EXPECT_EQ(2, v);
	EXPECT_EQ(NULL, strstr(text, "stalled"));
	t_parameter("stall_ms", 1, &before);
	EXPECT_TRUE(t_until(t_slurp(self->dir, "gvt", text, sizeof(text)) > 0 &&
			    strstr(text, "stalled by 2: it is in the middle of an event\n")));
	t_parameter("stall_ms", before, &now);
}

/* A round that takes its time is as right as a fast one. */
TEST_F(debugfs, delayed_rounds)
{
	struct puppet *a = &self->a, *b = &self->b;
	char path[PATH_MAX + 32];
	uint64_t gvt;
	int64_t t;
	int fd;

	snprintf(path, sizeof(path), "%s/gvt_delay_us", self->dir);
	fd = open(path, O_WRONLY);
	ASSERT_LE(0, fd);
	ASSERT_EQ(4, write(fd, "2000", 4));
	close(fd);
	for (t = 1; t <= 20; t++) {
		ASSERT_EQ(0, puppet_send(a, b->id, 10 * t, 1));
		ASSERT_EQ(0, puppet_send(b, a->id, 10 * t + 5, 1));
		ASSERT_EQ(10 * t, puppet_recv_time(b));
		ASSERT_EQ(10 * t + 5, puppet_recv_time(a));
		gvt = t_stat_of(self->domain, gvt);
		EXPECT_GE((uint64_t)(10 * t), gvt);
	}
	EXPECT_EQ(0, t_wait(self->domain, 200, NULL));
	puppet_post_recv(a);
	puppet_post_recv(b);
	EXPECT_EQ(1, puppet_wait(a));
	EXPECT_EQ(1, puppet_wait(b));
}

/* A name cannot pretend to be more than a name. */
TEST_F(debugfs, odd_names)
{
	int domain = t_domain_as(self->dev, (struct tw_domain_create) { .name = "a\nstate 9\033\\" });
	static const char line[] = "name a\\012state\\0409\\033\\134\n";
	char dir[PATH_MAX], text[4096];
	long long state = -1;

	ASSERT_LE(0, domain);
	t_debugfs_newest(dir, sizeof(dir));
	ASSERT_LT(0, t_slurp(dir, "stat", text, sizeof(text)));
	EXPECT_EQ(0, strncmp(text, line, strlen(line)));
	EXPECT_TRUE(value(text, "state", &state));
	EXPECT_EQ(TW_DOMAIN_NEW, state);
	close(domain);
}

TEST_HARNESS_MAIN
