// SPDX-License-Identifier: GPL-2.0
/* The step call: a vector of sends out, a vector of messages in. */
#include "tw_puppet.h"

/* The puppet's data: sends in front, what it receives behind. */
#define RECVS		(TW_PAYLOAD_MAX / 8)
#define RECVS_LEN	(PUPPET_DATA - TW_PAYLOAD_MAX)
#define REC(len)	(uint32_t)((sizeof(struct tw_msg) + (len) + 7) & ~7)

FIXTURE(step) {
	T_WORLD;
};

FIXTURE_SETUP(step)
{
	t_world_open(_metadata, &self->world, (struct t_world_as){
		.puppets = 2, .interval = 100, .start = true,
	});
}

FIXTURE_TEARDOWN(step)
{
	t_world_close(_metadata, &self->world);
}

/* Step, and where a snapshot is due take it and receive again. */
static int op_step(struct puppet *p)
{
	struct tw_step *s = &p->box->u.step;
	int ret;

	for (;;) {
		ret = t_ioctl(p->fd, TW_STEP, s);
		if (ret || !(s->status & TW_STATUS_SNAPSHOT))
			return ret;
		ret = puppet_take_snapshot(p);
		if (ret)
			return ret;
		p->box->arg[3]++;
		s->sends_len = 0;
	}
}

static struct tw_step step_arg(struct puppet *p, uint32_t sends_len)
{
	struct tw_step s;

	memset(&s, T_POISON, sizeof(s));
	s.size = sizeof(s);
	s.flags = TW_STEP_NONBLOCK;
	s.sends = (uintptr_t)p->box->data;
	s.sends_len = sends_len;
	s.recvs = (uintptr_t)(p->box->data + RECVS);
	s.recvs_len = RECVS_LEN;
	s.recv_max = 0;
	s.until = TW_TIME_INF;
	s.hold = 0;
	s.pad = 0;
	memset(p->box->data + RECVS, T_POISON, RECVS_LEN);
	return s;
}

static int step_call(struct puppet *p, struct tw_step *s)
{
	int ret;

	p->box->u.step = *s;
	ret = puppet_call(p, op_step);
	*s = p->box->u.step;
	return ret;
}

static int step_only_send(struct puppet *p, struct tw_step *s, uint32_t len)
{
	*s = step_arg(p, len);
	s->recvs_len = 0;
	return step_call(p, s);
}

/* Appends a record whose payload is @len bytes of @fill; returns its offset. */
static struct tw_msg *add(struct puppet *p, uint32_t *at, uint64_t to,
			  uint64_t time, uint32_t len, int fill)
{
	struct tw_msg *m = (void *)((char *)p->box->data + *at);

	*m = (struct tw_msg){
		.size = REC(len), .len = len, .peer = to, .recv_time = time,
	};
	memset(m + 1, fill, len);
	*at += m->size;
	return m;
}

static const struct tw_msg *received(struct puppet *p, const struct tw_step *s,
				     uint32_t n)
{
	const char *at = (const char *)(p->box->data + RECVS);
	const char *end = at + s->recvs_done;

	while (n-- && at < end)
		at += ((const struct tw_msg *)at)->size;
	return at < end ? (const void *)at : NULL;
}

TEST_F(step, vectors)
{
	struct puppet *a = &self->a, *b = &self->b;
	struct tw_step s;
	const struct tw_msg *m;
	uint32_t len = 0, i;

	for (i = 0; i < 9; i++)
		add(a, &len, b->id, 100 - 10 * i, i * 13, 'a' + i);
	ASSERT_EQ(0, step_only_send(a, &s, len));
	EXPECT_EQ(len, s.sends_done);
	EXPECT_EQ(0, s.recvs_done);
	EXPECT_EQ(0, s.recv_count);
	EXPECT_EQ(0, s.status);
	EXPECT_EQ(0, s.gvt);
	s = step_arg(b, 0);
	ASSERT_EQ(0, step_call(b, &s));
	EXPECT_EQ(1, b->box->arg[3]);
	ASSERT_EQ(9, s.recv_count);
	EXPECT_EQ(len, s.recvs_done);
	for (i = 0; i < 9; i++) {
		m = received(b, &s, i);
		ASSERT_NE(NULL, m);
		EXPECT_EQ(20 + 10 * i, m->recv_time);
		EXPECT_EQ((8 - i) * 13, m->len);
		EXPECT_EQ(REC(m->len), m->size);
		EXPECT_EQ(a->id, m->peer);
		EXPECT_EQ(0, m->send_time);
		EXPECT_EQ(0, m->priority);
		EXPECT_EQ(8 - i, m->index);
		EXPECT_EQ(0, m->flags);
		if (m->len)
			EXPECT_EQ('a' + 8 - (int)i, *(const char *)(m + 1));
	}
	/* nothing beyond what was announced */
	EXPECT_EQ(0xa5a5a5a5a5a5a5a5, b->box->data[RECVS + len / 8]);
	EXPECT_EQ(9, t_pstat_of(self->domain, b->id, delivered));
}

