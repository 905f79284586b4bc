// SPDX-License-Identifier: GPL-2.0
/* Ports: injection from outside of virtual time, promises, live ports. */
#include <poll.h>
#include <pthread.h>
#include <sys/resource.h>

#include "tw_puppet.h"

/* Two puppets, a sink, and a port, whose id is 4. */
struct ported {
	T_WORLD;
	int port;
	uint64_t port_id;
};

static void ported_open(struct __test_metadata *_metadata, struct ported *w, uint32_t flags)
{
	t_world_open(_metadata, &w->world, (struct t_world_as){
		.puppets = 2, .interval = 1, .sink = true,
	});
	w->port = t_port(w->domain, flags, 0, &w->port_id);
	ASSERT_LE(0, w->port);
}

static void ported_close(struct __test_metadata *_metadata, struct ported *w)
{
	close(w->port);
	t_world_close(_metadata, &w->world);
}

/* What is true of every port. */
FIXTURE(ports) { struct ported; };

FIXTURE_VARIANT(ports) {
	uint32_t flags;
};

FIXTURE_VARIANT_ADD(ports, promising) { .flags = 0 };
FIXTURE_VARIANT_ADD(ports, live) { .flags = TW_PORT_LIVE };

FIXTURE_SETUP(ports)
{
	ported_open(_metadata, (struct ported *)self, variant->flags);
}

FIXTURE_TEARDOWN(ports)
{
	ported_close(_metadata, (struct ported *)self);
}

/* One that GVT waits for. */
FIXTURE(promising) { struct ported; };

FIXTURE_SETUP(promising)
{
	ported_open(_metadata, (struct ported *)self, 0);
}

FIXTURE_TEARDOWN(promising)
{
	ported_close(_metadata, (struct ported *)self);
}

/* And one that it does not wait for. */
FIXTURE(live) { struct ported; };

FIXTURE_SETUP(live)
{
	ported_open(_metadata, (struct ported *)self, TW_PORT_LIVE);
}

FIXTURE_TEARDOWN(live)
{
	ported_close(_metadata, (struct ported *)self);
}

static uint64_t gvt(int domain)
{
	return t_stat_of(domain, gvt);
}

/* Both wait, and GVT is as far as it comes. */
static bool quiet(struct puppet *a, struct puppet *b)
{
	return puppet_recv_nonblock(a) == -EAGAIN &&
	       puppet_recv_nonblock(b) == -EAGAIN && t_rounds(a->domain);
}

TEST_F(ports, identity_and_order)
{
	struct puppet *a = &self->a;
	const struct note *n = a->box->notes;
	unsigned int i;

	EXPECT_EQ(4, self->port_id);
	ASSERT_EQ(0, t_start(self->domain));
	EXPECT_EQ(0, t_inject(self->port, a->id, 30, 1));
	EXPECT_EQ(0, t_inject(self->port, a->id, 20, 2));
	EXPECT_EQ(0, t_inject(self->port, a->id, 30, 3));
	EXPECT_EQ(0, t_inject(self->port, a->id, 30, 4));
	for (i = 0; i < 4; i++)
		ASSERT_EQ(0, puppet_recv(a));
	EXPECT_EQ(20, n[0].recv_time);
	EXPECT_EQ(2, n[0].word);
	EXPECT_EQ(1, n[1].word);
	EXPECT_EQ(3, n[2].word);
	EXPECT_EQ(4, n[3].word);
	for (i = 0; i < 4; i++) {
		EXPECT_EQ(self->port_id, n[i].sender);
		EXPECT_EQ(0, n[i].send_time);
		EXPECT_EQ(n[i].word - 1, n[i].index);
	}
	EXPECT_EQ(4, t_stat_of(self->domain, injected));
	EXPECT_EQ(1, t_stat_of(self->domain, ports));
	EXPECT_EQ(0, t_stat_of(self->domain, sends));
}

TEST_F(ports, before_the_start)
{
	struct puppet *a = &self->a;

	EXPECT_EQ(0, t_inject(self->port, a->id, 10, 1));
	EXPECT_EQ(0, t_inject(self->port, self->sink_id, 12, 1));
	EXPECT_EQ(-ENOENT, t_inject(self->port, self->port_id + 1, 10, 1));
	ASSERT_EQ(0, t_start(self->domain));
	EXPECT_EQ(10, puppet_recv_time(a));
}

