/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the tests of the device share: the raw calls, with every output
 * poisoned before the kernel sees it, and ways to count what may leak.
 *
 * Calls return 0 or -errno, so that a test compares a value, not errno.
 */
#ifndef TW_TEST_H
#define TW_TEST_H

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <linux/timewarp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "kselftest_harness.h"

#define T_POISON	0xa5
#define T_PAGE		4096
#define T_DEADLINE_S	40

/* The machine is emulated, and may share its processor with others. */
#undef TEST_TIMEOUT_DEFAULT
#define TEST_TIMEOUT_DEFAULT 120

/* ---- waiting: the deadline is only a guard against a hang ---- */

static inline uint64_t t_now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static inline uint64_t t_deadline(void)
{
	return t_now_ns() + (uint64_t)T_DEADLINE_S * 1000000000;
}

/* What is awaited is most often about to happen: first give way, then sleep. */
static inline void t_relax(unsigned int turn)
{
	struct timespec ts = { .tv_nsec = 500000 };

	if (turn < 20)
		sched_yield();
	else
		nanosleep(&ts, NULL);
}

/* True as soon as @cond is, false when the deadline passes first. */
#define t_until(cond) ({						\
	uint64_t __end = t_deadline();					\
	unsigned int __turn = 0;					\
	bool __ok;							\
	while (!(__ok = !!(cond)) && t_now_ns() < __end)		\
		t_relax(__turn++);					\
	__ok; })

/* Write to a file of the kernel's: 0 or -errno. */
static inline int t_put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), ret = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) < 0)
		ret = -errno;
	close(fd);
	return ret;
}

static inline int t_put_number(const char *path, uint64_t n)
{
	char text[32];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)n);
	return t_put(path, text);
}

/* Wait until the shared word is at least @value: 0 or -ETIME. */
static inline int t_await(uint32_t *word, uint32_t value)
{
	struct timespec ts = { .tv_sec = 1 };
	uint64_t end = t_deadline();
	uint32_t seen;

	while ((seen = __atomic_load_n(word, __ATOMIC_SEQ_CST)) < value) {
		if (t_now_ns() > end)
			return -ETIME;
		syscall(SYS_futex, word, FUTEX_WAIT, seen, &ts, NULL, 0);
	}
	return 0;
}

static inline void t_set(uint32_t *word, uint32_t value)
{
	__atomic_store_n(word, value, __ATOMIC_SEQ_CST);
	syscall(SYS_futex, word, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

static inline uint32_t t_get(uint32_t *word)
{
	return __atomic_load_n(word, __ATOMIC_SEQ_CST);
}

static inline void t_add(uint32_t *word)
{
	__atomic_add_fetch(word, 1, __ATOMIC_SEQ_CST);
	syscall(SYS_futex, word, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

/* Memory that fork shares: outside virtual time, no rollback touches it. */
static inline void *t_shared(size_t len)
{
	void *p = mmap(NULL, len, PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		abort();
	return p;
}

/* The work of the long tests, scaled down by TW_TEST_SCALE=percent. */
static inline uint32_t t_scale(uint32_t n)
{
	const char *s = getenv("TW_TEST_SCALE");
	uint64_t percent = s ? strtoul(s, NULL, 10) : 100;

	n = (uint64_t)n * percent / 100;
	return n ? n : 1;
}

/* ---- raw calls ---- */

static inline int t_ioctl(int fd, unsigned long cmd, void *arg)
{
	return ioctl(fd, cmd, arg) < 0 ? -errno : 0;
}

static inline int t_open(void)
{
	return open("/dev/timewarp", O_RDWR | O_CLOEXEC);
}

/* Returns the domain's file or -errno. */
static inline int t_domain_as(int dev, struct tw_domain_create c)
{
	int ret;

	c.size = sizeof(c);
	c.fd = -1;
	if (!c.name[0])
		strcpy(c.name, "selftest");
	ret = t_ioctl(dev, TW_DOMAIN_CREATE, &c);
	return ret ? ret : c.fd;
}

static inline int t_domain(int dev, uint32_t cancellation, uint32_t gvt_us)
{
	return t_domain_as(dev, (struct tw_domain_create) {
		.cancellation = cancellation, .gvt_interval_us = gvt_us,
		.running = TW_RUNNING_ALL,
	});
}

static inline int t_start(int domain)
{
	struct tw_domain_start s = { .size = sizeof(s) };

	return t_ioctl(domain, TW_DOMAIN_START, &s);
}

static inline int t_stat(int domain, struct tw_domain_stat *st)
{
	memset(st, T_POISON, sizeof(*st));
	st->size = sizeof(*st);
	return t_ioctl(domain, TW_DOMAIN_STAT, st);
}

static inline int t_pstat(int domain, uint64_t id, struct tw_process_stat *st)
{
	memset(st, T_POISON, sizeof(*st));
	st->size = sizeof(*st);
	st->id = id;
	return t_ioctl(domain, TW_PROCESS_STAT, st);
}

/* One number of the domain's statistics, or all ones if the call fails. */
#define t_stat_of(domain, member) ({					\
	struct tw_domain_stat __st;					\
	t_stat(domain, &__st) ? ~(__typeof__(__st.member))0 : __st.member; })

#define t_pstat_of(domain, id, member) ({				\
	struct tw_process_stat __st;					\
	t_pstat(domain, id, &__st) ? ~(__typeof__(__st.member))0 : __st.member; })

/* Set a parameter of the module, which is for root. */
static inline void t_parameter(const char *name, unsigned int value, unsigned int *before)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "/sys/module/timewarp/parameters/%s", name);
	f = fopen(path, "r+");
	if (!f || fscanf(f, "%u", before) != 1)
		abort();
	rewind(f);
	fprintf(f, "%u", value);
	fclose(f);
}

