// SPDX-License-Identifier: GPL-2.0
/* How tasks, files and domains come to their ends, and what that leaves. */
#include <glob.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "tw_puppet.h"

/* What most tests start from: two processes in a domain that runs. */
struct pair {
	T_WORLD;
	pid_t snapshots[3];
};

static void pair_open(struct __test_metadata *_metadata, struct pair *w)
{
	t_world_open(_metadata, &w->world, (struct t_world_as){
		.puppets = 2, .interval = 1, .start = true,
	});
}

static void pair_close(struct __test_metadata *_metadata, struct pair *w)
{
	t_world_close(_metadata, &w->world);
}

/* b sends three messages and a handles them, with a snapshot before each. */
static void three_events(struct __test_metadata *_metadata, struct pair *w)
{
	uint64_t t;

	for (t = 10; t <= 30; t += 10)
		ASSERT_EQ(0, puppet_send(&w->b, w->a.id, t, t));
	for (t = 10; t <= 30; t += 10) {
		ASSERT_EQ(t, puppet_recv_time(&w->a));
		w->snapshots[t / 10 - 1] = w->a.box->snapshot;
	}
}

FIXTURE(life) {
	struct pair w;
};

FIXTURE_SETUP(life)
{
	pair_open(_metadata, &self->w);
}

FIXTURE_TEARDOWN(life)
{
	pair_close(_metadata, &self->w);
}

static void await_failure(struct __test_metadata *_metadata, int domain,
			  uint32_t failure, uint64_t process)
{
	struct tw_domain_wait w;
	struct tw_domain_stat st;

	EXPECT_EQ(0, t_wait(domain, TW_TIME_INF, &w));
	EXPECT_EQ(TW_DOMAIN_FAILED, w.state);
	ASSERT_EQ(0, t_stat(domain, &st));
	EXPECT_EQ(TW_DOMAIN_FAILED, st.state);
	EXPECT_EQ(failure, st.failure);
	EXPECT_EQ(process, st.failed_process);
	EXPECT_EQ(0, st.snapshots_live);
}

/* ---- the guardian ---- */

struct colony {
	uint32_t ready;
	int how;
	bool keep;
	char terminal[64];
};

enum { KILLED, EXITED, HUNG_UP };

/* A terminal that ends with its master, the returned file. */
static int terminal_new(char *name, size_t size)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);

	if (master < 0 || grantpt(master) || unlockpt(master) ||
	    ptsname_r(master, name, size))
		return -1;
	return master;
}

static int terminal_enter(const char *name)
{
	int fd = open(name, O_RDWR | O_CLOEXEC);

	return fd < 0 ? -errno : 0;
}

/* In a task of its own; the domain is its parent's, who looks on. */
static void guardian_main(int domain, struct colony *c)
{
	struct puppet a, b;

	if (c->how == HUNG_UP && (setsid() < 0 || terminal_enter(c->terminal)))
		_exit(1);
	if (puppet_new(&a, domain, TW_CANCEL_DEFAULT, 1) ||
	    puppet_new(&b, domain, TW_CANCEL_DEFAULT, 1) || t_start(domain) ||
	    puppet_send(&b, a.id, 10, 1) || puppet_recv(&a))
		_exit(1);
	if (!c->keep) {
		close(domain);
		close(a.fd);
		close(b.fd);
	}
	t_set(&c->ready, 1);
	if (c->how != EXITED)
		pause();
	_exit(0);
}

FIXTURE(guardian) {
	struct colony *colony;
};

FIXTURE_VARIANT(guardian) {
	int how;
	bool keep;
};

FIXTURE_VARIANT_ADD(guardian, killed) { .how = KILLED, .keep = true };
FIXTURE_VARIANT_ADD(guardian, exits) { .how = EXITED, .keep = true };
FIXTURE_VARIANT_ADD(guardian, loses_its_terminal) { .how = HUNG_UP, .keep = true };
FIXTURE_VARIANT_ADD(guardian, killed_without_files) { .how = KILLED };
FIXTURE_VARIANT_ADD(guardian, exits_without_files) { .how = EXITED };

FIXTURE_SETUP(guardian)
{
	self->colony = t_shared(sizeof(*self->colony));
	self->colony->how = variant->how;
	self->colony->keep = variant->keep;
}

FIXTURE_TEARDOWN(guardian)
{
}

TEST_F(guardian, dies)
{
	int dev = t_open(), domain = t_domain(dev, TW_CANCEL_DEFAULT, 1000);
	int sink, fds, master = -1;
	uint64_t id;
	pid_t pid;
	char c;

	ASSERT_LE(0, domain);
	sink = t_sink(domain, &id);
	ASSERT_LE(0, sink);
	fds = t_fds();
	ASSERT_EQ(0, prctl(PR_SET_CHILD_SUBREAPER, 1));
	if (variant->how == HUNG_UP) {
		master = terminal_new(self->colony->terminal, sizeof(self->colony->terminal));
		ASSERT_LE(0, master);
	}
	pid = fork();
	if (!pid) {
		close(master);
		guardian_main(domain, self->colony);
	}
	ASSERT_EQ(0, t_await(&self->colony->ready, 1));
	if (variant->how == KILLED)
		ASSERT_EQ(0, kill(pid, SIGKILL));
	close(master);
	/* its orphans have come here, and all of them end */
	await_failure(_metadata, domain, TW_FAILURE_GUARDIAN, 2);
	EXPECT_EQ(0, t_reap());
	EXPECT_EQ(-1, read(sink, &c, 1));
	EXPECT_EQ(EIO, errno);
	EXPECT_EQ(0, t_stat_of(domain, balance));
	EXPECT_EQ(fds, t_fds());
	close(sink);
	close(domain);
	close(dev);
}

