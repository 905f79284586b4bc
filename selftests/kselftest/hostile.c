// SPDX-License-Identifier: GPL-2.0
/*
 * Tasks that mean harm: random calls with random arguments on shared files,
 * while they fork, attach, park, map, close and kill each other. There is
 * nothing to expect but that the kernel says nothing, that a well-behaved
 * domain beside them goes on, and that nothing is left afterwards.
 *
 * The seed is printed; TW_TEST_SEED repeats a run as far as the scheduler does.
 */
#include <sys/prctl.h>

#include "tw_puppet.h"

#define WORKERS		4
#define FILES		16
#define PIDS		64

struct arena {
	int fd[FILES];			/* shared by fork, not by reference */
	uid_t uid;			/* whose the tasks are */
	uint32_t broke_in;		/* something was done that must not be */
	uint32_t turns;
	uint32_t live;			/* tasks at work */
	pid_t pids[PIDS];
	uint64_t tokens[8];
	uint64_t ids[8];		/* of processes that were created, or were not */
};

struct worker {
	struct arena *arena;
	uint64_t rng;
	int depth;
	void *page;
	unsigned char *buf;		/* four pages and an unmapped one */
};

static uint64_t rnd(struct worker *w)
{
	w->rng ^= w->rng << 13;
	w->rng ^= w->rng >> 7;
	w->rng ^= w->rng << 17;
	return w->rng * 0x2545f4914f6cdd1dull >> 16;
}

static uint64_t odd_number(struct worker *w)
{
	static const uint64_t odd[] = {
		0, 1, 2, 3, 7, 8, 63, 64, 65535, 65536, 65537, 1ull << 31,
		(1ull << 32) - 1, 1ull << 32, 1ull << 63, ~0ull - 1, ~0ull,
	};

	switch (rnd(w) % 4) {
	case 0:
		return odd[rnd(w) % ARRAY_SIZE(odd)];
	case 1:
		return rnd(w);
	default:
		return rnd(w) % 50;
	}
}

static void *odd_pointer(struct worker *w)
{
	switch (rnd(w) % 8) {
	case 0:
		return NULL;
	case 1:
		return (void *)odd_number(w);
	case 2:
		return w->buf + 4 * T_PAGE - rnd(w) % 64;
	case 3:
		return w->page;
	default:
		return w->buf + rnd(w) % (2 * T_PAGE) / 8 * 8;
	}
}

static int some_file(struct worker *w)
{
	return w->arena->fd[rnd(w) % FILES];
}

/* A receiver: one of those that there are, or one that may be created. */
static uint64_t some_process(struct worker *w)
{
	return rnd(w) % 8 ? rnd(w) % 9 : w->arena->ids[rnd(w) % 8];
}

/* ---- calls ---- */

static void do_send(struct worker *w)
{
	struct tw_send s = t_send_arg(some_process(w), odd_number(w), w->buf, rnd(w) % 200);

	s.priority = rnd(w) % 3;
	if (rnd(w) % 8 == 0) {
		s.len = odd_number(w);
		s.send_time = odd_number(w);
		s.payload = (uintptr_t)odd_pointer(w);
	}
	t_ioctl(some_file(w), TW_SEND, &s);
}

/* A memfd with some seals, or any file that there is. */
static void do_send_memfd(struct worker *w)
{
	struct tw_memfd m = { .fd = rnd(w) % 64 };
	struct tw_send s = t_send_arg(some_process(w), odd_number(w), &m, sizeof(m));
	int fd = -1;

	s.flags = TW_SEND_MEMFD;
	if (rnd(w) % 4) {
		fd = memfd_create("hostile", MFD_CLOEXEC | MFD_ALLOW_SEALING);
		if (ftruncate(fd, rnd(w) % 100000) || write(fd, w, sizeof(*w)) < 0 ||
		    fcntl(fd, F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK |
			  (rnd(w) % 4 ? F_SEAL_WRITE : 0)))
			w->rng++;
		m.fd = fd;
	}
	if (rnd(w) % 16 == 0)
		m.bytes = odd_number(w);
	t_ioctl(some_file(w), TW_SEND, &s);
	if (fd >= 0)
		close(fd);
}

