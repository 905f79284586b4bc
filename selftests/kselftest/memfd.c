// SPDX-License-Identifier: GPL-2.0
/*
 * Large payloads: what may be sent, what the receiver gets, when two are the
 * same, and that every file is let go.
 */
#include <sys/resource.h>
#include <sys/stat.h>

#include "tw_puppet.h"

#define SEALS	(F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK)
#define LARGE	(5 * TW_PAYLOAD_MAX + 123)

FIXTURE(memfd) {
	T_WORLD;
	long files;
};

/* Open files of the whole machine. */
static long open_files(void)
{
	FILE *f = fopen("/proc/sys/fs/file-nr", "r");
	long n = -1;

	if (!f || fscanf(f, "%ld", &n) != 1)
		abort();
	fclose(f);
	return n;
}

FIXTURE_SETUP(memfd)
{
	self->files = open_files();
	t_world_open(_metadata, &self->world, (struct t_world_as){
		.domain.cancellation = TW_CANCEL_LAZY,
		.puppets = 2, .interval = 1, .sink = true, .start = true,
	});
}

FIXTURE_TEARDOWN(memfd)
{
	t_world_close(_metadata, &self->world);
	/* the kernel lets them go a little later; it counts in batches for each CPU */
	EXPECT_TRUE(t_until(open_files() <= self->files + 64));
}

/* ---- in the puppet ---- */

