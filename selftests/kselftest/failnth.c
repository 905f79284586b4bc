// SPDX-License-Identifier: GPL-2.0
/*
 * Every allocation, and every copy from and to user memory, of every call
 * fails once. The caller is told, nothing has changed, and the next try works.
 *
 * /proc/self/fail-nth makes the n-th such operation of a task fail; n grows
 * until a call does not come so far.
 */
#include "tw_puppet.h"

#define NTH_MAX		300

FIXTURE(failnth) {
	T_WORLD;
	unsigned int tries;		/* of the last sweep */
};

/* Allocations that may wait fail, too; and none of it in the log. */
static bool have_fault_injection(void)
{
	if (access("/proc/self/fail-nth", W_OK) ||
	    t_put("/sys/kernel/debug/failslab/ignore-gfp-wait", "N"))
		return false;
	t_put("/sys/kernel/debug/fail_page_alloc/ignore-gfp-wait", "N");
	t_put("/sys/kernel/debug/fail_page_alloc/ignore-gfp-highmem", "N");
	t_put("/sys/kernel/debug/failslab/verbose", "0");
	t_put("/sys/kernel/debug/fail_page_alloc/verbose", "0");
	t_put("/sys/kernel/debug/fail_usercopy/verbose", "0");
	return true;
}

FIXTURE_SETUP(failnth)
{
	if (!have_fault_injection())
		SKIP(return, "the kernel has no fault injection");
	/* with a budget that nobody comes to, so that what is charged is counted */
	t_world_open(_metadata, &self->world, (struct t_world_as){
		.domain.memory = 1 << 26, .puppets = 2, .interval = 1000,
	});
}

FIXTURE_TEARDOWN(failnth)
{
	t_world_close(_metadata, &self->world);
}

/*
 * Runs @call with its @nth operation failing. *@failed tells whether it came
 * so far. Reading and resetting the count can itself be what fails.
 */
#define with_nth(nth, failed, call) ({					\
	int __fd = open("/proc/thread-self/fail-nth", O_RDWR);		\
	char __text[16] = "";						\
	int __ret;							\
	ssize_t __n;							\
	snprintf(__text, sizeof(__text), "%u", nth);			\
	if (write(__fd, __text, strlen(__text)) < 0)			\
		abort();						\
	__ret = call;							\
	__n = pread(__fd, __text, sizeof(__text) - 1, 0);		\
	*(failed) = __n > 0 && __text[0] == '0';			\
	while (pwrite(__fd, "0", 1, 0) < 0)				\
		;							\
	close(__fd);							\
	__ret; })

static int op_nth(struct puppet *p)
{
	struct puppet_box *b = p->box;
	bool failed;
	int ret;

	ret = with_nth((unsigned int)b->arg[0], &failed,
		       t_ioctl(p->fd, b->cmd, b->ptr));
	b->arg[1] = failed;
	return ret;
}

static int puppet_nth(struct puppet *p, unsigned int nth, bool *failed,
		      unsigned long cmd, const void *arg, size_t size)
{
	int ret;

	memcpy(p->box->u.raw, arg, size);
	p->box->cmd = cmd;
	p->box->ptr = p->box->u.raw;
	p->box->arg[0] = nth;
	ret = puppet_call(p, op_nth);
	*failed = p->box->arg[1];
	return ret;
}

static bool told(int ret)
{
	return ret == 0 || ret == -ENOMEM || ret == -EFAULT;
}

static void unchanged(struct __test_metadata *_metadata,
		      const struct tw_domain_stat *before, int domain)
{
	struct tw_domain_stat now;

	ASSERT_EQ(0, t_stat(domain, &now));
	EXPECT_EQ(before->state, now.state);
	EXPECT_EQ(before->processes, now.processes);
	EXPECT_EQ(before->sinks, now.sinks);
	EXPECT_EQ(before->messages, now.messages);
	EXPECT_EQ(before->message_bytes, now.message_bytes);
	EXPECT_EQ(before->memory, now.memory);
	EXPECT_EQ(before->sends, now.sends);
	EXPECT_EQ(before->delivered, now.delivered);
	EXPECT_EQ(before->snapshots, now.snapshots);
	EXPECT_EQ(0, now.balance);
}

/*
 * SWEEP(): @call is a call with its nth operation failing, @good follows each
 * success. Ends when a call has run to its end untouched, which must succeed.
 */
