// SPDX-License-Identifier: GPL-2.0
/* Sending and receiving single messages: what is refused, and in what order. */
#include <pthread.h>

#include "tw_puppet.h"

FIXTURE(send) {
	T_WORLD;
};

FIXTURE_SETUP(send)
{
	t_world_open(_metadata, &self->world, (struct t_world_as){
		.puppets = 2, .interval = 100, .sink = true, .start = true,
	});
}

FIXTURE_TEARDOWN(send)
{
	t_world_close(_metadata, &self->world);
}

TEST_F(send, receive_time_must_be_later)
{
	struct puppet *a = &self->a;

	EXPECT_EQ(-EINVAL, puppet_send(a, a->id, 0, 1));
	EXPECT_EQ(-EINVAL, puppet_send(a, a->id, TW_TIME_INF, 1));
	EXPECT_EQ(0, t_stat_of(self->domain, sends));
	ASSERT_EQ(0, puppet_send(a, a->id, 10, 1));
	ASSERT_EQ(10, puppet_recv_time(a));
	EXPECT_EQ(10, t_pstat_of(self->domain, a->id, lvt));
	EXPECT_EQ(-EINVAL, puppet_send(a, a->id, 0, 1));
	EXPECT_EQ(-EINVAL, puppet_send(a, a->id, 9, 1));
	EXPECT_EQ(-EINVAL, puppet_send(a, a->id, 10, 1));
	EXPECT_EQ(-EINVAL, puppet_send(a, self->sink_id, 10, 1));
	EXPECT_EQ(1, t_stat_of(self->domain, sends));
	EXPECT_EQ(0, puppet_send(a, a->id, 11, 1));
	EXPECT_EQ(0, puppet_send(a, a->id, TW_TIME_INF - 1, 1));
	EXPECT_EQ(3, t_stat_of(self->domain, sends));
	EXPECT_EQ(11, puppet_recv_time(a));
	EXPECT_EQ(TW_TIME_INF - 1, puppet_recv_time(a));
	EXPECT_EQ(-EINVAL, puppet_send(a, a->id, TW_TIME_INF, 1));
	EXPECT_EQ(-EINVAL, puppet_send(a, a->id, TW_TIME_INF - 1, 1));
}

TEST_F(send, send_time_needs_a_page)
{
	struct tw_send s = t_send_arg(self->b.id, 10, NULL, 0);

	s.send_time = 1;
	EXPECT_EQ(-EINVAL, puppet_ioctl(&self->a, TW_SEND, &s, sizeof(s)));
	s.send_time = TW_TIME_INF;
	EXPECT_EQ(-EINVAL, puppet_ioctl(&self->a, TW_SEND, &s, sizeof(s)));
	EXPECT_EQ(0, t_stat_of(self->domain, sends));
}

TEST_F(send, unknown_receiver)
{
	uint64_t ids[] = { 0, 4, 1ull << 31, 1ull << 32, 1ull << 32 | 1,
			   1ull << 62, 3ull << 62, ~0ull };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(ids); i++)
		EXPECT_EQ(-ENOENT, puppet_send(&self->a, ids[i], 10, 1));
	EXPECT_EQ(0, t_stat_of(self->domain, sends));
	EXPECT_EQ(0, t_stat_of(self->domain, messages));
	EXPECT_EQ(0, puppet_send(&self->a, self->a.id, 10, 1));
	EXPECT_EQ(0, puppet_send(&self->a, self->b.id, 10, 1));
	EXPECT_EQ(0, puppet_send(&self->a, self->sink_id, 10, 1));
	EXPECT_EQ(3, t_stat_of(self->domain, sends));
	EXPECT_EQ(3, t_stat_of(self->domain, messages));
}

static void fill(unsigned char *p, uint32_t len, uint32_t seed)
{
	while (len--)
		*p++ = (seed = seed * 1103515245 + 12345) >> 16;
}

static bool filled(const unsigned char *p, uint32_t len, uint32_t seed)
{
	while (len--)
		if (*p++ != (unsigned char)((seed = seed * 1103515245 + 12345) >> 16))
			return false;
	return true;
}