/* After the end as well: one that never looks would stay for ever. */
static int op_loop(struct puppet *p)
{
	while (p->fd >= 0)
		sched_yield();
	return 0;
}

TEST_F(life, closed_after_the_end)
{
	puppet_post_recv(&self->w.a);
	puppet_post_recv(&self->w.b);
	ASSERT_EQ(1, puppet_wait(&self->w.a));
	puppet_post(&self->w.a, op_loop);
}

/* ---- snapshots ---- */

TEST_F(life, snapshot_killed)
{
	struct puppet *a = &self->w.a, *b = &self->w.b;
	uint32_t live;

	three_events(_metadata, &self->w);
	live = t_pstat_of(self->w.domain, a->id, snapshots_live);
	EXPECT_EQ(3, live);
	ASSERT_EQ(0, kill(self->w.snapshots[2], SIGKILL));
	EXPECT_TRUE(t_until(t_pstat_of(self->w.domain, a->id, snapshots_live) == 2));
	EXPECT_EQ(30, t_pstat_of(self->w.domain, a->id, lvt));
	ASSERT_EQ(0, puppet_send(b, a->id, 25, 25));
	ASSERT_EQ(0, puppet_await_resumes(a, 1));
	EXPECT_EQ(self->w.snapshots[1], a->box->pid);
	EXPECT_EQ(1, a->box->nnotes);
	EXPECT_EQ(20, puppet_recv_time(a));
	EXPECT_EQ(25, puppet_recv_time(a));
	EXPECT_EQ(30, puppet_recv_time(a));
	EXPECT_EQ(0, t_stat_of(self->w.domain, violations));
}

TEST_F(life, all_snapshots_killed)
{
	struct puppet *a = &self->w.a, *b = &self->w.b;
	struct tw_send late = t_send_arg(a->id, 25, NULL, 0);
	int i;

	three_events(_metadata, &self->w);
	for (i = 0; i < 3; i++)
		ASSERT_EQ(0, kill(self->w.snapshots[i], SIGKILL));
	EXPECT_TRUE(t_until(t_pstat_of(self->w.domain, a->id, snapshots_live) == 0));
	EXPECT_EQ(TW_DOMAIN_RUNNING, t_stat_of(self->w.domain, state));
	puppet_post_ioctl(b, TW_SEND, &late, sizeof(late));
	await_failure(_metadata, self->w.domain, TW_FAILURE_SNAPSHOT, a->id);
	EXPECT_EQ(25, t_stat_of(self->w.domain, failed_time));
	EXPECT_EQ(0, t_reap());
}

static int op_park_as_child(struct puppet *p)
{
	struct tw_park park = { .size = sizeof(park), .token = p->box->arg[0] };
	pid_t pid = fork();
	int status = -1;

	if (!pid)
		_exit(-t_ioctl(p->fd, TW_PARK, &park));
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? -WEXITSTATUS(status) : 1;
}

TEST_F(life, park_with_a_wrong_token)
{
	uint64_t tokens[] = { 0, 12345, ~0ull };
	size_t i;

	three_events(_metadata, &self->w);
	for (i = 0; i < ARRAY_SIZE(tokens); i++) {
		self->w.a.box->arg[0] = tokens[i];
		EXPECT_EQ(-ECANCELED, puppet_call(&self->w.a, op_park_as_child));
	}
	EXPECT_EQ(3, t_pstat_of(self->w.domain, self->w.a.id, snapshots_live));
}

static int op_announce(struct puppet *p)
{
	struct tw_snapshot s = { .size = sizeof(s) };
	int ret = t_ioctl(p->fd, TW_SNAPSHOT, &s);

	p->box->arg[0] = s.token;
	return ret;
}

/* The history of a snapshot is gone before its child has come. */
TEST_F(life, park_too_late)
{
	struct puppet *a = &self->w.a, *b = &self->w.b;

	three_events(_metadata, &self->w);
	ASSERT_EQ(0, puppet_call(a, op_announce));
	ASSERT_EQ(0, puppet_send(b, a->id, 25, 25));
	ASSERT_EQ(0, puppet_await_resumes(a, 1));
	EXPECT_EQ(-ECANCELED, puppet_call(a, op_park_as_child));
	EXPECT_EQ(25, puppet_recv_time(a));
}

