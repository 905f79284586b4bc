// SPDX-License-Identifier: GPL-2.0
/*
 * Processes that processes create: born, rolled back, repeated, ended. A is the
 * creator, B sends, and the kid is a puppet as well, whose task A forks.
 */
#include "tw_puppet.h"

FIXTURE(spawn) {
	T_WORLD;
	struct puppet kid, twin;
	uint32_t *gate;
};

FIXTURE_VARIANT(spawn) {
	uint32_t cancellation;
	uint32_t interval;
};

FIXTURE_VARIANT_ADD(spawn, aggressive_each) {
	.cancellation = TW_CANCEL_AGGRESSIVE, .interval = 1,
};

FIXTURE_VARIANT_ADD(spawn, lazy_first) {
	.cancellation = TW_CANCEL_LAZY, .interval = 64,
};

/* As the interface has it: programs may rely on ids that do not change. */
static uint64_t mix(uint64_t x)
{
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
	x = (x ^ x >> 27) * 0x94d049bb133111ebu;
	return x ^ x >> 31;
}

static uint64_t spawn_id(uint64_t creator, uint64_t time, uint32_t index)
{
	uint64_t h = mix(creator + 0x9e3779b97f4a7c15u);

	return 2ull << 62 | mix(mix(h ^ time) + index) >> 2;
}

/* What its creator inherits: so before that is forked. */
static void kid_init(struct puppet *p)
{
	memset(p, 0, sizeof(*p));
	p->box = t_shared(sizeof(*p->box));
	p->fd = -1;
}

FIXTURE_SETUP(spawn)
{
	self->gate = t_shared(sizeof(*self->gate));
	kid_init(&self->kid);
	kid_init(&self->twin);
	t_world_open(_metadata, &self->world, (struct t_world_as){
		.domain.cancellation = variant->cancellation,
		.puppets = 2, .interval = variant->interval, .sink = true, .start = true,
	});
	self->kid.domain = self->domain;
	self->twin.domain = self->domain;
	self->kid.id = spawn_id(self->a.id, 10, 0);
}

FIXTURE_TEARDOWN(spawn)
{
	puppet_free(&self->kid);
	puppet_free(&self->twin);
	munmap(self->gate, sizeof(*self->gate));
	t_world_close(_metadata, &self->world);
}

/* How often a task has attached, or was refused. */
static uint32_t *box_attached(struct puppet_box *b)
{
	return (uint32_t *)&b->data[100];
}

static uint32_t *box_refused(struct puppet_box *b)
{
	return (uint32_t *)&b->data[101];
}

/* ---- in the puppets ---- */

static void kid_main(struct puppet *p, const struct tw_spawn *s,
		     struct puppet_box *box, uint32_t *gate)
{
	struct tw_attach a = { .size = sizeof(a), .token = s->token };

	p->box = box;
	p->fd = s->fd;
	p->id = s->id;
	t_close_but(p->fd);
	if (gate)
		t_await(gate, 1);
	p->box->ret = t_ioctl(p->fd, TW_ATTACH, &a);
	if (p->box->ret) {
		t_add(box_refused(p->box));
		_exit(0);
	}
	p->box->pid = getpid();
	puppet_report(p);
	t_add(box_attached(p->box));
	puppet_main(p);
}

/*
 * arg[0] is the box of the new process, arg[1] a word to wait for before it
 * attaches. The child must not look into the creator's box: that goes on.
 */
static int op_spawn(struct puppet *p)
{
	struct tw_spawn s = { .size = sizeof(s), .name = "kid", .fd = -2 };
	struct puppet_box *box = (struct puppet_box *)p->box->arg[0];
	uint32_t *gate = (uint32_t *)p->box->arg[1];
	int ret = t_ioctl(p->fd, TW_SPAWN, &s);

	memcpy(p->box->u.raw, &s, sizeof(s));
	if (ret || s.fd < 0 || !box)
		return ret;
	if (!t_clone(CLONE_PARENT))
		kid_main(p, &s, box, gate);
	close(s.fd);
	return 0;
}