TEST_F(step, an_empty_call_changes_nothing)
{
	struct tw_step s = step_arg(&self->a, 0);

	s.recvs_len = 0;
	ASSERT_EQ(0, puppet_send(&self->a, self->a.id, 5, 0));
	EXPECT_EQ(0, step_call(&self->a, &s));
	EXPECT_EQ(0, s.sends_done);
	EXPECT_EQ(0, s.recv_count);
	EXPECT_EQ(0, t_pstat_of(self->domain, self->a.id, lvt));
	EXPECT_EQ(TW_PROCESS_RUNNING, t_pstat_of(self->domain, self->a.id, state));
}

TEST_F(step, nonblocking)
{
	struct puppet *a = &self->a;
	struct tw_step s;
	uint32_t len = 0;

	ASSERT_EQ(0, puppet_send(a, a->id, 5, 0));
	ASSERT_EQ(5, puppet_recv_time(a));
	add(a, &len, self->b.id, 10, 8, 1);
	s = step_arg(a, len);
	/* what was sent before the wait stays sent */
	EXPECT_EQ(-EAGAIN, step_call(a, &s));
	EXPECT_EQ(len, s.sends_done);
	EXPECT_EQ(1, t_pstat_of(self->domain, self->b.id, pending));
	EXPECT_EQ(TW_TIME_INF, t_pstat_of(self->domain, a->id, lvt));
	EXPECT_EQ(-EINVAL, puppet_send(a, a->id, 20, 0));
}

TEST_F(step, partial_failure)
{
	struct puppet *a = &self->a, *b = &self->b;
	uint32_t len = 0, good;
	struct tw_step s;

	add(a, &len, b->id, 10, 8, 1);
	add(a, &len, b->id, 20, 9, 2);
	good = len;
	add(a, &len, 99, 30, 8, 3);
	add(a, &len, b->id, 40, 8, 4);
	s = step_arg(a, len);
	EXPECT_EQ(-ENOENT, step_call(a, &s));
	EXPECT_EQ(good, s.sends_done);
	EXPECT_EQ(2, t_stat_of(self->domain, sends));
	EXPECT_EQ(2, t_pstat_of(self->domain, b->id, pending));
	EXPECT_EQ(0, t_pstat_of(self->domain, a->id, lvt));
	EXPECT_EQ(TW_PROCESS_RUNNING, t_pstat_of(self->domain, a->id, state));
	EXPECT_EQ(10, puppet_recv_time(b));
	EXPECT_EQ(20, puppet_recv_time(b));
	EXPECT_EQ(-EAGAIN, puppet_recv_nonblock(b));
}

/* One bad record behind a good one; how it is bad is the variant. */
FIXTURE(bad_record) {
	T_WORLD;
};

FIXTURE_VARIANT(bad_record) {
	size_t offset;
	uint64_t value;
	size_t width;
	int ret;
	int sends_len;		/* added to the vector's length */
};

#define BAD(_name, _member, _value, _ret)				\
	FIXTURE_VARIANT_ADD(bad_record, _name) {			\
		.offset = offsetof(struct tw_msg, _member),		\
		.value = _value, .ret = _ret,				\
		.width = sizeof(((struct tw_msg *)0)->_member),		\
	}

