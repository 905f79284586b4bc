// SPDX-License-Identifier: GPL-2.0
/* The page by which a process that has events of its own publishes its LVT. */
#include "tw_puppet.h"

#define FIELD(_member)	(offsetof(struct tw_process_page, _member) / 8)

FIXTURE(page) {
	T_WORLD;
};

FIXTURE_SETUP(page)
{
	t_world_open(_metadata, &self->world, (struct t_world_as){
		.puppets = 2, .interval = 100, .start = true,
	});
	/* the initial state is what a straggler may go back to */
	ASSERT_EQ(0, puppet_call(&self->a, puppet_op_snapshot));
	ASSERT_EQ(0, puppet_call(&self->a, puppet_op_map));
}

FIXTURE_TEARDOWN(page)
{
	t_world_close(_metadata, &self->world);
}

static int op_store(struct puppet *p)
{
	volatile uint64_t *words = (void *)p->page;

	words[p->box->arg[0]] = p->box->arg[1];
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	return 0;
}

static int op_load(struct puppet *p)
{
	volatile uint64_t *words = (void *)p->page;

	p->box->arg[1] = words[p->box->arg[0]];
	return 0;
}

static int store(struct puppet *p, size_t field, uint64_t value)
{
	p->box->arg[0] = field;
	p->box->arg[1] = value;
	return puppet_call(p, op_store);
}

static uint64_t load(struct puppet *p, size_t field)
{
	p->box->arg[0] = field;
	return puppet_call(p, op_load) ? T_POISON : p->box->arg[1];
}

/* As the UAPI says: priority, time, priority. */
static int move_to(struct puppet *p, uint64_t time, uint64_t priority)
{
	return store(p, FIELD(priority), TW_TIME_INF) ||
	       store(p, FIELD(time), time) ||
	       store(p, FIELD(priority), priority);
}

static int send_at(struct puppet *p, uint64_t send_time, uint64_t to, uint64_t at)
{
	struct tw_send s = t_send_arg(to, at, p->box->data, 8);

	s.send_time = send_time;
	return puppet_ioctl(p, TW_SEND, &s, sizeof(s));
}

TEST_F(page, first_values)
{
	struct puppet *a = &self->a;

	EXPECT_EQ(0, load(a, FIELD(time)));
	EXPECT_EQ(TW_TIME_INF, load(a, FIELD(hold)));
	EXPECT_EQ(0, load(a, FIELD(events)));
	EXPECT_EQ(TW_TIME_INF, load(a, FIELD(next)));
	EXPECT_EQ(100, load(a, FIELD(snapshot_at)));
}

TEST_F(page, next)
{
	struct puppet *a = &self->a, *b = &self->b;

	ASSERT_EQ(0, puppet_send(b, a->id, 30, 1));
	EXPECT_EQ(30, load(a, FIELD(next)));
	ASSERT_EQ(0, puppet_send(b, a->id, 20, 1));
	EXPECT_EQ(20, load(a, FIELD(next)));
	ASSERT_EQ(20, puppet_recv_time(a));
	EXPECT_EQ(30, load(a, FIELD(next)));
	ASSERT_EQ(30, puppet_recv_time(a));
	EXPECT_EQ(TW_TIME_INF, load(a, FIELD(next)));
}

static int op_map_as(struct puppet *p)
{
	const uint64_t *arg = p->box->arg;
	void *page = mmap(NULL, arg[0], arg[1], arg[2], p->fd, arg[3]);

	if (page == MAP_FAILED)
		return -errno;
	munmap(page, arg[0]);
	return 0;
}

static int map_as(struct puppet *p, size_t len, int prot, int flags, off_t offset)
{
	p->box->arg[0] = len;
	p->box->arg[1] = prot;
	p->box->arg[2] = flags;
	p->box->arg[3] = offset;
	return puppet_call(p, op_map_as);
}

TEST_F(page, only_as_it_is)
{
	struct puppet *b = &self->b;
	int rw = PROT_READ | PROT_WRITE;

	EXPECT_GT(0, map_as(b, 2 * T_PAGE, rw, MAP_SHARED, 0));
	EXPECT_GT(0, map_as(b, 16 * T_PAGE, rw, MAP_SHARED, 0));
	EXPECT_GT(0, map_as(b, T_PAGE, rw, MAP_SHARED, 2 * T_PAGE));
	EXPECT_GT(0, map_as(b, T_PAGE, rw, MAP_SHARED, 1l << 40));
	EXPECT_GT(0, map_as(b, T_PAGE, rw, MAP_PRIVATE, 0));
	EXPECT_GT(0, map_as(b, T_PAGE, PROT_READ, MAP_PRIVATE, 0));
	EXPECT_EQ(0, map_as(b, T_PAGE, rw, MAP_SHARED, 0));
}