/* A second child of the same snapshot is not needed. */
TEST_F(life, park_twice)
{
	struct puppet *a = &self->w.a;
	struct tw_snapshot snap = { .size = sizeof(snap) };

	three_events(_metadata, &self->w);
	ASSERT_EQ(0, puppet_ioctl(a, TW_SNAPSHOT, &snap, sizeof(snap)));
	/* its child takes the place in the state queue */
	ASSERT_EQ(0, puppet_call(a, puppet_op_snapshot));
	a->box->arg[0] = snap.token;
	EXPECT_EQ(-ECANCELED, puppet_call(a, op_park_as_child));
	EXPECT_EQ(4, t_pstat_of(self->w.domain, a->id, snapshots_live));
}

static int op_park_itself(struct puppet *p)
{
	struct tw_snapshot s = { .size = sizeof(s) };
	struct tw_park park = { .size = sizeof(park) };
	int ret = t_ioctl(p->fd, TW_SNAPSHOT, &s);

	if (ret)
		return ret;
	park.token = s.token;
	return t_ioctl(p->fd, TW_PARK, &park);
}

TEST_F(life, park_by_the_running_incarnation)
{
	EXPECT_EQ(-EBUSY, puppet_call(&self->w.a, op_park_itself));
	EXPECT_EQ(TW_PROCESS_RUNNING, t_pstat_of(self->w.domain, self->w.a.id, state));
	EXPECT_EQ(0, t_pstat_of(self->w.domain, self->w.a.id, snapshots_live));
}

/* ---- the running incarnation ---- */

TEST_F(life, running_killed)
{
	struct puppet *a = &self->w.a;
	pid_t pid = a->box->pid;

	three_events(_metadata, &self->w);
	ASSERT_EQ(0, kill(pid, SIGKILL));
	ASSERT_EQ(0, puppet_await_resumes(a, 1));
	EXPECT_EQ(self->w.snapshots[2], a->box->pid);
	EXPECT_EQ(2, a->box->nnotes);
	EXPECT_EQ(30, puppet_recv_time(a));
	EXPECT_EQ(-EAGAIN, puppet_recv_nonblock(a));
	EXPECT_EQ(TW_DOMAIN_RUNNING, t_stat_of(self->w.domain, state));
	EXPECT_EQ(0, t_stat_of(self->w.domain, rollbacks_primary));
	EXPECT_EQ(0, t_stat_of(self->w.domain, rollbacks_secondary));
	EXPECT_EQ(1, t_stat_of(self->w.domain, lost));
}

TEST_F(life, running_killed_while_it_waits)
{
	struct puppet *a = &self->w.a;
	pid_t pid = a->box->pid;

	three_events(_metadata, &self->w);
	puppet_post_recv(a);
	ASSERT_TRUE(t_until(t_pstat_of(self->w.domain, a->id, state) ==
			    TW_PROCESS_WAITING));
	ASSERT_EQ(0, kill(pid, SIGKILL));
	ASSERT_EQ(0, puppet_await_resumes(a, 1));
	/* the receive that was interrupted is done again */
	EXPECT_EQ(0, puppet_wait(a));
	EXPECT_EQ(30, a->box->u.recv.recv_time);
}

/* It must not go on for ever: in the end the failure is real. */
TEST_F(life, running_killed_too_often)
{
	struct puppet *a = &self->w.a;
	uint32_t n = 0;

	three_events(_metadata, &self->w);
	puppet_post_recv(&self->w.b);
	while (n < 100) {
		kill(a->box->pid, SIGKILL);
		n++;
		ASSERT_TRUE(t_until(puppet_resumes(a) == n ||
				    t_stat_of(self->w.domain, state) == TW_DOMAIN_FAILED));
		if (puppet_resumes(a) != n)
			break;
		while (a->box->nnotes < 3 && !puppet_recv(a))
			;
	}
	EXPECT_LT(n, 100);
	await_failure(_metadata, self->w.domain, TW_FAILURE_PROCESS, a->id);
	EXPECT_EQ(SIGKILL, t_stat_of(self->w.domain, failed_status));
	EXPECT_EQ(0, t_reap());
}

TEST_F(life, exit_zero)
{
	struct puppet *a = &self->w.a;
	struct tw_process_stat st;

	three_events(_metadata, &self->w);
	a->box->arg[0] = 0;
	puppet_post(a, puppet_op_exit);
	EXPECT_TRUE(t_until(t_pstat_of(self->w.domain, a->id, state) == TW_PROCESS_EXITED));
	ASSERT_EQ(0, t_pstat(self->w.domain, a->id, &st));
	EXPECT_EQ(0, st.exit_status);
	EXPECT_EQ(0, st.pid);
	EXPECT_EQ(TW_TIME_INF, st.lvt);
	puppet_post_recv(&self->w.b);
	EXPECT_EQ(1, puppet_wait(&self->w.b));
	EXPECT_EQ(0, t_wait(self->w.domain, TW_TIME_INF, NULL));
	EXPECT_TRUE(t_until(t_stat_of(self->w.domain, state) == TW_DOMAIN_ENDED));
	EXPECT_EQ(0, t_pstat_of(self->w.domain, a->id, exit_status));
}

