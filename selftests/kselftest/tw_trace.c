// SPDX-License-Identifier: GPL-2.0
/*
 * tw trace: rollbacks that puppets bring about are told as they were, filters
 * let through what they should, and what was not told is counted.
 */
#include "tw_puppet.h"

#define LINES	256
#define LINE	512

struct tracer {
	pid_t pid;
	FILE *out;
	int n;
	char line[LINES][LINE];
};

static bool tracer_line(struct tracer *t)
{
	return t->n < LINES && fgets(t->line[t->n], LINE, t->out);
}

/* Returns when its probe is in place, or with -errno. */
static int tracer_start(struct tracer *t, const char *const *options)
{
	const char *argv[16] = { "tw", "trace", "--json" };
	int pipes[2], i = 3;

	while (*options)
		argv[i++] = *options++;
	if (pipe(pipes))
		return -errno;
	t->n = 0;
	t->pid = fork();
	if (!t->pid) {
		dup2(pipes[1], STDOUT_FILENO);
		syscall(SYS_close_range, 3, ~0u, 0);
		execvp(argv[0], (char **)argv);
		_exit(127);
	}
	close(pipes[1]);
	t->out = fdopen(pipes[0], "r");
	if (!tracer_line(t) || !strstr(t->line[0], "\"type\":\"start\""))
		return -EPIPE;
	t->n = 1;
	return 0;
}

/* The exit status; the last line holds the totals then. */
static int tracer_end(struct tracer *t)
{
	int status;

	while (tracer_line(t))
		t->n++;
	fclose(t->out);
	waitpid(t->pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int tracer_stop(struct tracer *t)
{
	kill(t->pid, SIGINT);
	return tracer_end(t);
}

static const char *totals(const struct tracer *t)
{
	return t->line[t->n - 1];
}

/* Rollbacks that were listed. */
static int listed(const struct tracer *t)
{
	return t->n - 2;
}

static uint64_t number(const char *line, const char *member)
{
	const char *at;
	char key[64];

	snprintf(key, sizeof(key), "\"%s\":", member);
	at = strstr(line, key);
	return at ? strtoull(at + strlen(key), NULL, 10) : ~0ull;
}

#define EXPECT_ROLLBACK(line, who, why, before, after, deep, whose) do {	\
	EXPECT_NE(NULL, strstr(line, "\"cause\":\"" why "\""));			\
	EXPECT_EQ(who, number(line, "process"));				\
	EXPECT_EQ(before, number(line, "from"));				\
	EXPECT_EQ(after, number(line, "to"));					\
	EXPECT_EQ(deep, number(line, "depth"));					\
	EXPECT_EQ(whose, number(line, "by"));					\
} while (0)

#define EXPECT_TOTALS(t, primaries, secondaries) do {				\
	EXPECT_NE(NULL, strstr(totals(t), "\"type\":\"totals\""));		\
	EXPECT_EQ(primaries, number(totals(t), "primary"));			\
	EXPECT_EQ(secondaries, number(totals(t), "secondary"));			\
	EXPECT_EQ((primaries) + (secondaries), number(totals(t), "rollbacks"));	\
	EXPECT_EQ(0, number(totals(t), "lost"));				\
} while (0)

FIXTURE(tw_trace) {
	int dev;
	int domain;
	struct puppet a, b, c;
	struct tracer t[4];
};

FIXTURE_SETUP(tw_trace)
{
	if (access("/sys/kernel/btf/vmlinux", F_OK))
		SKIP(return, "this kernel has no BTF, which tw trace needs");
	self->dev = t_open();
	ASSERT_LE(0, self->dev);
	self->domain = t_domain(self->dev, TW_CANCEL_AGGRESSIVE, 1000);
	ASSERT_LE(0, self->domain);
}

FIXTURE_TEARDOWN(tw_trace)
{
	close(self->domain);
	close(self->dev);
	puppet_free(&self->a);
	puppet_free(&self->b);
	puppet_free(&self->c);
	EXPECT_EQ(0, t_reap());
}

static void start_puppets(struct __test_metadata *_metadata,
			  FIXTURE_DATA(tw_trace) *self, uint32_t interval)
{
	ASSERT_EQ(0, puppet_new(&self->a, self->domain, TW_CANCEL_DEFAULT, interval));
	ASSERT_EQ(0, puppet_new(&self->b, self->domain, TW_CANCEL_DEFAULT, interval));
	ASSERT_EQ(0, puppet_new(&self->c, self->domain, TW_CANCEL_DEFAULT, interval));
	ASSERT_EQ(0, t_start(self->domain));
}

