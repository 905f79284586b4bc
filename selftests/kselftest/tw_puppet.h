/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Puppets: processes that do nothing but what the test tells them, one call at
 * a time, so that a test fixes the interleaving instead of hoping for it.
 *
 * The command and its result travel in a box of shared memory, which no
 * rollback touches; the puppet itself, with the notes that it takes of what it
 * received, is ordinary memory and so part of the state that a snapshot saves.
 * A command that a rollback interrupts is run again by the resumed snapshot.
 */
#ifndef TW_PUPPET_H
#define TW_PUPPET_H

#include "tw_test.h"

#define PUPPET_NOTES	64
#define PUPPET_DATA	(3 * TW_PAYLOAD_MAX)

struct note {
	uint64_t recv_time;
	uint64_t priority;
	uint64_t sender;
	uint64_t send_time;
	uint64_t word;
	uint32_t index;
	uint32_t len;
};

struct puppet;
typedef int (*puppet_op)(struct puppet *p);

struct puppet_box {
	uint32_t posted;
	uint32_t done;
	uint32_t resumes;
	pid_t pid;
	puppet_op op;
	int ret;
	unsigned long cmd;
	void *ptr;
	uint64_t arg[4];
	uint64_t coast_until;
	uint32_t forks;			/* children forked to be snapshots */
	pid_t snapshot;			/* the last of them */
	uint32_t nnotes;
	struct note notes[PUPPET_NOTES];
	union {
		unsigned char raw[512];
		struct tw_attach attach;
		struct tw_send send;
		struct tw_recv recv;
		struct tw_step step;
		struct tw_snapshot snapshot;
		struct tw_park park;
		struct tw_restore restore;
		struct tw_exit exit;
	} u;
	uint64_t data[PUPPET_DATA / 8];
};

struct puppet {
	int fd;
	int domain;
	uint64_t id;
	pid_t first;			/* the task that was forked first */
	uint32_t parked;		/* in the test: box->forks that are known to have parked */
	struct puppet_box *box;
	/* the state in virtual time */
	uint32_t nnotes;
	struct note notes[PUPPET_NOTES];
	struct tw_process_page *page;
};

/* ---- in the puppet ---- */

#define PUPPET_RESUMED	1000

static inline void puppet_report(struct puppet *p)
{
	memcpy(p->box->notes, p->notes, sizeof(p->notes));
	p->box->nnotes = p->nnotes;
}

/* Must end: a wrong future may post no further command. */
static inline void puppet_main(struct puppet *p)
{
	struct puppet_box *b = p->box;
	uint32_t n;
	int ret;

	for (;;) {
		while ((n = t_get(&b->done)) == t_get(&b->posted))
			syscall(SYS_futex, &b->posted, FUTEX_WAIT, n, NULL, NULL, 0);
		ret = b->op(p);
		if (ret == PUPPET_RESUMED)
			continue;
		b->ret = ret;
		puppet_report(p);
		t_set(&b->done, n + 1);
	}
}

static inline int puppet_op_ioctl(struct puppet *p)
{
	return t_ioctl(p->fd, p->box->cmd, p->box->ptr);
}

static inline int puppet_op_snapshot(struct puppet *p)
{
	int ret = t_snapshot_at(p->fd, &p->box->snapshot, &p->box->coast_until);

	if (ret < 0)
		return ret;
	t_add(&p->box->forks);
	if (!ret)
		return 0;
	p->page = NULL;
	p->box->pid = getpid();
	puppet_report(p);
	t_add(&p->box->resumes);
	return PUPPET_RESUMED;
}

/*
 * The snapshot that a receive asked for. Until its child has parked the kernel
 * may have no other to return to, and a nonblocking receive would give EAGAIN.
 */
static inline int puppet_take_snapshot(struct puppet *p)
{
	struct pollfd f = { .fd = p->fd, .events = POLLIN };
	int ret = puppet_op_snapshot(p);

	if (!ret)
		poll(&f, 1, T_DEADLINE_S * 1000);
	return ret;
}

static inline void puppet_note(struct puppet *p, const struct tw_recv *r,
			       const uint64_t *word)
{
	if (p->nnotes == PUPPET_NOTES)
		_exit(98);
	p->notes[p->nnotes++] = (struct note){
		.recv_time = r->recv_time, .priority = r->priority,
		.sender = r->sender, .send_time = r->send_time,
		.index = r->index, .len = r->len,
		.word = r->len >= sizeof(*word) ? *word : 0,
	};
}

/* One message, or 1 at the end; arg[0] holds the flags. */
static inline int puppet_op_recv(struct puppet *p)
{
	struct tw_recv *r = &p->box->u.recv;
	int ret;

	for (;;) {
		t_recv_init(r, p->box->data, PUPPET_DATA);
		r->flags = p->box->arg[0];
		ret = t_ioctl(p->fd, TW_RECV, r);
		if (ret)
			return ret;
		if (r->status & TW_STATUS_END)
			return 1;
		if (!(r->status & TW_STATUS_SNAPSHOT))
			break;
		ret = puppet_take_snapshot(p);
		if (ret)
			return ret;
	}
	puppet_note(p, r, p->box->data);
	return 0;
}