TEST_F(ports, refused)
{
	struct puppet *a = &self->a;
	struct tw_domain_stat before, after;
	struct tw_inject i = {
		.size = sizeof(i), .receiver = a->id, .recv_time = 5,
		.payload = 8, .len = 8,
	};

	ASSERT_EQ(0, t_start(self->domain));
	ASSERT_EQ(0, t_stat(self->domain, &before));
	EXPECT_EQ(-ENOENT, t_inject(self->port, 0, 5, 1));
	EXPECT_EQ(-ENOENT, t_inject(self->port, ~0ull, 5, 1));
	EXPECT_EQ(-ENOENT, t_inject(self->port, self->port_id, 5, 1));
	EXPECT_EQ(-EINVAL, t_inject(self->port, a->id, TW_TIME_INF, 1));
	EXPECT_EQ(-EFAULT, t_ioctl(self->port, TW_INJECT, &i));
	i.len = TW_PAYLOAD_MAX + 1;
	EXPECT_EQ(-EMSGSIZE, t_ioctl(self->port, TW_INJECT, &i));
	/* a process cannot send to a port, nor is it one */
	EXPECT_EQ(-ENOENT, puppet_send(a, self->port_id, 5, 1));
	EXPECT_EQ(~0u, t_pstat_of(self->domain, self->port_id, state));
	ASSERT_EQ(0, t_stat(self->domain, &after));
	EXPECT_EQ(before.messages, after.messages);
	EXPECT_EQ(before.injected, after.injected);
	EXPECT_EQ(0, after.balance);
}

/* An injected message is a straggler like any other. */
TEST_F(ports, rolls_back)
{
	struct puppet *a = &self->a, *b = &self->b;

	ASSERT_EQ(0, t_start(self->domain));
	ASSERT_EQ(0, puppet_send(b, a->id, 20, 1));
	EXPECT_EQ(20, puppet_recv_time(a));
	EXPECT_EQ(0, t_inject(self->port, a->id, 10, 2));
	ASSERT_EQ(0, puppet_await_resumes(a, 1));
	EXPECT_EQ(10, puppet_recv_time(a));
	EXPECT_EQ(20, puppet_recv_time(a));
	EXPECT_EQ(1, t_stat_of(self->domain, rollbacks_primary));
}

TEST_F(ports, promise_never_less)
{
	ASSERT_EQ(0, t_start(self->domain));
	EXPECT_EQ(0, t_promise(self->port, 50));
	EXPECT_EQ(0, t_promise(self->port, 50));
	EXPECT_EQ(-EINVAL, t_promise(self->port, 49));
	EXPECT_EQ(-EINVAL, t_promise(self->port, 0));
	EXPECT_EQ(0, t_promise(self->port, TW_TIME_INF));
	EXPECT_EQ(-EINVAL, t_promise(self->port, 50));
	EXPECT_EQ(0, t_promise(self->port, TW_TIME_INF));
}

TEST_F(ports, own_promise)
{
	uint64_t at = 49;

	ASSERT_EQ(0, t_start(self->domain));
	EXPECT_EQ(0, t_promise(self->port, 50));
	EXPECT_EQ(-ETIME, t_inject_at(self->port, self->a.id, &at, 1));
	EXPECT_EQ(50, at);
	EXPECT_EQ(0, t_inject_at(self->port, self->a.id, &at, 1));
	at = 0;
	EXPECT_EQ(0, t_inject_at(self->port, self->a.id, &at, 1));
	EXPECT_EQ(50, at);
	EXPECT_EQ(0, t_promise(self->port, TW_TIME_INF));
	EXPECT_EQ(-ETIME, t_inject_at(self->port, self->a.id, &at, 1));
	EXPECT_EQ(TW_TIME_INF, at);
	EXPECT_EQ(2, t_stat_of(self->domain, injected));
}