static void do_recv(struct worker *w)
{
	struct tw_recv r;

	t_recv_init(&r, rnd(w) % 8 ? w->buf : odd_pointer(w), rnd(w) % 300);
	r.flags = TW_RECV_NONBLOCK;
	t_ioctl(some_file(w), TW_RECV, &r);
}

static void fill_records(struct worker *w, uint32_t len)
{
	struct tw_msg *m = (void *)w->buf;
	uint32_t at = 0;

	while (at + sizeof(*m) + 64 <= len) {
		m = (void *)(w->buf + at);
		*m = (struct tw_msg){
			.size = sizeof(*m) + rnd(w) % 9 * 8, .len = rnd(w) % 40,
			.peer = some_process(w), .recv_time = odd_number(w),
			.priority = rnd(w) % 3,
		};
		if (rnd(w) % 16 == 0)
			m->size = odd_number(w);
		if (rnd(w) % 16 == 0)
			m->send_time = odd_number(w);
		at += sizeof(*m) + rnd(w) % 9 * 8;
	}
}

static void do_step(struct worker *w)
{
	struct tw_step s = {
		.size = sizeof(s), .flags = TW_STEP_NONBLOCK,
		.sends = (uintptr_t)w->buf, .sends_len = rnd(w) % 1000 / 8 * 8,
		.recvs = (uintptr_t)w->buf + 2 * T_PAGE, .recvs_len = rnd(w) % 3000,
		.recv_max = rnd(w) % 4, .until = odd_number(w),
		.hold = rnd(w) % 4 ? 0 : odd_number(w),
	};

	fill_records(w, s.sends_len);
	if (rnd(w) % 8 == 0) {
		s.sends = (uintptr_t)odd_pointer(w) & ~7ull;
		s.recvs = (uintptr_t)odd_pointer(w) & ~7ull;
		s.sends_len = odd_number(w);
		s.recvs_len = odd_number(w);
	}
	t_ioctl(some_file(w), TW_STEP, &s);
}

static void do_snapshot(struct worker *w)
{
	struct tw_snapshot s = { .size = sizeof(s) };

	if (!t_ioctl(some_file(w), TW_SNAPSHOT, &s))
		w->arena->tokens[rnd(w) % 8] = s.token;
}

static void do_domain(struct worker *w)
{
	struct tw_process_create p = { .size = sizeof(p), .fd = -1 };
	struct tw_domain_wait wait = {
		.size = sizeof(wait), .until = odd_number(w), .timeout_ns = 100000,
	};
	struct tw_domain_stat st;
	struct tw_process_stat ps;
	int fd = some_file(w);

	switch (rnd(w) % 5) {
	case 0:
		t_start(fd);
		break;
	case 1:
		t_stat(fd, &st);
		t_pstat(fd, rnd(w) % 8, &ps);
		break;
	case 2:
		t_ioctl(fd, TW_DOMAIN_WAIT, &wait);
		break;
	case 3:
		if (!t_ioctl(fd, TW_PROCESS_CREATE, &p))
			close(p.fd);
		break;
	default:
		if (read(fd, w->buf, rnd(w) % 100) < 0)
			w->rng++;
	}
}

/* The well-behaved domain may be looked at, but by those who may do all. */
static void do_open(struct worker *w)
{
	struct tw_domain_open o = {
		.size = sizeof(o), .flags = rnd(w) % 8, .fd = -1, .name = "good",
	};

	if (t_ioctl(w->arena->fd[FILES - 1], TW_DOMAIN_OPEN, &o))
		return;
	if (o.flags & TW_OPEN_WRITE && w->arena->uid)
		t_add(&w->arena->broke_in);
	if (!t_start(o.fd))
		t_add(&w->arena->broke_in);
	close(o.fd);
}