static inline int puppet_op_exit(struct puppet *p)
{
	_exit(p->box->arg[0]);
}

static inline int puppet_op_crash(struct puppet *p)
{
	kill(getpid(), p->box->arg[0]);
	return 0;
}

/* Also after a resume: a page belongs to one incarnation. */
static inline int puppet_op_map(struct puppet *p)
{
	void *page = mmap(NULL, T_PAGE, PROT_READ | PROT_WRITE, MAP_SHARED,
			  p->fd, 0);

	if (page == MAP_FAILED)
		return -errno;
	p->page = page;
	return 0;
}

/* ---- in the test ---- */

static inline int puppet_create_as(struct puppet *p, int domain,
				   struct tw_process_create c)
{
	memset(p, 0, sizeof(*p));
	p->domain = domain;
	p->fd = t_process_as(domain, c, &p->id);
	if (p->fd < 0)
		return p->fd;
	p->box = t_shared(sizeof(*p->box));
	p->first = t_clone(0);
	if (!p->first) {
		p->box->pid = getpid();
		t_close_but(p->fd);
		puppet_main(p);
	}
	p->box->pid = p->first;
	return p->first < 0 ? -errno : 0;
}

static inline int puppet_create(struct puppet *p, int domain,
				uint32_t cancellation, uint32_t interval)
{
	return puppet_create_as(p, domain, (struct tw_process_create) {
		.cancellation = cancellation, .snapshot_interval = interval,
	});
}

static inline void puppet_post(struct puppet *p, puppet_op op)
{
	p->box->op = op;
	p->box->ret = INT_MIN;
	t_set(&p->box->posted, t_get(&p->box->posted) + 1);
}

static inline bool puppet_idle(struct puppet *p)
{
	return t_get(&p->box->done) == t_get(&p->box->posted);
}

/*
 * Until the snapshots that were forked have parked: a straggler that is faster
 * goes back to an older one.
 */
static inline bool puppet_parked(struct puppet *p)
{
	uint32_t forks = t_get(&p->box->forks);

	if (p->parked == forks)
		return true;
	p->parked = forks;
	return t_until(t_pstat_of(p->domain, p->id, snapshots) >= forks);
}

static inline int puppet_wait(struct puppet *p)
{
	int ret = t_await(&p->box->done, t_get(&p->box->posted));

	if (!ret && !puppet_parked(p))
		ret = -ETIME;
	return ret ? ret : p->box->ret;
}

static inline int puppet_call(struct puppet *p, puppet_op op)
{
	puppet_post(p, op);
	return puppet_wait(p);
}

/* The argument stays where it is: the puppet must see it at the same address. */
static inline int puppet_ioctl_at(struct puppet *p, unsigned long cmd, void *ptr)
{
	p->box->cmd = cmd;
	p->box->ptr = ptr;
	return puppet_call(p, puppet_op_ioctl);
}

/* The argument is copied into the box and back. */
static inline int puppet_ioctl(struct puppet *p, unsigned long cmd, void *arg,
			       size_t size)
{
	int ret;

	memcpy(p->box->u.raw, arg, size);
	ret = puppet_ioctl_at(p, cmd, p->box->u.raw);
	memcpy(arg, p->box->u.raw, size);
	return ret;
}

/* A call after which the puppet may not be there to answer. */
static inline void puppet_post_ioctl(struct puppet *p, unsigned long cmd,
				     const void *arg, size_t size)
{
	memcpy(p->box->u.raw, arg, size);
	p->box->cmd = cmd;
	p->box->ptr = p->box->u.raw;
	puppet_post(p, puppet_op_ioctl);
}

static inline int puppet_attach(struct puppet *p)
{
	struct tw_attach a = { .size = sizeof(a) };

	return puppet_ioctl(p, TW_ATTACH, &a, sizeof(a));
}

static inline int puppet_new(struct puppet *p, int domain,
			     uint32_t cancellation, uint32_t interval)
{
	int ret = puppet_create(p, domain, cancellation, interval);

	return ret ? ret : puppet_attach(p);
}

static inline int puppet_send_arg(struct puppet *p, struct tw_send *s, uint64_t word)
{
	s->payload = (uintptr_t)p->box->data;
	s->len = sizeof(word);
	p->box->data[0] = word;
	return puppet_ioctl(p, TW_SEND, s, sizeof(*s));
}

static inline int puppet_send_prio(struct puppet *p, uint64_t to, uint64_t at,
				   uint64_t priority, uint64_t word)
{
	struct tw_send s = t_send_arg(to, at, NULL, 0);

	s.priority = priority;
	return puppet_send_arg(p, &s, word);
}