TEST_F(send, payloads_arrive_whole)
{
	uint32_t len[] = { 0, 1, 7, 8, 9, 63, 4095, 4096, 4097, 8192, 65535,
			   TW_PAYLOAD_MAX };
	unsigned char *data = (void *)self->b.box->data;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(len); i++) {
		struct tw_send s = t_send_arg(self->b.id, 10 + i,
					      self->a.box->data, len[i]);

		fill((void *)self->a.box->data, len[i], i);
		ASSERT_EQ(0, puppet_ioctl(&self->a, TW_SEND, &s, sizeof(s)));
	}
	for (i = 0; i < ARRAY_SIZE(len); i++) {
		memset(data, T_POISON, PUPPET_DATA);
		ASSERT_EQ(10 + i, puppet_recv_time(&self->b));
		EXPECT_EQ(len[i], self->b.box->u.recv.len);
		EXPECT_TRUE(filled(data, len[i], i)) TH_LOG("%u bytes", len[i]);
		EXPECT_EQ(T_POISON, data[len[i]]);
	}
}

TEST_F(send, payload_too_large)
{
	uint32_t len[] = { TW_PAYLOAD_MAX + 1, 1u << 31, ~0u };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(len); i++) {
		struct tw_send s = t_send_arg(self->b.id, 10,
					      self->a.box->data, len[i]);

		EXPECT_EQ(-EMSGSIZE, puppet_ioctl(&self->a, TW_SEND, &s, sizeof(s)));
	}
	EXPECT_EQ(0, t_stat_of(self->domain, messages));
}

