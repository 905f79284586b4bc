// SPDX-License-Identifier: GPL-2.0
/*
 * Who may do what: published names, owners and modes, limits for each user,
 * files that are passed on by SCM_RIGHTS, and guardians that die.
 */
#include <grp.h>
#include <sys/prctl.h>

#include "tw_puppet.h"

#define ALICE	1000
#define BOB	1001
#define FRIENDS	2000		/* a group */

FIXTURE(access) {
	int dev;
	int fds;
};

FIXTURE_SETUP(access)
{
	self->fds = t_fds();
	self->dev = t_open();
	ASSERT_LE(0, self->dev);
	ASSERT_EQ(0, prctl(PR_SET_CHILD_SUBREAPER, 1));
}

FIXTURE_TEARDOWN(access)
{
	close(self->dev);
	EXPECT_EQ(0, t_reap());
	EXPECT_EQ(self->fds, t_fds());
}

/* ---- names ---- */

static int create(int dev, uint32_t flags, uint32_t mode, const char *name)
{
	struct tw_domain_create c = {
		.size = sizeof(c), .flags = flags, .mode = mode, .fd = -1,
		.gvt_interval_us = 1000,
	};
	int ret;

	strcpy(c.name, name);
	ret = t_ioctl(dev, TW_DOMAIN_CREATE, &c);
	return ret ? ret : c.fd;
}

static int open_by_name(int dev, uint32_t access, const char *name)
{
	struct tw_domain_open o = {
		.size = sizeof(o), .flags = access, .fd = -1,
	};
	int ret;

	strcpy(o.name, name);
	ret = t_ioctl(dev, TW_DOMAIN_OPEN, &o);
	return ret ? ret : o.fd;
}

/* What an open gives: 0 or -errno. */
static int try_open(int dev, uint32_t access, const char *name)
{
	int fd = open_by_name(dev, access, name);

	if (fd < 0)
		return fd;
	close(fd);
	return 0;
}

TEST_F(access, names)
{
	struct tw_domain_stat st;
	int d, e, o;

	EXPECT_EQ(-ENOENT, try_open(self->dev, TW_OPEN_READ, "one"));
	d = create(self->dev, TW_DOMAIN_NAMED, 0600, "one");
	ASSERT_LE(0, d);
	/* one of the name, whoever else has it for statistics */
	EXPECT_EQ(-EEXIST, create(self->dev, TW_DOMAIN_NAMED, 0600, "one"));
	e = create(self->dev, 0, 0, "one");
	ASSERT_LE(0, e);
	close(e);
	EXPECT_EQ(0, try_open(self->dev, TW_OPEN_READ, "one"));
	EXPECT_EQ(-ENOENT, try_open(self->dev, TW_OPEN_READ, "on"));
	EXPECT_EQ(-EINVAL, try_open(self->dev, 0, "one"));
	EXPECT_EQ(-EINVAL, try_open(self->dev, TW_OPEN_READ | 1, "one"));
	EXPECT_EQ(-EINVAL, create(self->dev, TW_DOMAIN_NAMED, 0700, "two"));
	EXPECT_EQ(-EINVAL, create(self->dev, TW_DOMAIN_NAMED, 0600, ""));
	EXPECT_EQ(-EINVAL, create(self->dev, 0, 0600, "two"));
	/* the name goes with the owner's file, and the domain too */
	o = open_by_name(self->dev, TW_OPEN_READ | TW_OPEN_WRITE, "one");
	ASSERT_LE(0, o);
	close(d);
	EXPECT_EQ(-ENOENT, try_open(self->dev, TW_OPEN_READ, "one"));
	EXPECT_EQ(0, t_stat(o, &st));
	EXPECT_EQ(TW_DOMAIN_FAILED, st.state);
	EXPECT_EQ(TW_FAILURE_CLOSED, st.failure);
	EXPECT_EQ(-EBUSY, t_start(o));
	d = create(self->dev, TW_DOMAIN_NAMED, 0600, "one");
	EXPECT_LE(0, d);
	close(d);
	close(o);
}