/* Wait for GVT; ETIME after the deadline. @w may be NULL. */
static inline int t_wait(int domain, uint64_t until, struct tw_domain_wait *w)
{
	struct tw_domain_wait own;

	if (!w)
		w = &own;
	memset(w, T_POISON, sizeof(*w));
	w->size = sizeof(*w);
	w->flags = 0;
	w->pad = 0;
	w->until = until;
	w->timeout_ns = (uint64_t)T_DEADLINE_S * 1000000000;
	return t_ioctl(domain, TW_DOMAIN_WAIT, w);
}

/* Until rounds that began after this call have ended, or no more will. */
static inline bool t_rounds(int domain)
{
	uint64_t round = t_stat_of(domain, gvt_rounds);

	return t_until(t_stat_of(domain, gvt_rounds) >= round + 3 ||
		       t_stat_of(domain, state) >= TW_DOMAIN_ENDED);
}

/* ---- debugfs ---- */

#define T_DEBUGFS	"/sys/kernel/debug/timewarp"

static inline ssize_t t_slurp(const char *dir, const char *file, char *text, size_t size)
{
	char path[PATH_MAX + 32];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, file);
	fd = open(path, O_RDONLY);
	if (fd < 0)
		return -errno;
	n = read(fd, text, size - 1);
	close(fd);
	text[n > 0 ? n : 0] = 0;
	return n;
}

/* The directory is a number; the newest domain has the largest. */
static inline void t_debugfs_newest(char *dir, size_t size)
{
	DIR *d = opendir(T_DEBUGFS);
	struct dirent *e;
	int n = -1;

	while (d && (e = readdir(d)))
		if (e->d_name[0] != '.' && atoi(e->d_name) > n)
			n = atoi(e->d_name);
	if (d)
		closedir(d);
	snprintf(dir, size, T_DEBUGFS "/%d", n);
}

/* ---- sinks and ports ---- */

static inline int t_sink(int domain, uint64_t *id)
{
	struct tw_sink_create c = {
		.size = sizeof(c), .id = ~0ull, .fd = -1, .name = "sink",
	};
	int ret = t_ioctl(domain, TW_SINK_CREATE, &c);

	*id = c.id;
	return ret ? ret : c.fd;
}

static inline int t_port(int domain, uint32_t flags, uint64_t promise, uint64_t *id)
{
	struct tw_port_create c = {
		.size = sizeof(c), .flags = flags, .id = ~0ull, .fd = -1,
		.promise = promise, .name = "port",
	};
	int ret = t_ioctl(domain, TW_PORT_CREATE, &c);

	*id = c.id;
	return ret ? ret : c.fd;
}

