// SPDX-License-Identifier: GPL-2.0
/*
 * The format that all calls share: sizes, flags, pads, pointers, and which
 * kind of file knows which call. After each refused call the domain's
 * statistics are read again and must not have moved.
 */
#include "tw_puppet.h"

enum kind { DEVICE, DOMAIN, PROCESS, SINK, PORT, KINDS };

FIXTURE(abi) {
	int dev;
	int domain;
	int sink;
	uint64_t sink_id;
	int port;
	uint64_t port_id;
	struct puppet p;
	unsigned char *arena;		/* two pages and an unmapped one */
	unsigned char *rdonly;		/* the same two pages */
	struct tw_domain_stat before;
	int fds;
};

FIXTURE_VARIANT(abi) {
	unsigned long cmd;
	enum kind kind;
	size_t size;
	uint32_t known_flags;
	int flags;			/* offset or NONE */
	int pad;
	int valid;			/* what a call with good arguments gives */
	bool out;
};

#define NONE		-1
#define FLAGS		4
#define PAD(_type)	offsetof(struct _type, pad)

#define ROW(_name, _cmd, _kind, _type, _flags, _pad, ...)		\
	FIXTURE_VARIANT_ADD(abi, _name) {				\
		.cmd = _cmd, .kind = _kind, .size = sizeof(struct _type), \
		.flags = _flags, .pad = _pad, ##__VA_ARGS__		\
	}

ROW(info, TW_INFO, DEVICE, tw_info, NONE, PAD(tw_info), .out = true);
ROW(domain_create, TW_DOMAIN_CREATE, DEVICE, tw_domain_create, FLAGS,
    offsetof(struct tw_domain_create, mode),
    .known_flags = TW_DOMAIN_NAMED | TW_DOMAIN_DROP | TW_DOMAIN_SPARE, .out = true);
ROW(domain_open, TW_DOMAIN_OPEN, DEVICE, tw_domain_open, FLAGS,
    PAD(tw_domain_open), .known_flags = TW_OPEN_READ | TW_OPEN_WRITE, .out = true);
ROW(domain_start, TW_DOMAIN_START, DOMAIN, tw_domain_start, FLAGS, NONE);
ROW(domain_stat, TW_DOMAIN_STAT, DOMAIN, tw_domain_stat, NONE, NONE, .out = true);
ROW(domain_wait, TW_DOMAIN_WAIT, DOMAIN, tw_domain_wait, FLAGS,
    PAD(tw_domain_wait), .out = true);
ROW(process_create, TW_PROCESS_CREATE, DOMAIN, tw_process_create, FLAGS,
    PAD(tw_process_create), .out = true);
ROW(process_stat, TW_PROCESS_STAT, DOMAIN, tw_process_stat, NONE, NONE, .out = true);
ROW(sink_create, TW_SINK_CREATE, DOMAIN, tw_sink_create, FLAGS,
    PAD(tw_sink_create), .out = true);
ROW(port_create, TW_PORT_CREATE, DOMAIN, tw_port_create, FLAGS,
    PAD(tw_port_create), .known_flags = TW_PORT_LIVE, .out = true);
ROW(inject, TW_INJECT, PORT, tw_inject, FLAGS, PAD(tw_inject),
    .known_flags = TW_SEND_MEMFD, .out = true);
ROW(promise, TW_PROMISE, PORT, tw_promise, FLAGS, NONE);
ROW(attach, TW_ATTACH, PROCESS, tw_attach, FLAGS, NONE);
ROW(spawn, TW_SPAWN, PROCESS, tw_spawn, FLAGS, PAD(tw_spawn), .out = true);
ROW(send, TW_SEND, PROCESS, tw_send, FLAGS, PAD(tw_send),
    .known_flags = TW_SEND_AGGRESSIVE | TW_SEND_LAZY | TW_SEND_MEMFD);
ROW(recv, TW_RECV, PROCESS, tw_recv, FLAGS, NONE,
    .known_flags = TW_RECV_NONBLOCK | TW_RECV_COMMITTED, .out = true);
ROW(recv_sink, TW_RECV, SINK, tw_recv, FLAGS, NONE,
    .known_flags = TW_RECV_NONBLOCK, .out = true, .valid = -EAGAIN);