static inline int puppet_send_flags(struct puppet *p, uint64_t to, uint64_t at,
				    uint32_t flags, uint64_t word)
{
	struct tw_send s = t_send_arg(to, at, NULL, 0);

	s.flags = flags;
	return puppet_send_arg(p, &s, word);
}

static inline int puppet_send(struct puppet *p, uint64_t to, uint64_t at,
			      uint64_t word)
{
	return puppet_send_prio(p, to, at, 0, word);
}

static inline void puppet_post_recv(struct puppet *p)
{
	p->box->arg[0] = 0;
	puppet_post(p, puppet_op_recv);
}

static inline int puppet_recv(struct puppet *p)
{
	puppet_post_recv(p);
	return puppet_wait(p);
}

static inline int puppet_recv_nonblock(struct puppet *p)
{
	p->box->arg[0] = TW_RECV_NONBLOCK;
	return puppet_call(p, puppet_op_recv);
}

/* Receive one message and give its time, or -errno, or 0 at the end. */
static inline int64_t puppet_recv_time(struct puppet *p)
{
	int ret = puppet_recv(p);

	if (ret)
		return ret < 0 ? ret : 0;
	return p->box->u.recv.recv_time;
}

static inline uint32_t puppet_resumes(struct puppet *p)
{
	return t_get(&p->box->resumes);
}

/* Until the puppet was rolled back @n times in all. */
static inline int puppet_await_resumes(struct puppet *p, uint32_t n)
{
	int ret = t_await(&p->box->resumes, n);

	return !ret && !puppet_parked(p) ? -ETIME : ret;
}

/* What it has noted is what it received, at these times, and nothing else. */
#define EXPECT_HISTORY(p, ...) do {					\
	const uint64_t __times[] = { __VA_ARGS__ };			\
	size_t __i;							\
	EXPECT_EQ(ARRAY_SIZE(__times), (p)->box->nnotes);		\
	for (__i = 0; __i < ARRAY_SIZE(__times); __i++)			\
		EXPECT_EQ(__times[__i], (p)->box->notes[__i].recv_time); \
} while (0)

/* A puppet that no domain will end. */
static inline void puppet_kill(struct puppet *p)
{
	if (p->first > 0)
		kill(p->first, SIGKILL);
}

static inline void puppet_free(struct puppet *p)
{
	close(p->fd);
	munmap(p->box, sizeof(*p->box));
}

/* ---- what most tests begin with ---- */

/* A domain with puppets that have attached, and perhaps a sink. */
struct t_world {
	int dev;
	int domain;
	int sink;			/* or -1 */
	uint64_t sink_id;
	uint32_t puppets;		/* so many, in this order */
	struct puppet a, b, c;
};

/* In a fixture: its members, and self->world for the two below. */
#define T_WORLD	union { struct t_world; struct t_world world; }

struct t_world_as {
	struct tw_domain_create domain;	/* 0: every 1000 us, all run */
	uint32_t puppets;
	uint32_t interval;		/* of their snapshots */
	uint32_t b;			/* how b cancels, if not as its domain */
	bool sink;
	bool start;
};

static inline void t_world_open(struct __test_metadata *_metadata, struct t_world *w,
				struct t_world_as as)
{
	struct puppet *p[] = { &w->a, &w->b, &w->c };
	uint32_t i;

	if (!as.domain.gvt_interval_us)
		as.domain.gvt_interval_us = 1000;
	if (!as.domain.running)
		as.domain.running = TW_RUNNING_ALL;
	w->dev = t_open();
	ASSERT_LE(0, w->dev);
	w->domain = t_domain_as(w->dev, as.domain);
	ASSERT_LE(0, w->domain);
	w->puppets = as.puppets;
	for (i = 0; i < w->puppets; i++)
		ASSERT_EQ(0, puppet_new(p[i], w->domain, i == 1 ? as.b : TW_CANCEL_DEFAULT,
					as.interval));
	w->sink = as.sink ? t_sink(w->domain, &w->sink_id) : -1;
	if (as.sink)
		ASSERT_LE(0, w->sink);
	if (as.start)
		ASSERT_EQ(0, t_start(w->domain));
}

static inline void t_world_close(struct __test_metadata *_metadata, struct t_world *w)
{
	struct puppet *p[] = { &w->a, &w->b, &w->c };
	struct tw_domain_stat st;
	uint32_t i;

	/* A test may have closed it. */
	if (!t_stat(w->domain, &st))
		EXPECT_EQ(0, st.balance);
	close(w->domain);
	if (w->sink >= 0)
		close(w->sink);
	close(w->dev);
	for (i = 0; i < w->puppets; i++)
		puppet_free(p[i]);
	EXPECT_EQ(0, t_reap());
}

#endif /* TW_PUPPET_H */