static inline int t_promise(int port, uint64_t promise)
{
	struct tw_promise p = { .size = sizeof(p), .promise = promise };

	return t_ioctl(port, TW_PROMISE, &p);
}

/* At *@at, which is set to what the kernel says. */
static inline int t_inject_at(int port, uint64_t to, uint64_t *at, uint64_t word)
{
	struct tw_inject i = {
		.size = sizeof(i), .receiver = to, .recv_time = *at,
		.payload = (uintptr_t)&word, .len = sizeof(word),
	};
	int ret = t_ioctl(port, TW_INJECT, &i);

	*at = i.recv_time;
	return ret;
}

static inline int t_inject(int port, uint64_t to, uint64_t at, uint64_t word)
{
	return t_inject_at(port, to, &at, word);
}

static inline void t_recv_init(struct tw_recv *r, void *buf, uint32_t len)
{
	memset(r, T_POISON, sizeof(*r));
	r->size = sizeof(*r);
	r->flags = 0;
	r->payload = (uintptr_t)buf;
	r->len = len;
}

static inline struct tw_send t_send_arg(uint64_t to, uint64_t at,
					const void *buf, uint32_t len)
{
	return (struct tw_send){
		.size = sizeof(struct tw_send), .receiver = to,
		.recv_time = at, .payload = (uintptr_t)buf, .len = len,
	};
}

/* A 64-bit number as the payload. */
static inline int t_send(int fd, uint64_t to, uint64_t at, uint64_t word)
{
	struct tw_send s = t_send_arg(to, at, &word, sizeof(word));

	return t_ioctl(fd, TW_SEND, &s);
}

/* A child without an exit signal; CLONE_PARENT makes it a sibling. */
static inline pid_t t_clone(unsigned long flags)
{
	return syscall(SYS_clone, flags, 0, 0, 0, 0);
}

/*
 * Take the snapshot that the kernel asked for. Returns 0 in the task that
 * goes on, 1 in a snapshot that a rollback resumed, -errno.
 */
static inline int t_snapshot_at(int fd, pid_t *child, uint64_t *coast_until)
{
	struct tw_snapshot s = { .size = sizeof(s), .token = ~0ull };
	int ret = t_ioctl(fd, TW_SNAPSHOT, &s);
	int resumed = 0;
	pid_t pid;

	if (ret)
		return ret;
	while (!(pid = t_clone(CLONE_PARENT))) {
		struct tw_park p = { .size = sizeof(p), .token = s.token };

		if (t_ioctl(fd, TW_PARK, &p))
			_exit(0);
		*coast_until = p.coast_until;
		resumed = 1;
	}
	*child = pid;
	return resumed;
}

static inline int t_snapshot(int fd)
{
	uint64_t coast_until;
	pid_t child;

	return t_snapshot_at(fd, &child, &coast_until);
}

/* Receive, taking snapshots on the way. 0, 1 at the end, -errno. */
static inline int t_recv(int fd, struct tw_recv *r, void *buf, uint32_t len)
{
	int ret;

	for (;;) {
		t_recv_init(r, buf, len);
		ret = t_ioctl(fd, TW_RECV, r);
		if (ret)
			return ret;
		if (!(r->status & TW_STATUS_SNAPSHOT))
			return !!(r->status & TW_STATUS_END);
		ret = t_snapshot(fd);
		if (ret < 0)
			return ret;
	}
}

/* ---- processes that the test lets run by themselves ---- */

static inline int t_process_as(int domain, struct tw_process_create c, uint64_t *id)
{
	int ret;

	c.size = sizeof(c);
	c.id = ~0ull;
	c.fd = -1;
	strcpy(c.name, "process");
	ret = t_ioctl(domain, TW_PROCESS_CREATE, &c);
	*id = c.id;
	return ret ? ret : c.fd;
}

static inline int t_process(int domain, uint32_t cancellation,
			    uint32_t interval, uint64_t *id)
{
	return t_process_as(domain, (struct tw_process_create) {
		.cancellation = cancellation, .snapshot_interval = interval,
	}, id);
}

static inline void t_close_but(int fd)
{
	if (fd > 3)
		syscall(SYS_close_range, 3, fd - 1, 0);
	syscall(SYS_close_range, fd + 1, ~0u, 0);
}