/* An exit is an event, and is undone as one. */
TEST_F(life, exit_zero_rolled_back)
{
	struct puppet *a = &self->w.a;

	three_events(_metadata, &self->w);
	a->box->arg[0] = 0;
	puppet_post(a, puppet_op_exit);
	EXPECT_TRUE(t_until(t_pstat_of(self->w.domain, a->id, state) == TW_PROCESS_EXITED));
	a->box->op = puppet_op_recv;
	ASSERT_EQ(0, puppet_send(&self->w.b, a->id, 25, 25));
	ASSERT_EQ(0, puppet_await_resumes(a, 1));
	EXPECT_EQ(0, puppet_wait(a));
	EXPECT_EQ(25, a->box->u.recv.recv_time);
	EXPECT_EQ(30, puppet_recv_time(a));
	EXPECT_EQ(TW_PROCESS_RUNNING, t_pstat_of(self->w.domain, a->id, state));
}

/* Ways to leave that are failures. */
FIXTURE(crash) {
	struct pair w;
};

FIXTURE_VARIANT(crash) {
	puppet_op op;
	uint64_t arg;
	int status;
};

FIXTURE_VARIANT_ADD(crash, segv) {
	.op = puppet_op_crash, .arg = SIGSEGV, .status = SIGSEGV,
};
FIXTURE_VARIANT_ADD(crash, fpe) {
	.op = puppet_op_crash, .arg = SIGFPE, .status = SIGFPE,
};
FIXTURE_VARIANT_ADD(crash, abort) {
	.op = puppet_op_crash, .arg = SIGABRT, .status = SIGABRT,
};
FIXTURE_VARIANT_ADD(crash, term) {
	.op = puppet_op_crash, .arg = SIGTERM, .status = SIGTERM,
};
FIXTURE_VARIANT_ADD(crash, exit_status) {
	.op = puppet_op_exit, .arg = 3, .status = 3 << 8,
};

FIXTURE_SETUP(crash)
{
	pair_open(_metadata, &self->w);
}

FIXTURE_TEARDOWN(crash)
{
	pair_close(_metadata, &self->w);
}

/* Without the bit that says whether there was a core. */
#define STATUS(_status)	((int)(_status) & ~0x80)

TEST_F(crash, in_a_wrong_future)
{
	struct puppet *a = &self->w.a, *b = &self->w.b;
	struct tw_process_stat st;

	three_events(_metadata, &self->w);
	a->box->arg[0] = variant->arg;
	puppet_post(a, variant->op);
	EXPECT_TRUE(t_until(t_pstat_of(self->w.domain, a->id, state) == TW_PROCESS_EXITED));
	ASSERT_EQ(0, t_pstat(self->w.domain, a->id, &st));
	EXPECT_EQ(variant->status, STATUS(st.exit_status));
	EXPECT_EQ(30, st.lvt);
	ASSERT_TRUE(t_rounds(self->w.domain));
	EXPECT_EQ(TW_DOMAIN_RUNNING, t_stat_of(self->w.domain, state));
	/* it is not to do that again */
	a->box->op = puppet_op_recv;
	a->box->arg[0] = 0;
	ASSERT_EQ(0, puppet_send(b, a->id, 25, 25));
	EXPECT_EQ(0, puppet_wait(a));
	EXPECT_EQ(25, a->box->u.recv.recv_time);
	EXPECT_EQ(30, puppet_recv_time(a));
	puppet_post_recv(a);
	puppet_post_recv(b);
	EXPECT_EQ(1, puppet_wait(a));
	EXPECT_EQ(1, puppet_wait(b));
	EXPECT_EQ(TW_FAILURE_NONE, t_stat_of(self->w.domain, failure));
	EXPECT_EQ(1, t_stat_of(self->w.domain, failures));
	EXPECT_EQ(0, t_stat_of(self->w.domain, failed_pid));
}

TEST_F(crash, in_true_history)
{
	struct puppet *a = &self->w.a, *b = &self->w.b;
	pid_t pid = a->box->pid;
	struct tw_domain_stat st;

	three_events(_metadata, &self->w);
	a->box->arg[0] = variant->arg;
	puppet_post(a, variant->op);
	EXPECT_TRUE(t_until(t_pstat_of(self->w.domain, a->id, state) == TW_PROCESS_EXITED));
	EXPECT_EQ(TW_DOMAIN_RUNNING, t_stat_of(self->w.domain, state));
	/* with b out of the way nothing can undo it any more */
	puppet_post_recv(b);
	await_failure(_metadata, self->w.domain, TW_FAILURE_PROCESS, a->id);
	ASSERT_EQ(0, t_stat(self->w.domain, &st));
	EXPECT_EQ(variant->status, STATUS(st.failed_status));
	EXPECT_EQ(30, st.failed_time);
	EXPECT_EQ(pid, st.failed_pid);
	EXPECT_EQ(1, st.failures);
	EXPECT_GE(30, st.gvt);
	EXPECT_EQ(0, st.balance);
	EXPECT_EQ(0, t_reap());
	EXPECT_EQ(TW_PROCESS_DEAD, t_pstat_of(self->w.domain, a->id, state));
	EXPECT_EQ(TW_PROCESS_DEAD, t_pstat_of(self->w.domain, b->id, state));
}