ROW(step, TW_STEP, PROCESS, tw_step, FLAGS, PAD(tw_step),
    .known_flags = TW_STEP_NONBLOCK | TW_STEP_COMMITTED, .out = true);
ROW(snapshot, TW_SNAPSHOT, PROCESS, tw_snapshot, FLAGS, NONE, .out = true);
/* of a process whose snapshots are forks */
ROW(restore, TW_RESTORE, PROCESS, tw_restore, FLAGS, NONE, .valid = -EINVAL);
ROW(exit, TW_EXIT, PROCESS, tw_exit, FLAGS, PAD(tw_exit), .valid = -EINVAL);
ROW(park, TW_PARK, PROCESS, tw_park, FLAGS, NONE, .out = true, .valid = -EBUSY);

static bool abi_started(const FIXTURE_VARIANT(abi) *v)
{
	return v->kind == SINK || (v->kind == PROCESS && v->cmd != TW_ATTACH);
}

static void abi_arena(FIXTURE_DATA(abi) *self)
{
	int fd = memfd_create("arena", MFD_CLOEXEC);

	if (ftruncate(fd, 2 * T_PAGE))
		abort();
	self->arena = mmap(NULL, 3 * T_PAGE, PROT_NONE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	mmap(self->arena, 2 * T_PAGE, PROT_READ | PROT_WRITE,
	     MAP_SHARED | MAP_FIXED, fd, 0);
	self->rdonly = mmap(NULL, 2 * T_PAGE, PROT_READ, MAP_SHARED, fd, 0);
	close(fd);
}

static int abi_published(int dev)
{
	struct tw_domain_create c = {
		.size = sizeof(c), .flags = TW_DOMAIN_NAMED, .fd = -1, .name = "abi",
	};
	int ret = t_ioctl(dev, TW_DOMAIN_CREATE, &c);

	return ret ? ret : c.fd;
}

FIXTURE_SETUP(abi)
{
	abi_arena(self);
	self->dev = t_open();
	ASSERT_LE(0, self->dev);
	self->domain = variant->cmd == TW_DOMAIN_OPEN ? abi_published(self->dev) :
		       t_domain(self->dev, TW_CANCEL_DEFAULT, 0);
	ASSERT_LE(0, self->domain);
	self->sink = t_sink(self->domain, &self->sink_id);
	ASSERT_LE(0, self->sink);
	ASSERT_EQ(0, puppet_create(&self->p, self->domain, TW_CANCEL_DEFAULT, 1));
	self->port = t_port(self->domain, 0, 0, &self->port_id);
	ASSERT_LE(0, self->port);
	if (variant->cmd != TW_ATTACH)
		ASSERT_EQ(0, puppet_attach(&self->p));
	if (abi_started(variant)) {
		ASSERT_EQ(0, t_start(self->domain));
		ASSERT_EQ(0, puppet_send(&self->p, self->p.id, 10, 1));
	}
	ASSERT_EQ(0, t_stat(self->domain, &self->before));
	self->fds = t_fds();
}

FIXTURE_TEARDOWN(abi)
{
	close(self->domain);
	close(self->sink);
	close(self->port);
	close(self->dev);
	if (variant->cmd == TW_ATTACH)
		puppet_kill(&self->p);
	puppet_free(&self->p);
	EXPECT_EQ(0, t_reap());
}

static int abi_file(const FIXTURE_DATA(abi) *self, enum kind kind)
{
	switch (kind) {
	case DEVICE:
		return self->dev;
	case DOMAIN:
		return self->domain;
	case SINK:
		return self->sink;
	case PORT:
		return self->port;
	default:
		return -1;
	}
}

/* In the right task: only the puppet is an incarnation. */
static int abi_call_on(FIXTURE_DATA(abi) *self, enum kind kind,
		       unsigned long cmd, void *arg)
{
	if (kind == PROCESS)
		return puppet_ioctl_at(&self->p, cmd, arg);
	return t_ioctl(abi_file(self, kind), cmd, arg);
}

#define abi_call(_arg) abi_call_on(self, variant->kind, variant->cmd, _arg)

/* Good arguments; what the kernel writes is poisoned. */
static void *abi_fill(const FIXTURE_DATA(abi) *self, unsigned long cmd, void *arg)
{
	static const struct tw_domain_create domain = { .fd = -1, .name = "x" };
	static const struct tw_domain_open open = { .flags = TW_OPEN_READ, .name = "abi" };
	static const struct tw_process_create process = { .fd = -1, .name = "x" };
	static const struct tw_sink_create sink = { .fd = -1, .name = "x" };
	static const struct tw_port_create port = { .fd = -1, .name = "x" };
	struct tw_inject inject = { .receiver = self->p.id, .recv_time = 20,
				    .payload = (uintptr_t)self->arena, .len = 8 };
	struct tw_process_stat stat = { .id = self->p.id };
	struct tw_send send = t_send_arg(self->p.id, 20, self->arena, 8);
	struct tw_recv recv = { .flags = TW_RECV_NONBLOCK, .len = 64 };
	struct tw_park park = { .token = ~0ull / 3 };

	recv.payload = (uintptr_t)self->arena;
	switch (cmd) {
	case TW_DOMAIN_CREATE:
		return memcpy(arg, &domain, sizeof(domain));
	case TW_DOMAIN_OPEN:
		return memcpy(arg, &open, sizeof(open));
	case TW_PROCESS_CREATE:
		return memcpy(arg, &process, sizeof(process));
	case TW_SINK_CREATE:
		return memcpy(arg, &sink, sizeof(sink));
	case TW_PORT_CREATE:
		return memcpy(arg, &port, sizeof(port));
	case TW_INJECT:
		return memcpy(arg, &inject, sizeof(inject));
	case TW_PROCESS_STAT:
		return memcpy(arg, &stat, sizeof(stat));
	case TW_SEND:
		return memcpy(arg, &send, sizeof(send));
	case TW_RECV:
		return memcpy(arg, &recv, sizeof(recv));
	case TW_PARK:
		return memcpy(arg, &park, sizeof(park));
	}
	return arg;
}

static void *abi_at(FIXTURE_DATA(abi) *self, unsigned long cmd, void *arg,
		    uint32_t size, size_t room)
{
	memset(arg, 0, room);
	abi_fill(self, cmd, arg);
	memcpy(arg, &size, sizeof(size));
	return arg;
}

/* At the start of the arena's second page, with @extra bytes behind. */
#define abi_arg(_size, _extra)						\
	abi_at(self, variant->cmd, self->arena + T_PAGE, _size,		\
	       variant->size + (_extra))

static void abi_unchanged(struct __test_metadata *_metadata,
			  FIXTURE_DATA(abi) *self)
{
	struct tw_domain_stat now;

	ASSERT_EQ(0, t_stat(self->domain, &now));
	EXPECT_EQ(self->before.state, now.state);
	EXPECT_EQ(self->before.processes, now.processes);
	EXPECT_EQ(self->before.sinks, now.sinks);
	EXPECT_EQ(self->before.ports, now.ports);
	EXPECT_EQ(self->before.injected, now.injected);
	EXPECT_EQ(self->before.messages, now.messages);
	EXPECT_EQ(self->before.message_bytes, now.message_bytes);
	EXPECT_EQ(self->before.sends, now.sends);
	EXPECT_EQ(self->before.delivered, now.delivered);
	EXPECT_EQ(self->before.snapshots, now.snapshots);
	EXPECT_EQ(0, now.balance);
	EXPECT_EQ(self->fds, t_fds());
}

TEST_F(abi, good)
{
	EXPECT_EQ(variant->valid, abi_call(abi_arg(variant->size, 0)));
}

TEST_F(abi, size_too_small)
{
	EXPECT_EQ(-EINVAL, abi_call(abi_arg(variant->size - 1, 0)));
	EXPECT_EQ(-EINVAL, abi_call(abi_arg(4, 0)));
	EXPECT_EQ(-EINVAL, abi_call(abi_arg(0, 0)));
	abi_unchanged(_metadata, self);
}

TEST_F(abi, size_larger_zero)
{
	EXPECT_EQ(variant->valid, abi_call(abi_arg(variant->size + 1, 1)));
}

TEST_F(abi, size_much_larger_zero)
{
	EXPECT_EQ(variant->valid, abi_call(abi_arg(variant->size + 512, 512)));
}

TEST_F(abi, size_larger_dirty)
{
	unsigned char *arg = abi_arg(variant->size + 1, 1);

	arg[variant->size] = 1;
	EXPECT_EQ(-E2BIG, abi_call(arg));
	arg = abi_arg(variant->size + 512, 512);
	arg[variant->size + 511] = 0x80;
	EXPECT_EQ(-E2BIG, abi_call(arg));
	abi_unchanged(_metadata, self);
}

/* The surplus of a struct so large cannot be mapped here. */
TEST_F(abi, size_absurd)
{
	int ret = abi_call(abi_arg(UINT32_MAX, 0));

	EXPECT_TRUE(ret == -E2BIG || ret == -EFAULT)
		TH_LOG("gave %d", ret);
	abi_unchanged(_metadata, self);
}

static void unknown_flags(struct __test_metadata *_metadata, FIXTURE_DATA(abi) *self,
			  const FIXTURE_VARIANT(abi) *variant)
{
	uint32_t *flags;
	unsigned int bit;

	for (bit = 0; bit < 32; bit++) {
		if (variant->known_flags & (1u << bit))
			continue;
		flags = abi_arg(variant->size, 0) + variant->flags;
		*flags |= 1u << bit;
		EXPECT_EQ(-EINVAL, abi_call(self->arena + T_PAGE))
			TH_LOG("flag %u", bit);
	}
}

static void dirty_pad(struct __test_metadata *_metadata, FIXTURE_DATA(abi) *self,
		      const FIXTURE_VARIANT(abi) *variant)
{
	unsigned char *arg;
	int i;

	for (i = 0; i < 4; i++) {
		arg = abi_arg(variant->size, 0);
		arg[variant->pad + i] = 1;
		EXPECT_EQ(-EINVAL, abi_call(arg)) TH_LOG("byte %d of the pad", i);
	}
}

TEST_F(abi, bits_that_mean_nothing)
{
	if (variant->flags < 0 && variant->pad < 0)
		SKIP(return, "the structure has none");
	if (variant->flags >= 0)
		unknown_flags(_metadata, self, variant);
	if (variant->pad >= 0)
		dirty_pad(_metadata, self, variant);
	abi_unchanged(_metadata, self);
}

TEST_F(abi, bad_pointer)
{
	unsigned char *end = self->arena + 2 * T_PAGE;
	unsigned char *arg;

	EXPECT_EQ(-EFAULT, abi_call(NULL));
	EXPECT_EQ(-EFAULT, abi_call(end));
	EXPECT_EQ(-EFAULT, abi_call((void *)~0xffful));
	EXPECT_EQ(-EFAULT, abi_call((void *)(1ul << 63)));
	/* the size alone is there to read */
	arg = end - 4;
	memcpy(arg, &(uint32_t){ variant->size }, 4);
	EXPECT_EQ(-EFAULT, abi_call(arg));
	/* all but the last byte */
	arg = end - variant->size + 1;
	memcpy(arg, abi_at(self, variant->cmd, self->arena, variant->size,
			   variant->size), variant->size - 1);
	EXPECT_EQ(-EFAULT, abi_call(arg));
	/* the surplus is not there */
	arg = end - variant->size;
	abi_at(self, variant->cmd, arg, variant->size + 1, variant->size);
	EXPECT_EQ(-EFAULT, abi_call(arg));
	abi_unchanged(_metadata, self);
}

TEST_F(abi, end_of_page)
{
	unsigned char *arg = self->arena + 2 * T_PAGE - variant->size;

	abi_at(self, variant->cmd, arg, variant->size, variant->size);
	EXPECT_EQ(variant->valid, abi_call(arg));
}

TEST_F(abi, across_pages)
{
	unsigned char *arg = self->arena + T_PAGE - 4;

	abi_at(self, variant->cmd, arg, variant->size, variant->size);
	EXPECT_EQ(variant->valid, abi_call(arg));
}

TEST_F(abi, read_only)
{
	int ret;

	abi_arg(variant->size, 0);
	ret = abi_call(self->rdonly + T_PAGE);
	if (!variant->out || variant->valid) {
		EXPECT_EQ(variant->valid, ret);
		return;
	}
	EXPECT_EQ(-EFAULT, ret);
	abi_unchanged(_metadata, self);
}

TEST_F(abi, wrong_kind)
{
	enum kind k;

	for (k = DEVICE; k < KINDS; k++) {
		if (k == variant->kind)
			continue;
		if (variant->cmd == TW_RECV && (k == PROCESS || k == SINK))
			continue;
		EXPECT_EQ(-ENOTTY, abi_call_on(self, k, variant->cmd,
					       abi_arg(variant->size, 0)));
	}
	abi_unchanged(_metadata, self);
}

/* The same number with a direction, a size or another type is another call. */
TEST_F(abi, other_encoding)
{
	unsigned int nr = _IOC_NR(variant->cmd);
	unsigned long cmds[] = {
		_IOC(_IOC_READ, TW_TYPE, nr, 0),
		_IOC(_IOC_WRITE, TW_TYPE, nr, 0),
		_IOC(_IOC_NONE, TW_TYPE, nr, 8),
		_IOC(_IOC_NONE, TW_TYPE + 1, nr, 0),
		_IOC(_IOC_NONE, 0, nr, 0),
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cmds); i++) {
		if (cmds[i] == _IOC(_IOC_NONE, 0, nr, 0) && nr < 4)
			continue;	/* FIBMAP and FIGETBSZ live there */
		EXPECT_EQ(-ENOTTY, abi_call_on(self, variant->kind, cmds[i],
					       abi_arg(variant->size, 0)))
			TH_LOG("command %lx", cmds[i]);
	}
	abi_unchanged(_metadata, self);
}