/* Ids that no receiver has, and one that a process may be created with. */
TEST_F(ports, unknown_receivers)
{
	const uint64_t garbage[] = { 5, 1ull << 32, 1ull << 62, 3ull << 62, ~0ull - 1 };
	const uint64_t unborn = 2ull << 62 | 77;
	struct tw_domain_stat st;
	size_t i;

	ASSERT_EQ(0, t_start(self->domain));
	for (i = 0; i < ARRAY_SIZE(garbage); i++)
		EXPECT_EQ(-ENOENT, t_inject(self->port, garbage[i], 10, 1));
	EXPECT_EQ(0, t_stat_of(self->domain, messages));
	EXPECT_EQ(0, t_inject(self->port, unborn, 10, 1));
	EXPECT_EQ(TW_PROCESS_UNBORN, t_pstat_of(self->domain, unborn, state));
	EXPECT_EQ(2, t_stat_of(self->domain, processes));
	EXPECT_EQ(0, t_promise(self->port, TW_TIME_INF));
	puppet_post_recv(&self->a);
	puppet_post_recv(&self->b);
	EXPECT_EQ(0, t_wait(self->domain, TW_TIME_INF, NULL));
	ASSERT_EQ(0, t_stat(self->domain, &st));
	EXPECT_EQ(TW_DOMAIN_ENDED, st.state);
	EXPECT_EQ(1, st.injected);
	EXPECT_EQ(1, st.missed);
	EXPECT_EQ(0, st.messages);
}

/* The end, and a failure: there is nothing to inject into, and it is told which. */
TEST_F(ports, after_the_end)
{
	puppet_post_recv(&self->a);
	puppet_post_recv(&self->b);
	ASSERT_EQ(0, t_start(self->domain));
	EXPECT_EQ(0, t_promise(self->port, TW_TIME_INF));
	EXPECT_EQ(0, t_wait(self->domain, TW_TIME_INF, NULL));
	EXPECT_EQ(-ESHUTDOWN, t_inject(self->port, self->a.id, 10, 1));
	EXPECT_EQ(-ESHUTDOWN, t_inject(self->port, self->sink_id, 0, 1));
	EXPECT_EQ(0, t_promise(self->port, TW_TIME_INF));
	EXPECT_EQ(0, t_stat_of(self->domain, injected));
}

TEST_F(ports, after_a_failure)
{
	struct pollfd f = { .fd = self->port };

	ASSERT_EQ(0, t_start(self->domain));
	ASSERT_EQ(0, t_inject(self->port, self->a.id, 10, 1));
	EXPECT_EQ(0, poll(&f, 1, 0));
	EXPECT_EQ(0, close(self->domain));
	EXPECT_EQ(1, poll(&f, 1, 0));
	EXPECT_EQ(POLLERR, f.revents);
	EXPECT_EQ(-EIO, t_inject(self->port, self->a.id, 10, 1));
	EXPECT_EQ(-EIO, t_inject(self->port, self->sink_id, 0, 1));
	EXPECT_EQ(0, t_promise(self->port, 7));
	self->domain = -1;
}

/* ---- who has the file ---- */

/* The only one who could keep the promise is killed: nobody waits for it. */
TEST_F(ports, owner_is_killed)
{
	struct puppet *a = &self->a, *b = &self->b;
	pid_t owner;

	ASSERT_EQ(0, t_start(self->domain));
	EXPECT_EQ(0, t_inject(self->port, a->id, 10, 1));
	owner = t_clone(0);
	if (!owner) {
		t_close_but(self->port);
		pause();
	}
	close(self->port);
	self->port = -1;
	EXPECT_EQ(10, puppet_recv_time(a));
	ASSERT_TRUE(quiet(a, b));
	EXPECT_EQ(TW_DOMAIN_RUNNING, t_stat_of(self->domain, state));
	ASSERT_EQ(0, kill(owner, SIGKILL));
	EXPECT_EQ(0, t_wait(self->domain, TW_TIME_INF, NULL));
	EXPECT_EQ(TW_DOMAIN_ENDED, t_stat_of(self->domain, state));
}

/* On its way from one to another, it is nobody's, and promises still. */
TEST_F(ports, in_flight)
{
	struct puppet *a = &self->a, *b = &self->b;
	int sock[2];

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, sock));
	ASSERT_EQ(0, t_start(self->domain));
	t_pass(sock[0], self->port);
	close(self->port);
	ASSERT_TRUE(quiet(a, b));
	EXPECT_EQ(TW_DOMAIN_RUNNING, t_stat_of(self->domain, state));
	self->port = t_take(sock[1]);
	ASSERT_LE(0, self->port);
	EXPECT_EQ(0, t_inject(self->port, a->id, 10, 1));
	EXPECT_EQ(10, puppet_recv_time(a));
	t_pass(sock[0], self->port);
	close(self->port);
	self->port = -1;
	ASSERT_TRUE(quiet(a, b));
	EXPECT_EQ(TW_DOMAIN_RUNNING, t_stat_of(self->domain, state));
	/* what nobody took is closed with the socket */
	close(sock[0]);
	close(sock[1]);
	EXPECT_EQ(0, t_wait(self->domain, TW_TIME_INF, NULL));
	EXPECT_EQ(TW_DOMAIN_ENDED, t_stat_of(self->domain, state));
}