/* ---- exec ---- */

#define NOBODY	65534

/*
 * What an exec'ed incarnation runs: it lives until somebody writes to the pipe.
 * One of a user who is nobody can open that only as the program's owner.
 */
static int exec_child(const char *path)
{
	int fd = open(path, O_RDONLY);
	char c;

	return fd >= 0 && read(fd, &c, 1) == 1 ? 42 : 1;
}

#define EXEC_PATH	64

struct exec_as {
	char pipe[EXEC_PATH];
	char program[EXEC_PATH];
	bool cloexec;
	bool nobody;
};

static int op_exec(struct puppet *p)
{
	const struct exec_as *as = (void *)p->box->data;

	fcntl(p->fd, F_SETFD, as->cloexec ? FD_CLOEXEC : 0);
	if (as->nobody && setresuid(NOBODY, NOBODY, NOBODY))
		return -errno;
	execl(as->program, "life", "exec-child", as->pipe, NULL);
	return -errno;
}

/* Whoever runs @to is its owner. */
static int copy_setuid(const char *from, const char *to)
{
	int in = open(from, O_RDONLY | O_CLOEXEC);
	int out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0700);
	int ret = -errno;

	if (in >= 0 && out >= 0) {
		while ((ret = sendfile(out, in, NULL, 1 << 20)) > 0)
			;
		if (fchmod(out, 04755))
			ret = -errno;
	}
	close(in);
	close(out);
	return ret;
}

FIXTURE(exec) {
	struct pair w;
	struct exec_as as;
	int fifo;
};

FIXTURE_VARIANT(exec) {
	bool cloexec;
	bool setuid;
};

FIXTURE_VARIANT_ADD(exec, closes_the_file) { .cloexec = true };
FIXTURE_VARIANT_ADD(exec, keeps_the_file) { };
FIXTURE_VARIANT_ADD(exec, setuid) { .setuid = true };

FIXTURE_SETUP(exec)
{
	struct exec_as *as = &self->as;

	pair_open(_metadata, &self->w);
	as->cloexec = variant->cloexec;
	as->nobody = variant->setuid;
	snprintf(as->pipe, EXEC_PATH, "/tmp/timewarp-life-%d", getpid());
	ASSERT_EQ(0, mkfifo(as->pipe, 0600));
	strcpy(as->program, "/proc/self/exe");
	if (variant->setuid) {
		snprintf(as->program, EXEC_PATH, "/tmp/timewarp-life-%d-setuid", getpid());
		ASSERT_EQ(0, copy_setuid("/proc/self/exe", as->program));
	}
	self->fifo = -1;
}

FIXTURE_TEARDOWN(exec)
{
	unlink(self->as.pipe);
	if (variant->setuid)
		unlink(self->as.program);
	close(self->fifo);
	pair_close(_metadata, &self->w);
}

/* The new program is there when it has opened the pipe for reading. */
static int exec_and_wait(FIXTURE_DATA(exec) *self)
{
	memcpy(self->w.a.box->data, &self->as, sizeof(self->as));
	puppet_post(&self->w.a, op_exec);
	self->fifo = open(self->as.pipe, O_WRONLY | O_CLOEXEC);
	self->w.a.box->op = puppet_op_recv;
	return self->fifo;
}

static void exec_ends(struct __test_metadata *_metadata,
		      FIXTURE_DATA(exec) *self, pid_t pid)
{
	int status = -1;

	EXPECT_EQ(0, waitpid(pid, &status, __WALL | WNOHANG));
	EXPECT_EQ(1, write(self->fifo, "x", 1));
	EXPECT_EQ(pid, waitpid(pid, &status, __WALL));
	EXPECT_EQ(42 << 8, status);
}

TEST_F(exec, leaves_the_domain)
{
	struct puppet *a = &self->w.a;
	pid_t pid = a->box->pid;

	three_events(_metadata, &self->w);
	ASSERT_LE(0, exec_and_wait(self));
	EXPECT_TRUE(t_until(t_pstat_of(self->w.domain, a->id, state) == TW_PROCESS_EXITED));
	EXPECT_EQ(0, t_pstat_of(self->w.domain, a->id, exit_status));
	EXPECT_EQ(0, t_pstat_of(self->w.domain, a->id, pid));
	puppet_post_recv(&self->w.b);
	EXPECT_EQ(0, t_wait(self->w.domain, TW_TIME_INF, NULL));
	EXPECT_TRUE(t_until(t_stat_of(self->w.domain, state) == TW_DOMAIN_ENDED));
	exec_ends(_metadata, self, pid);
}

/* The process goes back and on; the program that it was is not touched. */
TEST_F(exec, is_not_signalled_by_a_rollback)
{
	struct puppet *a = &self->w.a;
	pid_t pid = a->box->pid;

	three_events(_metadata, &self->w);
	ASSERT_LE(0, exec_and_wait(self));
	ASSERT_EQ(0, puppet_send(&self->w.b, a->id, 25, 25));
	ASSERT_EQ(0, puppet_await_resumes(a, 1));
	EXPECT_EQ(0, puppet_wait(a));
	EXPECT_EQ(25, a->box->u.recv.recv_time);
	ASSERT_TRUE(t_rounds(self->w.domain));
	exec_ends(_metadata, self, pid);
}