FIXTURE(kinds) {
	int fd[KINDS];
	uint64_t id, port_id;
};

FIXTURE_SETUP(kinds)
{
	self->fd[DEVICE] = t_open();
	ASSERT_LE(0, self->fd[DEVICE]);
	self->fd[DOMAIN] = t_domain(self->fd[DEVICE], TW_CANCEL_LAZY, 1000);
	ASSERT_LE(0, self->fd[DOMAIN]);
	self->fd[PROCESS] = t_process(self->fd[DOMAIN], TW_CANCEL_DEFAULT, 0,
				      &self->id);
	ASSERT_LE(0, self->fd[PROCESS]);
	self->fd[SINK] = t_sink(self->fd[DOMAIN], &self->id);
	ASSERT_LE(0, self->fd[SINK]);
	self->fd[PORT] = t_port(self->fd[DOMAIN], 0, 0, &self->port_id);
	ASSERT_LE(0, self->fd[PORT]);
}

FIXTURE_TEARDOWN(kinds)
{
	int k;

	for (k = 0; k < KINDS; k++)
		close(self->fd[k]);
}

static bool kinds_known(unsigned int nr, int kind)
{
	static const struct { unsigned int first, last; } range[KINDS] = {
		[DEVICE] = { TW_CMD_INFO, TW_CMD_DOMAIN_OPEN },
		[DOMAIN] = { TW_CMD_DOMAIN_START, TW_CMD_PORT_CREATE },
		[PROCESS] = { TW_CMD_ATTACH, TW_CMD_EXIT },
		[SINK] = { TW_CMD_RECV, TW_CMD_RECV },
		[PORT] = { TW_CMD_INJECT, TW_CMD_PROMISE },
	};

	return nr >= range[kind].first && nr <= range[kind].last;
}