#define INJECTORS	4

struct injector {
	int port;
	uint64_t to, number, n;
	int ret;
};

/* As early as it can, again and again. */
static void *injector_main(void *arg)
{
	struct injector *j = arg;
	uint64_t at, i;

	for (i = 0; i < j->n && !j->ret; i++) {
		at = 0;
		j->ret = t_inject_at(j->port, j->to, &at, j->number << 32 | i);
	}
	return NULL;
}

/* Nothing is lost, or twice, and what each has injected comes in its order. */
static void in_order(struct __test_metadata *_metadata, struct ported *w,
		     const struct injector *j)
{
	uint64_t next[INJECTORS] = {}, word, i;
	struct tw_recv r;
	uint32_t index;

	EXPECT_EQ(0, t_promise(w->port, TW_TIME_INF));
	puppet_post_recv(&w->a);
	puppet_post_recv(&w->b);
	for (index = 0;; index++) {
		t_recv_init(&r, &word, sizeof(word));
		ASSERT_EQ(0, t_ioctl(w->sink, TW_RECV, &r));
		if (r.status & TW_STATUS_END)
			break;
		ASSERT_EQ(index, r.index);
		ASSERT_GT(INJECTORS, word >> 32);
		ASSERT_EQ(next[word >> 32]++, (uint32_t)word);
	}
	for (i = 0; i < INJECTORS; i++) {
		EXPECT_EQ(0, j[i].ret);
		EXPECT_EQ(j[i].n, next[i]);
	}
}

TEST_F(ports, threads)
{
	struct injector j[INJECTORS];
	pthread_t thread[INJECTORS];
	int i;

	ASSERT_EQ(0, t_start(self->domain));
	for (i = 0; i < INJECTORS; i++) {
		j[i] = (struct injector){ self->port, self->sink_id, i, t_scale(500), 0 };
		ASSERT_EQ(0, pthread_create(&thread[i], NULL, injector_main, &j[i]));
	}
	for (i = 0; i < INJECTORS; i++)
		pthread_join(thread[i], NULL);
	in_order(_metadata, (struct ported *)self, j);
}

/* The same by tasks to which it was passed, and which exit with it. */
TEST_F(ports, passed_on)
{
	struct injector *j = t_shared(INJECTORS * sizeof(*j));
	int sock[2], i, status;
	pid_t pid[INJECTORS];

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, sock));
	ASSERT_EQ(0, t_start(self->domain));
	for (i = 0; i < INJECTORS; i++) {
		j[i] = (struct injector){ -1, self->sink_id, i, t_scale(500), 0 };
		pid[i] = t_clone(0);
		if (!pid[i]) {
			t_close_but(sock[1]);
			j[i].port = t_take(sock[1]);
			injector_main(&j[i]);
			_exit(0);
		}
		t_pass(sock[0], self->port);
	}
	for (i = 0; i < INJECTORS; i++)
		EXPECT_EQ(pid[i], waitpid(pid[i], &status, __WALL));
	close(sock[0]);
	close(sock[1]);
	in_order(_metadata, (struct ported *)self, j);
	munmap(j, INJECTORS * sizeof(*j));
}

/* GVT comes to the promise and waits there. */
TEST_F(promising, gvt_waits_for_it)
{
	struct puppet *a = &self->a, *b = &self->b;
	uint64_t at = 49;

	ASSERT_EQ(0, t_start(self->domain));
	ASSERT_TRUE(quiet(a, b));
	EXPECT_EQ(0, gvt(self->domain));
	EXPECT_EQ(0, t_promise(self->port, 50));
	EXPECT_EQ(0, t_wait(self->domain, 50, NULL));
	ASSERT_TRUE(t_rounds(self->domain));
	EXPECT_EQ(50, gvt(self->domain));
	EXPECT_EQ(TW_DOMAIN_RUNNING, t_stat_of(self->domain, state));
	EXPECT_EQ(-ETIME, t_inject_at(self->port, a->id, &at, 1));
	EXPECT_EQ(50, at);
	EXPECT_EQ(0, t_inject(self->port, a->id, 50, 1));
	EXPECT_EQ(50, puppet_recv_time(a));
	EXPECT_EQ(0, puppet_send(a, self->sink_id, 60, 1));
	ASSERT_TRUE(quiet(a, b));
	EXPECT_EQ(50, gvt(self->domain));
	EXPECT_EQ(0, t_promise(self->port, TW_TIME_INF));
	EXPECT_EQ(0, t_wait(self->domain, TW_TIME_INF, NULL));
	EXPECT_EQ(-ESHUTDOWN, t_inject(self->port, a->id, 70, 1));
}