#define SWEEP(call, good) do {						\
	struct tw_domain_stat __before;					\
	unsigned int nth;						\
	bool failed = true;						\
	int fds, ret;							\
	for (nth = 1; failed; nth++) {					\
		ASSERT_GT(NTH_MAX, nth);				\
		ASSERT_EQ(0, t_stat(self->domain, &__before));		\
		fds = t_fds();						\
		ret = call;						\
		ASSERT_TRUE(told(ret)) TH_LOG("nth %u gave %d", nth, ret); \
		if (!ret) {						\
			good;						\
			continue;					\
		}							\
		EXPECT_TRUE(failed) TH_LOG("nth %u gave %d", nth, ret);	\
		EXPECT_EQ(fds, t_fds());				\
		unchanged(_metadata, &__before, self->domain);		\
	}								\
	EXPECT_EQ(0, ret);						\
	self->tries = nth - 1;						\
} while (0)

/* Calls that are known to allocate: else the sweep has seen nothing. */
#define EXPECT_FAILURES()						\
	EXPECT_LT(1, self->tries) TH_LOG("nothing was made to fail")

#define here(fd, cmd, arg)	with_nth(nth, &failed, t_ioctl(fd, cmd, arg))

TEST_F(failnth, info)
{
	struct tw_info i = { .size = sizeof(i) };

	SWEEP(here(self->dev, TW_INFO, &i), (void)0);
}

TEST_F(failnth, domain_create)
{
	struct tw_domain_create c = { .size = sizeof(c) };

	SWEEP(here(self->dev, TW_DOMAIN_CREATE, &c), close(c.fd));
	EXPECT_FAILURES();
}

/* A name that was not given can be given. */
TEST_F(failnth, domain_create_named)
{
	struct tw_domain_create c = {
		.size = sizeof(c), .flags = TW_DOMAIN_NAMED, .mode = 0600, .name = "nth",
	};

	SWEEP(here(self->dev, TW_DOMAIN_CREATE, &c), close(c.fd));
	EXPECT_FAILURES();
}

TEST_F(failnth, domain_open)
{
	struct tw_domain_open o = {
		.size = sizeof(o), .flags = TW_OPEN_READ | TW_OPEN_WRITE, .name = "nth",
	};
	int domain = t_domain_as(self->dev, (struct tw_domain_create){
		.flags = TW_DOMAIN_NAMED, .mode = 0600, .name = "nth",
	});

	ASSERT_LE(0, domain);
	SWEEP(here(self->dev, TW_DOMAIN_OPEN, &o), close(o.fd));
	EXPECT_FAILURES();
	close(domain);
}

TEST_F(failnth, process_create)
{
	struct tw_process_create c = { .size = sizeof(c) };
	uint64_t n = 2;

	SWEEP(here(self->domain, TW_PROCESS_CREATE, &c),
	      ({ close(c.fd); EXPECT_EQ(++n, c.id); }));
	EXPECT_FAILURES();
}

TEST_F(failnth, sink_create)
{
	struct tw_sink_create c = { .size = sizeof(c), .bound = 100 };
	uint64_t n = 2;

	SWEEP(here(self->domain, TW_SINK_CREATE, &c),
	      ({ close(c.fd); EXPECT_EQ(++n, c.id); }));
	EXPECT_FAILURES();
}

TEST_F(failnth, port_create)
{
	struct tw_port_create c = { .size = sizeof(c) };
	uint64_t n = 2;

	SWEEP(here(self->domain, TW_PORT_CREATE, &c),
	      ({ close(c.fd); EXPECT_EQ(++n, c.id); }));
	EXPECT_FAILURES();
}

/* A file of three pages, sealed: what a struct tw_memfd names. */
static int make_memfd(void)
{
	int fd = memfd_create("payload", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0 || ftruncate(fd, 3 * T_PAGE) || pwrite(fd, "x", 1, T_PAGE) != 1 ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK))
		abort();
	return fd;
}