/* Seven calls fit in a reader's rights, or in a writer's. */
TEST_F(access, read_and_write)
{
	struct tw_domain_wait wait = { .size = sizeof(wait) };
	struct tw_domain_stat st;
	struct tw_process_stat ps;
	int d = create(self->dev, TW_DOMAIN_NAMED, 0600, "rw"), r, w, p;
	uint64_t id;
	void *page;

	ASSERT_LE(0, d);
	r = open_by_name(self->dev, TW_OPEN_READ, "rw");
	w = open_by_name(self->dev, TW_OPEN_WRITE, "rw");
	ASSERT_LE(0, r);
	ASSERT_LE(0, w);
	EXPECT_EQ(FD_CLOEXEC, fcntl(r, F_GETFD));
	EXPECT_EQ(-EBADF, t_process(r, 0, 1, &id));
	EXPECT_EQ(-EBADF, t_sink(r, &id));
	EXPECT_EQ(-EBADF, t_start(r));
	p = t_process(w, 0, 1, &id);
	EXPECT_LE(0, p);
	EXPECT_EQ(0, t_stat(r, &st));
	EXPECT_EQ(1, st.processes);
	EXPECT_EQ(0, t_pstat(r, id, &ps));
	EXPECT_EQ(getpid(), ps.guardian);
	EXPECT_EQ(0, t_ioctl(r, TW_DOMAIN_WAIT, &wait));
	EXPECT_EQ(-EBADF, t_stat(w, &st));
	EXPECT_EQ(-EBADF, t_pstat(w, id, &ps));
	EXPECT_EQ(-EBADF, t_ioctl(w, TW_DOMAIN_WAIT, &wait));
	page = mmap(NULL, T_PAGE, PROT_READ, MAP_SHARED, r, 0);
	EXPECT_NE(MAP_FAILED, page);
	munmap(page, T_PAGE);
	EXPECT_EQ(MAP_FAILED, mmap(NULL, T_PAGE, PROT_READ, MAP_SHARED, w, 0));
	EXPECT_EQ(EACCES, errno);
	EXPECT_EQ(0, t_start(w));
	close(p);
	close(r);
	close(w);
	close(d);
}

/* ---- users ---- */

struct as {
	uid_t uid;
	gid_t gid;
	gid_t group;
};

/* Run @fn as somebody else: what it returns, through memory that both have. */
static int as_user(const struct as *who, int (*fn)(int dev, void *arg), int dev, void *arg)
{
	int *ret = t_shared(T_PAGE), value;
	pid_t pid;

	*ret = INT_MIN;
	pid = t_clone(0);
	if (!pid) {
		if (setgroups(1, &who->group) || setresgid(who->gid, who->gid, who->gid) ||
		    setresuid(who->uid, who->uid, who->uid))
			_exit(1);
		*ret = fn(dev, arg);
		_exit(0);
	}
	waitpid(pid, NULL, __WALL);
	value = *ret;
	munmap(ret, T_PAGE);
	return value;
}

static int open_as(int dev, void *arg)
{
	return try_open(dev, *(uint32_t *)arg, "alice");
}

struct owned {
	uint32_t mode;
	uint32_t made;
	uint32_t leave;
};

static int own(int dev, void *arg)
{
	struct owned *o = arg;
	int d = create(dev, TW_DOMAIN_NAMED, o->mode, "alice");

	t_set(&o->made, 1);
	t_await(&o->leave, 1);
	close(d);
	return d < 0 ? d : 0;
}

FIXTURE(modes) {
	int dev;
	struct owned *o;
	pid_t owner;
};

FIXTURE_VARIANT(modes) {
	uint32_t mode;
	int owner_r, owner_w, group_r, group_w, other_r, other_w;
};

#define MODE(_mode, ...)	FIXTURE_VARIANT_ADD(modes, m##_mode) { _mode, __VA_ARGS__ }
#define NO	(-EACCES)

MODE(0600, 0, 0, NO, NO, NO, NO);
MODE(0660, 0, 0, 0, 0, NO, NO);
MODE(0644, 0, 0, 0, NO, 0, NO);
MODE(0622, 0, 0, NO, 0, NO, 0);
MODE(0666, 0, 0, 0, 0, 0, 0);
/* who is in a class has its bits and no others */
MODE(0066, NO, NO, 0, 0, 0, 0);
MODE(0606, 0, 0, NO, NO, 0, 0);