static void do_attach(struct worker *w)
{
	struct tw_attach a = { .size = sizeof(a) };

	t_ioctl(some_file(w), TW_ATTACH, &a);
}

static void do_map(struct worker *w)
{
	uint64_t *words = w->page;
	void *page;

	if (words && rnd(w) % 4) {
		words[rnd(w) % 16] = odd_number(w);
		return;
	}
	if (words && rnd(w) % 2) {
		munmap(words, T_PAGE);
		w->page = NULL;
		return;
	}
	page = mmap(NULL, (1 + rnd(w) % 2) * T_PAGE, PROT_READ | PROT_WRITE,
		    rnd(w) % 8 ? MAP_SHARED : MAP_PRIVATE, some_file(w),
		    rnd(w) % 4 ? 0 : T_PAGE);
	if (page == MAP_FAILED)
		return;
	if (w->page)
		munmap(page, T_PAGE);
	else
		w->page = page;
}

/* ---- from outside, and in place ---- */

static void do_port(struct worker *w)
{
	struct tw_inject i = {
		.size = sizeof(i), .receiver = some_process(w), .recv_time = odd_number(w),
		.priority = rnd(w) % 3, .payload = (uintptr_t)w->buf, .len = rnd(w) % 200,
	};

	if (rnd(w) % 8 == 0)
		i.payload = (uintptr_t)odd_pointer(w);
	if (rnd(w) % 4)
		t_ioctl(some_file(w), TW_INJECT, &i);
	else
		t_promise(some_file(w), rnd(w) % 8 ? rnd(w) % 50 : odd_number(w));
}

static void do_restore(struct worker *w)
{
	struct tw_restore r = { .size = sizeof(r) };

	t_ioctl(some_file(w), TW_RESTORE, rnd(w) % 8 ? &r : odd_pointer(w));
}

/* Any number, any argument. */
static void do_anything(struct worker *w)
{
	uint32_t *words = (void *)w->buf;
	int i;

	for (i = 0; i < 32; i++)
		words[i] = odd_number(w);
	words[0] = rnd(w) % 8 ? 8 + rnd(w) % 300 : odd_number(w);
	/* the calls that wait have their own, where they do not */
	i = rnd(w) % 64;
	if (i == TW_CMD_RECV || i == TW_CMD_STEP || i == TW_CMD_PARK || i == TW_CMD_EXIT ||
	    i == TW_CMD_DOMAIN_WAIT)
		words[1] = ~0u;
	t_ioctl(some_file(w), _IO(TW_TYPE, i), rnd(w) % 4 ? w->buf : odd_pointer(w));
}

/* ---- tasks ---- */

static void worker_main(struct worker *w);

static void enlist(struct worker *w)
{
	w->arena->pids[rnd(w) % PIDS] = getpid();
}

/* A child that parks, most often, and goes on as a worker if it is resumed. */
static void do_fork(struct worker *w)
{
	struct tw_park p = {
		.size = sizeof(p), .token = w->arena->tokens[rnd(w) % 8],
	};

	if (w->depth > 2 || t_get(&w->arena->live) > 24)
		return;
	t_add(&w->arena->live);
	if (t_clone(rnd(w) % 2 ? CLONE_PARENT : 0)) {
		rnd(w);
		return;
	}
	w->depth++;
	w->rng ^= (uint64_t)getpid() << 20;
	w->page = NULL;
	enlist(w);
	if (rnd(w) % 4)
		t_ioctl(some_file(w), TW_PARK, &p);
	worker_main(w);
}