/* ---- in the test ---- */

static const struct tw_spawn *spawned(struct puppet *a)
{
	return (const struct tw_spawn *)a->box->u.raw;
}

static int spawn(struct puppet *a, struct puppet *kid, uint32_t *gate)
{
	a->box->arg[0] = kid ? (uintptr_t)kid->box : 0;
	a->box->arg[1] = (uintptr_t)gate;
	return puppet_call(a, op_spawn);
}

static int await_kid(struct puppet *kid, uint32_t lives)
{
	return t_await(box_attached(kid->box), lives);
}

/* A is at 10 and has created the kid. */
static void create(struct __test_metadata *_metadata, FIXTURE_DATA(spawn) *self)
{
	ASSERT_EQ(0, puppet_send(&self->b, self->a.id, 10, 10));
	ASSERT_EQ(10, puppet_recv_time(&self->a));
	ASSERT_EQ(0, spawn(&self->a, &self->kid, NULL));
	ASSERT_EQ(self->kid.id, spawned(&self->a)->id);
	ASSERT_LE(0, spawned(&self->a)->fd);
	ASSERT_EQ(0, await_kid(&self->kid, 1));
}

#define kid_stat(member) t_pstat_of(self->domain, self->kid.id, member)

/* Nothing has created it: it is known only while somebody refers to it. */
static bool unborn(int domain, uint64_t id)
{
	struct tw_process_stat st;
	int ret = t_pstat(domain, id, &st);

	return ret == -ENOENT || (!ret && st.state == TW_PROCESS_UNBORN);
}

#define kid_unborn() unborn(self->domain, self->kid.id)

/* It begins at the time of its creation, with the state of its creator. */
TEST_F(spawn, birth)
{
	struct puppet *kid = &self->kid;
	struct tw_process_stat st;
	uint64_t gvt;

	create(_metadata, self);
	EXPECT_TRUE(TW_ID_SPAWNED(kid->id));
	ASSERT_EQ(0, t_pstat(self->domain, kid->id, &st));
	EXPECT_EQ(TW_PROCESS_RUNNING, st.state);
	EXPECT_EQ(10, st.lvt);
	EXPECT_EQ(kid->box->pid, st.pid);
	EXPECT_EQ(getpid(), st.guardian);
	EXPECT_STREQ("kid", st.name);
	EXPECT_EQ(1, kid->box->nnotes);
	EXPECT_EQ(10, kid->box->notes[0].recv_time);
	EXPECT_EQ(3, t_stat_of(self->domain, processes));
	EXPECT_EQ(1, t_stat_of(self->domain, spawned));
	/* all wait but the kid, which may yet send from 10 */
	EXPECT_EQ(-EAGAIN, puppet_recv_nonblock(&self->a));
	EXPECT_EQ(-EAGAIN, puppet_recv_nonblock(&self->b));
	EXPECT_TRUE(t_rounds(self->domain));
	gvt = t_stat_of(self->domain, gvt);
	EXPECT_EQ(10, gvt);
	EXPECT_EQ(-EINVAL, puppet_send(kid, self->b.id, 10, 1));
	EXPECT_EQ(0, puppet_send(kid, self->b.id, 11, 1));
	EXPECT_EQ(11, puppet_recv_time(&self->b));
	EXPECT_EQ(kid->id, self->b.box->u.recv.sender);
	EXPECT_EQ(10, self->b.box->u.recv.send_time);
}

/* A creation that no task has attached to holds GVT at its time. */
TEST_F(spawn, gvt_waits_for_the_task)
{
	struct puppet *a = &self->a, *b = &self->b;
	uint32_t *gate = self->gate;

	ASSERT_EQ(0, puppet_send(b, a->id, 10, 10));
	ASSERT_EQ(10, puppet_recv_time(a));
	ASSERT_EQ(0, spawn(a, &self->kid, gate));
	EXPECT_EQ(-EAGAIN, puppet_recv_nonblock(a));
	EXPECT_EQ(-EAGAIN, puppet_recv_nonblock(b));
	EXPECT_TRUE(t_rounds(self->domain));
	EXPECT_EQ(10, t_stat_of(self->domain, gvt));
	EXPECT_EQ(TW_PROCESS_NEW, kid_stat(state));
	t_set(gate, 1);
	ASSERT_EQ(0, await_kid(&self->kid, 1));
	puppet_post_recv(&self->kid);
	EXPECT_TRUE(t_until(t_stat_of(self->domain, state) == TW_DOMAIN_ENDED));
}