/* A straggler rolls a back, by which c loses the message that it had from a. */
static void primary_and_secondary(struct __test_metadata *_metadata,
				  FIXTURE_DATA(tw_trace) *self)
{
	struct puppet *a = &self->a, *b = &self->b, *c = &self->c;
	int64_t t;

	for (t = 10; t <= 30; t += 10)
		ASSERT_EQ(0, puppet_send(b, a->id, t, t));
	for (t = 10; t <= 30; t += 10)
		ASSERT_EQ(t, puppet_recv_time(a));
	ASSERT_EQ(0, puppet_send(a, c->id, 40, 40));
	ASSERT_EQ(40, puppet_recv_time(c));
	ASSERT_EQ(0, puppet_send(b, a->id, 15, 15));
	ASSERT_EQ(0, puppet_await_resumes(a, 1));
	ASSERT_EQ(0, puppet_await_resumes(c, 1));
}

/* Once with each of four filters, all of the same two rollbacks. */
TEST_F(tw_trace, told_and_filtered)
{
	const char *const options[4][5] = {
		{ NULL },
		{ "--process=3", NULL },
		{ "--cause", "primary", NULL },
		{ "--domain=4294967295", NULL },
	};
	struct tracer *t = self->t;
	int i;

	start_puppets(_metadata, self, 64);
	for (i = 0; i < 4; i++)
		ASSERT_EQ(0, tracer_start(&t[i], options[i]));
	primary_and_secondary(_metadata, self);
	for (i = 0; i < 4; i++)
		EXPECT_EQ(0, tracer_stop(&t[i]));

	ASSERT_EQ(2, listed(&t[0]));
	EXPECT_ROLLBACK(t[0].line[1], 1, "primary", 30, 15, 3, 2);
	EXPECT_ROLLBACK(t[0].line[2], 3, "secondary", 40, 40, 1, 1);
	EXPECT_TOTALS(&t[0], 1, 1);
	EXPECT_EQ(4, number(totals(&t[0]), "undone"));

	ASSERT_EQ(1, listed(&t[1]));
	EXPECT_ROLLBACK(t[1].line[1], 3, "secondary", 40, 40, 1, 1);
	EXPECT_TOTALS(&t[1], 0, 1);

	ASSERT_EQ(1, listed(&t[2]));
	EXPECT_ROLLBACK(t[2].line[1], 1, "primary", 30, 15, 3, 2);
	EXPECT_TOTALS(&t[2], 1, 0);

	ASSERT_EQ(0, listed(&t[3]));
	EXPECT_TOTALS(&t[3], 0, 0);
}

#define MANY	70

/* Without a note: there is no room for so many. */
static int op_recv(struct puppet *p)
{
	int ret = puppet_op_recv(p);

	p->nnotes = 0;
	return ret;
}

/* From which snapshot it has to come again depends on which had parked. */
static int recv_up_to(struct puppet *p, uint64_t time)
{
	int ret;

	do {
		p->box->arg[0] = 0;
		ret = puppet_call(p, op_recv);
	} while (!ret && p->box->u.recv.recv_time < time);
	return ret;
}

/* More rollbacks than fit into the smallest buffer, while nobody reads it. */
TEST_F(tw_trace, not_told_but_counted)
{
	const char *const options[] = { "--buffer=4", NULL };
	struct puppet *a = &self->a, *b = &self->b;
	struct tracer *t = self->t;
	uint64_t base = 100;
	int i;

	start_puppets(_metadata, self, 1);
	ASSERT_EQ(0, tracer_start(t, options));
	ASSERT_EQ(0, kill(t->pid, SIGSTOP));
	for (i = 0; i < MANY; i++, base += 100) {
		ASSERT_EQ(0, puppet_send(b, a->id, base + 20, i));
		ASSERT_EQ(0, recv_up_to(a, base + 20));
		ASSERT_EQ(0, puppet_send(b, a->id, base + 10, i));
		ASSERT_EQ(0, puppet_await_resumes(a, i + 1));
		ASSERT_EQ(0, recv_up_to(a, base + 20));
	}
	ASSERT_EQ(0, kill(t->pid, SIGCONT));
	EXPECT_EQ(0, tracer_stop(t));
	EXPECT_TOTALS(t, MANY, 0);
	EXPECT_LT(0, listed(t));
	EXPECT_LT(0, number(totals(t), "not_listed"));
	EXPECT_EQ(MANY, listed(t) + number(totals(t), "not_listed"));
}

/* The trace ends with the command, and with its status. */
TEST_F(tw_trace, command)
{
	const char *const options[] = { "--", "sh", "-c", "exit 7", NULL };

	start_puppets(_metadata, self, 1);
	ASSERT_EQ(0, tracer_start(self->t, options));
	EXPECT_EQ(7, tracer_end(self->t));
	EXPECT_TOTALS(self->t, 0, 0);
}

TEST_HARNESS_MAIN