/* What was injected before a failed answer stays: a port has no antimessages. */
static void inject_sweep(struct __test_metadata *_metadata, FIXTURE_DATA(failnth) *self,
			 int port, struct tw_inject i)
{
	uint64_t done = t_stat_of(self->domain, injected);
	struct tw_domain_stat before;
	unsigned int nth;
	bool failed = true;
	int ret = 0;

	i.size = sizeof(i);
	i.recv_time = 10;
	for (nth = 1; failed; nth++) {
		ASSERT_GT(NTH_MAX, nth);
		ASSERT_EQ(0, t_stat(self->domain, &before));
		ret = here(port, TW_INJECT, &i);
		ASSERT_TRUE(told(ret)) TH_LOG("nth %u gave %d", nth, ret);
		done += !ret;
		if (ret == -ENOMEM)
			unchanged(_metadata, &before, self->domain);
	}
	EXPECT_EQ(0, ret);
	EXPECT_LE(done, t_stat_of(self->domain, injected));
	EXPECT_EQ(0, t_stat_of(self->domain, balance));
	self->tries = nth - 1;
	EXPECT_FAILURES();
}

TEST_F(failnth, inject)
{
	struct tw_memfd m = { .fd = make_memfd() };
	uint64_t id, word = 1, unborn = 2ull << 62;
	int port = t_port(self->domain, 0, 0, &id);

	ASSERT_LE(0, port);
	inject_sweep(_metadata, self, port, (struct tw_inject){
		.receiver = 1, .payload = (uintptr_t)&word, .len = sizeof(word),
	});
	inject_sweep(_metadata, self, port, (struct tw_inject){
		.receiver = 1, .payload = (uintptr_t)&m, .len = sizeof(m),
		.flags = TW_SEND_MEMFD,
	});
	/* a place for a process that may be created */
	inject_sweep(_metadata, self, port, (struct tw_inject){ .receiver = unborn });
	close(m.fd);
	close(port);
}

TEST_F(failnth, start)
{
	struct tw_domain_start s = { .size = sizeof(s) };
	int domain = t_domain(self->dev, TW_CANCEL_DEFAULT, 0);

	SWEEP(here(domain, TW_DOMAIN_START, &s),
	      ({ EXPECT_EQ(0, t_wait(domain, TW_TIME_INF, NULL));
		 close(domain);
		 domain = t_domain(self->dev, TW_CANCEL_DEFAULT, 0); }));
	close(domain);
	EXPECT_FAILURES();
}

TEST_F(failnth, statistics)
{
	struct tw_process_stat p = { .size = sizeof(p), .id = 1 };
	struct tw_domain_stat d = { .size = sizeof(d) };
	struct tw_domain_wait w = { .size = sizeof(w) };

	SWEEP(here(self->domain, TW_DOMAIN_STAT, &d), (void)0);
	SWEEP(here(self->domain, TW_PROCESS_STAT, &p), (void)0);
	SWEEP(here(self->domain, TW_DOMAIN_WAIT, &w), (void)0);
}

TEST_F(failnth, domain_map)
{
	void *page = NULL;

	SWEEP(with_nth(nth, &failed,
		       (page = mmap(NULL, T_PAGE, PROT_READ, MAP_SHARED,
				    self->domain, 0)) == MAP_FAILED ? -errno : 0),
	      munmap(page, T_PAGE));
}

TEST_F(failnth, attach)
{
	struct tw_attach attach = { .size = sizeof(attach) };
	struct puppet c;

	ASSERT_EQ(0, puppet_create(&c, self->domain, TW_CANCEL_DEFAULT, 0));
	SWEEP(puppet_nth(&c, nth, &failed, TW_ATTACH, &attach, sizeof(attach)),
	      ({ puppet_free(&c);
		 ASSERT_EQ(0, puppet_create(&c, self->domain, TW_CANCEL_DEFAULT, 0)); }));
	puppet_kill(&c);
	puppet_free(&c);
	EXPECT_FAILURES();
}

TEST_F(failnth, send)
{
	uint32_t len[] = { 0, 8, 4096, TW_PAYLOAD_MAX };
	struct puppet *a = &self->a, *b = &self->b;
	struct tw_send s;
	size_t i;

	ASSERT_EQ(0, t_start(self->domain));
	for (i = 0; i < ARRAY_SIZE(len); i++) {
		s = t_send_arg(b->id, 10, a->box->data, len[i]);
		SWEEP(puppet_nth(a, nth, &failed, TW_SEND, &s, sizeof(s)), (void)0);
	}
	EXPECT_FAILURES();
}

/* ---- payloads that are files ---- */

static int op_memfd(struct puppet *p)
{
	*(struct tw_memfd *)p->box->data = (struct tw_memfd){ .fd = make_memfd() };
	return 0;
}