/* The file is what promises: the last descriptor counts. */
TEST_F(ports, close_is_the_end)
{
	struct puppet *a = &self->a, *b = &self->b;
	int copy = dup(self->port);

	ASSERT_EQ(0, t_start(self->domain));
	ASSERT_TRUE(quiet(a, b));
	EXPECT_EQ(0, t_inject(self->port, a->id, 10, 1));
	close(self->port);
	EXPECT_EQ(10, puppet_recv_time(a));
	ASSERT_TRUE(quiet(a, b));
	EXPECT_EQ(TW_DOMAIN_RUNNING, t_stat_of(self->domain, state));
	EXPECT_EQ(0, t_inject(copy, a->id, 20, 1));
	close(copy);
	EXPECT_EQ(20, puppet_recv_time(a));
	EXPECT_EQ(-EAGAIN, puppet_recv_nonblock(a));
	EXPECT_EQ(0, t_wait(self->domain, TW_TIME_INF, NULL));
	EXPECT_EQ(TW_DOMAIN_ENDED, t_stat_of(self->domain, state));
	self->port = -1;
}

/* GVT does not wait for a live port, and yet the domain has no end. */
TEST_F(live, takes_what_is_left)
{
	struct puppet *a = &self->a, *b = &self->b;
	uint64_t at = 9, word = 0;

	ASSERT_EQ(0, t_start(self->domain));
	EXPECT_EQ(0, t_inject(self->port, a->id, 10, 1));
	EXPECT_EQ(10, puppet_recv_time(a));
	EXPECT_EQ(0, puppet_send(a, self->sink_id, 15, 7));
	ASSERT_TRUE(quiet(a, b));
	/* all of it is committed, and more can come */
	EXPECT_EQ(16, gvt(self->domain));
	EXPECT_EQ(sizeof(word), read(self->sink, &word, sizeof(word)));
	EXPECT_EQ(7, word);
	EXPECT_EQ(-ETIME, t_inject_at(self->port, a->id, &at, 1));
	EXPECT_EQ(16, at);
	at = 15;
	EXPECT_EQ(-ETIME, t_inject_at(self->port, a->id, &at, 1));
	EXPECT_EQ(0, t_inject(self->port, a->id, 16, 2));
	EXPECT_EQ(16, puppet_recv_time(a));
	ASSERT_TRUE(quiet(a, b));
	EXPECT_EQ(17, gvt(self->domain));
	at = 0;
	EXPECT_EQ(0, t_inject_at(self->port, b->id, &at, 3));
	EXPECT_EQ(17, at);
	EXPECT_EQ(17, puppet_recv_time(b));
	EXPECT_EQ(TW_DOMAIN_RUNNING, t_stat_of(self->domain, state));
	EXPECT_EQ(0, t_promise(self->port, TW_TIME_INF));
	EXPECT_EQ(-EAGAIN, puppet_recv_nonblock(b));
	EXPECT_EQ(0, t_wait(self->domain, TW_TIME_INF, NULL));
}

/*
 * A bad exit at 10, GVT is 10, two rounds have passed: the port could still have
 * injected a message for 10 that erases it. It was taken for a failure.
 */