/* A child that attaches, most often, and goes on as a worker. */
static void do_spawn(struct worker *w)
{
	struct tw_spawn s = {
		.size = sizeof(s), .fd = -1, .cancellation = rnd(w) % 3,
		.snapshot_interval = rnd(w) % 4, .name = "spawned",
	};
	struct tw_attach a = { .size = sizeof(a) };

	if (rnd(w) % 8 == 0)
		s.send_time = odd_number(w);
	if (t_ioctl(some_file(w), TW_SPAWN, &s))
		return;
	w->arena->ids[rnd(w) % 8] = s.id ^ (rnd(w) % 4 ? 0 : 1);
	if (s.fd < 0)
		return;
	a.token = rnd(w) % 8 ? s.token : odd_number(w);
	if (rnd(w) % 4 && t_get(&w->arena->live) <= 24 && w->depth <= 2) {
		t_add(&w->arena->live);
		if (!t_clone(rnd(w) % 2 ? CLONE_PARENT : 0)) {
			w->depth++;
			w->rng ^= (uint64_t)getpid() << 20;
			w->page = NULL;
			enlist(w);
			t_ioctl(s.fd, TW_ATTACH, &a);
			dup2(s.fd, w->arena->fd[rnd(w) % FILES]);
			close(s.fd);
			worker_main(w);
		}
	}
	close(s.fd);
}

static void do_exit(struct worker *w)
{
	struct tw_exit e = { .size = sizeof(e), .status = rnd(w) % 2 };

	t_ioctl(some_file(w), TW_EXIT, &e);
}

static void do_kill(struct worker *w)
{
	static const int signals[] = {
		SIGKILL, SIGKILL, SIGTERM, SIGSEGV, SIGUSR1, SIGUSR1, SIGSTOP, SIGCONT, SIGCONT,
	};
	pid_t pid = w->arena->pids[rnd(w) % PIDS];

	if (pid)
		kill(pid, signals[rnd(w) % ARRAY_SIZE(signals)]);
}

static void do_files(struct worker *w)
{
	int i = rnd(w) % FILES, j = rnd(w) % FILES;

	if (rnd(w) % 8 == 0)
		dup2(w->arena->fd[i], w->arena->fd[j]);
	else
		close(dup(w->arena->fd[i]));
}

static void turn(struct worker *w)
{
	switch (rnd(w) % 79) {
	case 0 ... 15:
		do_send(w);
		break;
	case 16 ... 27:
		do_recv(w);
		break;
	case 28 ... 39:
		do_step(w);
		break;
	case 40 ... 43:
		do_snapshot(w);
		break;
	case 44 ... 48:
		do_attach(w);
		break;
	case 49 ... 52:
		do_domain(w);
		break;
	case 53 ... 57:
		do_map(w);
		break;
	case 58 ... 59:
		do_fork(w);
		break;
	case 60:
		do_kill(w);
		break;
	case 61:
		do_files(w);
		break;
	case 62:
		do_send_memfd(w);
		break;
	case 63 ... 67:
		do_port(w);
		break;
	case 68 ... 70:
		do_restore(w);
		break;
	case 71 ... 72:
		do_spawn(w);
		break;
	case 73:
		if (rnd(w) % 8 == 0)
			do_exit(w);
		break;
	case 74:
		do_open(w);
		break;
	default:
		do_anything(w);
	}
}

static void worker_main(struct worker *w)
{
	uint32_t i;

	for (i = 0; i < w->arena->turns; i++)
		turn(w);
	__atomic_sub_fetch(&w->arena->live, 1, __ATOMIC_SEQ_CST);
	_exit(rnd(w) % 2);
}

static void on_signal(int sig)
{
	(void)sig;
}