FIXTURE_SETUP(modes)
{
	self->dev = t_open();
	self->o = t_shared(sizeof(*self->o));
	self->o->mode = variant->mode;
	self->owner = t_clone(0);
	if (!self->owner)
		_exit(!!as_user(&(struct as){ ALICE, FRIENDS, FRIENDS }, own, self->dev,
				self->o));
	ASSERT_EQ(0, t_await(&self->o->made, 1));
}

FIXTURE_TEARDOWN(modes)
{
	int status = -1;

	t_set(&self->o->leave, 1);
	waitpid(self->owner, &status, __WALL);
	EXPECT_EQ(0, status);
	close(self->dev);
}

TEST_F(modes, who_may_open)
{
	static const struct as alice = { ALICE, ALICE, ALICE }, bob = { BOB, BOB, BOB },
		friend = { BOB, BOB, FRIENDS }, same = { BOB, FRIENDS, BOB };
	uint32_t r = TW_OPEN_READ, w = TW_OPEN_WRITE, rw = r | w;
	int dev = self->dev;

	EXPECT_EQ(variant->owner_r, as_user(&alice, open_as, dev, &r));
	EXPECT_EQ(variant->owner_w, as_user(&alice, open_as, dev, &w));
	EXPECT_EQ(variant->group_r, as_user(&friend, open_as, dev, &r));
	EXPECT_EQ(variant->group_w, as_user(&friend, open_as, dev, &w));
	EXPECT_EQ(variant->group_r, as_user(&same, open_as, dev, &r));
	EXPECT_EQ(variant->group_r | variant->group_w, as_user(&friend, open_as, dev, &rw));
	EXPECT_EQ(variant->other_r, as_user(&bob, open_as, dev, &r));
	EXPECT_EQ(variant->other_w, as_user(&bob, open_as, dev, &w));
	/* CAP_IPC_OWNER */
	EXPECT_EQ(0, try_open(dev, rw, "alice"));
}

/* ---- namespaces ---- */

struct ns {
	uint32_t in;
	uint32_t leave;
	int seen;
	int made;
};

static void other_namespace(int dev, struct ns *n)
{
	int d;

	t_close_but(dev);
	if (unshare(CLONE_NEWIPC))
		_exit(1);
	n->seen = try_open(dev, TW_OPEN_READ, "ns");
	d = create(dev, TW_DOMAIN_NAMED, 0666, "ns");
	n->made = d < 0 ? d : 0;
	/* a name stays where it was published, whoever moves */
	if (unshare(CLONE_NEWIPC) || try_open(dev, TW_OPEN_READ, "ns") != -ENOENT)
		n->made = -EXDEV;
	t_set(&n->in, 1);
	t_await(&n->leave, 1);
	_exit(0);
}

TEST_F(access, ipc_namespaces)
{
	int d = create(self->dev, TW_DOMAIN_NAMED, 0600, "ns"), o;
	struct ns *n = t_shared(sizeof(*n));
	struct tw_domain_stat st;
	pid_t pid = t_clone(0);

	if (!pid)
		other_namespace(self->dev, n);
	ASSERT_EQ(0, t_await(&n->in, 1));
	EXPECT_EQ(-ENOENT, n->seen);
	EXPECT_EQ(0, n->made);
	/* ours is ours */
	o = open_by_name(self->dev, TW_OPEN_READ, "ns");
	ASSERT_LE(0, o);
	close(d);
	EXPECT_EQ(0, t_stat(o, &st));
	EXPECT_EQ(TW_DOMAIN_FAILED, st.state);
	close(o);
	EXPECT_EQ(-ENOENT, try_open(self->dev, TW_OPEN_READ, "ns"));
	t_set(&n->leave, 1);
	EXPECT_EQ(0, t_reap());
	munmap(n, sizeof(*n));
}

/* ---- limits ---- */

/* Make domains until no more are to be had: how many, then one more after a close. */
static int many_domains(int dev, void *arg)
{
	int fd[16], n = 0, err, again;

	while ((err = create(dev, 0, 0, "")) >= 0 && n < 16)
		fd[n++] = err;
	if (err != -EDQUOT || !n)
		return -1;
	close(fd[n - 1]);
	again = create(dev, 0, 0, "");
	return again < 0 ? again : n;
}