BAD(size_zero, size, 0, -EINVAL);
BAD(size_below_header, size, sizeof(struct tw_msg) - 8, -EINVAL);
BAD(size_without_payload, size, sizeof(struct tw_msg), -EINVAL);
BAD(size_not_multiple_of_8, size, REC(16) - 1, -EINVAL);
BAD(size_odd_beyond, size, REC(16) + 4, -EINVAL);
BAD(size_beyond_vector, size, REC(16) + 8, -EINVAL);
BAD(size_huge, size, 0xfffffff8, -EINVAL);
BAD(len_beyond_record, len, 17, -EINVAL);
BAD(len_wraps, len, 0xffffffff - sizeof(struct tw_msg), -EMSGSIZE);
BAD(len_beyond_payload_max, len, TW_PAYLOAD_MAX + 1, -EMSGSIZE);
BAD(unknown_peer, peer, 12345, -ENOENT);
BAD(peer_huge, peer, ~0ull, -ENOENT);
BAD(time_zero, recv_time, 0, -EINVAL);
BAD(time_inf, recv_time, TW_TIME_INF, -EINVAL);
BAD(send_time_without_page, send_time, 1, -EINVAL);
BAD(index, index, 1, -EINVAL);
BAD(flags, flags, 1u << 2, -EINVAL);
BAD(flags_both, flags, TW_SEND_AGGRESSIVE | TW_SEND_LAZY, -EINVAL);
BAD(flags_high, flags, 1u << 31, -EINVAL);
FIXTURE_VARIANT_ADD(bad_record, vector_ends_in_header) {
	.offset = offsetof(struct tw_msg, size), .value = REC(16), .width = 4,
	.ret = -EINVAL, .sends_len = -24,
};
FIXTURE_VARIANT_ADD(bad_record, vector_ends_in_size) {
	.offset = offsetof(struct tw_msg, size), .value = REC(16), .width = 4,
	.ret = -EINVAL, .sends_len = -(int)REC(16) + 4,
};
FIXTURE_VARIANT_ADD(bad_record, vector_ends_in_payload) {
	.offset = offsetof(struct tw_msg, size), .value = REC(16), .width = 4,
	.ret = -EINVAL, .sends_len = -8,
};

FIXTURE_SETUP(bad_record)
{
	t_world_open(_metadata, &self->world, (struct t_world_as){
		.puppets = 1, .interval = 100, .start = true,
	});
}

FIXTURE_TEARDOWN(bad_record)
{
	t_world_close(_metadata, &self->world);
}

/* len_wraps and the like: which errno comes first is not what matters there. */
static bool refused(int ret, int expect)
{
	return ret == expect || (expect == -EMSGSIZE && ret == -EINVAL);
}

TEST_F(bad_record, refused)
{
	struct puppet *a = &self->a;
	uint32_t len = 0, good;
	struct tw_msg *m;
	struct tw_step s;
	int ret;

	add(a, &len, a->id, 10, 16, 1);
	good = len;
	m = add(a, &len, a->id, 20, 16, 2);
	memcpy((char *)m + variant->offset, &variant->value, variant->width);
	s = step_arg(a, len + variant->sends_len);
	ret = step_call(a, &s);
	EXPECT_TRUE(refused(ret, variant->ret)) TH_LOG("gave %d", ret);
	EXPECT_EQ(good, s.sends_done);
	EXPECT_EQ(1, t_stat_of(self->domain, sends));
	EXPECT_EQ(0, t_stat_of(self->domain, delivered));
	EXPECT_EQ(1, t_stat_of(self->domain, messages));
	EXPECT_EQ(0, t_pstat_of(self->domain, a->id, lvt));
}

TEST_F(step, misaligned_vectors)
{
	struct puppet *a = &self->a;
	uint32_t len = 0;
	struct tw_step s;

	add(a, &len, a->id, 10, 8, 1);
	memmove((char *)a->box->data + 4, a->box->data, len);
	s = step_arg(a, len);
	s.sends += 4;
	EXPECT_EQ(-EINVAL, step_call(a, &s));
	EXPECT_EQ(0, t_stat_of(self->domain, sends));
	ASSERT_EQ(0, puppet_send(a, a->id, 10, 0));
	s = step_arg(a, 0);
	s.recvs += 1;
	EXPECT_EQ(-EINVAL, step_call(a, &s));
	EXPECT_EQ(0, t_stat_of(self->domain, delivered));
}

/*
 * b keeps a message for 30, which may yet be unsent, and wants what is committed
 * up to 25. If it got the one for 20 so, its snapshots were dropped, and there was
 * none left to go back to when the one for 30 was unsent.
 */