TEST_F(page, only_one)
{
	EXPECT_EQ(-EBUSY, map_as(&self->a, T_PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, 0));
	/* and the first is still in place */
	EXPECT_EQ(0, store(&self->a, FIELD(time), 3));
	EXPECT_TRUE(t_until(t_pstat_of(self->domain, self->a.id, lvt) == 3));
}

TEST_F(page, only_for_the_incarnation)
{
	EXPECT_EQ(MAP_FAILED, mmap(NULL, T_PAGE, PROT_READ | PROT_WRITE,
				   MAP_SHARED, self->b.fd, 0));
	EXPECT_EQ(ESRCH, errno);
	EXPECT_EQ(0, puppet_call(&self->b, puppet_op_map));
}

static int op_grow(struct puppet *p)
{
	void *to = mremap(p->page, T_PAGE, 2 * T_PAGE, MREMAP_MAYMOVE);

	return to == MAP_FAILED ? -errno : 0;
}

TEST_F(page, cannot_grow)
{
	EXPECT_GT(0, puppet_call(&self->a, op_grow));
	EXPECT_EQ(0, load(&self->a, FIELD(time)));
}

static int op_child_touches(struct puppet *p)
{
	pid_t pid = fork();
	int status = 0;

	if (!pid)
		_exit(((volatile struct tw_process_page *)p->page)->time);
	waitpid(pid, &status, 0);
	return WIFSIGNALED(status) ? WTERMSIG(status) : -1;
}

TEST_F(page, fork_does_not_inherit)
{
	EXPECT_EQ(SIGSEGV, puppet_call(&self->a, op_child_touches));
	EXPECT_EQ(0, load(&self->a, FIELD(time)));
}

TEST_F(page, send_times)
{
	struct puppet *a = &self->a, *b = &self->b;

	/* or the next round of GVT may find that nothing can come from before 50 */
	ASSERT_EQ(0, store(a, FIELD(hold), 40));
	ASSERT_EQ(0, move_to(a, 50, 0));
	EXPECT_EQ(-EINVAL, send_at(a, 51, b->id, 100));
	EXPECT_EQ(-EINVAL, send_at(a, TW_TIME_INF, b->id, 100));
	EXPECT_EQ(-EINVAL, send_at(a, 40, b->id, 40));
	EXPECT_EQ(-EINVAL, send_at(a, 40, b->id, 39));
	EXPECT_EQ(0, send_at(a, 40, b->id, 41));
	EXPECT_EQ(-EINVAL, send_at(a, 39, b->id, 100));
	EXPECT_EQ(0, send_at(a, 40, b->id, 42));
	EXPECT_EQ(0, send_at(a, 50, b->id, 51));
	/* by itself the kernel stamps the position */
	EXPECT_EQ(0, send_at(a, 0, b->id, 52));
	EXPECT_EQ(4, t_stat_of(self->domain, sends));
	EXPECT_EQ(41, puppet_recv_time(b));
	EXPECT_EQ(42, puppet_recv_time(b));
	EXPECT_EQ(51, puppet_recv_time(b));
	EXPECT_EQ(52, puppet_recv_time(b));
	EXPECT_EQ(40, b->box->notes[0].send_time);
	EXPECT_EQ(0, b->box->notes[0].index);
	EXPECT_EQ(40, b->box->notes[1].send_time);
	EXPECT_EQ(1, b->box->notes[1].index);
	EXPECT_EQ(50, b->box->notes[2].send_time);
	EXPECT_EQ(0, b->box->notes[2].index);
	EXPECT_EQ(50, b->box->notes[3].send_time);
	EXPECT_EQ(1, b->box->notes[3].index);
}