static int many_endpoints(int dev, void *arg)
{
	int d = create(dev, 0, 0, ""), n = 0, fd;
	uint64_t id;

	while ((fd = n % 3 == 0 ? t_process(d, 0, 1, &id) : n % 3 == 1 ? t_sink(d, &id) :
		t_port(d, 0, 0, &id)) >= 0 && n < 16) {
		/* its descriptor is not what counts */
		close(fd);
		n++;
	}
	if (fd != -EDQUOT)
		return -1;
	close(d);
	d = create(dev, 0, 0, "");
	fd = t_process(d, 0, 1, &id);
	return fd < 0 ? fd : n;
}

TEST_F(access, limits_per_user)
{
	static const struct as alice = { ALICE, ALICE, ALICE }, bob = { BOB, BOB, BOB };
	unsigned int domains, endpoints, now;
	int i, fd[4];

	t_parameter("domains_per_user", 3, &domains);
	t_parameter("endpoints_per_user", 5, &endpoints);
	EXPECT_EQ(3, as_user(&alice, many_domains, self->dev, NULL));
	/* what was closed is free again, and one's limit is not the other's */
	EXPECT_EQ(3, as_user(&alice, many_domains, self->dev, NULL));
	EXPECT_EQ(3, as_user(&bob, many_domains, self->dev, NULL));
	EXPECT_EQ(5, as_user(&alice, many_endpoints, self->dev, NULL));
	EXPECT_EQ(5, as_user(&alice, many_endpoints, self->dev, NULL));
	/* CAP_SYS_RESOURCE */
	for (i = 0; i < 4; i++) {
		fd[i] = create(self->dev, 0, 0, "");
		EXPECT_LE(0, fd[i]);
	}
	for (i = 0; i < 4; i++)
		close(fd[i]);
	t_parameter("domains_per_user", domains, &now);
	t_parameter("endpoints_per_user", endpoints, &now);
}

/* ---- the time of GVT threads ---- */

#define ROUND_NS	20000	/* what a round counts as, at least */
#define CREDIT_NS	100000000

static uint64_t rounds_of(const struct t_world *w)
{
	return t_stat_of(w[0].domain, gvt_rounds) + t_stat_of(w[1].domain, gvt_rounds);
}

/* Two domains want rounds all the time, and share a hundredth of a processor. */
TEST(gvt_threads_take_what_their_user_may_have)
{
	struct t_world w[2] = { };
	unsigned int before, now;
	uint64_t begin, first, n = t_scale(300);
	int i;

	t_parameter("gvt_percent_per_user", 1, &before);
	for (i = 0; i < 2; i++)
		t_world_open(_metadata, &w[i], (struct t_world_as){
			.domain.gvt_interval_us = 1, .puppets = 1, .start = true,
		});
	begin = t_now_ns();
	first = rounds_of(w);
	EXPECT_TRUE(t_until(rounds_of(w) >= first + n + 2));
	EXPECT_LE(n * ROUND_NS * 100, t_now_ns() - begin + CREDIT_NS);
	t_parameter("gvt_percent_per_user", before, &now);
	EXPECT_EQ(1, now);
	/* each reaps all */
	close(w[0].domain);
	close(w[1].domain);
	for (i = 0; i < 2; i++) {
		w[i].domain = -1;
		t_world_close(_metadata, &w[i]);
	}
}

struct inside {
	uint32_t ready;
	uint32_t mapped;
	int ret;
};

/* Alice makes a domain, then a user namespace, is somebody else there, and wants more. */
static void in_user_namespace(int dev, struct inside *in)
{
	int first;

	if (setresuid(ALICE, ALICE, ALICE))
		_exit(1);
	first = create(dev, 0, 0, "");
	if (first < 0 || unshare(CLONE_NEWUSER))
		_exit(1);
	t_set(&in->ready, 1);
	t_await(&in->mapped, 1);
	if (setresuid(1, 1, 1))
		_exit(1);
	in->ret = create(dev, 0, 0, "");
	_exit(0);
}