TEST_F(kinds, unknown_numbers)
{
	unsigned char arg[256] = { 64 };
	unsigned int nr;
	int k;

	for (k = 0; k < KINDS; k++) {
		for (nr = 0; nr < 256; nr++) {
			if (kinds_known(nr, k))
				continue;
			EXPECT_EQ(-ENOTTY, t_ioctl(self->fd[k], _IO(TW_TYPE, nr), arg))
				TH_LOG("kind %d number %u", k, nr);
		}
	}
}

TEST_F(kinds, close_on_exec)
{
	int k;

	for (k = 0; k < KINDS; k++)
		EXPECT_EQ(FD_CLOEXEC, fcntl(self->fd[k], F_GETFD) & FD_CLOEXEC);
}

TEST_F(kinds, read_and_write_where_there_is_no_stream)
{
	char c = 1;

	EXPECT_GT(0, read(self->fd[DEVICE], &c, 1));
	EXPECT_GT(0, read(self->fd[DOMAIN], &c, 1));
	EXPECT_GT(0, read(self->fd[PROCESS], &c, 1));
	EXPECT_GT(0, write(self->fd[DEVICE], &c, 1));
	EXPECT_GT(0, write(self->fd[DOMAIN], &c, 1));
	EXPECT_GT(0, write(self->fd[PROCESS], &c, 1));
	EXPECT_GT(0, write(self->fd[SINK], &c, 1));
	EXPECT_GT(0, read(self->fd[PORT], &c, 1));
	EXPECT_GT(0, write(self->fd[PORT], &c, 1));
	EXPECT_EQ(1, c);
}