TEST_F(promising, a_failure_that_it_can_erase)
{
	struct puppet *a = &self->a, *b = &self->b;

	ASSERT_EQ(0, t_promise(self->port, 10));
	ASSERT_EQ(0, t_start(self->domain));
	ASSERT_EQ(0, puppet_send_prio(b, a->id, 10, 5, 1));
	EXPECT_EQ(10, puppet_recv_time(a));
	a->box->arg[0] = 1;
	puppet_post(a, puppet_op_exit);
	EXPECT_EQ(-EAGAIN, puppet_recv_nonblock(b));
	EXPECT_TRUE(t_until(t_pstat_of(self->domain, a->id, state) == TW_PROCESS_EXITED));
	EXPECT_EQ(0, t_wait(self->domain, 10, NULL));
	ASSERT_TRUE(t_rounds(self->domain));
	EXPECT_EQ(TW_DOMAIN_RUNNING, t_stat_of(self->domain, state));
	EXPECT_EQ(0, t_inject(self->port, a->id, 10, 2));
	/* its priority is 0: it comes before what made the process exit */
	EXPECT_EQ(0, puppet_await_resumes(a, 1));
	/* and now it does nothing that can be erased */
	EXPECT_TRUE(t_until(t_pstat_of(self->domain, a->id, state) == TW_PROCESS_EXITED));
	EXPECT_EQ(0, t_promise(self->port, 11));
	EXPECT_EQ(0, t_wait(self->domain, TW_TIME_INF, NULL));
	EXPECT_EQ(TW_FAILURE_PROCESS, t_stat_of(self->domain, failure));
	EXPECT_EQ(-EIO, t_inject(self->port, a->id, 20, 1));
}

/* A live port does not keep a failure from becoming real. */
TEST_F(live, a_failure_beside_it)
{
	struct puppet *a = &self->a, *b = &self->b;

	ASSERT_EQ(0, t_start(self->domain));
	ASSERT_EQ(0, puppet_send(b, a->id, 10, 1));
	EXPECT_EQ(10, puppet_recv_time(a));
	a->box->arg[0] = 1;
	puppet_post(a, puppet_op_exit);
	EXPECT_EQ(-EAGAIN, puppet_recv_nonblock(b));
	EXPECT_EQ(0, t_wait(self->domain, TW_TIME_INF, NULL));
	EXPECT_EQ(TW_FAILURE_PROCESS, t_stat_of(self->domain, failure));
	EXPECT_EQ(10, t_stat_of(self->domain, failed_time));
}

/* ---- many ports ---- */

#define PORTS	1000

/* The domain waits for the least of all promises, and for each port's end. */
TEST(a_thousand_ports)
{
	const struct rlimit files = { PORTS + 100, PORTS + 100 };
	static int port[PORTS];
	struct rlimit before;
	struct t_world w;
	uint64_t id;
	int i;

	ASSERT_EQ(0, getrlimit(RLIMIT_NOFILE, &before));
	if (before.rlim_cur < files.rlim_cur)
		ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &files));
	t_world_open(_metadata, &w, (struct t_world_as){ .puppets = 1, .interval = 4 * PORTS });
	for (i = 0; i < PORTS; i++) {
		port[i] = t_port(w.domain, 0, 10 + i, &id);
		ASSERT_LE(0, port[i]);
		ASSERT_EQ(2 + i, id);
	}
	EXPECT_EQ(PORTS, t_stat_of(w.domain, ports));
	ASSERT_EQ(0, t_start(w.domain));
	for (i = PORTS - 1; i >= 0; i--)
		ASSERT_EQ(0, t_inject(port[i], w.a.id, 10 + i, i));
	EXPECT_EQ(10, puppet_recv_time(&w.a));
	EXPECT_EQ(0, t_wait(w.domain, 10, NULL));
	for (i = 0; i < PORTS - 1; i++)
		close(port[i]);
	EXPECT_EQ(11, puppet_recv_time(&w.a));
	/* nor does the last one have anything to do with this */
	EXPECT_EQ(0, t_wait(w.domain, 11, NULL));
	EXPECT_EQ(PORTS, t_stat_of(w.domain, injected));
	EXPECT_EQ(0, close(port[PORTS - 1]));
	t_world_close(_metadata, &w);
}

/* It waits for memory when it is killed, and the others go on to their end. */
TEST(killed_while_it_waits)
{
	struct t_world w;
	uint64_t id, t;
	pid_t owner;
	int port;

	t_world_open(_metadata, &w, (struct t_world_as) {
		.domain.memory = TW_MEMORY_PROCESS, .puppets = 1, .interval = 4096,
	});
	port = t_port(w.domain, 0, 1, &id);
	ASSERT_LE(0, port);
	ASSERT_EQ(0, t_start(w.domain));
	owner = t_clone(0);
	if (!owner) {
		t_close_but(port);
		for (t = 1000; !t_inject(port, w.a.id, t, t); t++)
			;
		_exit(1);
	}
	close(port);
	EXPECT_EQ(1000, puppet_recv_time(&w.a));
	ASSERT_TRUE(t_until(t_stat_of(w.domain, memory_waits)));
	ASSERT_TRUE(t_rounds(w.domain));
	EXPECT_EQ(1, t_stat_of(w.domain, gvt));
	ASSERT_EQ(0, kill(owner, SIGKILL));
	EXPECT_EQ(0, t_wait(w.domain, 1000, NULL));
	t_world_close(_metadata, &w);
}