/* A memfd with @bytes of @value, sealed. */
static int make(size_t bytes, int value, int seals)
{
	int fd = memfd_create("payload", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	char *map;

	if (fd < 0 || ftruncate(fd, bytes))
		abort();
	map = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (map != MAP_FAILED) {
		memset(map, value, bytes);
		munmap(map, bytes);
	}
	if (fcntl(fd, F_ADD_SEALS, seals))
		abort();
	return fd;
}

static int send_fd(struct puppet *p, int fd, uint64_t to, uint64_t at)
{
	struct tw_memfd m = { .fd = fd };
	struct tw_send s = t_send_arg(to, at, &m, sizeof(m));

	s.flags = TW_SEND_MEMFD;
	return t_ioctl(p->fd, TW_SEND, &s);
}

/* arg: bytes, value, receiver, time. */
static int op_send(struct puppet *p)
{
	uint64_t *arg = p->box->arg;
	int fd = make(arg[0], arg[1], SEALS);
	int ret = send_fd(p, fd, arg[2], arg[3]);

	close(fd);
	return ret;
}

/* The file received is what was sent, and ours alone: 0 or what is wrong. arg: bytes, value. */
static int examine(int fd, const uint64_t *arg)
{
	char *map, byte = 1;
	struct stat st;
	uint64_t i;
	int ret = 0;

	if (fstat(fd, &st) || (uint64_t)st.st_size != arg[0])
		return 1;
	if (fcntl(fd, F_GETFD) != FD_CLOEXEC || (fcntl(fd, F_GETFL) & O_ACCMODE) != O_RDONLY)
		return 2;
	if (lseek(fd, 0, SEEK_CUR) || write(fd, &byte, 1) != -1 || !ftruncate(fd, 0))
		return 3;
	if (mmap(NULL, T_PAGE, PROT_WRITE, MAP_SHARED, fd, 0) != MAP_FAILED)
		return 4;
	map = mmap(NULL, arg[0], PROT_READ, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		return 5;
	for (i = 0; i < arg[0] && !ret; i++)
		if ((uint8_t)map[i] != arg[1])
			ret = 6;
	munmap(map, arg[0]);
	return ret;
}

static int op_examine(struct puppet *p)
{
	struct tw_memfd *m = (void *)p->box->data;
	int ret;

	if (p->box->u.recv.msg_flags != TW_SEND_MEMFD || p->box->u.recv.len != sizeof(*m) ||
	    m->pad || m->bytes != p->box->arg[0])
		return 9;
	ret = examine(m->fd, p->box->arg);
	close(m->fd);
	return ret;
}

static int op_step(struct puppet *p)
{
	struct tw_msg *msg = (void *)p->box->data;
	struct tw_memfd *m = (void *)(msg + 1);
	struct tw_step s = {
		.size = sizeof(s), .recvs = (uintptr_t)msg, .recvs_len = PUPPET_DATA,
		.until = TW_TIME_INF,
	};
	int i, ret;

	/* a send, and two receives */
	*msg = (struct tw_msg){
		.size = sizeof(*msg) + sizeof(*m), .len = sizeof(*m), .peer = p->id,
		.recv_time = 90, .flags = TW_SEND_MEMFD,
	};
	*m = (struct tw_memfd){ .fd = make(100, 9, SEALS) };
	s.sends = (uintptr_t)msg;
	s.sends_len = msg->size;
	ret = t_ioctl(p->fd, TW_STEP, &s);
	close(m->fd);
	while (!ret && s.status & TW_STATUS_SNAPSHOT) {
		ret = puppet_take_snapshot(p);
		if (ret)
			return ret;
		s.sends_len = 0;
		ret = t_ioctl(p->fd, TW_STEP, &s);
	}
	if (ret || s.recv_count != 2)
		return ret ? ret : 20;
	for (i = 0; i < 2; i++) {
		m = (void *)(msg + 1);
		if (msg->flags != TW_SEND_MEMFD || msg->len != sizeof(*m))
			return 21;
		ret = examine(m->fd, i ? (uint64_t[]){ 100, 9 } : p->box->arg);
		if (ret)
			return ret;
		close(m->fd);
		msg = (void *)((char *)msg + msg->size);
	}
	return 0;
}

/* ---- in the test ---- */

static int call4(struct puppet *p, puppet_op op, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
	memcpy(p->box->arg, (uint64_t[]){ a, b, c, d }, sizeof(p->box->arg));
	return puppet_call(p, op);
}

static int send_large(struct puppet *p, uint64_t bytes, int value, uint64_t to, uint64_t at)
{
	return call4(p, op_send, bytes, value, to, at);
}

TEST_F(memfd, there_and_back)
{
	struct puppet *a = &self->a, *b = &self->b;
	struct tw_domain_stat st;

	ASSERT_EQ(0, send_large(a, LARGE, 7, b->id, 10));
	ASSERT_EQ(0, send_large(a, 1, 8, b->id, 20));
	ASSERT_EQ(10, puppet_recv_time(b));
	EXPECT_EQ(0, call4(b, op_examine, LARGE, 7, 0, 0));
	ASSERT_EQ(20, puppet_recv_time(b));
	EXPECT_EQ(0, call4(b, op_examine, 1, 8, 0, 0));
	/* an ordinary one says so */
	ASSERT_EQ(0, puppet_send(a, b->id, 30, 5));
	ASSERT_EQ(30, puppet_recv_time(b));
	EXPECT_EQ(0, b->box->u.recv.msg_flags);
	EXPECT_EQ(0, t_stat(self->domain, &st));
	EXPECT_EQ(0, st.balance);
}

TEST_F(memfd, by_step)
{
	ASSERT_EQ(0, send_large(&self->a, LARGE, 7, self->b.id, 10));
	EXPECT_EQ(0, call4(&self->b, op_step, LARGE, 7, 0, 0));
}

/* Everything that is no sealed memfd. */
static int op_refused(struct puppet *p)
{
	struct tw_memfd m = { .fd = make(10, 1, SEALS) };
	struct tw_send s = t_send_arg(p->id, 10, &m, sizeof(m));
	static const int less[] = {
		0, F_SEAL_WRITE, F_SEAL_WRITE | F_SEAL_GROW, F_SEAL_GROW | F_SEAL_SHRINK,
		F_SEAL_WRITE | F_SEAL_SHRINK, F_SEAL_FUTURE_WRITE | F_SEAL_GROW | F_SEAL_SHRINK,
	};
	char path[64];
	int i, pipes[2];

	s.flags = TW_SEND_MEMFD;
	for (i = 0; i < (int)ARRAY_SIZE(less); i++)
		if (send_fd(p, make(10, 1, less[i]), p->id, 10) != -EINVAL)
			return 1 + i;
	if (send_fd(p, make(0, 1, SEALS), p->id, 10) != -EINVAL)
		return 10;
	if (send_fd(p, -1, p->id, 10) != -EBADF || send_fd(p, 9999, p->id, 10) != -EBADF)
		return 11;
	if (pipe(pipes) || send_fd(p, pipes[0], p->id, 10) != -EINVAL ||
	    send_fd(p, pipes[1], p->id, 10) != -EBADF)
		return 12;
	if (send_fd(p, open("/tmp", O_RDONLY), p->id, 10) != -EINVAL ||
	    send_fd(p, open("/tmp", O_TMPFILE | O_RDWR, 0600), p->id, 10) != -EINVAL ||
	    send_fd(p, open("/proc/self/stat", O_RDONLY), p->id, 10) != -EINVAL ||
	    send_fd(p, p->fd, p->id, 10) != -EINVAL)
		return 13;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", m.fd);
	if (send_fd(p, open(path, O_PATH), p->id, 10) != -EBADF)
		return 14;
	for (s.len = 0; s.len < 40; s.len++)
		if (s.len != sizeof(m) && t_ioctl(p->fd, TW_SEND, &s) != -EINVAL)
			return 15;
	s.len = sizeof(m);
	m.pad = 1;
	if (t_ioctl(p->fd, TW_SEND, &s) != -EINVAL)
		return 16;
	m.pad = 0;
	m.bytes = 10;
	if (t_ioctl(p->fd, TW_SEND, &s) != -EINVAL)
		return 17;
	m.bytes = 0;
	s.payload = 1ull << 63;
	if (t_ioctl(p->fd, TW_SEND, &s) != -EFAULT)
		return 18;
	s.payload = (uintptr_t)&m;
	s.receiver = 99;
	if (t_ioctl(p->fd, TW_SEND, &s) != -ENOENT)
		return 19;
	s.receiver = p->id;
	s.recv_time = 0;
	if (t_ioctl(p->fd, TW_SEND, &s) != -EINVAL)
		return 20;
	/* larger than is taken, and sparse */
	i = memfd_create("sparse", MFD_ALLOW_SEALING);
	if (ftruncate(i, TW_MEMFD_MAX + 1) || fcntl(i, F_ADD_SEALS, SEALS) ||
	    send_fd(p, i, p->id, 10) != -EMSGSIZE)
		return 21;
	return 0;
}

TEST_F(memfd, refused)
{
	struct tw_domain_stat st;

	EXPECT_EQ(0, puppet_call(&self->a, op_refused));
	EXPECT_EQ(0, t_stat(self->domain, &st));
	EXPECT_EQ(0, st.sends);
	EXPECT_EQ(0, st.messages);
	EXPECT_EQ(TW_DOMAIN_RUNNING, st.state);
}

/* What has been sent cannot be changed by who has the memfd, nor by who made it. */
static int op_change(struct puppet *p)
{
	int fd = make(LARGE, 3, SEALS), ret;
	char byte = 4;

	ret = send_fd(p, fd, p->box->arg[2], 10);
	if (ret)
		return ret;
	if (pwrite(fd, &byte, 1, 0) != -1 || errno != EPERM)
		return 1;
	if (!ftruncate(fd, 0) || !ftruncate(fd, 2 * LARGE))
		return 2;
	if (!fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, T_PAGE))
		return 3;
	if (mmap(NULL, LARGE, PROT_WRITE, MAP_SHARED, fd, 0) != MAP_FAILED)
		return 4;
	return 0;
}

TEST_F(memfd, cannot_change)
{
	ASSERT_EQ(0, call4(&self->a, op_change, 0, 0, self->b.id, 0));
	ASSERT_EQ(10, puppet_recv_time(&self->b));
	EXPECT_EQ(0, call4(&self->b, op_examine, LARGE, 3, 0, 0));
}

/* Where no descriptor can be given, nothing has been received. */
static int op_no_descriptor(struct puppet *p)
{
	struct rlimit none = { .rlim_cur = 0 }, before;
	struct tw_memfd m;
	struct tw_recv r;
	int ret;

	getrlimit(RLIMIT_NOFILE, &before);
	none.rlim_max = before.rlim_max;
	setrlimit(RLIMIT_NOFILE, &none);
	t_recv_init(&r, &m, sizeof(m));
	ret = t_ioctl(p->fd, TW_RECV, &r);
	setrlimit(RLIMIT_NOFILE, &before);
	return ret;
}

static int op_bad_buffer(struct puppet *p)
{
	int fds = t_fds(), ret;
	struct tw_recv r;

	t_recv_init(&r, (void *)8, sizeof(struct tw_memfd));
	ret = t_ioctl(p->fd, TW_RECV, &r);
	return t_fds() == fds ? ret : 1;
}

static int op_small_buffer(struct puppet *p)
{
	char buf[8];
	struct tw_recv r;
	int ret;

	t_recv_init(&r, buf, sizeof(buf));
	ret = t_ioctl(p->fd, TW_RECV, &r);
	return r.len == sizeof(struct tw_memfd) ? ret : 1;
}

TEST_F(memfd, receive_fails)
{
	struct puppet *a = &self->a, *b = &self->b;

	/* the snapshot that is due is taken */
	ASSERT_EQ(0, puppet_send(a, b->id, 5, 1));
	ASSERT_EQ(5, puppet_recv_time(b));
	ASSERT_EQ(0, send_large(a, 1000, 7, b->id, 10));
	ASSERT_EQ(0, puppet_call(b, puppet_op_snapshot));
	EXPECT_EQ(-EMSGSIZE, puppet_call(b, op_small_buffer));
	EXPECT_EQ(-EMFILE, puppet_call(b, op_no_descriptor));
	EXPECT_EQ(-EFAULT, puppet_call(b, op_bad_buffer));
	EXPECT_EQ(1, t_pstat_of(self->domain, b->id, delivered));
	ASSERT_EQ(10, puppet_recv_time(b));
	EXPECT_EQ(0, call4(b, op_examine, 1000, 7, 0, 0));
}

/* ---- sinks ---- */

TEST_F(memfd, sink)
{
	static char buf[3000];
	struct tw_memfd m;
	struct tw_recv r;
	int i;

	ASSERT_EQ(0, send_large(&self->a, 1000, 'x', self->sink_id, 10));
	ASSERT_EQ(0, send_large(&self->a, 1000, 'y', self->sink_id, 20));
	ASSERT_EQ(0, send_large(&self->a, 1000, 'z', self->sink_id, 30));
	ASSERT_EQ(-EAGAIN, puppet_recv_nonblock(&self->a));
	ASSERT_EQ(-EAGAIN, puppet_recv_nonblock(&self->b));
	/* TW_RECV gives the file */
	t_recv_init(&r, &m, sizeof(m));
	ASSERT_EQ(0, t_ioctl(self->sink, TW_RECV, &r));
	EXPECT_EQ(TW_SEND_MEMFD, r.msg_flags);
	EXPECT_EQ(0, examine(m.fd, (uint64_t[]){ 1000, 'x' }));
	close(m.fd);
	/* read(2) gives the bytes, and what it has begun the file's offset tells */
	ASSERT_EQ(300, read(self->sink, buf, 300));
	t_recv_init(&r, &m, sizeof(m) - 1);
	EXPECT_EQ(-EMSGSIZE, t_ioctl(self->sink, TW_RECV, &r));
	EXPECT_EQ(sizeof(m), r.len);
	t_recv_init(&r, &m, sizeof(m));
	ASSERT_EQ(0, t_ioctl(self->sink, TW_RECV, &r));
	EXPECT_EQ(300, lseek(m.fd, 0, SEEK_CUR));
	EXPECT_EQ(700, read(m.fd, buf + 300, sizeof(buf) - 300));
	close(m.fd);
	for (i = 0; i < 1000; i++)
		if (buf[i] != 'y')
			break;
	EXPECT_EQ(1000, i);
	EXPECT_EQ(1000, read(self->sink, buf, sizeof(buf)));
	EXPECT_EQ('z', buf[0]);
	EXPECT_EQ('z', buf[999]);
	EXPECT_EQ(0, read(self->sink, buf, sizeof(buf)));
	EXPECT_EQ(3000, t_stat_of(self->domain, committed_bytes));
}

/* ---- ports ---- */

TEST_F(memfd, injected)
{
	struct tw_port_create c = { .size = sizeof(c), .fd = -1 };
	struct tw_memfd m = { .fd = make(LARGE, 4, SEALS) };
	struct tw_inject in = {
		.size = sizeof(in), .flags = TW_SEND_MEMFD, .recv_time = 10,
		.payload = (uintptr_t)&m, .len = sizeof(m),
	};
	int d = t_domain(self->dev, 0, 1000);
	struct puppet p;

	ASSERT_EQ(0, t_ioctl(d, TW_PORT_CREATE, &c));
	ASSERT_EQ(0, puppet_new(&p, d, 0, 1));
	ASSERT_EQ(0, t_start(d));
	in.receiver = p.id;
	EXPECT_EQ(0, t_ioctl(c.fd, TW_INJECT, &in));
	close(c.fd);
	close(m.fd);
	ASSERT_EQ(10, puppet_recv_time(&p));
	EXPECT_EQ(0, call4(&p, op_examine, LARGE, 4, 0, 0));
	close(d);
	puppet_free(&p);
}

/* ---- rollback ---- */

/* a has received 20 and sent a file of it; then a straggler comes. */
static void send_then_straggle(struct __test_metadata *_metadata, struct puppet *a,
			       struct puppet *b)
{
	ASSERT_EQ(0, puppet_send(b, a->id, 20, 1));
	ASSERT_EQ(20, puppet_recv_time(a));
	ASSERT_EQ(0, send_large(a, LARGE, 5, b->id, 30));
	ASSERT_EQ(0, puppet_send(b, a->id, 10, 1));
	ASSERT_EQ(0, puppet_await_resumes(a, 1));
	ASSERT_EQ(10, puppet_recv_time(a));
	ASSERT_EQ(20, puppet_recv_time(a));
}

/* A file made again with the same bytes is the same payload. */
TEST_F(memfd, sent_again)
{
	struct puppet *a = &self->a, *b = &self->b;

	send_then_straggle(_metadata, a, b);
	ASSERT_EQ(0, send_large(a, LARGE, 5, b->id, 30));
	EXPECT_EQ(1, t_stat_of(self->domain, lazy_hits));
	EXPECT_EQ(0, t_stat_of(self->domain, antimessages));
	ASSERT_EQ(30, puppet_recv_time(b));
	EXPECT_EQ(0, call4(b, op_examine, LARGE, 5, 0, 0));
}

TEST_F(memfd, sent_otherwise)
{
	struct puppet *a = &self->a, *b = &self->b;

	send_then_straggle(_metadata, a, b);
	ASSERT_EQ(0, send_large(a, LARGE, 6, b->id, 30));
	EXPECT_EQ(0, t_stat_of(self->domain, lazy_hits));
	ASSERT_EQ(0, puppet_send(a, a->id, 40, 1));
	ASSERT_EQ(40, puppet_recv_time(a));
	EXPECT_EQ(1, t_stat_of(self->domain, antimessages));
	ASSERT_EQ(30, puppet_recv_time(b));
	EXPECT_EQ(0, call4(b, op_examine, LARGE, 6, 0, 0));
}

/* Received again after a rollback it is a new descriptor of the same file. */
TEST_F(memfd, received_again)
{
	struct puppet *a = &self->a, *b = &self->b;

	ASSERT_EQ(0, send_large(a, LARGE, 5, b->id, 30));
	ASSERT_EQ(30, puppet_recv_time(b));
	EXPECT_EQ(0, call4(b, op_examine, LARGE, 5, 0, 0));
	ASSERT_EQ(0, puppet_send(a, b->id, 10, 1));
	ASSERT_EQ(0, puppet_await_resumes(b, 1));
	ASSERT_EQ(10, puppet_recv_time(b));
	ASSERT_EQ(30, puppet_recv_time(b));
	EXPECT_EQ(0, call4(b, op_examine, LARGE, 5, 0, 0));
}

static int op_send_files(struct puppet *p)
{
	uint64_t i;
	int fd, ret = 0;

	for (i = 0; i < p->box->arg[0] && !ret; i++) {
		fd = make(10, 1, SEALS);
		ret = send_fd(p, fd, p->box->arg[1], 10 + i);
		close(fd);
	}
	return ret;
}

/* What was received, and what was not, is let go with the domain. */
TEST_F(memfd, let_go)
{
	int d = t_domain(self->dev, 0, 1000), i;
	long files = open_files();
	struct puppet p;

	ASSERT_EQ(0, puppet_new(&p, d, 0, 100));
	ASSERT_EQ(0, t_start(d));
	ASSERT_EQ(0, call4(&p, op_send_files, 300, p.id, 0, 0));
	EXPECT_LE(files + 250, open_files());
	for (i = 0; i < 5; i++)
		ASSERT_EQ(10 + i, puppet_recv_time(&p));
	close(d);
	puppet_free(&p);
	EXPECT_TRUE(t_until(open_files() < files + 100));
}

/* ---- limit ---- */

static int op_many(struct puppet *p)
{
	int fd = make(10, 1, SEALS), n = 0, ret;

	if (setresuid(1000, 1000, 1000))
		return -1;
	while (!(ret = send_fd(p, fd, p->box->arg[0], 100 + n)) && n < 16)
		n++;
	return ret == -EDQUOT ? n : ret;
}

TEST_F(memfd, limit_per_user)
{
	const char *path = "/sys/module/timewarp/parameters/memfds_per_user";
	int d = t_domain(self->dev, 0, 1000), n = 0;
	FILE *f = fopen(path, "r+");
	unsigned int before;
	struct puppet p;

	ASSERT_NE(NULL, f);
	ASSERT_EQ(1, fscanf(f, "%u", &before));
	rewind(f);
	fprintf(f, "5");
	fflush(f);
	ASSERT_EQ(0, puppet_new(&p, d, 0, 1));
	ASSERT_EQ(0, t_start(d));
	EXPECT_EQ(5, call4(&p, op_many, p.id, 0, 0, 0));
	/* a domain lets them go when its last task is gone */
	close(d);
	puppet_free(&p);
	EXPECT_TRUE(t_until((n += call4(&self->a, op_many, self->b.id, 0, 0, 0)) == 5))
		TH_LOG("%d of 5", n);
	rewind(f);
	fprintf(f, "%u", before);
	fclose(f);
}

TEST_HARNESS_MAIN