TEST_F(exec, is_not_signalled_by_the_end_of_the_domain)
{
	pid_t pid = self->w.a.box->pid;

	three_events(_metadata, &self->w);
	ASSERT_LE(0, exec_and_wait(self));
	close(self->w.domain);
	self->w.domain = -1;
	/* all but the program */
	EXPECT_TRUE(t_until((t_reap_some(), t_children() == 1)));
	exec_ends(_metadata, self, pid);
}

/* ---- a task that is two incarnations of a process ---- */

/* A program that parks; resumed, it maps its page and has no use for it. */
static int park_child(char **argv)
{
	struct tw_park park = { .size = sizeof(park), .token = strtoull(argv[1], NULL, 0) };
	int fd = atoi(argv[0]), ret = t_ioctl(fd, TW_PARK, &park), to;
	void *page = mmap(NULL, T_PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (page == MAP_FAILED || munmap(page, T_PAGE))
		ret = -errno;
	to = open(argv[2], O_WRONLY | O_CLOEXEC);
	if (write(to, &ret, sizeof(ret)) != sizeof(ret))
		return 1;
	pause();
	return 0;
}

static struct puppet *parker;

/* What was announced last is in the box. */
static void on_exec_parker(int sig)
{
	const struct exec_as *as = (void *)parker->box->data;
	char fd[24], token[24];

	(void)sig;
	fcntl(parker->fd, F_SETFD, 0);
	snprintf(fd, sizeof(fd), "%d", parker->fd);
	snprintf(token, sizeof(token), "%llu",
		 (unsigned long long)parker->box->arg[0]);
	execl("/proc/self/exe", "life", "park-child", fd, token, as->pipe, NULL);
	_exit(1);
}

/* The child that parks will run another program when a signal comes. */
static int op_snapshot_parker(struct puppet *p)
{
	struct tw_snapshot s = { .size = sizeof(s) };
	int ret = t_ioctl(p->fd, TW_SNAPSHOT, &s);
	struct tw_park park = { .size = sizeof(park), .token = s.token };
	pid_t child;

	if (ret)
		return ret;
	child = t_clone(CLONE_PARENT);
	if (child) {
		p->box->snapshot = child;
		return 0;
	}
	parker = p;
	signal(SIGUSR1, on_exec_parker);
	t_ioctl(p->fd, TW_PARK, &park);
	_exit(1);
}

/* The GVT thread, which looks for tasks that are gone, takes its time. */
static void delay_gvt(uint64_t us)
{
	glob_t g;
	size_t i;

	if (glob("/sys/kernel/debug/timewarp/*/gvt_delay_us", 0, NULL, &g))
		return;
	for (i = 0; i < g.gl_pathc; i++)
		t_put_number(g.gl_pathv[i], us);
	globfree(&g);
}

/*
 * A snapshot runs another program, which parks as a later snapshot of the same
 * process, is resumed by a rollback and maps its page, before anybody has found
 * that the first program is gone. Expected: the page lives as long as the second
 * incarnation. Seen: it was freed with the first one.
 */
TEST_F(life, parks_again_after_exec)
{
	struct puppet *a = &self->w.a, *b = &self->w.b;
	struct exec_as as = { };
	int fifo, ret = -1;
	pid_t pid;

	snprintf(as.pipe, EXEC_PATH, "/tmp/timewarp-life-%d", getpid());
	ASSERT_EQ(0, mkfifo(as.pipe, 0600));
	fifo = open(as.pipe, O_RDWR | O_CLOEXEC);
	ASSERT_EQ(0, puppet_send(b, a->id, 20, 1));
	ASSERT_EQ(0, puppet_call(a, op_snapshot_parker));
	pid = a->box->snapshot;
	ASSERT_TRUE(t_until(t_pstat_of(self->w.domain, a->id, snapshots) == 1));
	ASSERT_EQ(0, puppet_send(a, a->id, 10, 1));
	ASSERT_EQ(10, puppet_recv_time(a));
	memcpy(a->box->data, &as, sizeof(as));
	ASSERT_EQ(0, puppet_call(a, op_announce));
	delay_gvt(2000000);
	ASSERT_EQ(0, kill(pid, SIGUSR1));
	ASSERT_TRUE(t_until(t_pstat_of(self->w.domain, a->id, snapshots) == 2));
	ASSERT_EQ(20, puppet_recv_time(a));
	ASSERT_EQ(0, puppet_send(b, a->id, 15, 1));
	ASSERT_EQ(sizeof(ret), read(fifo, &ret, sizeof(ret)));
	delay_gvt(0);
	EXPECT_EQ(0, ret);
	EXPECT_EQ(pid, t_pstat_of(self->w.domain, a->id, pid));
	/* the first program is found gone */
	EXPECT_TRUE(t_until(t_pstat_of(self->w.domain, a->id, snapshots_live) == 0));
	ASSERT_EQ(0, puppet_send(b, a->id, 12, 1));
	ASSERT_TRUE(t_rounds(self->w.domain));
	/* it repeats what it did, up to there */
	EXPECT_EQ(12, t_pstat_of(self->w.domain, a->id, lvt));
	close(fifo);
	unlink(as.pipe);
}

/* ---- files ---- */

TEST_F(life, last_close_ends_all)
{

	three_events(_metadata, &self->w);
	puppet_post_recv(&self->w.a);
	EXPECT_EQ(5, t_children());
	close(self->w.domain);
	self->w.domain = -1;
	EXPECT_EQ(0, t_reap());
	EXPECT_GT(0, t_send(self->w.a.fd, self->w.b.id, 100, 1));
}

TEST_F(life, dup_keeps_it)
{
	int other = dup(self->w.domain);

	ASSERT_LE(0, other);
	close(self->w.domain);
	self->w.domain = other;
	self->w.a.domain = other;
	self->w.b.domain = other;
	three_events(_metadata, &self->w);
	EXPECT_EQ(TW_DOMAIN_RUNNING, t_stat_of(other, state));
}

TEST_F(life, another_task_keeps_it)
{
	uint32_t *go = t_shared(sizeof(*go));
	int status = -1;
	pid_t pid;

	pid = fork();
	if (!pid) {
		if (t_await(go, 1))
			_exit(1);
		_exit(t_stat_of(self->w.domain, state) != TW_DOMAIN_RUNNING);
	}
	close(self->w.domain);
	self->w.a.domain = self->w.b.domain = self->w.domain = -1;
	ASSERT_EQ(0, puppet_send(&self->w.b, self->w.a.id, 10, 1));
	ASSERT_EQ(10, puppet_recv_time(&self->w.a));
	t_set(go, 1);
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
	EXPECT_EQ(0, t_reap());
}

/* The page is a descriptor like any other. */
TEST_F(life, a_map_keeps_it)
{
	const volatile struct tw_domain_page *page;

	page = mmap(NULL, T_PAGE, PROT_READ, MAP_SHARED, self->w.domain, 0);
	ASSERT_NE(MAP_FAILED, (void *)page);
	close(self->w.domain);
	self->w.a.domain = self->w.b.domain = self->w.domain = -1;
	ASSERT_EQ(0, puppet_send(&self->w.b, self->w.a.id, 10, 1));
	ASSERT_EQ(10, puppet_recv_time(&self->w.a));
	EXPECT_EQ(TW_DOMAIN_RUNNING, page->state);
	munmap((void *)page, T_PAGE);
	EXPECT_EQ(0, t_reap());
}

/* The incarnations' own descriptors are enough for an endpoint. */
TEST_F(life, guardian_closes_the_endpoint)
{
	struct puppet *a = &self->w.a;

	three_events(_metadata, &self->w);
	close(a->fd);
	a->fd = -1;
	ASSERT_EQ(0, puppet_send(&self->w.b, a->id, 25, 25));
	ASSERT_EQ(0, puppet_await_resumes(a, 1));
	EXPECT_EQ(25, puppet_recv_time(a));
	EXPECT_EQ(30, puppet_recv_time(a));
}

static int pass_fd(int socket, int fd)
{
	union {
		char buf[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} u = {};
	char byte = 0;
	struct iovec iov = { &byte, 1 };
	struct msghdr m = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = u.buf, .msg_controllen = sizeof(u.buf),
	};
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	return sendmsg(socket, &m, 0) == 1 ? 0 : -errno;
}

static int take_fd(int socket)
{
	union {
		char buf[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} u = {};
	char byte;
	struct iovec iov = { &byte, 1 };
	struct msghdr m = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = u.buf, .msg_controllen = sizeof(u.buf),
	};
	int fd = -1;

	if (recvmsg(socket, &m, 0) == 1)
		memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&m)), sizeof(fd));
	return fd;
}