static void worker_start(struct arena *arena, uint64_t seed)
{
	struct sigaction sa = { .sa_handler = on_signal };
	struct worker w = { .arena = arena, .rng = seed };
	int i;

	if (arena->uid && (setresgid(arena->uid, arena->uid, arena->uid) ||
			   setresuid(arena->uid, arena->uid, arena->uid)))
		_exit(1);
	/* a tick ends what waits where a signal can end it */
	sigaction(SIGUSR1, &sa, NULL);
	w.buf = mmap(NULL, 5 * T_PAGE, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	munmap(w.buf + 4 * T_PAGE, T_PAGE);
	for (i = 0; i < 4; i++)
		rnd(&w);
	enlist(&w);
	worker_main(&w);
}

/* ---- rounds ---- */

FIXTURE(hostile) {
	int dev;
	int domain;
	struct puppet good;
	struct arena *arena;
	uint64_t seed;
};

/* Everybody may look at it. */
static int good_domain(int dev)
{
	struct tw_domain_create c = {
		.size = sizeof(c), .flags = TW_DOMAIN_NAMED, .mode = 0644,
		.gvt_interval_us = 1000, .fd = -1, .name = "good",
	};
	int ret = t_ioctl(dev, TW_DOMAIN_CREATE, &c);

	return ret ? ret : c.fd;
}

FIXTURE_SETUP(hostile)
{
	const char *seed = getenv("TW_TEST_SEED");

	self->seed = seed ? strtoull(seed, NULL, 0) : t_now_ns() % 1000000007;
	ksft_print_msg("TW_TEST_SEED=%llu\n", (unsigned long long)self->seed);
	self->dev = t_open();
	ASSERT_LE(0, self->dev);
	self->domain = good_domain(self->dev);
	ASSERT_LE(0, self->domain);
	ASSERT_EQ(0, puppet_new(&self->good, self->domain, TW_CANCEL_DEFAULT, 8));
	ASSERT_EQ(0, t_start(self->domain));
	self->arena = t_shared(sizeof(*self->arena));
	ASSERT_EQ(0, prctl(PR_SET_CHILD_SUBREAPER, 1));
}

FIXTURE_TEARDOWN(hostile)
{
	close(self->domain);
	close(self->dev);
	puppet_free(&self->good);
	EXPECT_EQ(0, t_reap());
}

/* The device, two domains, their processes, sinks and ports. */
static void arena_open(struct arena *a, int dev, uint64_t seed)
{
	static const struct tw_process_create in_place = {
		.snapshot_interval = 1, .snapshots_max = 3, .state = TW_STATE_HANDLERS,
		.memory = 1 << 14,
	};
	uint64_t id;
	int i, d;

	memset(a, 0, sizeof(*a));
	for (i = 0; i < FILES; i += FILES / 2) {
		d = t_domain_as(dev, (struct tw_domain_create) {
			.cancellation = seed % 3, .gvt_interval_us = 200, .running = seed % 4,
			.flags = seed / 4 % 2 ? TW_DOMAIN_DROP : TW_DOMAIN_SPARE,
			.window = seed / 8 % 2 ? TW_WINDOW_LEARNT : seed / 16 % 2 * 10,
			.memory = seed / 32 % 2 << 17,
		});
		a->fd[i] = d;
		a->fd[i + 1] = t_process(d, 0, 1, &id);
		a->fd[i + 2] = t_process(d, 0, 3, &id);
		a->fd[i + 3] = t_process(d, TW_CANCEL_LAZY, 0, &id);
		a->fd[i + 4] = t_process_as(d, in_place, &id);
		a->fd[i + 5] = t_sink(d, &id);
		a->fd[i + 6] = t_port(d, i ? TW_PORT_LIVE : 0, seed % 30, &id);
		a->fd[i + 7] = dup(dev);
		if (seed % 4)
			t_start(d);
	}
	for (i = 0; i < FILES; i++)
		fcntl(a->fd[i], F_SETFL, O_RDWR | O_NONBLOCK);
}

static void arena_close(struct arena *a)
{
	int i;

	for (i = 0; i < FILES; i++)
		close(a->fd[i]);
}

/* Everybody who is left: those in a parking place that no domain holds any more. */
static bool end_all(pid_t group, const struct puppet *good)
{
	siginfo_t info;

	kill(-group, SIGKILL);
	do {
		info.si_pid = 0;
		waitid(P_ALL, 0, &info, WEXITED | WNOHANG | __WALL);
	} while (info.si_pid);
	return t_children() == 1 + (int)t_stat_of(good->domain, snapshots_live);
}

static bool all_idle(struct arena *a, uint64_t *patience)
{
	return !t_get(&a->live) || !--*patience;
}

/* One round in the arena, which is open. */
static void fight(struct __test_metadata *_metadata, FIXTURE_DATA(hostile) *self,
		  uint64_t seed)
{
	uint64_t patience = 1500;
	pid_t group = 0, pid;
	uint32_t i;

	self->arena->turns = t_scale(400);
	self->arena->live = WORKERS;
	for (i = 0; i < WORKERS; i++) {
		pid = t_clone(0);
		if (!pid) {
			setpgid(0, group);
			close(self->domain);
			close(self->good.fd);
			worker_start(self->arena, seed + i + 1);
		}
		setpgid(pid, group);
		if (!group)
			group = pid;
	}
	arena_close(self->arena);
	/* some wait for ever, and some of those were killed */
	EXPECT_TRUE(t_until(all_idle(self->arena, &patience)));
	EXPECT_TRUE(t_until(end_all(group, &self->good)))
		TH_LOG("seed %llu leaves %d tasks", (unsigned long long)seed, t_children());
	EXPECT_EQ(0, self->arena->broke_in);
}

TEST_F_TIMEOUT(hostile, rounds, 600)
{
	uint32_t rounds = t_scale(12), round;
	int fds = t_fds();
	long slab = 0;

	for (round = 0; round < rounds; round++) {
		uint64_t seed = self->seed + 1000 * round;

		if (round == 3)
			slab = t_slab_objects();
		arena_open(self->arena, self->dev, seed);
		fight(_metadata, self, seed);
		/* next door all is well */
		ASSERT_EQ(0, puppet_send(&self->good, self->good.id, 10 + round, round));
		ASSERT_EQ(10 + round, puppet_recv_time(&self->good));
	}
	EXPECT_EQ(fds, t_fds());
	EXPECT_EQ(TW_DOMAIN_RUNNING, t_stat_of(self->domain, state));
	if (slab > 0)
		EXPECT_GT(slab + 3000, t_slab_objects());
}

/* ---- another user ---- */

#define ALICE	1000
#define BOB	1001

static int op_be_alice(struct puppet *p)
{
	return setresgid(ALICE, ALICE, ALICE) || setresuid(ALICE, ALICE, ALICE) ? -errno : 0;
}

/*
 * Bob has been passed the endpoint of Alice's process, may look at her domain,
 * and knows her tasks. He does what he can; her history has no message of his,
 * her tasks are the same, and what she may have is not used up.
 */
TEST_F_TIMEOUT(hostile, other_user, 600)
{
	uint32_t rounds = t_scale(6), round;
	struct puppet *alice = &self->good;
	struct arena *a = self->arena;
	struct tw_domain_stat st;
	pid_t task;

	ASSERT_EQ(0, puppet_call(alice, op_be_alice));
	ASSERT_EQ(0, puppet_send(alice, alice->id, 10, 0));
	ASSERT_EQ(10, puppet_recv_time(alice));
	task = alice->box->pid;
	for (round = 0; round < rounds; round++) {
		uint64_t seed = self->seed + 1000 * round;

		arena_open(a, self->dev, seed);
		a->uid = BOB;
		close(a->fd[1]);
		a->fd[1] = dup(alice->fd);
		a->pids[0] = task;
		a->pids[1] = alice->box->snapshot;
		fight(_metadata, self, seed);
		EXPECT_EQ(task, t_pstat_of(self->domain, alice->id, pid));
		ASSERT_EQ(0, puppet_send(alice, alice->id, 20 + round, round));
		ASSERT_EQ(20 + round, puppet_recv_time(alice));
		EXPECT_EQ(task, alice->box->pid);
	}
	ASSERT_EQ(0, t_stat(self->domain, &st));
	EXPECT_EQ(TW_DOMAIN_RUNNING, st.state);
	EXPECT_EQ(1, st.processes);
	EXPECT_EQ(1 + rounds, st.sends);
	EXPECT_EQ(1 + rounds, st.delivered);
	EXPECT_EQ(0, st.rollbacks_primary + st.rollbacks_secondary + st.resumes);
	EXPECT_EQ(0, st.violations);
}

TEST_HARNESS_MAIN