/* B is at 0 all the time: A receives @time, which takes it back, or not. */
static void straggler(struct __test_metadata *_metadata, FIXTURE_DATA(spawn) *self,
		      uint64_t time)
{
	uint32_t resumes = puppet_resumes(&self->a);

	ASSERT_EQ(0, puppet_send(&self->b, self->a.id, time, time));
	ASSERT_EQ(0, puppet_await_resumes(&self->a, resumes + 1));
}

/*
 * A straggler for A before the creation: the kid and what it sent vanish, what
 * was sent to it waits; created again it has the same id, and begins anew.
 */
TEST_F(spawn, undone)
{
	struct puppet *a = &self->a, *b = &self->b, *kid = &self->kid;

	create(_metadata, self);
	ASSERT_EQ(0, puppet_send(b, kid->id, 20, 20));
	ASSERT_EQ(20, puppet_recv_time(kid));
	ASSERT_EQ(0, puppet_send(kid, self->sink_id, 30, 30));
	straggler(_metadata, self, 5);
	EXPECT_EQ(1, t_stat_of(self->domain, unspawned));
	EXPECT_EQ(2, t_stat_of(self->domain, antimessages));
	EXPECT_EQ(2, t_stat_of(self->domain, processes));
	EXPECT_EQ(TW_PROCESS_UNBORN, kid_stat(state));
	EXPECT_EQ(0, kid_stat(pid));
	EXPECT_EQ(0, kid_stat(snapshots_live));
	EXPECT_EQ(1, kid_stat(pending));
	ASSERT_EQ(5, puppet_recv_time(a));
	ASSERT_EQ(10, puppet_recv_time(a));
	ASSERT_EQ(0, spawn(a, kid, NULL));
	EXPECT_EQ(kid->id, spawned(a)->id);
	EXPECT_LE(0, spawned(a)->fd);
	ASSERT_EQ(0, await_kid(kid, 2));
	EXPECT_EQ(2, kid->box->nnotes);
	ASSERT_EQ(20, puppet_recv_time(kid));
	EXPECT_EQ(3, kid->box->nnotes);
	EXPECT_EQ(2, t_stat_of(self->domain, spawned));
	EXPECT_EQ(3, t_stat_of(self->domain, processes));
}

/* A coasts forward over the creation: there is no second kid. */
TEST_F(spawn, repeated)
{
	struct puppet *a = &self->a, *kid = &self->kid;
	pid_t pid;

	create(_metadata, self);
	pid = kid->box->pid;
	ASSERT_EQ(0, puppet_send(&self->b, a->id, 20, 20));
	ASSERT_EQ(20, puppet_recv_time(a));
	straggler(_metadata, self, 15);
	if (!a->box->nnotes) {
		ASSERT_EQ(10, puppet_recv_time(a));
		ASSERT_EQ(0, spawn(a, kid, NULL));
		EXPECT_EQ(kid->id, spawned(a)->id);
		EXPECT_EQ(-1, spawned(a)->fd);
		EXPECT_EQ(1, t_stat_of(self->domain, coasted));
	}
	ASSERT_EQ(15, puppet_recv_time(a));
	ASSERT_EQ(20, puppet_recv_time(a));
	EXPECT_EQ(pid, kid_stat(pid));
	EXPECT_EQ(1, t_stat_of(self->domain, spawned));
	EXPECT_EQ(0, t_stat_of(self->domain, unspawned));
}