static int namespace_of_alice(int dev)
{
	struct inside *in = t_shared(sizeof(*in));
	char path[64];
	int fd, ret;
	pid_t pid;

	in->ret = INT_MIN;
	pid = t_clone(0);
	if (!pid)
		in_user_namespace(dev, in);
	t_await(&in->ready, 1);
	snprintf(path, sizeof(path), "/proc/%d/uid_map", pid);
	fd = open(path, O_WRONLY);
	if (write(fd, "0 100000 2", 10) != 10)
		abort();
	close(fd);
	t_set(&in->mapped, 1);
	waitpid(pid, NULL, __WALL);
	ret = in->ret;
	munmap(in, sizeof(*in));
	return ret < 0 ? ret : 0;
}

TEST_F(access, limits_in_user_namespaces)
{
	unsigned int domains, now;

	t_parameter("domains_per_user", 1, &domains);
	EXPECT_EQ(-EDQUOT, namespace_of_alice(self->dev));
	t_parameter("domains_per_user", 2, &now);
	EXPECT_EQ(0, namespace_of_alice(self->dev));
	t_parameter("domains_per_user", domains, &now);
}

/* ---- files that are passed on ---- */

/* A task that takes a file, tells what it can do with it, and exits. */
struct stranger {
	int sock[2];
	int (*fn)(int fd);
	int ret;
	pid_t pid;
};

static void stranger_start(struct stranger *s, int (*fn)(int fd), int **ret)
{
	*ret = t_shared(T_PAGE);
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, s->sock))
		abort();
	s->pid = t_clone(0);
	if (!s->pid) {
		t_close_but(s->sock[1]);
		**ret = fn(t_take(s->sock[1]));
		_exit(0);
	}
	close(s->sock[1]);
}

static int stranger_end(struct stranger *s, int *ret)
{
	int value;

	waitpid(s->pid, NULL, __WALL);
	close(s->sock[0]);
	value = *ret;
	munmap(ret, T_PAGE);
	return value;
}

/* How many of the calls of an incarnation a stranger can make. */
static int use_endpoint(int fd)
{
	struct tw_attach attach = { .size = sizeof(attach) };
	struct tw_snapshot snap = { .size = sizeof(snap) };
	struct tw_step step = { .size = sizeof(step) };
	struct tw_recv recv;
	struct tw_park park = { .size = sizeof(park) };
	int n = 0;

	t_recv_init(&recv, NULL, 0);
	recv.flags = TW_RECV_NONBLOCK;
	n += t_ioctl(fd, TW_ATTACH, &attach) != -EBUSY;
	n += t_send(fd, 1, 100, 0) != -ESRCH;
	n += t_ioctl(fd, TW_RECV, &recv) != -ESRCH;
	n += t_ioctl(fd, TW_STEP, &step) != -ESRCH;
	n += t_ioctl(fd, TW_SNAPSHOT, &snap) != -ESRCH;
	/* names of snapshots are not to be guessed */
	for (park.token = 0; park.token < 64; park.token++)
		n += t_ioctl(fd, TW_PARK, &park) != -ECANCELED;
	n += mmap(NULL, T_PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) != MAP_FAILED;
	return n;
}

TEST_F(access, passed_endpoint)
{
	int d = t_domain(self->dev, 0, 1000);
	struct tw_snapshot snap = { .size = sizeof(snap) };
	struct stranger s;
	struct puppet p;
	int *ret;

	ASSERT_EQ(0, puppet_new(&p, d, 0, 8));
	ASSERT_EQ(0, t_start(d));
	ASSERT_EQ(0, puppet_send(&p, p.id, 10, 1));
	EXPECT_EQ(10, puppet_recv_time(&p));
	/* a snapshot is announced, and its child does not come */
	ASSERT_EQ(0, puppet_ioctl(&p, TW_SNAPSHOT, &snap, sizeof(snap)));
	stranger_start(&s, use_endpoint, &ret);
	t_pass(s.sock[0], p.fd);
	EXPECT_EQ(0, stranger_end(&s, ret));
	EXPECT_EQ(TW_DOMAIN_RUNNING, t_stat_of(d, state));
	EXPECT_EQ(p.box->pid, t_pstat_of(d, p.id, pid));
	ASSERT_EQ(0, puppet_send(&p, p.id, 20, 1));
	EXPECT_EQ(20, puppet_recv_time(&p));
	close(d);
	puppet_free(&p);
}