TEST_F(kinds, info)
{
	struct tw_info i;

	memset(&i, T_POISON, sizeof(i));
	i.size = sizeof(i);
	i.pad = 0;
	ASSERT_EQ(0, t_ioctl(self->fd[DEVICE], TW_INFO, &i));
	EXPECT_EQ(sizeof(i), i.size);
	EXPECT_EQ(TW_ABI_VERSION, i.abi_version);
	EXPECT_EQ(0, i.features);
	EXPECT_EQ(TW_PAYLOAD_MAX, i.payload_max);
	EXPECT_EQ(0, i.pad);
}

TEST_F(kinds, stat_of_a_new_domain)
{
	struct tw_domain_stat st;

	ASSERT_EQ(0, t_stat(self->fd[DOMAIN], &st));
	EXPECT_EQ(TW_DOMAIN_NEW, st.state);
	EXPECT_EQ(TW_FAILURE_NONE, st.failure);
	EXPECT_EQ(0, st.failed_status);
	EXPECT_EQ(0, st.failed_process);
	EXPECT_EQ(0, st.gvt);
	EXPECT_EQ(1, st.processes);
	EXPECT_EQ(1, st.sinks);
	/* from here on a member that was forgotten keeps its poison */
	EXPECT_EQ(0, st.messages | st.message_bytes | st.message_bytes_peak);
	EXPECT_EQ(0, st.balance);
	EXPECT_EQ(0, st.sends | st.delivered | st.committed);
	EXPECT_EQ(0, st.events | st.events_committed);
	EXPECT_EQ(0, st.rollbacks_primary | st.rollbacks_secondary);
	EXPECT_EQ(0, st.rollback_depth | st.antimessages);
	EXPECT_EQ(0, st.annihilated_pending | st.annihilated_early);
	EXPECT_EQ(0, st.lazy_hits | st.coasted | st.violations);
	EXPECT_EQ(0, st.snapshots | st.snapshots_live | st.resumes);
	EXPECT_EQ(0, st.fossils | st.committed_bytes);
	EXPECT_EQ(0, st.failures | st.lost);
	EXPECT_EQ(0, st.violation_process | st.violation_receiver);
	EXPECT_EQ(0, st.violation_send_time | st.violation_recv_time);
	EXPECT_EQ(0, st.violation_index | st.violation_kind);
	EXPECT_EQ(0, st.failed_pid | st.pad);
	EXPECT_EQ(1, st.ports);
	EXPECT_EQ(0, st.injected);
}