TEST_F(page, straggler_by_time)
{
	struct puppet *a = &self->a, *b = &self->b;

	ASSERT_EQ(0, move_to(a, 50, 0));
	ASSERT_EQ(0, puppet_send(b, a->id, 60, 1));
	EXPECT_EQ(0, puppet_resumes(a));
	EXPECT_EQ(60, load(a, FIELD(next)));
	ASSERT_EQ(0, puppet_send(b, a->id, 40, 1));
	ASSERT_EQ(0, puppet_await_resumes(a, 1));
	ASSERT_EQ(0, puppet_call(a, puppet_op_map));
	EXPECT_EQ(0, load(a, FIELD(time)));
	EXPECT_EQ(40, load(a, FIELD(next)));
	EXPECT_EQ(TW_TIME_INF, load(a, FIELD(hold)));
	EXPECT_EQ(40, puppet_recv_time(a));
	EXPECT_EQ(1, t_stat_of(self->domain, rollbacks_primary));
}

TEST_F(page, straggler_by_priority)
{
	struct puppet *a = &self->a, *b = &self->b;

	ASSERT_EQ(0, move_to(a, 50, 5));
	ASSERT_EQ(0, puppet_send_prio(b, a->id, 50, 6, 1));
	EXPECT_EQ(0, puppet_resumes(a));
	EXPECT_EQ(50, load(a, FIELD(next)));
	ASSERT_EQ(0, puppet_send_prio(b, a->id, 50, 4, 1));
	ASSERT_EQ(0, puppet_await_resumes(a, 1));
	ASSERT_EQ(50, puppet_recv_time(a));
	EXPECT_EQ(4, a->box->notes[0].priority);
}

/* A snapshot's position is that of the page: a later straggler stops there. */
TEST_F(page, snapshot_at_a_local_event)
{
	struct puppet *a = &self->a, *b = &self->b;

	ASSERT_EQ(0, move_to(a, 30, 0));
	ASSERT_EQ(0, store(a, FIELD(events), 3));
	ASSERT_EQ(0, puppet_call(a, puppet_op_snapshot));
	EXPECT_EQ(103, load(a, FIELD(snapshot_at)));
	ASSERT_EQ(0, move_to(a, 50, 0));
	ASSERT_EQ(0, store(a, FIELD(events), 5));
	ASSERT_EQ(0, puppet_send(b, a->id, 40, 1));
	ASSERT_EQ(0, puppet_await_resumes(a, 1));
	ASSERT_EQ(0, puppet_call(a, puppet_op_map));
	EXPECT_EQ(30, load(a, FIELD(time)));
	EXPECT_EQ(3, load(a, FIELD(events)));
	ASSERT_EQ(40, puppet_recv_time(a));
	/* before that snapshot: the initial state */
	ASSERT_EQ(0, puppet_send(b, a->id, 20, 1));
	ASSERT_EQ(0, puppet_await_resumes(a, 2));
	ASSERT_EQ(0, puppet_call(a, puppet_op_map));
	EXPECT_EQ(0, load(a, FIELD(time)));
	EXPECT_EQ(0, load(a, FIELD(events)));
}

static int op_probe_page(struct puppet *p)
{
	unsigned char vec;

	return mincore((void *)p->box->arg[3], T_PAGE, &vec) ? -errno : 0;
}

static int op_where(struct puppet *p)
{
	p->box->arg[3] = (uintptr_t)p->page;
	return 0;
}

TEST_F(page, none_after_a_rollback)
{
	struct puppet *a = &self->a, *b = &self->b;

	ASSERT_EQ(0, puppet_call(a, op_where));
	EXPECT_EQ(0, puppet_call(a, op_probe_page));
	ASSERT_EQ(0, move_to(a, 50, 0));
	ASSERT_EQ(0, puppet_send(b, a->id, 40, 1));
	ASSERT_EQ(0, puppet_await_resumes(a, 1));
	EXPECT_EQ(-ENOMEM, puppet_call(a, op_probe_page));
	EXPECT_EQ(0, puppet_call(a, puppet_op_map));
}

/* ---- GVT and the page ---- */

/* b has nothing to do, so a decides. */
static void only_a(struct __test_metadata *_metadata, FIXTURE_DATA(page) *self)
{
	puppet_post_recv(&self->b);
	ASSERT_TRUE(t_until(t_pstat_of(self->domain, self->b.id, lvt) == TW_TIME_INF));
}

TEST_F(page, gvt_follows_time)
{
	only_a(_metadata, self);
	ASSERT_EQ(0, move_to(&self->a, 70, 0));
	EXPECT_EQ(0, t_wait(self->domain, 70, NULL));
	ASSERT_TRUE(t_rounds(self->domain));
	EXPECT_EQ(70, t_stat_of(self->domain, gvt));
	EXPECT_EQ(-EINVAL, send_at(&self->a, 69, self->b.id, 100));
	EXPECT_EQ(0, send_at(&self->a, 70, self->b.id, 100));
}