/* A kid that A's kid has created at the same time goes with both. */
TEST_F(spawn, undone_with_descendants)
{
	struct puppet *kid = &self->kid, *twin = &self->twin;

	create(_metadata, self);
	ASSERT_EQ(0, spawn(kid, twin, NULL));
	twin->id = spawn_id(kid->id, 10, 0);
	EXPECT_EQ(twin->id, spawned(kid)->id);
	ASSERT_EQ(0, await_kid(twin, 1));
	EXPECT_EQ(4, t_stat_of(self->domain, processes));
	straggler(_metadata, self, 5);
	EXPECT_EQ(2, t_stat_of(self->domain, unspawned));
	EXPECT_TRUE(kid_unborn());
	EXPECT_TRUE(unborn(self->domain, twin->id));
	EXPECT_EQ(2, t_stat_of(self->domain, processes));
}

/* A is killed between TW_SPAWN and its fork: the event is done again. */
TEST_F(spawn, creator_lost)
{
	struct puppet *a = &self->a, *kid = &self->kid;

	ASSERT_EQ(0, puppet_send(&self->b, a->id, 10, 10));
	ASSERT_EQ(10, puppet_recv_time(a));
	ASSERT_EQ(0, spawn(a, NULL, NULL));
	ASSERT_LE(0, spawned(a)->fd);
	EXPECT_EQ(TW_PROCESS_NEW, kid_stat(state));
	ASSERT_EQ(0, kill(a->box->pid, SIGKILL));
	ASSERT_EQ(0, puppet_await_resumes(a, 1));
	ASSERT_EQ(10, puppet_recv_time(a));
	ASSERT_EQ(0, spawn(a, kid, NULL));
	EXPECT_EQ(kid->id, spawned(a)->id);
	ASSERT_LE(0, spawned(a)->fd);
	ASSERT_EQ(0, await_kid(kid, 1));
	EXPECT_EQ(kid->box->pid, kid_stat(pid));
	EXPECT_EQ(3, t_stat_of(self->domain, processes));
}

/*
 * A coasts forward over a creation that no task has attached to yet, and forks
 * again. The first fork attaches second.
 */
TEST_F(spawn, two_tasks)
{
	struct puppet *a = &self->a, *kid = &self->kid, *twin = &self->twin;

	if (variant->interval == 1)
		SKIP(return, "the snapshot after the creation serves");
	ASSERT_EQ(0, puppet_send(&self->b, a->id, 10, 10));
	ASSERT_EQ(0, puppet_send(&self->b, a->id, 20, 20));
	ASSERT_EQ(10, puppet_recv_time(a));
	ASSERT_EQ(0, spawn(a, twin, self->gate));
	ASSERT_EQ(20, puppet_recv_time(a));
	straggler(_metadata, self, 15);
	ASSERT_EQ(10, puppet_recv_time(a));
	ASSERT_EQ(0, spawn(a, kid, NULL));
	ASSERT_LE(0, spawned(a)->fd);
	ASSERT_EQ(0, await_kid(kid, 1));
	t_set(self->gate, 1);
	ASSERT_EQ(0, t_await(box_refused(twin->box), 1));
	EXPECT_EQ(-EBUSY, twin->box->ret);
	EXPECT_EQ(kid->box->pid, kid_stat(pid));
	EXPECT_EQ(1, t_stat_of(self->domain, spawned));
}

/* The creation is undone before its task attaches, and done again. */
TEST_F(spawn, stale_task)
{
	struct puppet *a = &self->a, *twin = &self->twin;

	ASSERT_EQ(0, puppet_send(&self->b, a->id, 10, 10));
	ASSERT_EQ(10, puppet_recv_time(a));
	ASSERT_EQ(0, spawn(a, twin, self->gate));
	straggler(_metadata, self, 5);
	EXPECT_TRUE(kid_unborn());
	ASSERT_EQ(5, puppet_recv_time(a));
	ASSERT_EQ(10, puppet_recv_time(a));
	ASSERT_EQ(0, spawn(a, NULL, NULL));
	EXPECT_EQ(TW_PROCESS_NEW, kid_stat(state));
	t_set(self->gate, 1);
	ASSERT_EQ(0, t_await(box_refused(twin->box), 1));
	EXPECT_EQ(-ECANCELED, twin->box->ret);
	EXPECT_EQ(TW_PROCESS_NEW, kid_stat(state));
}