TEST_F(kinds, stat_of_a_new_process)
{
	struct tw_process_stat st;

	ASSERT_EQ(0, t_pstat(self->fd[DOMAIN], 1, &st));
	EXPECT_EQ(TW_PROCESS_NEW, st.state);
	EXPECT_EQ(1, st.id);
	EXPECT_EQ(0, st.lvt);
	EXPECT_EQ(0, st.pid);
	EXPECT_EQ(0, st.exit_status);
	EXPECT_EQ(getpid(), st.guardian);
	EXPECT_EQ(0, st.snapshots_live);
	EXPECT_EQ(0, st.pending | st.delivered | st.events);
	EXPECT_EQ(0, st.rollbacks_primary | st.rollbacks_secondary);
	EXPECT_EQ(0, st.rollback_depth | st.sends | st.antimessages);
	EXPECT_EQ(0, st.snapshots);
	EXPECT_STREQ("process", st.name);
}

TEST_F(kinds, stat_of_no_process)
{
	uint64_t ids[] = { 0, 4, 1ull << 32 | 1, 1ull << 63, ~0ull };
	struct tw_process_stat st;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(ids); i++)
		EXPECT_EQ(-ENOENT, t_pstat(self->fd[DOMAIN], ids[i], &st));
	/* a sink is no process */
	EXPECT_EQ(2, self->id);
	EXPECT_EQ(-ENOENT, t_pstat(self->fd[DOMAIN], self->id, &st));
	/* nor is a port */
	EXPECT_EQ(3, self->port_id);
	EXPECT_EQ(-ENOENT, t_pstat(self->fd[DOMAIN], self->port_id, &st));
}