/* Whoever has the endpoint can embody the process. */
TEST_F(life, endpoint_passed_on)
{
	int domain = t_domain(self->w.dev, TW_CANCEL_DEFAULT, 1000);
	struct tw_attach attach = { .size = sizeof(attach) };
	int pair[2], fd, status = -1;
	struct tw_recv r;
	uint64_t id, word;
	pid_t pid;

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair));
	pid = t_clone(0);
	if (!pid) {
		t_close_but(pair[1]);
		fd = take_fd(pair[1]);
		if (fd < 0 || t_ioctl(fd, TW_ATTACH, &attach) || t_send(fd, 1, 10, 7))
			_exit(1);
		_exit(t_recv(fd, &r, &word, 8) || word != 7 || t_recv(fd, &r, &word, 8) != 1);
	}
	fd = t_process(domain, TW_CANCEL_DEFAULT, 0, &id);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, pass_fd(pair[0], fd));
	close(fd);
	ASSERT_EQ(0, t_start(domain));
	EXPECT_EQ(pid, waitpid(pid, &status, __WALL));
	EXPECT_EQ(0, status);
	EXPECT_TRUE(t_until(t_stat_of(domain, state) == TW_DOMAIN_ENDED));
	close(domain);
}

/* ---- attach ---- */

TEST_F(life, attach_twice)
{
	struct tw_attach attach = { .size = sizeof(attach) };

	EXPECT_EQ(-EBUSY, puppet_attach(&self->w.a));
	EXPECT_EQ(-EBUSY, t_ioctl(self->w.a.fd, TW_ATTACH, &attach));
	EXPECT_EQ(self->w.a.box->pid, t_pstat_of(self->w.domain, self->w.a.id, pid));
}