TEST_F(page, gvt_respects_hold)
{
	struct puppet *a = &self->a;

	only_a(_metadata, self);
	ASSERT_EQ(0, store(a, FIELD(hold), 40));
	ASSERT_EQ(0, move_to(a, 70, 0));
	EXPECT_EQ(0, t_wait(self->domain, 40, NULL));
	ASSERT_TRUE(t_rounds(self->domain));
	EXPECT_EQ(40, t_stat_of(self->domain, gvt));
	EXPECT_EQ(0, send_at(a, 40, self->b.id, 41));
	EXPECT_EQ(0, puppet_wait(&self->b));
	puppet_post_recv(&self->b);
	ASSERT_EQ(0, store(a, FIELD(hold), TW_TIME_INF));
	EXPECT_EQ(0, t_wait(self->domain, 70, NULL));
}

TEST_F(page, gvt_respects_what_waits)
{
	struct puppet *a = &self->a;

	ASSERT_EQ(0, puppet_send(&self->b, a->id, 60, 1));
	only_a(_metadata, self);
	/* it should have received 60 first */
	ASSERT_EQ(0, move_to(a, 90, 0));
	EXPECT_EQ(0, t_wait(self->domain, 60, NULL));
	ASSERT_TRUE(t_rounds(self->domain));
	EXPECT_EQ(60, t_stat_of(self->domain, gvt));
}

/* ---- lies ---- */

TEST_F(page, decreasing_time)
{
	struct puppet *a = &self->a;

	only_a(_metadata, self);
	ASSERT_EQ(0, move_to(a, 1000, 0));
	EXPECT_EQ(0, t_wait(self->domain, 1000, NULL));
	ASSERT_EQ(0, move_to(a, 10, 0));
	ASSERT_TRUE(t_rounds(self->domain));
	EXPECT_EQ(1000, t_stat_of(self->domain, gvt));
	EXPECT_EQ(-EINVAL, send_at(a, 10, self->b.id, 20));
	EXPECT_EQ(-EINVAL, send_at(a, 0, self->b.id, 20));
	EXPECT_EQ(-EINVAL, send_at(a, 1000, self->b.id, 2000));
	EXPECT_EQ(0, t_stat_of(self->domain, sends));
	EXPECT_EQ(0, t_stat_of(self->domain, balance));
	ASSERT_EQ(0, move_to(a, 1001, 0));
	EXPECT_EQ(0, send_at(a, 1001, self->b.id, 2000));
	EXPECT_EQ(0, puppet_wait(&self->b));
	EXPECT_EQ(2000, self->b.box->u.recv.recv_time);
}

static int op_claim_the_end(struct puppet *p)
{
	volatile uint64_t *words = (void *)p->page;

	words[FIELD(priority)] = TW_TIME_INF;
	words[FIELD(time)] = TW_TIME_INF;
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	t_send(p->fd, p->box->arg[2], 5, 1);
	t_send(p->fd, p->box->arg[2], TW_TIME_INF, 1);
	return 0;
}

/* +infinity may be taken for an end: of its own domain, and of no other. */
TEST_F(page, infinite_time)
{
	int other = t_domain(self->dev, TW_CANCEL_DEFAULT, 1000);
	struct puppet c;

	ASSERT_EQ(0, puppet_new(&c, other, TW_CANCEL_DEFAULT, 0));
	ASSERT_EQ(0, t_start(other));
	only_a(_metadata, self);
	self->a.box->arg[2] = self->b.id;
	puppet_post(&self->a, op_claim_the_end);
	/* who runs at the end of its domain is killed, in the middle of this or after it */
	ASSERT_TRUE(t_until(t_stat_of(self->domain, state) == TW_DOMAIN_ENDED));
	EXPECT_EQ(0, t_stat_of(self->domain, sends));
	EXPECT_EQ(TW_DOMAIN_RUNNING, t_stat_of(other, state));
	EXPECT_EQ(0, puppet_send(&c, c.id, 10, 1));
	EXPECT_EQ(10, puppet_recv_time(&c));
	close(other);
	puppet_free(&c);
}