TEST_F(kinds, ids_count_from_one)
{
	uint64_t id;
	int fd;

	fd = t_process(self->fd[DOMAIN], TW_CANCEL_DEFAULT, 0, &id);
	EXPECT_LE(0, fd);
	EXPECT_EQ(4, id);
	close(fd);
	fd = t_sink(self->fd[DOMAIN], &id);
	EXPECT_LE(0, fd);
	EXPECT_EQ(5, id);
	close(fd);
}

TEST_F(kinds, name_must_end)
{
	struct tw_domain_create d = { .size = sizeof(d) };
	struct tw_process_create p = { .size = sizeof(p) };
	struct tw_sink_create s = { .size = sizeof(s) };
	struct tw_port_create o = { .size = sizeof(o) };
	int fds = t_fds();

	memset(d.name, 'x', sizeof(d.name));
	memset(p.name, 'x', sizeof(p.name));
	memset(s.name, 'x', sizeof(s.name));
	memset(o.name, 'x', sizeof(o.name));
	EXPECT_EQ(-EINVAL, t_ioctl(self->fd[DEVICE], TW_DOMAIN_CREATE, &d));
	EXPECT_EQ(-EINVAL, t_ioctl(self->fd[DOMAIN], TW_PROCESS_CREATE, &p));
	EXPECT_EQ(-EINVAL, t_ioctl(self->fd[DOMAIN], TW_SINK_CREATE, &s));
	EXPECT_EQ(-EINVAL, t_ioctl(self->fd[DOMAIN], TW_PORT_CREATE, &o));
	EXPECT_EQ(fds, t_fds());
	p.name[TW_NAME_LEN - 1] = 0;
	ASSERT_EQ(0, t_ioctl(self->fd[DOMAIN], TW_PROCESS_CREATE, &p));
	EXPECT_EQ(4, p.id);
	close(p.fd);
}

TEST_F(kinds, values_out_of_range)
{
	struct tw_domain_create d = { .size = sizeof(d) };
	struct tw_process_create p = { .size = sizeof(p) };
	uint32_t bad[] = { TW_CANCEL_LAZY + 1, 1u << 31, ~0u };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		d.cancellation = bad[i];
		p.cancellation = bad[i];
		EXPECT_EQ(-EINVAL, t_ioctl(self->fd[DEVICE], TW_DOMAIN_CREATE, &d));
		EXPECT_EQ(-EINVAL, t_ioctl(self->fd[DOMAIN], TW_PROCESS_CREATE, &p));
	}
	d.cancellation = TW_CANCEL_DEFAULT;
	d.gvt_interval_us = 10000001;
	EXPECT_EQ(-EINVAL, t_ioctl(self->fd[DEVICE], TW_DOMAIN_CREATE, &d));
	d.gvt_interval_us = ~0u;
	EXPECT_EQ(-EINVAL, t_ioctl(self->fd[DEVICE], TW_DOMAIN_CREATE, &d));
	d.gvt_interval_us = 10000000;
	d.memory = (1ull << 62) + 1;
	EXPECT_EQ(-EINVAL, t_ioctl(self->fd[DEVICE], TW_DOMAIN_CREATE, &d));
	d.memory = ~0ull;
	EXPECT_EQ(-EINVAL, t_ioctl(self->fd[DEVICE], TW_DOMAIN_CREATE, &d));
	p.cancellation = TW_CANCEL_DEFAULT;
	p.memory = (1ull << 62) + 1;
	EXPECT_EQ(-EINVAL, t_ioctl(self->fd[DOMAIN], TW_PROCESS_CREATE, &p));
	d.memory = 1ull << 62;
	ASSERT_EQ(0, t_ioctl(self->fd[DEVICE], TW_DOMAIN_CREATE, &d));
	close(d.fd);
	EXPECT_EQ(1, t_stat_of(self->fd[DOMAIN], processes));
}