/* Fork the first incarnation; it attaches, runs @fn and exits with its value. */
static inline pid_t t_run(int fd, int (*fn)(int fd, void *arg), void *arg)
{
	struct tw_attach a = { .size = sizeof(a) };
	pid_t pid = t_clone(0);

	if (pid)
		return pid;
	t_close_but(fd);
	if (t_ioctl(fd, TW_ATTACH, &a))
		_exit(99);
	_exit(fn(fd, arg));
}

/* ---- files that are passed on, by SCM_RIGHTS ---- */

static inline void t_pass(int sock, int fd)
{
	char space[CMSG_SPACE(sizeof(int))] = {}, byte = 0;
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = space, .msg_controllen = sizeof(space),
	};
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &fd, sizeof(int));
	if (sendmsg(sock, &msg, 0) != 1)
		abort();
}

static inline int t_take(int sock)
{
	char space[CMSG_SPACE(sizeof(int))] = {}, byte;
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = space, .msg_controllen = sizeof(space),
	};
	int fd;

	if (recvmsg(sock, &msg, MSG_CMSG_CLOEXEC) != 1 || !CMSG_FIRSTHDR(&msg))
		return -1;
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(int));
	return fd;
}

/* ---- what must not leak ---- */

/* Entries of a directory whose name starts with a digit. */
static inline int t_count_dir(const char *path)
{
	DIR *d = opendir(path);
	struct dirent *e;
	int n = 0;

	if (!d)
		return -1;
	while ((e = readdir(d)))
		n += e->d_name[0] >= '0' && e->d_name[0] <= '9';
	closedir(d);
	return n;
}

static inline int t_fds(void)
{
	return t_count_dir("/proc/self/fd");
}

static inline bool t_is_child(const char *pid, pid_t parent)
{
	char path[PATH_MAX], text[512], *p;
	int fd, ppid = -1;
	ssize_t n;
	char state;

	snprintf(path, sizeof(path), "/proc/%s/stat", pid);
	fd = open(path, O_RDONLY);
	if (fd < 0)
		return false;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n <= 0)
		return false;
	text[n] = 0;
	p = strrchr(text, ')');
	return p && sscanf(p, ") %c %d", &state, &ppid) == 2 &&
	       ppid == parent && state != 'Z' && state != 'X';
}

/* Living children of this task, whatever their exit signal. */
static inline int t_children(void)
{
	DIR *d = opendir("/proc");
	struct dirent *e;
	int n = 0;

	if (!d)
		return -1;
	while ((e = readdir(d)))
		n += e->d_name[0] >= '0' && e->d_name[0] <= '9' &&
		     t_is_child(e->d_name, getpid());
	closedir(d);
	return n;
}

static inline void t_reap_some(void)
{
	while (waitpid(-1, NULL, __WALL | WNOHANG) > 0)
		;
}

static inline bool t_no_child(void)
{
	t_reap_some();
	return waitpid(-1, NULL, __WALL | WNOHANG) < 0 && errno == ECHILD;
}

/* Reap until no child is left: 0, or -ETIME when one stays. */
static inline int t_reap(void)
{
	return t_until(t_no_child()) ? 0 : -ETIME;
}

/*
 * Objects in use in the caches that the module's memory can come from; -1
 * where that is not to be seen. Free ones that a CPU keeps count as in use, so
 * only a large difference means something.
 */
static inline long t_slab_objects(void)
{
	FILE *f = fopen("/proc/slabinfo", "r");
	unsigned long active;
	char line[512];
	long sum = -1;

	if (!f)
		return -1;
	/* KASAN keeps what was freed; and where it is, kmemleak tells of leaks. */
	if (!access("/sys/kernel/debug/kmemleak", F_OK)) {
		fclose(f);
		return -1;
	}
	while (fgets(line, sizeof(line), f)) {
		if (strncmp(line, "timewarp", 8) && strncmp(line, "kmalloc", 7))
			continue;
		if (sscanf(line, "%*s %lu", &active) == 1)
			sum = (sum < 0 ? 0 : sum) + active;
	}
	fclose(f);
	return sum;
}

#endif /* TW_TEST_H */