static struct tw_send send_memfd(struct puppet *from, struct puppet *to, uint64_t at)
{
	struct tw_send s = t_send_arg(to->id, at, from->box->data, sizeof(struct tw_memfd));

	s.flags = TW_SEND_MEMFD;
	return s;
}

TEST_F(failnth, send_memfd)
{
	struct puppet *a = &self->a, *b = &self->b;
	struct tw_send s = send_memfd(a, b, 10);

	ASSERT_EQ(0, t_start(self->domain));
	ASSERT_EQ(0, puppet_call(a, op_memfd));
	SWEEP(puppet_nth(a, nth, &failed, TW_SEND, &s, sizeof(s)), (void)0);
	EXPECT_FAILURES();
}

/* How many descriptors it has, without the file that it has just received. */
static int op_close_received(struct puppet *p)
{
	close(((struct tw_memfd *)p->box->data)->fd);
	return t_fds();
}

static int send_next_memfd(struct puppet *a, struct puppet *b, uint64_t *t)
{
	struct tw_send s = send_memfd(a, b, ++*t);

	return puppet_ioctl(a, TW_SEND, &s, sizeof(s));
}

TEST_F(failnth, receive_memfd)
{
	struct puppet *a = &self->a, *b = &self->b;
	uint64_t t = 1;
	struct tw_recv r;
	int files;

	ASSERT_EQ(0, t_start(self->domain));
	ASSERT_EQ(0, puppet_call(a, op_memfd));
	ASSERT_EQ(0, send_next_memfd(a, b, &t));
	ASSERT_EQ((int64_t)t, puppet_recv_time(b));
	files = puppet_call(b, op_close_received);
	ASSERT_EQ(0, send_next_memfd(a, b, &t));
	t_recv_init(&r, b->box->data, 64);
	SWEEP(puppet_nth(b, nth, &failed, TW_RECV, &r, sizeof(r)),
	      ({ EXPECT_EQ(t, b->box->u.recv.recv_time);
		 EXPECT_EQ(3 * T_PAGE, ((struct tw_memfd *)b->box->data)->bytes);
		 EXPECT_EQ(files, puppet_call(b, op_close_received));
		 ASSERT_EQ(0, send_next_memfd(a, b, &t)); }));
	EXPECT_FAILURES();
}

/* ---- messages ---- */

static int send_next(struct puppet *a, struct puppet *b, uint64_t *t)
{
	++*t;
	return puppet_send(a, b->id, *t, *t);
}

TEST_F(failnth, receive)
{
	struct puppet *a = &self->a, *b = &self->b;
	struct tw_recv r;
	uint64_t t = 1;

	ASSERT_EQ(0, t_start(self->domain));
	ASSERT_EQ(0, puppet_send(a, b->id, t, t));
	ASSERT_EQ((int64_t)t, puppet_recv_time(b));
	ASSERT_EQ(0, send_next(a, b, &t));
	t_recv_init(&r, b->box->data, 64);
	SWEEP(puppet_nth(b, nth, &failed, TW_RECV, &r, sizeof(r)),
	      ({ EXPECT_EQ(t, b->box->u.recv.recv_time);
		 ASSERT_EQ(0, send_next(a, b, &t)); }));
}

TEST_F(failnth, step)
{
	struct puppet *a = &self->a, *b = &self->b;
	struct tw_step s = {
		.size = sizeof(s), .until = TW_TIME_INF,
		.recvs = (uintptr_t)b->box->data, .recvs_len = 4096,
	};
	uint64_t t = 1;

	ASSERT_EQ(0, t_start(self->domain));
	ASSERT_EQ(0, puppet_send(a, b->id, t, t));
	ASSERT_EQ((int64_t)t, puppet_recv_time(b));
	ASSERT_EQ(0, send_next(a, b, &t));
	SWEEP(puppet_nth(b, nth, &failed, TW_STEP, &s, sizeof(s)),
	      ({ EXPECT_EQ(1, b->box->u.step.recv_count);
		 EXPECT_EQ(t, ((struct tw_msg *)b->box->data)->recv_time);
		 ASSERT_EQ(0, send_next(a, b, &t)); }));
}

