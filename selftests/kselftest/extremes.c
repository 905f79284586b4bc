// SPDX-License-Identifier: GPL-2.0
/*
 * Calls at the edge of what their arguments can say: sizes of 32 bits that are
 * no number of 31, vectors of which nobody would await the end, structures that
 * are mostly surplus, callers of 32 bits.
 */
#include "tw_puppet.h"

#define REC(len)	(uint32_t)((sizeof(struct tw_msg) + (len) + 7) & ~7)

FIXTURE(extremes) {
	T_WORLD;
};

FIXTURE_SETUP(extremes)
{
	t_world_open(_metadata, &self->world, (struct t_world_as){
		.puppets = 1, .interval = 100, .sink = true, .start = true,
	});
}

FIXTURE_TEARDOWN(extremes)
{
	t_world_close(_metadata, &self->world);
}

/* ---- a vector of sends of nearly 4 GiB ---- */

struct giant {
	uint64_t to;
	uint32_t record;		/* bytes of the first record */
	uint32_t sends_len;
	uint32_t done;
};

static int op_giant(struct puppet *p)
{
	struct giant *g = (struct giant *)p->box->data;
	struct tw_msg *m = mmap(NULL, 1ul << 32, PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	struct tw_step s = {
		.size = sizeof(s), .sends = (uintptr_t)m, .sends_len = g->sends_len,
	};
	int ret;

	if (m == MAP_FAILED)
		return -errno;
	*m = (struct tw_msg){ .size = g->record, .len = 8, .peer = g->to, .recv_time = 10 };
	ret = t_ioctl(p->fd, TW_STEP, &s);
	g->done = s.sends_done;
	munmap(m, 1ul << 32);
	return ret;
}

static int giant(struct puppet *p, uint64_t to, uint32_t record, uint32_t sends_len,
		 uint32_t *done)
{
	struct giant *g = (struct giant *)p->box->data;
	int ret;

	*g = (struct giant){ .to = to, .record = record, .sends_len = sends_len };
	ret = puppet_call(p, op_giant);
	*done = g->done;
	return ret;
}

/*
 * The size of a record was returned as an int: from 2 GiB on it was taken for an
 * error, which the caller saw, and the message was never freed.
 */
TEST_F(extremes, a_record_of_two_gigabytes)
{
	uint32_t done;

	/* the next record is all zero */
	EXPECT_EQ(-EINVAL, giant(&self->a, self->sink_id, 1u << 31, ~7u, &done));
	EXPECT_EQ(1u << 31, done);
	EXPECT_EQ(1, t_stat_of(self->domain, sends));
	EXPECT_EQ(0, giant(&self->a, self->sink_id, ~7u, ~7u, &done));
	EXPECT_EQ(~7u, done);
	EXPECT_EQ(2, t_stat_of(self->domain, sends));
	EXPECT_EQ(2, t_stat_of(self->domain, messages));
}

#define MANY	(1u << 20)

/* So many small records, one page of them again and again. */
static int op_many(struct puppet *p)
{
	uint32_t len = MANY * REC(16), i;
	int fd = memfd_create("records", MFD_CLOEXEC);
	struct tw_step s = { .size = sizeof(s), .sends_len = len };
	struct tw_msg m = { .size = REC(16), .len = 16, .peer = p->box->arg[0], .recv_time = 10 };
	char *base;

	for (i = 0; i < (1 << 20) / REC(16); i++)
		if (pwrite(fd, &m, sizeof(m), (off_t)i * REC(16)) != sizeof(m))
			return -errno;
	if (ftruncate(fd, 1 << 20))
		return -errno;
	base = mmap(NULL, len, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	for (i = 0; i < len; i += 1 << 20)
		if (mmap(base + i, 1 << 20, PROT_READ, MAP_SHARED | MAP_FIXED, fd, 0) ==
		    MAP_FAILED)
			return -errno;
	s.sends = (uintptr_t)base;
	return t_ioctl(p->fd, TW_STEP, &s);
}

/* Who is killed in the middle of a long vector did not end before it was through. */
TEST_F(extremes, killed_in_a_vector)
{
	struct puppet *a = &self->a;

	a->box->arg[0] = self->sink_id;
	puppet_post(a, op_many);
	ASSERT_TRUE(t_until(t_stat_of(self->domain, sends)));
	ASSERT_EQ(0, kill(a->first, SIGKILL));
	ASSERT_TRUE(t_until(t_stat_of(self->domain, failures) ||
			    t_stat_of(self->domain, state) == TW_DOMAIN_FAILED));
	EXPECT_GT(MANY, t_stat_of(self->domain, sends));
}

/* ---- structures larger than any that there will be ---- */

TEST_F(extremes, a_structure_of_a_megabyte)
{
	size_t len = 1 << 20;
	struct tw_domain_start *s = mmap(NULL, len, PROT_READ | PROT_WRITE,
					 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ASSERT_NE(MAP_FAILED, (void *)s);
	s->size = T_PAGE;
	EXPECT_EQ(-EBUSY, t_ioctl(self->domain, TW_DOMAIN_START, s));
	s->size = T_PAGE + 1;
	EXPECT_EQ(-E2BIG, t_ioctl(self->domain, TW_DOMAIN_START, s));
	s->size = len;
	EXPECT_EQ(-E2BIG, t_ioctl(self->domain, TW_DOMAIN_START, s));
	s->size = ~0u;
	EXPECT_EQ(-E2BIG, t_ioctl(self->domain, TW_DOMAIN_START, s));
	munmap(s, len);
}

/* ---- callers of 32 bits: the same structures, by the kernel's other entry ---- */

#if defined(__x86_64__)

#define SYS_ioctl_32	54

/* ioctl(2) as a program of 32 bits calls it; the argument is below 4 GiB. */
static int ioctl_32(int fd, uint32_t cmd, void *arg)
{
	int ret;

	asm volatile("int $0x80"
		     : "=a" (ret)
		     : "a" (SYS_ioctl_32), "b" (fd), "c" (cmd), "d" (arg)
		     : "memory", "r8", "r9", "r10", "r11");
	return ret;
}

static int op_compat(struct puppet *p)
{
	char *low = mmap(NULL, 4 * T_PAGE, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	struct tw_step *s = (void *)low;
	struct tw_msg *m = (void *)(low + T_PAGE);
	struct tw_recv *r = (void *)(low + 2 * T_PAGE);
	uint64_t *word = (void *)(low + 3 * T_PAGE);
	int ret;

	*m = (struct tw_msg){ .size = REC(8), .len = 8, .peer = p->id, .recv_time = 1ull << 40 };
	*(uint64_t *)(m + 1) = 1ull << 50;
	*s = (struct tw_step){
		.size = sizeof(*s), .sends = (uintptr_t)m, .sends_len = REC(8),
	};
	ret = ioctl_32(p->fd, TW_STEP, s);
	if (ret || s->sends_done != REC(8))
		return ret ? ret : -EPROTO;
	ret = t_snapshot(p->fd);
	if (ret)
		return ret;
	t_recv_init(r, word, sizeof(*word));
	ret = ioctl_32(p->fd, TW_RECV, r);
	if (ret || r->recv_time != 1ull << 40 || *word != 1ull << 50)
		return ret ? ret : -EPROTO;
	return 0;
}

TEST_F(extremes, a_caller_of_32_bits)
{
	struct tw_domain_stat *st = mmap(NULL, T_PAGE, PROT_READ | PROT_WRITE,
					 MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);

	ASSERT_NE(MAP_FAILED, (void *)st);
	/* Where it is not there the instruction is a fault. */
	if (access("/proc/sys/abi/vsyscall32", F_OK))
		SKIP(return, "the kernel has no calls of 32 bits");
	ASSERT_EQ(0, puppet_call(&self->a, op_compat));
	st->size = sizeof(*st);
	EXPECT_EQ(0, ioctl_32(self->domain, TW_DOMAIN_STAT, st));
	EXPECT_EQ(1, st->sends);
	EXPECT_EQ(1, st->delivered);
	EXPECT_EQ(TW_DOMAIN_RUNNING, st->state);
	munmap(st, T_PAGE);
}

#endif

TEST_HARNESS_MAIN