TEST_F(step, committed_beside_what_is_not)
{
	struct puppet *a = &self->a, *b = &self->b;
	struct tw_step s;

	ASSERT_EQ(0, puppet_send(a, b->id, 30, 1));
	s = step_arg(b, 0);
	ASSERT_EQ(0, step_call(b, &s));
	ASSERT_EQ(1, s.recv_count);
	ASSERT_EQ(0, puppet_send(a, b->id, 31, 2));
	s = step_arg(b, 0);
	s.flags |= TW_STEP_COMMITTED;
	s.until = 30;
	EXPECT_EQ(-EINVAL, step_call(b, &s));
	s.until = 31;
	EXPECT_EQ(-EAGAIN, step_call(b, &s));
	EXPECT_EQ(-EAGAIN, puppet_recv_nonblock(a));
	EXPECT_EQ(0, t_wait(self->domain, 32, NULL));
	/* it is committed now */
	s = step_arg(b, 0);
	s.flags |= TW_STEP_COMMITTED;
	s.until = 30;
	EXPECT_EQ(0, step_call(b, &s));
	EXPECT_EQ(0, s.recv_count);
	s.until = TW_TIME_INF;
	EXPECT_EQ(0, step_call(b, &s));
	EXPECT_EQ(1, s.recv_count);
}

TEST_F(step, huge_lengths)
{
	struct puppet *a = &self->a;
	uint32_t len = 0, size;
	struct tw_step s;

	add(a, &len, a->id, 10, 8, 1);
	size = len;
	/* behind the one good record there are zeros */
	memset((char *)a->box->data + len, 0, PUPPET_DATA - len);
	s = step_arg(a, 0xfffffff8);
	memset(a->box->data + RECVS, 0, RECVS_LEN);
	EXPECT_GT(0, step_call(a, &s));
	EXPECT_TRUE(s.sends_done == 0 || s.sends_done == size);
	EXPECT_EQ(s.sends_done / size, t_stat_of(self->domain, sends));
	/* a length that no memory is behind is only a limit */
	ASSERT_EQ(0, puppet_send(a, a->id, 11, 0));
	s = step_arg(a, 0);
	s.recvs_len = 0xfffffff8;
	EXPECT_EQ(0, step_call(a, &s));
	EXPECT_LE(1, s.recv_count);
	EXPECT_EQ(s.recv_count * REC(8), s.recvs_done);
}

TEST_F(step, bad_pointers)
{
	struct puppet *a = &self->a;
	uint32_t len = 0;
	struct tw_step s;

	add(a, &len, a->id, 10, 8, 1);
	s = step_arg(a, len);
	s.sends = 8;
	EXPECT_EQ(-EFAULT, step_call(a, &s));
	EXPECT_EQ(0, s.sends_done);
	s = step_arg(a, len);
	s.sends = 1ull << 63;
	EXPECT_EQ(-EFAULT, step_call(a, &s));
	EXPECT_EQ(0, t_stat_of(self->domain, sends));
	/* past the first snapshot the message itself is due */
	ASSERT_EQ(0, puppet_send(a, a->id, 1, 0));
	ASSERT_EQ(1, puppet_recv_time(a));
	len = 0;
	add(a, &len, a->id, 10, 8, 1);
	s = step_arg(a, len);
	s.recvs = 8;
	EXPECT_EQ(-EFAULT, step_call(a, &s));
	EXPECT_EQ(len, s.sends_done);
	EXPECT_EQ(1, t_stat_of(self->domain, delivered));
	EXPECT_EQ(1, t_pstat_of(self->domain, a->id, pending));
	EXPECT_EQ(10, puppet_recv_time(a));
}