/* What comes before the creation waits; what is not for after it is missed. */
TEST_F(spawn, message_first)
{
	struct puppet *b = &self->b, *kid = &self->kid;

	ASSERT_EQ(0, puppet_send(b, kid->id, 30, 30));
	ASSERT_EQ(0, puppet_send(b, kid->id, 10, 10));
	ASSERT_EQ(0, puppet_send(b, kid->id, 5, 5));
	EXPECT_EQ(TW_PROCESS_UNBORN, kid_stat(state));
	EXPECT_EQ(3, kid_stat(pending));
	EXPECT_EQ(2, t_stat_of(self->domain, processes));
	create(_metadata, self);
	EXPECT_EQ(1, kid_stat(pending));
	EXPECT_EQ(2, t_stat_of(self->domain, missed));
	ASSERT_EQ(0, puppet_send(b, kid->id, 7, 7));
	EXPECT_EQ(3, t_stat_of(self->domain, missed));
	EXPECT_EQ(30, puppet_recv_time(kid));
	EXPECT_EQ(0, t_stat_of(self->domain, failure));
}

/* A message to nobody holds nothing up. */
TEST_F(spawn, never_created)
{
	ASSERT_EQ(0, puppet_send(&self->b, spawn_id(77, 7, 7), 30, 30));
	puppet_post_recv(&self->a);
	puppet_post_recv(&self->b);
	EXPECT_EQ(1, puppet_wait(&self->a));
	EXPECT_EQ(1, t_stat_of(self->domain, missed));
	EXPECT_EQ(0, t_stat_of(self->domain, messages));
}

/* B goes to @time, so that GVT can. */
static void advance(struct __test_metadata *_metadata, FIXTURE_DATA(spawn) *self,
		    uint64_t time)
{
	ASSERT_EQ(0, puppet_send(&self->b, self->b.id, time, time));
	ASSERT_EQ(time, puppet_recv_time(&self->b));
	EXPECT_EQ(-EAGAIN, puppet_recv_nonblock(&self->a));
	ASSERT_EQ(0, t_wait(self->domain, time, NULL));
}

static int64_t stat_error(int domain, uint64_t id)
{
	struct tw_process_stat st;

	return t_pstat(domain, id, &st);
}

/*
 * Its end is committed, and no queue has a message to it any more: it is
 * forgotten, and what comes later is missed.
 */
TEST_F(spawn, forgotten)
{
	struct puppet *kid = &self->kid;
	uint64_t t;

	create(_metadata, self);
	ASSERT_EQ(0, puppet_send(&self->b, kid->id, 50, 50));
	kid->box->arg[0] = 0;
	puppet_post(kid, puppet_op_exit);
	ASSERT_TRUE(t_until(kid_stat(state) == TW_PROCESS_EXITED));
	EXPECT_EQ(1, kid_stat(pending));
	for (t = 100; t <= 300; t += 100) {
		ASSERT_EQ(0, puppet_send(&self->b, self->a.id, t - 1, t));
		ASSERT_EQ(t - 1, puppet_recv_time(&self->a));
		advance(_metadata, self, t);
		EXPECT_EQ(1, t_stat_of(self->domain, missed));
	}
	if (variant->interval == 1) {
		EXPECT_TRUE(t_until((t_reap_some(),
				     stat_error(self->domain, kid->id) == -ENOENT)));
	} else {
		EXPECT_EQ(TW_PROCESS_DEAD, kid_stat(state));
	}
	EXPECT_EQ(3, t_stat_of(self->domain, processes));
	EXPECT_EQ(0, puppet_send(&self->b, kid->id, 350, 350));
	EXPECT_EQ(1, kid_stat(pending));
}