/* Of a vector all up to the failure are sent, and sends_done says so. */
TEST_F(failnth, step_sends)
{
	struct puppet *a = &self->a, *b = &self->b;
	struct tw_msg *m = (void *)a->box->data;
	uint32_t size = sizeof(*m) + 8, i, done = 0;
	struct tw_step s = {
		.size = sizeof(s), .sends = (uintptr_t)m, .sends_len = 4 * size,
	};
	unsigned int nth;
	bool failed = true;
	int ret = 0;

	ASSERT_EQ(0, t_start(self->domain));
	for (i = 0; i < 4; i++)
		*(struct tw_msg *)((char *)m + i * size) = (struct tw_msg){
			.size = size, .len = 8, .peer = b->id, .recv_time = 10,
		};
	for (nth = 1; failed; nth++) {
		ASSERT_GT(NTH_MAX, nth);
		ret = puppet_nth(a, nth, &failed, TW_STEP, &s, sizeof(s));
		ASSERT_TRUE(told(ret)) TH_LOG("nth %u gave %d", nth, ret);
		/* what was sent before a failed answer is not known from it */
		if (ret == -EFAULT)
			done = t_stat_of(self->domain, sends);
		else
			done += a->box->u.step.sends_done / size;
		EXPECT_EQ(done, t_stat_of(self->domain, sends));
	}
	EXPECT_EQ(0, ret);
	EXPECT_EQ(4 * size, a->box->u.step.sends_done);
}

TEST_F(failnth, snapshot)
{
	struct tw_snapshot s = { .size = sizeof(s) };

	ASSERT_EQ(0, t_start(self->domain));
	SWEEP(puppet_nth(&self->a, nth, &failed, TW_SNAPSHOT, &s, sizeof(s)),
	      EXPECT_NE(0, self->a.box->u.snapshot.token));
	EXPECT_FAILURES();
}

/* The child of the snapshot: its first try fails, its second one parks. */
static int op_park_nth(struct puppet *p)
{
	struct tw_snapshot s = { .size = sizeof(s) };
	struct puppet_box *b = p->box;
	struct tw_park park = { .size = sizeof(park) };
	bool failed = false;
	int ret = t_ioctl(p->fd, TW_SNAPSHOT, &s);

	if (ret)
		return ret;
	b->arg[1] = 0;
	if (t_clone(CLONE_PARENT))
		return 0;
	park.token = s.token;
	ret = with_nth((unsigned int)b->arg[0], &failed, t_ioctl(p->fd, TW_PARK, &park));
	if (ret) {
		b->arg[2] = -ret;
		t_add((uint32_t *)&b->arg[1]);
		t_ioctl(p->fd, TW_PARK, &park);
	}
	_exit(0);
}

TEST_F(failnth, park)
{
	struct puppet *a = &self->a;
	uint64_t parked = 0;
	unsigned int nth;

	ASSERT_EQ(0, t_start(self->domain));
	for (nth = 1; nth < 20; nth++) {
		/* at a new position: an own message each time */
		ASSERT_EQ(0, puppet_send(a, a->id, nth, nth));
		a->box->arg[0] = nth;
		ASSERT_EQ(0, puppet_call(a, op_park_nth));
		parked++;
		EXPECT_TRUE(t_until(t_stat_of(self->domain, snapshots) == parked))
			TH_LOG("nth %u", nth);
		if (!t_get((uint32_t *)&a->box->arg[1]))
			break;
		EXPECT_TRUE(a->box->arg[2] == ENOMEM || a->box->arg[2] == EFAULT);
		a->box->arg[0] = 0;
		ASSERT_EQ(0, puppet_call(a, puppet_op_recv));
	}
	EXPECT_LT(1, nth);
	EXPECT_GT(20, nth);
}

static int op_map_nth(struct puppet *p)
{
	bool failed;
	int ret;

	ret = with_nth((unsigned int)p->box->arg[0], &failed, puppet_op_map(p));
	p->box->arg[1] = failed;
	return ret;
}

/* A process has one page: after a success the next one is tried on another. */
TEST_F(failnth, process_map)
{
	unsigned int nth;
	struct puppet c;
	bool failed = true;
	int ret;

	ASSERT_EQ(0, puppet_new(&c, self->domain, TW_CANCEL_DEFAULT, 0));
	for (nth = 1; failed; nth++) {
		ASSERT_GT(NTH_MAX, nth);
		c.box->arg[0] = nth;
		ret = puppet_call(&c, op_map_nth);
		ASSERT_TRUE(told(ret)) TH_LOG("nth %u gave %d", nth, ret);
		failed = c.box->arg[1];
		if (ret)
			continue;
		puppet_free(&c);
		ASSERT_EQ(0, puppet_new(&c, self->domain, TW_CANCEL_DEFAULT, 0));
	}
	EXPECT_EQ(0, puppet_call(&c, puppet_op_map));
	puppet_free(&c);
}