static int use_domain(int fd)
{
	struct tw_domain_stat st;

	return t_stat(fd, &st);
}

/* It is closed in a task that exits, and that is nobody's guardian. */
TEST_F(access, passed_domain)
{
	int d = t_domain(self->dev, 0, 1000);
	struct stranger s;
	struct puppet p;
	int *ret;

	ASSERT_EQ(0, puppet_new(&p, d, 0, 8));
	ASSERT_EQ(0, t_start(d));
	stranger_start(&s, use_domain, &ret);
	t_pass(s.sock[0], d);
	EXPECT_EQ(0, stranger_end(&s, ret));
	EXPECT_EQ(TW_DOMAIN_RUNNING, t_stat_of(d, state));
	ASSERT_EQ(0, puppet_send(&p, p.id, 10, 1));
	EXPECT_EQ(10, puppet_recv_time(&p));
	close(d);
	puppet_free(&p);
}

/* In flight, the owner's file is open, and the domain lives. */
TEST_F(access, domain_in_flight)
{
	int d = t_domain(self->dev, 0, 1000), sock[2];
	struct tw_domain_stat st;
	struct puppet p;

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, sock));
	ASSERT_EQ(0, puppet_new(&p, d, 0, 8));
	ASSERT_EQ(0, t_start(d));
	t_pass(sock[0], d);
	close(d);
	d = t_take(sock[1]);
	ASSERT_LE(0, d);
	EXPECT_EQ(0, t_stat(d, &st));
	EXPECT_EQ(TW_DOMAIN_RUNNING, st.state);
	p.domain = d;
	ASSERT_EQ(0, puppet_send(&p, p.id, 10, 1));
	EXPECT_EQ(10, puppet_recv_time(&p));
	t_pass(sock[0], d);
	close(d);
	/* what nobody took is closed with the socket */
	close(sock[0]);
	close(sock[1]);
	EXPECT_TRUE(t_until(t_no_child()));
	puppet_free(&p);
}

static int read_sink(int fd)
{
	char buf[8] = {};

	return read(fd, buf, sizeof(buf)) == sizeof(buf) ? buf[0] : -errno;
}

TEST_F(access, passed_sink)
{
	int d = t_domain(self->dev, 0, 1000), sink;
	struct stranger s;
	struct puppet p;
	uint64_t id;
	int *ret;

	sink = t_sink(d, &id);
	ASSERT_EQ(0, puppet_new(&p, d, 0, 8));
	ASSERT_EQ(0, t_start(d));
	ASSERT_EQ(0, puppet_send(&p, id, 10, 77));
	ASSERT_EQ(-EAGAIN, puppet_recv_nonblock(&p));
	stranger_start(&s, read_sink, &ret);
	t_pass(s.sock[0], sink);
	EXPECT_EQ(77, stranger_end(&s, ret));
	close(d);
	close(sink);
	puppet_free(&p);
}

/* ---- guardians ---- */

static int thread_main(void *unused)
{
	return 0;
}

/* A thread with descriptors of its own closes them when it exits; its program lives. */
TEST_F(access, thread_of_guardian_exits)
{
	int d = t_domain(self->dev, 0, 1000);
	char *stack = t_shared(16 * T_PAGE);
	struct puppet p;

	ASSERT_EQ(0, puppet_new(&p, d, 0, 8));
	ASSERT_EQ(0, t_start(d));
	ASSERT_LT(0, clone(thread_main, stack + 16 * T_PAGE,
			   CLONE_VM | CLONE_FS | CLONE_SIGHAND | CLONE_THREAD, NULL));
	ASSERT_TRUE(t_until(t_count_dir("/proc/self/task") == 1));
	EXPECT_EQ(TW_DOMAIN_RUNNING, t_stat_of(d, state));
	ASSERT_EQ(0, puppet_send(&p, p.id, 10, 1));
	EXPECT_EQ(10, puppet_recv_time(&p));
	munmap(stack, 16 * T_PAGE);
	close(d);
	puppet_free(&p);
}