TEST_F(life, attach_after_the_first_has_gone)
{
	struct tw_attach attach = { .size = sizeof(attach) };
	struct puppet *a = &self->w.a;

	a->box->arg[0] = 0;
	puppet_post(a, puppet_op_exit);
	EXPECT_TRUE(t_until(t_pstat_of(self->w.domain, a->id, state) == TW_PROCESS_EXITED));
	EXPECT_EQ(-EBUSY, t_ioctl(a->fd, TW_ATTACH, &attach));
}

/* ---- failure is for everyone ---- */

TEST_F(life, calls_after_a_failure)
{
	struct pollfd f = { .fd = self->w.domain, .events = POLLIN };
	struct puppet *a = &self->w.a;
	struct tw_attach attach = { .size = sizeof(attach) };

	three_events(_metadata, &self->w);
	a->box->arg[0] = 1;
	puppet_post(a, puppet_op_exit);
	puppet_post_recv(&self->w.b);
	await_failure(_metadata, self->w.domain, TW_FAILURE_PROCESS, a->id);
	EXPECT_EQ(1, poll(&f, 1, T_DEADLINE_S * 1000));
	EXPECT_EQ(POLLERR, f.revents & POLLERR);
	EXPECT_GT(0, t_ioctl(a->fd, TW_ATTACH, &attach));
	EXPECT_EQ(-EBUSY, t_start(self->w.domain));
	EXPECT_EQ(0, t_reap());
}

/* ---- the module ---- */

static bool unload_refused(void)
{
	return syscall(SYS_delete_module, "timewarp", O_NONBLOCK) < 0 &&
	       (errno == EBUSY || errno == EAGAIN);
}

/* Each kind of file alone holds the module. */
TEST(unload_while_in_use)
{
	int dev = t_open(), domain, fd;
	uint64_t id;
	void *page;

	ASSERT_LE(0, dev);
	if (geteuid())
		SKIP(return, "only root may unload a module");
	if (access("/sys/module/timewarp/refcnt", F_OK))
		SKIP(return, "the module is built in");
	EXPECT_TRUE(unload_refused());
	domain = t_domain(dev, TW_CANCEL_DEFAULT, 0);
	close(dev);
	EXPECT_TRUE(unload_refused());
	fd = t_process(domain, TW_CANCEL_DEFAULT, 0, &id);
	close(domain);
	EXPECT_TRUE(unload_refused());
	dev = t_open();
	close(fd);
	domain = t_domain(dev, TW_CANCEL_DEFAULT, 0);
	fd = t_sink(domain, &id);
	close(dev);
	close(domain);
	EXPECT_TRUE(unload_refused());
	dev = t_open();
	close(fd);
	domain = t_domain(dev, TW_CANCEL_DEFAULT, 0);
	page = mmap(NULL, T_PAGE, PROT_READ, MAP_SHARED, domain, 0);
	ASSERT_NE(MAP_FAILED, page);
	close(dev);
	close(domain);
	EXPECT_TRUE(unload_refused());
	dev = t_open();
	ASSERT_LE(0, dev);
	munmap(page, T_PAGE);
	close(dev);
}

/* ---- nothing is left over ---- */

TEST(domains_come_and_go)
{
	uint32_t n = t_scale(50), i;
	int dev = t_open(), domain, fds = t_fds(), children = t_children();
	struct puppet a, b;
	long slab = 0;

	for (i = 0; i < n + 10; i++) {
		if (i == 10)
			slab = t_slab_objects();
		domain = t_domain(dev, i % 3, 1000);
		ASSERT_LE(0, domain);
		ASSERT_EQ(0, puppet_new(&a, domain, TW_CANCEL_DEFAULT, 1));
		ASSERT_EQ(0, puppet_new(&b, domain, TW_CANCEL_DEFAULT, 1));
		if (i % 4) {
			ASSERT_EQ(0, t_start(domain));
			ASSERT_EQ(0, puppet_send(&b, a.id, 10, 1));
			ASSERT_EQ(10, puppet_recv_time(&a));
			ASSERT_EQ(0, puppet_send(&b, a.id, 5, 1));
		}
		close(domain);
		puppet_free(&a);
		puppet_free(&b);
		ASSERT_EQ(0, t_reap());
	}
	EXPECT_EQ(fds, t_fds());
	EXPECT_EQ(children, t_children());
	if (slab > 0)
		EXPECT_GT(slab + 40 * (long)n, t_slab_objects());
	close(dev);
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "exec-child"))
		return exec_child(argv[2]);
	if (argc == 5 && !strcmp(argv[1], "park-child"))
		return park_child(argv + 2);
	return test_harness_run(argc, argv);
}