/* A bad end in a wrong future is erased with the creation, */
TEST_F(spawn, bad_end_undone)
{
	create(_metadata, self);
	self->kid.box->arg[0] = 3;
	puppet_post(&self->kid, puppet_op_exit);
	ASSERT_TRUE(t_until(kid_stat(state) == TW_PROCESS_EXITED));
	straggler(_metadata, self, 5);
	EXPECT_TRUE(kid_unborn());
	ASSERT_EQ(5, puppet_recv_time(&self->a));
	ASSERT_EQ(10, puppet_recv_time(&self->a));
	puppet_post_recv(&self->a);
	puppet_post_recv(&self->b);
	EXPECT_EQ(1, puppet_wait(&self->b));
	EXPECT_EQ(TW_DOMAIN_ENDED, t_stat_of(self->domain, state));
}

/* or is that of the domain. */
TEST_F(spawn, bad_end)
{
	struct tw_domain_stat st;

	create(_metadata, self);
	self->kid.box->arg[0] = 3;
	puppet_post(&self->kid, puppet_op_exit);
	puppet_post_recv(&self->a);
	puppet_post_recv(&self->b);
	ASSERT_TRUE(t_until(t_stat_of(self->domain, state) == TW_DOMAIN_FAILED));
	ASSERT_EQ(0, t_stat(self->domain, &st));
	EXPECT_EQ(TW_FAILURE_PROCESS, st.failure);
	EXPECT_EQ(self->kid.id, st.failed_process);
	EXPECT_EQ(10, st.failed_time);
	EXPECT_EQ(3 << 8, st.failed_status);
}

/* The creator decides how often the new process leaves a snapshot. */
TEST_F(spawn, interval_bounds)
{
	struct tw_spawn s = { .size = sizeof(s), .interval_min = 100000 };
	struct puppet *a = &self->a;

	ASSERT_EQ(0, puppet_send(&self->b, a->id, 10, 10));
	ASSERT_EQ(10, puppet_recv_time(a));
	ASSERT_EQ(0, puppet_ioctl(a, TW_SPAWN, &s, sizeof(s)));
	EXPECT_EQ(100000, t_pstat_of(self->domain, self->kid.id, snapshot_interval));
	s = (struct tw_spawn){ .size = sizeof(s), .interval_max = 2 };
	ASSERT_EQ(0, puppet_ioctl(a, TW_SPAWN, &s, sizeof(s)));
	EXPECT_EQ(2, t_pstat_of(self->domain, spawn_id(a->id, 10, 1), snapshot_interval));
}

/* Only who runs a process creates with it, and only while it has a time. */
TEST_F(spawn, refused)
{
	static const struct tw_spawn bad[] = {
		{ .flags = 1 },
		{ .pad = 1 },
		{ .pad2 = 1 },
		{ .cancellation = TW_CANCEL_LAZY + 1 },
		{ .name = { [0 ... TW_NAME_LEN - 1] = 'x' } },
		{ .send_time = 11 },
		{ .interval_min = 3, .interval_max = 2 },
		{ .snapshot_interval = 2, .interval_max = 2 },
		{ .snapshots_max = 1 },
	};
	struct puppet *a = &self->a;
	struct tw_spawn s;
	size_t i;

	ASSERT_EQ(0, puppet_send(&self->b, a->id, 10, 10));
	ASSERT_EQ(10, puppet_recv_time(a));
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		s = bad[i];
		s.size = sizeof(s);
		EXPECT_EQ(-EINVAL, puppet_ioctl(a, TW_SPAWN, &s, sizeof(s)))
			TH_LOG("number %zu", i);
	}
	s = (struct tw_spawn){ .size = sizeof(s) };
	EXPECT_EQ(-ESRCH, t_ioctl(a->fd, TW_SPAWN, &s));
	EXPECT_EQ(-EAGAIN, puppet_recv_nonblock(a));
	EXPECT_EQ(-EINVAL, puppet_ioctl(a, TW_SPAWN, &s, sizeof(s)));
	EXPECT_EQ(0, t_stat_of(self->domain, spawned));
	EXPECT_EQ(2, t_stat_of(self->domain, processes));
}