/* ---- a crowd: processes that hand on what they get, up to the sink ---- */

struct relay {
	uint64_t to;
	uint64_t sink;
};

static int relay(int fd, void *arg)
{
	struct relay *r = arg;
	struct tw_recv m;
	uint64_t word;
	int ret;

	while (!(ret = t_recv(fd, &m, &word, sizeof(word))))
		if (t_send(fd, word % 4 ? r->to : r->sink, m.recv_time + 1 + word % 3,
			   word % 4 ? word - 1 : m.recv_time))
			return 1;
	return ret == 1 ? 0 : 1;
}

FIXTURE(crowd) {
	int dev, domain, sink, port;
	struct relay relay[3];
};

FIXTURE_VARIANT(crowd) {
	uint32_t flags;
};

FIXTURE_VARIANT_ADD(crowd, promising) { .flags = 0 };
FIXTURE_VARIANT_ADD(crowd, live) { .flags = TW_PORT_LIVE };

FIXTURE_SETUP(crowd)
{
	uint64_t id, sink_id;
	int i, fd;

	self->dev = t_open();
	ASSERT_LE(0, self->dev);
	self->domain = t_domain(self->dev, TW_CANCEL_DEFAULT, 200);
	ASSERT_LE(0, self->domain);
	self->sink = t_sink(self->domain, &sink_id);
	self->port = t_port(self->domain, variant->flags, 0, &id);
	ASSERT_LE(0, self->port);
	for (i = 0; i < 3; i++) {
		fd = t_process(self->domain, TW_CANCEL_DEFAULT, 4, &id);
		ASSERT_LE(0, fd);
		self->relay[i] = (struct relay){ 3 + (i + 1) % 3, sink_id };
		ASSERT_LT(0, t_run(fd, relay, &self->relay[i]));
		close(fd);
	}
	ASSERT_EQ(0, t_start(self->domain));
}

FIXTURE_TEARDOWN(crowd)
{
	close(self->port);
	EXPECT_EQ(0, t_wait(self->domain, TW_TIME_INF, NULL));
	EXPECT_EQ(TW_DOMAIN_ENDED, t_stat_of(self->domain, state));
	EXPECT_EQ(0, t_stat_of(self->domain, balance));
	EXPECT_EQ(0, t_stat_of(self->domain, violations));
	close(self->domain);
	close(self->sink);
	close(self->dev);
	EXPECT_EQ(0, t_reap());
}

/*
 * Injections race with the rounds. Each comes through, none too late, and what
 * the sink gives is in order.
 */
TEST_F(crowd, injections_against_rounds)
{
	uint32_t n = t_scale(400), i, got = 0;
	uint64_t before = 0, last = 0, at;
	struct tw_recv r;
	uint64_t word;

	for (i = 0; i < n; i++) {
		at = variant->flags ? 0 : 5 * i + 1;
		ASSERT_EQ(0, t_inject_at(self->port, 3 + i % 3, &at, i % 8));
		EXPECT_LE(before, at);
		before = variant->flags ? at : 0;
		if (!variant->flags)
			ASSERT_EQ(0, t_promise(self->port, 5 * i + 1));
		/* each rollback leaves dead tasks behind */
		t_reap_some();
	}
	ASSERT_EQ(0, t_promise(self->port, TW_TIME_INF));
	for (;;) {
		t_recv_init(&r, &word, sizeof(word));
		ASSERT_EQ(0, t_ioctl(self->sink, TW_RECV, &r));
		if (r.status & TW_STATUS_END)
			break;
		t_reap_some();
		EXPECT_LE(last, r.recv_time);
		last = r.recv_time;
		got++;
	}
	EXPECT_EQ(n, got);
	EXPECT_EQ(n, t_stat_of(self->domain, injected));
}

TEST_HARNESS_MAIN