TEST_F(kinds, bounds_of_snapshots)
{
	static const struct {
		uint32_t interval, min, max, live, state;
		int ret;
	} rows[] = {
		{ 0, 5, 4, 0, 0, -EINVAL }, { 7, 7, 0, 0, 0, -EINVAL },
		{ 7, 0, 7, 0, 0, -EINVAL }, { 0, 0, 0, 1, 0, -EINVAL },
		{ 0, 0, 0, 0, TW_STATE_HANDLERS + 1, -EINVAL }, { 0, 0, 0, 0, ~0u, -EINVAL },
		{ 0, 4, 4, 2, 0, 0 }, { 0, 0, 3, 0, 0, 0 }, { 0, ~0u, 0, ~0u, 0, 0 },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct tw_process_create p = {
			.size = sizeof(p), .snapshot_interval = rows[i].interval,
			.interval_min = rows[i].min, .interval_max = rows[i].max,
			.snapshots_max = rows[i].live, .state = rows[i].state,
		};

		EXPECT_EQ(rows[i].ret, t_ioctl(self->fd[DOMAIN], TW_PROCESS_CREATE, &p));
		if (rows[i].ret)
			continue;
		EXPECT_LE(rows[i].min, t_pstat_of(self->fd[DOMAIN], p.id, snapshot_interval));
		if (rows[i].max)
			EXPECT_GE(rows[i].max,
				  t_pstat_of(self->fd[DOMAIN], p.id, snapshot_interval));
		close(p.fd);
	}
	EXPECT_EQ(4, t_stat_of(self->fd[DOMAIN], processes));
}

TEST_F(kinds, start_once)
{
	uint64_t id;

	EXPECT_EQ(0, t_start(self->fd[DOMAIN]));
	EXPECT_EQ(TW_DOMAIN_RUNNING, t_stat_of(self->fd[DOMAIN], state));
	EXPECT_EQ(-EBUSY, t_start(self->fd[DOMAIN]));
	EXPECT_EQ(-EBUSY, t_process(self->fd[DOMAIN], TW_CANCEL_DEFAULT, 0, &id));
	EXPECT_EQ(-EBUSY, t_sink(self->fd[DOMAIN], &id));
	EXPECT_EQ(-EBUSY, t_port(self->fd[DOMAIN], 0, 0, &id));
	EXPECT_EQ(1, t_stat_of(self->fd[DOMAIN], processes));
	EXPECT_EQ(1, t_stat_of(self->fd[DOMAIN], sinks));
}

/* With no descriptor left there is nowhere to put a new one. */
TEST_F(kinds, no_descriptor_left)
{
	struct tw_domain_create d = { .size = sizeof(d), .fd = -1 };
	struct tw_process_create p = { .size = sizeof(p), .fd = -1 };
	struct tw_sink_create s = { .size = sizeof(s), .fd = -1 };
	int last = dup(0), fd = last;

	while (fd >= 0) {
		last = fd;
		fd = dup(0);
		if (fd > 100000)
			break;
	}
	EXPECT_EQ(-EMFILE, t_ioctl(self->fd[DEVICE], TW_DOMAIN_CREATE, &d));
	EXPECT_EQ(-EMFILE, t_ioctl(self->fd[DOMAIN], TW_PROCESS_CREATE, &p));
	EXPECT_EQ(-EMFILE, t_ioctl(self->fd[DOMAIN], TW_SINK_CREATE, &s));
	EXPECT_EQ(1, t_stat_of(self->fd[DOMAIN], processes));
	EXPECT_EQ(1, t_stat_of(self->fd[DOMAIN], sinks));
	close(last);
	EXPECT_EQ(0, t_ioctl(self->fd[DOMAIN], TW_PROCESS_CREATE, &p));
	EXPECT_EQ(4, p.id);
}

TEST_HARNESS_MAIN