static int op_step_read_only(struct puppet *p)
{
	struct tw_step *s = mmap(NULL, T_PAGE, PROT_READ | PROT_WRITE,
				 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int ret;

	*s = p->box->u.step;
	mprotect(s, T_PAGE, PROT_READ);
	ret = t_ioctl(p->fd, TW_STEP, s);
	munmap(s, T_PAGE);
	return ret;
}

/* The caller cannot be told what it has got, so it has got nothing. */
TEST_F(step, struct_not_writable)
{
	struct puppet *a = &self->a, *b = &self->b;
	struct tw_step s;

	ASSERT_EQ(0, puppet_send(a, b->id, 1, 1));
	ASSERT_EQ(1, puppet_recv_time(b));
	ASSERT_EQ(0, puppet_send(a, b->id, 2, 2));
	ASSERT_EQ(0, puppet_send(a, b->id, 3, 3));
	b->box->u.step = step_arg(b, 0);
	EXPECT_EQ(-EFAULT, puppet_call(b, op_step_read_only));
	EXPECT_EQ(1, t_pstat_of(self->domain, b->id, delivered));
	EXPECT_EQ(2, t_pstat_of(self->domain, b->id, pending));
	s = step_arg(b, 0);
	EXPECT_EQ(0, step_call(b, &s));
	EXPECT_EQ(2, s.recv_count);
}

TEST_F(step, recv_max)
{
	struct puppet *a = &self->a, *b = &self->b;
	struct tw_step s;
	uint32_t i;

	for (i = 1; i <= 10; i++)
		ASSERT_EQ(0, puppet_send(a, b->id, i, i));
	for (i = 1; i <= 3; i++) {
		s = step_arg(b, 0);
		s.recv_max = i;
		ASSERT_EQ(0, step_call(b, &s));
		EXPECT_EQ(i, s.recv_count);
		EXPECT_EQ(i * REC(8), s.recvs_done);
	}
	s = step_arg(b, 0);
	s.recv_max = ~0u;
	ASSERT_EQ(0, step_call(b, &s));
	EXPECT_EQ(4, s.recv_count);
	EXPECT_EQ(7, received(b, &s, 0)->recv_time);
}

TEST_F(step, as_many_as_fit)
{
	struct puppet *a = &self->a, *b = &self->b;
	struct tw_step s;
	uint32_t i;

	for (i = 1; i <= 5; i++)
		ASSERT_EQ(0, puppet_send(a, b->id, i, i));
	s = step_arg(b, 0);
	s.recvs_len = 2 * REC(8) + REC(8) - 8;
	ASSERT_EQ(0, step_call(b, &s));
	EXPECT_EQ(2, s.recv_count);
	EXPECT_EQ(2 * REC(8), s.recvs_done);
	EXPECT_EQ(0xa5a5a5a5a5a5a5a5, b->box->data[RECVS + 2 * REC(8) / 8]);
	EXPECT_EQ(3, t_pstat_of(self->domain, b->id, pending));
}

TEST_F(step, buffer_too_small)
{
	struct puppet *a = &self->a, *b = &self->b;
	uint32_t len[] = { 1, 8, sizeof(struct tw_msg) - 1,
			   sizeof(struct tw_msg), REC(8) - 1 };
	struct tw_step s;
	size_t i;

	ASSERT_EQ(0, puppet_send(a, b->id, 1, 1));
	ASSERT_EQ(1, puppet_recv_time(b));
	ASSERT_EQ(0, puppet_send(a, b->id, 2, 2));
	for (i = 0; i < ARRAY_SIZE(len); i++) {
		s = step_arg(b, 0);
		s.recvs_len = len[i];
		EXPECT_EQ(-EMSGSIZE, step_call(b, &s));
		EXPECT_EQ(0, s.recv_count);
		EXPECT_EQ(1, t_pstat_of(self->domain, b->id, delivered));
	}
	s = step_arg(b, 0);
	s.recvs_len = REC(8);
	EXPECT_EQ(0, step_call(b, &s));
	EXPECT_EQ(1, s.recv_count);
}

TEST_F(step, until)
{
	struct puppet *a = &self->a, *b = &self->b;
	struct tw_step s;
	uint32_t i;

	for (i = 1; i <= 5; i++)
		ASSERT_EQ(0, puppet_send(a, b->id, i * 10, i));
	/* no event of its own before 9: nothing to receive, no wait, no error */
	s = step_arg(b, 0);
	s.flags = 0;
	s.until = 9;
	ASSERT_EQ(0, step_call(b, &s));
	EXPECT_EQ(0, s.recv_count);
	EXPECT_EQ(0, s.status);
	s = step_arg(b, 0);
	s.flags = 0;
	s.until = 30;
	ASSERT_EQ(0, step_call(b, &s));
	EXPECT_EQ(3, s.recv_count);
	EXPECT_EQ(30, received(b, &s, 2)->recv_time);
	s = step_arg(b, 0);
	s.flags = 0;
	s.until = 39;
	ASSERT_EQ(0, step_call(b, &s));
	EXPECT_EQ(0, s.recv_count);
	s = step_arg(b, 0);
	ASSERT_EQ(0, step_call(b, &s));
	EXPECT_EQ(2, s.recv_count);
}

/* b's time to move GVT on: an event of its own at @at. */
static int advance(struct puppet *b, uint64_t at)
{
	int ret = puppet_send(b, b->id, at, 0);

	return ret ? ret : puppet_recv(b);
}

TEST_F(step, hold_waits_for_gvt)
{
	struct puppet *a = &self->a, *b = &self->b;
	struct tw_step s = step_arg(a, 0);

	s.flags = 0;
	s.until = 50;
	s.hold = 20;
	a->box->u.step = s;
	puppet_post(a, op_step);
	ASSERT_TRUE(t_until(t_pstat_of(self->domain, a->id, lvt) == 50));
	ASSERT_EQ(0, advance(b, 19));
	EXPECT_EQ(0, t_wait(self->domain, 19, NULL));
	EXPECT_FALSE(puppet_idle(a));
	ASSERT_EQ(0, advance(b, 30));
	EXPECT_EQ(0, puppet_wait(a));
	s = a->box->u.step;
	EXPECT_EQ(0, s.recv_count);
	EXPECT_LE(20, s.gvt);
	EXPECT_GE(30, s.gvt);
}

TEST_F(step, hold_ends_with_a_message)
{
	struct puppet *a = &self->a, *b = &self->b;
	struct tw_step s = step_arg(a, 0);

	s.flags = 0;
	s.until = 50;
	s.hold = 20;
	a->box->u.step = s;
	puppet_post(a, op_step);
	ASSERT_TRUE(t_until(t_pstat_of(self->domain, a->id, lvt) == 50));
	ASSERT_EQ(0, puppet_send(b, a->id, 40, 7));
	EXPECT_EQ(0, puppet_wait(a));
	s = a->box->u.step;
	ASSERT_EQ(1, s.recv_count);
	EXPECT_EQ(40, received(a, &s, 0)->recv_time);
	EXPECT_EQ(0, s.gvt);
}

TEST_F(step, hold_nonblocking)
{
	struct tw_step s = step_arg(&self->a, 0);

	s.until = 50;
	s.hold = 20;
	EXPECT_EQ(-EAGAIN, step_call(&self->a, &s));
}

TEST_F(step, hold_above_until)
{
	struct tw_step s = step_arg(&self->a, 0);

	s.until = 50;
	s.hold = 51;
	EXPECT_EQ(-EINVAL, step_call(&self->a, &s));
	s.hold = TW_TIME_INF;
	EXPECT_EQ(-EINVAL, step_call(&self->a, &s));
}

/* What is sent with the call is sent although a snapshot is due. */
TEST_F(step, snapshot_after_the_sends)
{
	struct puppet *a = &self->a;
	uint32_t len = 0;
	struct tw_step s;

	add(a, &len, a->id, 10, 8, 1);
	s = step_arg(a, len);
	ASSERT_EQ(0, puppet_ioctl(a, TW_STEP, &s, sizeof(s)));
	EXPECT_EQ(TW_STATUS_SNAPSHOT, s.status);
	EXPECT_EQ(len, s.sends_done);
	EXPECT_EQ(0, s.recv_count);
	EXPECT_EQ(0, s.recvs_done);
	EXPECT_EQ(1, t_pstat_of(self->domain, a->id, pending));
	EXPECT_EQ(0, t_pstat_of(self->domain, a->id, delivered));
}

TEST_F(step, end)
{
	struct puppet *a = &self->a, *b = &self->b;
	struct tw_step s = step_arg(a, 0);
	uint32_t len = 0;

	s.flags = 0;
	a->box->u.step = s;
	puppet_post(a, op_step);
	puppet_post_recv(b);
	EXPECT_EQ(0, puppet_wait(a));
	EXPECT_EQ(TW_STATUS_END, a->box->u.step.status);
	EXPECT_EQ(0, a->box->u.step.recv_count);
	EXPECT_EQ(TW_TIME_INF, a->box->u.step.gvt);
	EXPECT_EQ(1, puppet_wait(b));
	add(a, &len, b->id, 10, 8, 1);
	EXPECT_EQ(-ESHUTDOWN, step_only_send(a, &s, len));
	EXPECT_EQ(0, s.sends_done);
}

/* Events of one call: a straggler among them takes back the later ones. */
TEST_F(step, straggler_within_a_vector)
{
	struct puppet *a = &self->a, *b = &self->b;
	struct tw_step s;
	uint32_t i;

	for (i = 1; i <= 5; i++)
		ASSERT_EQ(0, puppet_send(a, b->id, i * 10, i));
	s = step_arg(b, 0);
	ASSERT_EQ(0, step_call(b, &s));
	ASSERT_EQ(5, s.recv_count);
	ASSERT_EQ(0, puppet_send(a, b->id, 25, 6));
	ASSERT_EQ(0, puppet_await_resumes(b, 1));
	s = step_arg(b, 0);
	ASSERT_EQ(0, step_call(b, &s));
	ASSERT_EQ(6, s.recv_count);
	EXPECT_EQ(25, received(b, &s, 2)->recv_time);
	EXPECT_EQ(30, received(b, &s, 3)->recv_time);
}

TEST_HARNESS_MAIN