TEST_F(page, hold_in_the_past)
{
	struct puppet *a = &self->a;

	only_a(_metadata, self);
	ASSERT_EQ(0, move_to(a, 500, 0));
	EXPECT_EQ(0, t_wait(self->domain, 500, NULL));
	ASSERT_EQ(0, store(a, FIELD(hold), 3));
	ASSERT_TRUE(t_rounds(self->domain));
	EXPECT_EQ(500, t_stat_of(self->domain, gvt));
	EXPECT_EQ(-EINVAL, send_at(a, 3, self->b.id, 4));
}

/* What the kernel writes there is not what it goes by. */
TEST_F(page, overwritten_kernel_fields)
{
	struct puppet *a = &self->a, *b = &self->b;
	uint64_t t;

	ASSERT_EQ(0, store(a, FIELD(next), 0));
	ASSERT_EQ(0, store(a, FIELD(snapshot_at), 0));
	ASSERT_EQ(0, store(a, FIELD(pad0), ~0ull));
	ASSERT_EQ(0, store(a, FIELD(pad1), ~0ull));
	for (t = 10; t < 50; t += 10)
		ASSERT_EQ(0, puppet_send(b, a->id, t, t));
	for (t = 10; t < 50; t += 10)
		ASSERT_EQ(t, puppet_recv_time(a));
	EXPECT_EQ(0, t_stat_of(self->domain, balance));
}

TEST_F(page, absurd_event_counts)
{
	static const uint64_t counts[] = { ~0ull, 1ull << 63, 1, 0, 1ull << 32 };
	struct puppet *a = &self->a, *b = &self->b;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(counts); i++) {
		ASSERT_EQ(0, store(a, FIELD(events), counts[i]));
		ASSERT_EQ(0, puppet_send(b, a->id, 10 + i, i));
		ASSERT_EQ(10 + i, puppet_recv_time(a));
	}
	EXPECT_EQ(5, t_pstat_of(self->domain, a->id, delivered));
}

/* ---- garbage ---- */

struct liar {
	uint64_t id;
	uint32_t turns;
	uint32_t seed;
};

static uint64_t garbage(uint32_t *seed)
{
	static const uint64_t special[] = { 0, 1, ~0ull, ~0ull - 1, 1ull << 63, 1000 };
	uint32_t r;

	*seed = *seed * 1664525 + 1013904223;
	r = *seed >> 8;
	return r % 4 ? r % 2000 : special[r / 4 % ARRAY_SIZE(special)];
}

/* All errors are answers here: the domain may end, fail, or go on. */
static int liar_main(int fd, void *arg)
{
	struct liar *l = arg;
	volatile uint64_t *words = MAP_FAILED;
	uint32_t i, seed = l->seed;
	uint64_t word;
	struct tw_recv r;

	for (i = 0; i < l->turns; i++) {
		if (words == MAP_FAILED)
			words = mmap(NULL, T_PAGE, PROT_READ | PROT_WRITE,
				     MAP_SHARED, fd, 0);
		if (words != MAP_FAILED)
			words[garbage(&seed) % 16] = garbage(&seed);
		t_send(fd, l->id, garbage(&seed), i);
		t_recv_init(&r, &word, sizeof(word));
		r.flags = TW_RECV_NONBLOCK;
		if (!t_ioctl(fd, TW_RECV, &r) && r.status & TW_STATUS_SNAPSHOT &&
		    t_snapshot(fd) == 1)
			words = MAP_FAILED;
	}
	return 0;
}

TEST_F(page, garbage)
{
	uint32_t round, rounds = t_scale(10);
	struct liar *l = t_shared(2 * sizeof(*l));
	uint64_t id;
	int domain, fd[2], i;

	for (round = 0; round < rounds; round++) {
		domain = t_domain(self->dev, round % 3, 100);
		ASSERT_LE(0, domain);
		for (i = 0; i < 2; i++) {
			fd[i] = t_process(domain, TW_CANCEL_DEFAULT, 3, &id);
			l[1 - i] = (struct liar){ id, 300, round * 2 + i };
		}
		for (i = 0; i < 2; i++)
			ASSERT_LT(0, t_run(fd[i], liar_main, &l[i]));
		ASSERT_EQ(0, t_start(domain));
		EXPECT_TRUE(t_until((t_reap_some(),
				     t_stat_of(domain, state) >= TW_DOMAIN_ENDED ||
				     t_children() <= 2)));
		close(domain);
		close(fd[0]);
		close(fd[1]);
		EXPECT_TRUE(t_until((t_reap_some(), t_children() == 3)))
			TH_LOG("round %u", round);
	}
}

TEST_HARNESS_MAIN