/* A second guardian, which opens the domain by its name. */
struct second {
	uint32_t ready;
	uint32_t exit;
	struct puppet p;
};

static void second_main(int dev, struct second *s)
{
	struct puppet *p = &s->p, state;

	p->domain = open_by_name(dev, TW_OPEN_READ | TW_OPEN_WRITE, "shared");
	p->fd = t_process(p->domain, 0, 1, &p->id);
	p->first = t_clone(0);
	if (!p->first) {
		state = *p;	/* of its own: a rollback restores it */
		t_close_but(p->fd);
		puppet_main(&state);
	}
	p->box->pid = p->first;
	if (puppet_attach(p))
		_exit(1);
	t_set(&s->ready, 1);
	t_await(&s->exit, 1);
	_exit(0);
}

static struct second *second_start(int dev)
{
	struct second *s = t_shared(sizeof(*s));

	s->p.box = t_shared(sizeof(*s->p.box));
	if (!t_clone(0))
		second_main(dev, s);
	t_await(&s->ready, 1);
	return s;
}

TEST_F(access, second_guardian_dies)
{
	int d = create(self->dev, TW_DOMAIN_NAMED, 0600, "shared");
	struct tw_domain_stat st;
	struct second *s = second_start(self->dev);
	uint64_t second = s->p.id;
	struct puppet p;

	ASSERT_EQ(0, puppet_new(&p, d, 0, 8));
	ASSERT_EQ(0, t_start(d));
	t_set(&s->exit, 1);
	EXPECT_TRUE(t_until(t_stat_of(d, state) == TW_DOMAIN_FAILED));
	EXPECT_EQ(0, t_stat(d, &st));
	EXPECT_EQ(TW_FAILURE_GUARDIAN, st.failure);
	EXPECT_EQ(second, st.failed_process);
	munmap(s, sizeof(*s));
	close(d);
	puppet_free(&p);
}

/*
 * The second guardian's process has sent 20 for good and 40 not; then its
 * guardian dies. The domain goes on, with 20 and without 40.
 */
TEST_F(access, second_guardian_is_dropped)
{
	int d = create(self->dev, TW_DOMAIN_NAMED | TW_DOMAIN_DROP, 0600, "shared");
	struct second *s = second_start(self->dev);
	struct puppet p, *q = &s->p;
	uint64_t second = q->id;

	ASSERT_EQ(0, puppet_new(&p, d, 0, 1));
	ASSERT_EQ(0, t_start(d));
	q->domain = d;
	ASSERT_EQ(0, puppet_send(q, second, 10, 1));
	ASSERT_EQ(0, puppet_send(q, second, 30, 1));
	ASSERT_EQ(0, puppet_send(q, p.id, 20, 1));
	ASSERT_EQ(10, puppet_recv_time(q));
	ASSERT_EQ(30, puppet_recv_time(q));
	ASSERT_EQ(0, puppet_send(q, p.id, 40, 1));
	/* p has done nothing yet, but to receive: what is committed is below 20 */
	ASSERT_EQ(20, puppet_recv_time(&p));
	ASSERT_TRUE(t_until(t_stat_of(d, gvt) == 20));
	ASSERT_EQ(40, puppet_recv_time(&p));
	ASSERT_TRUE(t_until(t_stat_of(d, gvt) == 30));
	t_set(&s->exit, 1);
	/* 40 is unsent: p is rolled back to before it */
	ASSERT_EQ(0, puppet_await_resumes(&p, 1));
	EXPECT_TRUE(t_until(t_pstat_of(d, second, state) == TW_PROCESS_DEAD));
	EXPECT_EQ(TW_DOMAIN_RUNNING, t_stat_of(d, state));
	EXPECT_EQ(0, t_stat_of(d, balance));
	/* what is sent to it is for nobody, and holds nothing up */
	ASSERT_EQ(0, puppet_send(&p, second, 50, 1));
	EXPECT_EQ(1, puppet_recv(&p));
	EXPECT_EQ(TW_DOMAIN_ENDED, t_stat_of(d, state));
	munmap(s, sizeof(*s));
	close(d);
	puppet_free(&p);
}

TEST_HARNESS_MAIN