/* Maps two pages of which the second is not there, and uses @arg[1] bytes before it. */
static int op_send_across(struct puppet *p)
{
	unsigned char *two = mmap(NULL, 2 * T_PAGE, PROT_READ | PROT_WRITE,
				  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct tw_send s = t_send_arg(p->box->arg[0],
				      10, two + T_PAGE - p->box->arg[1],
				      p->box->arg[2]);
	int ret;

	munmap(two + T_PAGE, T_PAGE);
	ret = t_ioctl(p->fd, TW_SEND, &s);
	munmap(two, T_PAGE);
	return ret;
}

TEST_F(send, payload_not_readable)
{
	struct puppet *a = &self->a;
	struct tw_send s = t_send_arg(self->b.id, 10, NULL, 8);

	EXPECT_EQ(-EFAULT, puppet_ioctl(a, TW_SEND, &s, sizeof(s)));
	s.payload = ~0ull - 4;
	EXPECT_EQ(-EFAULT, puppet_ioctl(a, TW_SEND, &s, sizeof(s)));
	s.payload = 1ull << 63;
	EXPECT_EQ(-EFAULT, puppet_ioctl(a, TW_SEND, &s, sizeof(s)));
	a->box->arg[0] = self->b.id;
	a->box->arg[1] = 100;
	a->box->arg[2] = 101;
	EXPECT_EQ(-EFAULT, puppet_call(a, op_send_across));
	a->box->arg[2] = TW_PAYLOAD_MAX;
	EXPECT_EQ(-EFAULT, puppet_call(a, op_send_across));
	EXPECT_EQ(0, t_stat_of(self->domain, messages));
	EXPECT_EQ(0, t_stat_of(self->domain, message_bytes));
	a->box->arg[2] = 100;
	EXPECT_EQ(0, puppet_call(a, op_send_across));
	/* nothing is read through the pointer of an empty payload */
	s = t_send_arg(self->b.id, 11, NULL, 0);
	EXPECT_EQ(0, puppet_ioctl(a, TW_SEND, &s, sizeof(s)));
}

/* Past the first snapshot, so that plain calls receive at once. */
static void first_message(struct __test_metadata *_metadata, struct puppet *a,
			  struct puppet *b)
{
	ASSERT_EQ(0, puppet_send(a, b->id, 1, 1));
	ASSERT_EQ(1, puppet_recv_time(b));
}

TEST_F(send, receive_buffer_too_small)
{
	struct puppet *a = &self->a, *b = &self->b;
	uint32_t len[] = { 0, 1, 99 };
	struct tw_recv r;
	size_t i;

	first_message(_metadata, a, b);
	struct tw_send s = t_send_arg(b->id, 10, a->box->data, 100);
	ASSERT_EQ(0, puppet_ioctl(a, TW_SEND, &s, sizeof(s)));
	for (i = 0; i < ARRAY_SIZE(len); i++) {
		memset(b->box->data, T_POISON, 128);
		t_recv_init(&r, b->box->data, len[i]);
		EXPECT_EQ(-EMSGSIZE, puppet_ioctl(b, TW_RECV, &r, sizeof(r)));
		EXPECT_EQ(100, r.len);
		EXPECT_EQ(0xa5a5a5a5a5a5a5a5, b->box->data[0]);
		EXPECT_EQ(1, t_pstat_of(self->domain, b->id, delivered));
		EXPECT_EQ(1, t_pstat_of(self->domain, b->id, pending));
	}
	t_recv_init(&r, b->box->data, 100);
	EXPECT_EQ(0, puppet_ioctl(b, TW_RECV, &r, sizeof(r)));
	EXPECT_EQ(0, r.status);
	EXPECT_EQ(10, r.recv_time);
	EXPECT_EQ(100, r.len);
	EXPECT_EQ(a->id, r.sender);
	EXPECT_EQ(0, r.send_time);
	EXPECT_EQ(0, r.priority);
}

static int op_recv_across(struct puppet *p)
{
	unsigned char *two = mmap(NULL, 2 * T_PAGE, PROT_READ | PROT_WRITE,
				  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct tw_recv r;
	int ret;

	if (p->box->arg[0])
		mprotect(two + T_PAGE, T_PAGE, PROT_READ);
	else
		munmap(two + T_PAGE, T_PAGE);
	t_recv_init(&r, two + T_PAGE - 50, 100);
	ret = t_ioctl(p->fd, TW_RECV, &r);
	munmap(two, 2 * T_PAGE);
	return ret;
}

/* A message that could not be handed over is handed over next time. */
TEST_F(send, payload_not_writable)
{
	struct puppet *a = &self->a, *b = &self->b;
	struct tw_recv r;

	first_message(_metadata, a, b);
	struct tw_send s = t_send_arg(b->id, 10, a->box->data, 100);
	ASSERT_EQ(0, puppet_ioctl(a, TW_SEND, &s, sizeof(s)));
	b->box->arg[0] = 0;
	EXPECT_EQ(-EFAULT, puppet_call(b, op_recv_across));
	b->box->arg[0] = 1;
	EXPECT_EQ(-EFAULT, puppet_call(b, op_recv_across));
	t_recv_init(&r, NULL, 100);
	EXPECT_EQ(-EFAULT, puppet_ioctl(b, TW_RECV, &r, sizeof(r)));
	EXPECT_EQ(1, t_pstat_of(self->domain, b->id, delivered));
	EXPECT_EQ(1, t_pstat_of(self->domain, b->id, pending));
	EXPECT_EQ(10, puppet_recv_time(b));
}

static int op_recv_read_only(struct puppet *p)
{
	struct tw_recv *r = mmap(NULL, T_PAGE, PROT_READ | PROT_WRITE,
				 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int ret;

	t_recv_init(r, p->box->data, PUPPET_DATA);
	mprotect(r, T_PAGE, PROT_READ);
	ret = t_ioctl(p->fd, TW_RECV, r);
	munmap(r, T_PAGE);
	return ret;
}

TEST_F(send, receive_struct_not_writable)
{
	struct puppet *a = &self->a, *b = &self->b;

	first_message(_metadata, a, b);
	ASSERT_EQ(0, puppet_send(a, b->id, 10, 7));
	EXPECT_EQ(-EFAULT, puppet_call(b, op_recv_read_only));
	EXPECT_EQ(1, t_pstat_of(self->domain, b->id, delivered));
	EXPECT_EQ(10, puppet_recv_time(b));
	EXPECT_EQ(7, b->box->data[0]);
	EXPECT_EQ(2, t_pstat_of(self->domain, b->id, delivered));
}

/* Sent in the wrong order by the first of each pair of keys that differs. */
TEST_F(send, total_order)
{
	static const struct { char from; uint64_t at, priority; } sends[] = {
		{ 'b', 30, 0 }, { 'a', 20, 5 }, { 'a', 20, 4 }, { 'b', 20, 4 },
		{ 'a', 10, ~0ull }, { 'b', 10, 0 }, { 'a', 10, 0 },
		{ 'a', 20, 4 }, { 'a', 20, 4 }, { 'b', 5, 9 },
	};
	static const uint64_t order[] = { 9, 6, 5, 4, 2, 7, 8, 3, 1, 0 };
	struct puppet *a = &self->a, *b = &self->b;
	const struct note *n;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(sends); i++)
		ASSERT_EQ(0, puppet_send_prio(sends[i].from == 'a' ? a : b, a->id,
					      sends[i].at, sends[i].priority, i));
	for (i = 0; i < ARRAY_SIZE(order); i++) {
		ASSERT_EQ(0, puppet_recv(a));
		n = &a->box->notes[i];
		EXPECT_EQ(order[i], n->word);
		EXPECT_EQ(sends[n->word].at, n->recv_time);
		EXPECT_EQ(sends[n->word].priority, n->priority);
		EXPECT_EQ(sends[n->word].from == 'a' ? a->id : b->id, n->sender);
		EXPECT_EQ(0, n->send_time);
	}
	/* equal but for the number within the sender's send time */
	EXPECT_LT(a->box->notes[4].index, a->box->notes[5].index);
	EXPECT_LT(a->box->notes[5].index, a->box->notes[6].index);
	EXPECT_EQ(0, puppet_resumes(a));
}

/* Of two messages that are equal up to the sender the earlier sent is first. */
TEST_F(send, order_by_send_time)
{
	struct puppet *a = &self->a, *b = &self->b;

	ASSERT_EQ(0, puppet_send(a, a->id, 5, 0));
	ASSERT_EQ(0, puppet_send(a, a->id, 6, 0));
	ASSERT_EQ(0, puppet_send(a, b->id, 20, 100));
	ASSERT_EQ(0, puppet_send(a, b->id, 20, 101));
	ASSERT_EQ(5, puppet_recv_time(a));
	ASSERT_EQ(0, puppet_send(a, b->id, 20, 102));
	ASSERT_EQ(6, puppet_recv_time(a));
	ASSERT_EQ(0, puppet_send(a, b->id, 20, 103));
	ASSERT_EQ(0, puppet_send(a, b->id, 20, 104));
	for (uint64_t word = 100; word < 105; word++) {
		ASSERT_EQ(20, puppet_recv_time(b));
		EXPECT_EQ(word, b->box->data[0]);
	}
	EXPECT_EQ(0, b->box->notes[1].send_time);
	EXPECT_EQ(5, b->box->notes[2].send_time);
	EXPECT_EQ(6, b->box->notes[4].send_time);
}

TEST_F(send, nonblocking)
{
	struct puppet *a = &self->a, *b = &self->b;

	first_message(_metadata, a, b);
	EXPECT_EQ(-EAGAIN, puppet_recv_nonblock(b));
	EXPECT_EQ(TW_TIME_INF, t_pstat_of(self->domain, b->id, lvt));
	EXPECT_EQ(TW_PROCESS_WAITING, t_pstat_of(self->domain, b->id, state));
	/* nothing is later than +infinity */
	EXPECT_EQ(-EINVAL, puppet_send(b, a->id, 100, 1));
	EXPECT_EQ(-EINVAL, puppet_send(b, a->id, TW_TIME_INF - 1, 1));
	EXPECT_EQ(-EAGAIN, puppet_recv_nonblock(b));
	ASSERT_EQ(0, puppet_send(a, b->id, 10, 1));
	EXPECT_EQ(0, puppet_recv_nonblock(b));
	EXPECT_EQ(10, b->box->u.recv.recv_time);
	EXPECT_EQ(10, t_pstat_of(self->domain, b->id, lvt));
	EXPECT_EQ(0, puppet_send(b, a->id, 11, 1));
}

TEST_F(send, nonblocking_file)
{
	struct puppet *a = &self->a, *b = &self->b;

	first_message(_metadata, a, b);
	ASSERT_EQ(0, fcntl(b->fd, F_SETFL, O_RDWR | O_NONBLOCK));
	EXPECT_EQ(-EAGAIN, puppet_recv(b));
	ASSERT_EQ(0, puppet_send(a, b->id, 10, 1));
	EXPECT_EQ(10, puppet_recv_time(b));
}

TEST_F(send, blocking_receive_wakes)
{
	struct puppet *a = &self->a, *b = &self->b;

	puppet_post_recv(b);
	ASSERT_TRUE(t_until(t_pstat_of(self->domain, b->id, state) ==
			    TW_PROCESS_WAITING));
	EXPECT_FALSE(puppet_idle(b));
	ASSERT_EQ(0, puppet_send(a, b->id, 10, 77));
	EXPECT_EQ(0, puppet_wait(b));
	EXPECT_EQ(77, b->box->data[0]);
	EXPECT_EQ(TW_PROCESS_RUNNING, t_pstat_of(self->domain, b->id, state));
}

static void on_signal(int sig)
{
	(void)sig;
}

static int op_recv_interruptible(struct puppet *p)
{
	struct sigaction sa = { .sa_handler = on_signal };

	sigaction(SIGUSR1, &sa, NULL);
	return puppet_op_recv(p);
}

TEST_F(send, signal_ends_the_wait)
{
	struct puppet *a = &self->a, *b = &self->b;

	first_message(_metadata, a, b);
	b->box->arg[0] = 0;
	puppet_post(b, op_recv_interruptible);
	ASSERT_TRUE(t_until(t_pstat_of(self->domain, b->id, state) ==
			    TW_PROCESS_WAITING));
	ASSERT_EQ(0, kill(b->box->pid, SIGUSR1));
	EXPECT_EQ(-EINTR, puppet_wait(b));
	ASSERT_EQ(0, puppet_send(a, b->id, 10, 77));
	EXPECT_EQ(10, puppet_recv_time(b));
}

static int op_poll(struct puppet *p)
{
	struct pollfd f = { .fd = p->fd, .events = POLLIN };

	return poll(&f, 1, p->box->arg[0]) < 0 ? -errno : f.revents;
}

TEST_F(send, poll_by_the_process)
{
	struct puppet *a = &self->a, *b = &self->b;

	b->box->arg[0] = 0;
	EXPECT_EQ(0, puppet_call(b, op_poll));
	b->box->arg[0] = -1;
	puppet_post(b, op_poll);
	ASSERT_EQ(0, puppet_send(a, b->id, 10, 1));
	EXPECT_EQ(POLLIN, puppet_wait(b) & POLLIN);
	ASSERT_EQ(10, puppet_recv_time(b));
	b->box->arg[0] = 0;
	EXPECT_EQ(0, puppet_call(b, op_poll) & POLLIN);
	ASSERT_EQ(0, puppet_send(a, b->id, 11, 1));
	EXPECT_EQ(POLLIN, puppet_call(b, op_poll) & POLLIN);
}

/* Every call that only the running incarnation may make. */
static int each_call(int fd, int expect, uint64_t to)
{
	struct tw_snapshot snap = { .size = sizeof(snap) };
	struct tw_step step = { .size = sizeof(step), .flags = TW_STEP_NONBLOCK };
	struct tw_send send = t_send_arg(to, 50, NULL, 0);
	struct tw_recv recv;
	uint64_t buf[16];

	t_recv_init(&recv, buf, sizeof(buf));
	recv.flags = TW_RECV_NONBLOCK;
	if (t_ioctl(fd, TW_SEND, &send) != expect)
		return 1;
	if (t_ioctl(fd, TW_RECV, &recv) != expect)
		return 2;
	if (t_ioctl(fd, TW_STEP, &step) != expect)
		return 3;
	if (t_ioctl(fd, TW_SNAPSHOT, &snap) != expect)
		return 4;
	return 0;
}

TEST_F(send, by_no_incarnation)
{
	struct tw_park park = { .size = sizeof(park) };

	first_message(_metadata, &self->a, &self->b);
	ASSERT_EQ(0, puppet_send(&self->a, self->b.id, 10, 1));
	EXPECT_EQ(0, each_call(self->b.fd, -ESRCH, self->a.id));
	EXPECT_GT(0, t_ioctl(self->b.fd, TW_PARK, &park));
	EXPECT_EQ(2, t_stat_of(self->domain, sends));
	EXPECT_EQ(1, t_stat_of(self->domain, delivered));
	EXPECT_EQ(10, puppet_recv_time(&self->b));
}

static int op_fork_each_call(struct puppet *p)
{
	pid_t pid = fork();
	int status = -1;

	if (!pid)
		_exit(each_call(p->fd, -ESRCH, p->id));
	waitpid(pid, &status, 0);
	return status;
}

TEST_F(send, by_a_child_of_an_incarnation)
{
	first_message(_metadata, &self->a, &self->b);
	ASSERT_EQ(0, puppet_send(&self->a, self->b.id, 10, 1));
	EXPECT_EQ(0, puppet_call(&self->b, op_fork_each_call));
	EXPECT_EQ(10, puppet_recv_time(&self->b));
}

static void *thread_waits(void *arg)
{
	pthread_mutex_lock(arg);
	return NULL;
}

/* A thread that was joined may still be on its way out. */
static void join(pthread_t t)
{
	pthread_join(t, NULL);
	if (!t_until(t_count_dir("/proc/self/task") == 1))
		abort();
}

static int op_threaded(struct puppet *p)
{
	pthread_mutex_t hold = PTHREAD_MUTEX_INITIALIZER;
	pthread_t t;
	int ret;

	pthread_mutex_lock(&hold);
	if (pthread_create(&t, NULL, thread_waits, &hold))
		return -1;
	ret = each_call(p->fd, -EUSERS, p->id);
	pthread_mutex_unlock(&hold);
	join(t);
	return ret;
}

TEST_F(send, by_a_threaded_process)
{
	first_message(_metadata, &self->a, &self->b);
	ASSERT_EQ(0, puppet_send(&self->a, self->b.id, 10, 1));
	EXPECT_EQ(0, puppet_call(&self->b, op_threaded));
	EXPECT_EQ(2, t_stat_of(self->domain, sends));
	EXPECT_EQ(10, puppet_recv_time(&self->b));
}

static int op_attach_threaded(struct puppet *p)
{
	pthread_mutex_t hold = PTHREAD_MUTEX_INITIALIZER;
	struct tw_attach a = { .size = sizeof(a) };
	pthread_t t;
	int ret;

	pthread_mutex_lock(&hold);
	if (pthread_create(&t, NULL, thread_waits, &hold))
		return -1;
	ret = t_ioctl(p->fd, TW_ATTACH, &a);
	pthread_mutex_unlock(&hold);
	join(t);
	return ret;
}

TEST_F(send, attach_of_a_threaded_process)
{
	int domain = t_domain(self->dev, TW_CANCEL_DEFAULT, 0);
	struct puppet c;

	ASSERT_EQ(0, puppet_create(&c, domain, TW_CANCEL_DEFAULT, 0));
	EXPECT_EQ(-EUSERS, puppet_call(&c, op_attach_threaded));
	EXPECT_EQ(TW_PROCESS_NEW, t_pstat_of(domain, c.id, state));
	EXPECT_EQ(-ESRCH, puppet_send(&c, c.id, 10, 1));
	EXPECT_EQ(0, puppet_attach(&c));
	close(domain);
	puppet_free(&c);
}

TEST_F(send, before_the_start)
{
	int domain = t_domain(self->dev, TW_CANCEL_DEFAULT, 0);
	struct puppet c;

	ASSERT_EQ(0, puppet_new(&c, domain, TW_CANCEL_DEFAULT, 0));
	EXPECT_EQ(-EAGAIN, puppet_recv_nonblock(&c));
	puppet_post_recv(&c);
	EXPECT_EQ(0, t_start(domain));
	/* the only process waits, so the end follows the start */
	EXPECT_EQ(1, puppet_wait(&c));
	close(domain);
	puppet_free(&c);
}

TEST_F(send, after_the_end)
{
	struct puppet *a = &self->a, *b = &self->b;
	struct tw_snapshot snap = { .size = sizeof(snap) };
	struct tw_domain_wait w;
	uint64_t id;

	first_message(_metadata, a, b);
	puppet_post_recv(a);
	puppet_post_recv(b);
	EXPECT_EQ(1, puppet_wait(a));
	EXPECT_EQ(1, puppet_wait(b));
	EXPECT_EQ(0, t_wait(self->domain, TW_TIME_INF, &w));
	EXPECT_EQ(TW_DOMAIN_ENDED, w.state);
	EXPECT_EQ(TW_TIME_INF, w.gvt);
	EXPECT_EQ(-ESHUTDOWN, puppet_send(a, b->id, 100, 1));
	EXPECT_EQ(-ESHUTDOWN, puppet_ioctl(a, TW_SNAPSHOT, &snap, sizeof(snap)));
	EXPECT_EQ(1, puppet_recv(a));
	EXPECT_EQ(1, puppet_recv_nonblock(a));
	EXPECT_EQ(-EBUSY, t_start(self->domain));
	EXPECT_EQ(-EBUSY, t_process(self->domain, TW_CANCEL_DEFAULT, 0, &id));
	EXPECT_EQ(1, t_stat_of(self->domain, sends));
	EXPECT_EQ(0, t_stat_of(self->domain, messages));
	EXPECT_EQ(1, t_stat_of(self->domain, committed));
}

TEST_HARNESS_MAIN