/* ---- processes that are created ---- */

/* arg: nth, has it failed, the new one's id, descriptors when it is closed. */
static int op_spawn_nth(struct puppet *p)
{
	struct tw_spawn s = { .size = sizeof(s), .fd = -1 };
	uint64_t *arg = p->box->arg;
	bool failed;
	int ret;

	ret = with_nth((unsigned int)arg[0], &failed, t_ioctl(p->fd, TW_SPAWN, &s));
	if (!ret && s.fd >= 0)
		close(s.fd);
	arg[1] = failed;
	arg[2] = s.id;
	arg[3] = t_fds();
	return ret;
}

/* Who could not be told of the new process when it was there has created it. */
TEST_F(failnth, spawn)
{
	struct puppet *a = &self->a, *b = &self->b;
	uint64_t *arg = a->box->arg, fds = 0, last = 0;
	struct tw_domain_stat before;
	unsigned int nth;
	int ret = 0;

	ASSERT_EQ(0, t_start(self->domain));
	ASSERT_EQ(0, puppet_send(b, a->id, 10, 1));
	ASSERT_EQ(10, puppet_recv_time(a));
	for (nth = 1, arg[1] = true; arg[1]; nth++) {
		ASSERT_GT(NTH_MAX, nth);
		ASSERT_EQ(0, t_stat(self->domain, &before));
		arg[0] = nth;
		ret = puppet_call(a, op_spawn_nth);
		ASSERT_TRUE(told(ret)) TH_LOG("nth %u gave %d", nth, ret);
		if (!fds)
			fds = arg[3];
		EXPECT_EQ(fds, arg[3]);
		if (ret == -ENOMEM)
			unchanged(_metadata, &before, self->domain);
		if (!ret) {
			EXPECT_EQ(before.processes + 1, t_stat_of(self->domain, processes));
			EXPECT_NE(last, arg[2]);
			last = arg[2];
		}
		EXPECT_EQ(0, t_stat_of(self->domain, balance));
	}
	EXPECT_EQ(0, ret);
	self->tries = nth - 1;
	EXPECT_FAILURES();
	ASSERT_EQ(0, puppet_send(b, a->id, 20, 1));
	EXPECT_EQ(20, puppet_recv_time(a));
}

/* To one that nobody has created yet. */
TEST_F(failnth, send_to_the_unborn)
{
	struct puppet *a = &self->a;
	struct tw_send s = t_send_arg(2ull << 62, 10, NULL, 0);

	ASSERT_EQ(0, t_start(self->domain));
	SWEEP(puppet_nth(a, nth, &failed, TW_SEND, &s, sizeof(s)), s.receiver++);
	EXPECT_FAILURES();
}

/* ---- a sink that is full ---- */

TEST_F(failnth, full_sink)
{
	struct tw_sink_create c = { .size = sizeof(c), .bound = 1 };
	struct puppet *a = &self->a;
	struct tw_domain_stat before;
	struct tw_send s;
	uint64_t word;
	unsigned int nth;
	bool failed = true;
	int ret = 0;

	ASSERT_EQ(0, t_ioctl(self->domain, TW_SINK_CREATE, &c));
	ASSERT_EQ(0, t_start(self->domain));
	ASSERT_EQ(0, puppet_send(a, a->id, 20, 1));
	ASSERT_EQ(0, puppet_send(a, c.id, 10, 1));
	ASSERT_EQ(20, puppet_recv_time(a));
	EXPECT_EQ(-EAGAIN, puppet_recv_nonblock(&self->b));
	ASSERT_EQ(0, t_wait(self->domain, 20, NULL));
	ASSERT_TRUE(t_rounds(self->domain));
	ASSERT_EQ(0, fcntl(a->fd, F_SETFL, O_RDWR | O_NONBLOCK));
	s = t_send_arg(c.id, 30, a->box->data, 8);
	for (nth = 1; failed; nth++) {
		ASSERT_GT(NTH_MAX, nth);
		ASSERT_EQ(0, t_stat(self->domain, &before));
		ret = puppet_nth(a, nth, &failed, TW_SEND, &s, sizeof(s));
		ASSERT_TRUE(ret == -EAGAIN || (failed && ret && told(ret)))
			TH_LOG("nth %u gave %d", nth, ret);
		unchanged(_metadata, &before, self->domain);
	}
	EXPECT_EQ(-EAGAIN, ret);
	self->tries = nth - 1;
	EXPECT_FAILURES();
	ASSERT_EQ(sizeof(word), read(c.fd, &word, sizeof(word)));
	EXPECT_TRUE(t_until(!puppet_ioctl(a, TW_SEND, &s, sizeof(s))));
	close(c.fd);
}