/* ---- many ---- */

/* Creates one that writes once and ends, at each of its events. */
static int mother(int fd, void *arg)
{
	uint64_t sink = *(uint64_t *)arg, n = *((uint64_t *)arg + 1), i;
	struct tw_recv r;
	uint64_t word;
	int ret;

	for (i = 1; i <= n; i++) {
		struct tw_spawn s = { .size = sizeof(s) };
		struct tw_attach a = { .size = sizeof(a) };

		if (t_send(fd, 2, i, i) || (ret = t_recv(fd, &r, &word, sizeof(word))))
			return 1;
		if (t_ioctl(fd, TW_SPAWN, &s))
			return 2;
		if (s.fd < 0)
			continue;
		a.token = s.token;
		if (!t_clone(CLONE_PARENT)) {
			close(fd);
			if (t_ioctl(s.fd, TW_ATTACH, &a))
				_exit(0);
			_exit(t_send(s.fd, sink, i + 1, i) ? 3 : 0);
		}
		close(s.fd);
	}
	return t_recv(fd, &r, &word, sizeof(word)) == 1 ? 0 : 4;
}

static int lines(const char *path)
{
	FILE *f = fopen(path, "r");
	int n = 0, c;

	if (!f)
		return -1;
	while ((c = getc(f)) != EOF)
		n += c == '\n';
	fclose(f);
	return n;
}

static int known(void)
{
	char path[PATH_MAX];
	int best = -1;
	DIR *d = opendir("/sys/kernel/debug/timewarp");
	struct dirent *e;

	if (!d)
		return -1;
	while ((e = readdir(d))) {
		snprintf(path, sizeof(path), "/sys/kernel/debug/timewarp/%s/processes",
			 e->d_name);
		if (e->d_name[0] != '.' && lines(path) > best)
			best = lines(path);
	}
	closedir(d);
	return best;
}

/* One at a time comes and goes: what is kept does not grow with their number. */
TEST(many)
{
	uint64_t arg[2] = { 0, t_scale(400) }, id;
	int dev = t_open(), domain = t_domain(dev, TW_CANCEL_DEFAULT, 1000);
	int sink = t_sink(domain, &arg[0]);
	int fd = t_process(domain, TW_CANCEL_DEFAULT, 8, &id);
	struct puppet clock;
	uint64_t word, n = 0;
	struct tw_recv r;

	ASSERT_LE(0, domain);
	ASSERT_LT(0, t_run(fd, mother, arg));
	ASSERT_EQ(0, puppet_new(&clock, domain, TW_CANCEL_DEFAULT, 0));
	ASSERT_EQ(0, t_start(domain));
	close(fd);
	/* it holds GVT below the end, but above all of theirs */
	ASSERT_EQ(0, puppet_send(&clock, clock.id, 1u << 20, 0));
	ASSERT_EQ(1u << 20, puppet_recv_time(&clock));
	while (n < arg[1]) {
		t_reap_some();
		ASSERT_EQ(0, t_recv(sink, &r, &word, sizeof(word)));
		EXPECT_EQ(++n, word);
		EXPECT_EQ(spawn_id(id, n, 0), r.sender);
	}
	EXPECT_EQ(arg[1], t_stat_of(domain, spawned) - t_stat_of(domain, unspawned));
	if (known() >= 0)
		EXPECT_TRUE(t_until((t_reap_some(), known()) < 2 + 4 * 8));
	puppet_post_recv(&clock);
	EXPECT_TRUE(t_until(t_stat_of(domain, state) == TW_DOMAIN_ENDED));
	EXPECT_EQ(2 + arg[1], t_stat_of(domain, processes));
	EXPECT_EQ(0, t_stat_of(domain, balance));
	close(sink);
	close(domain);
	close(dev);
	puppet_free(&clock);
	EXPECT_EQ(0, t_reap());
}

TEST_HARNESS_MAIN