/* ---- states that the process saves itself ---- */

/* It has nothing that is worth saving. */
static int op_recv_in_place(struct puppet *p)
{
	struct tw_recv *r = &p->box->u.recv;
	struct tw_snapshot s = { .size = sizeof(s) };
	int ret;

	do {
		t_recv_init(r, p->box->data, PUPPET_DATA);
		ret = t_ioctl(p->fd, TW_RECV, r);
		if (ret || !(r->status & TW_STATUS_SNAPSHOT))
			return ret;
		ret = t_ioctl(p->fd, TW_SNAPSHOT, &s);
	} while (!ret);
	return ret;
}

/* Sent a message at @t, @p is rolled back, and does not know it yet. */
static int make_stale(struct puppet *from, struct puppet *p, uint64_t t)
{
	int ret = puppet_send(from, p->id, t, t);

	return ret ? ret : puppet_call(p, op_recv_in_place);
}

TEST_F(failnth, restore)
{
	struct tw_restore r = { .size = sizeof(r) };
	uint64_t t = 10000, restored = 0;
	struct puppet c;

	ASSERT_EQ(0, puppet_create_as(&c, self->domain, (struct tw_process_create){
		.snapshot_interval = 1, .state = TW_STATE_HANDLERS,
	}));
	ASSERT_EQ(0, puppet_attach(&c));
	ASSERT_EQ(0, t_start(self->domain));
	ASSERT_EQ(0, make_stale(&self->a, &c, t));
	ASSERT_EQ(-ESTALE, make_stale(&self->a, &c, --t));
	SWEEP(puppet_nth(&c, nth, &failed, TW_RESTORE, &r, sizeof(r)),
	      ({ EXPECT_EQ(++restored, c.box->u.restore.resumes);
		 ASSERT_EQ(0, puppet_call(&c, op_recv_in_place));
		 EXPECT_EQ(t, c.box->u.recv.recv_time);
		 ASSERT_EQ(-ESTALE, make_stale(&self->a, &c, --t)); }));
	puppet_free(&c);
}

TEST_F(failnth, snapshot_in_place)
{
	struct tw_snapshot s = { .size = sizeof(s) };
	struct puppet c;

	ASSERT_EQ(0, puppet_create_as(&c, self->domain, (struct tw_process_create){
		.snapshot_interval = 1, .state = TW_STATE_HANDLERS,
	}));
	ASSERT_EQ(0, puppet_attach(&c));
	ASSERT_EQ(0, t_start(self->domain));
	SWEEP(puppet_nth(&c, nth, &failed, TW_SNAPSHOT, &s, sizeof(s)),
	      EXPECT_NE(0, c.box->u.snapshot.token));
	EXPECT_FAILURES();
	puppet_free(&c);
}

/* Rollbacks need no memory: they work with whatever fails around them. */
TEST_F(failnth, straggler)
{
	struct puppet *a = &self->a, *b = &self->b;
	struct tw_send s = t_send_arg(b->id, 0, a->box->data, 8);
	uint64_t t = 10000;
	unsigned int nth;
	bool failed = true;
	int ret;

	ASSERT_EQ(0, t_start(self->domain));
	ASSERT_EQ(0, puppet_send(a, b->id, t, 1));
	ASSERT_EQ((int64_t)t, puppet_recv_time(b));
	for (nth = 1; failed; nth++) {
		ASSERT_GT(NTH_MAX, nth);
		s.recv_time = t - 1;
		ret = puppet_nth(a, nth, &failed, TW_SEND, &s, sizeof(s));
		ASSERT_TRUE(told(ret)) TH_LOG("nth %u gave %d", nth, ret);
		if (ret)
			continue;
		t--;
		ASSERT_EQ(0, puppet_await_resumes(b, 10000 - t));
		ASSERT_EQ((int64_t)t, puppet_recv_time(b));
	}
	EXPECT_LT(t, 10000);
}

TEST_HARNESS_MAIN
