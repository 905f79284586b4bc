// SPDX-License-Identifier: GPL-2.0
/* Plain processes: spawn, messages, rollback, output, exit statuses, clean-up. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio_ext.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <timewarp.h>

#include "tap.h"

static int count_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int n = 0;

	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

/* What tw_run() writes to stdout while @fn runs. */
static char *captured(int (*fn)(void *), void *arg, int *ret)
{
	static char text[1 << 16];
	FILE *file = tmpfile();
	int saved = dup(1);
	size_t n;

	fflush(stdout);
	dup2(fileno(file), 1);
	*ret = fn(arg);
	fflush(stdout);
	dup2(saved, 1);
	close(saved);
	rewind(file);
	n = fread(text, 1, sizeof(text) - 1, file);
	text[n] = 0;
	fclose(file);
	return text;
}

/* ---- ping-pong ---- */

static int pong(struct tw_process *p, void *arg)
{
	uint64_t other = *(uint64_t *)arg;
	struct tw_recv_info info;
	int n = 0;

	if (tw_self(p) < other && tw_send(p, other, 1, &n, sizeof(n)))
		return 1;
	while (tw_recv(p, &n, sizeof(n), &info) >= 0) {
		if (info.sender != other || info.recv_time != tw_now(p) ||
		    info.len != sizeof(n))
			return 2;
		tw_printf(p, "%llu: %d\n", (unsigned long long)tw_now(p), ++n);
		if (n < 10)
			tw_send(p, other, tw_now(p) + 1, &n, sizeof(n));
	}
	return 40 + tw_self(p);
}

static int run_pong(void *arg)
{
	uint64_t first = 1, second = 2, ids[2] = { 0, 0 };
	struct tw_domain *d = arg;
	int ret;

	ret = tw_spawn(d, &(struct tw_process_attr){ .name = "ping" }, pong,
		       &second, &ids[0]);
	if (!ret)
		ret = tw_spawn(d, NULL, pong, &first, &ids[1]);
	if (ids[0] != 1 || ids[1] != 2)
		return -ERANGE;
	return ret ? ret : tw_run(d);
}

static void ping_pong(void)
{
	const char *expected =
		"1: 1\n2: 2\n3: 3\n4: 4\n5: 5\n6: 6\n7: 7\n8: 8\n9: 9\n10: 10\n";
	struct tw_process_stat st;
	struct tw_domain *d;
	int ret, status = -1;
	char *text;

	is(tw_domain_create(&d, NULL), 0, "a domain");
	text = captured(run_pong, d, &ret);
	is(ret, 0, "two processes count");
	if (!ok(!strcmp(text, expected),
		"committed output is complete and in order"))
		printf("# %s\n", text);
	is(tw_exit_status(d, 1, &status), 0, "exit status of the first");
	is(WEXITSTATUS(status), 41, "is what it returned");
	is(tw_exit_status(d, 2, &status), 0, "exit status of the second");
	is(WEXITSTATUS(status), 42, "is what it returned");
	is(tw_exit_status(d, 9, &status), -ENOENT, "exit status of nobody");
	is(tw_process_stat(d, 1, &st), 0, "numbers of the first");
	ok(!strcmp(st.name, "ping") && st.delivered >= 5,
	   "name and deliveries");
	ok(tw_domain_gvt(d) == TW_TIME_INF, "GVT is +infinity at the end");
	is(tw_domain_start(d), -EBUSY, "no second start");
	is(tw_spawn(d, NULL, pong, NULL, NULL), -EBUSY,
	   "no process after the start");
	tw_domain_destroy(d);
}

/* ---- a race that has to be rolled back ---- */

#define RACERS 4
#define LAPS 40

static uint64_t mix(uint64_t x)
{
	x ^= x >> 31;
	x *= 0x7fb5d329728ea185ull;
	return x ^ x >> 27;
}

/* Everybody sends to everybody, at times that depend on all that came before. */
static int racer(struct tw_process *p, void *arg)
{
	uint64_t hash = mix(tw_self(p) + 77), sink = *(uint64_t *)arg, got;
	int laps = 0;

	tw_send(p, 1 + hash % RACERS, 1 + hash % 9, &hash, sizeof(hash));
	while (tw_recv(p, &got, sizeof(got), NULL) >= 0) {
		char line[64];

		for (int i = 0; i < 2000; i++)
			hash = mix(hash + got);
		tw_write(p, sink, line,
			 snprintf(line, sizeof(line), "%llu %llu %016llx\n",
				  (unsigned long long)tw_now(p),
				  (unsigned long long)tw_self(p),
				  (unsigned long long)hash));
		if (laps++ < LAPS) {
			const struct tw_send_attr attr = {
				.priority = hash >> 60,
				.cancellation = (hash >> 20) % 3,
			};

			tw_send_with(p, 1 + hash % RACERS,
				     tw_now(p) + 1 + (hash >> 9) % 9, &attr,
				     &hash, sizeof(hash));
		}
	}
	return 0;
}

static size_t drain(struct tw_sink *s, char *text, size_t room)
{
	size_t len = 0;
	ssize_t n;

	while ((n = tw_sink_read(s, text + len, room - len)) > 0)
		len += n;
	return len;
}

static size_t race(uint32_t cancellation, uint32_t interval, char *text,
		   size_t room)
{
	struct tw_process_attr attr = { .snapshot_interval = interval };
	struct tw_domain_attr dattr = { .cancellation = cancellation,
					.name = "race" };
	struct tw_domain_stat st;
	struct tw_domain *d;
	struct tw_sink *s;
	uint64_t sink = RACERS + 1;
	size_t len;

	if (tw_domain_create(&d, &dattr))
		return 0;
	for (int i = 0; i < RACERS; i++)
		tw_spawn(d, &attr, racer, &sink, NULL);
	tw_sink_create(d, NULL, &s);
	if (tw_sink_id(s) != sink)
		return 0;
	is(tw_run(d), 0, "a race");
	len = drain(s, text, room);
	tw_domain_stat(d, &st);
	printf("# %zu bytes, %llu+%llu rollbacks, %llu snapshots, %llu coasted, %llu hits, %llu violations\n",
	       len, (unsigned long long)st.rollbacks_primary,
	       (unsigned long long)st.rollbacks_secondary,
	       (unsigned long long)st.snapshots, (unsigned long long)st.coasted,
	       (unsigned long long)st.lazy_hits,
	       (unsigned long long)st.violations);
	is(st.balance, 0, "messages and antimessages add up to zero");
	tw_domain_destroy(d);
	return len;
}

static void races(void)
{
	static char first[1 << 17], other[1 << 17];
	size_t len = race(TW_CANCEL_AGGRESSIVE, 1, first, sizeof(first));
	static const uint32_t intervals[] = { 1, 3, 0 };

	ok(len > 1000, "there is output");
	for (int i = 0; i < 6; i++) {
		size_t n = race(i % 2 ? TW_CANCEL_LAZY : TW_CANCEL_AGGRESSIVE,
				intervals[i / 2], other, sizeof(other));

		ok(n == len && !memcmp(first, other, len),
		   "the same bytes, %s, interval %u",
		   i % 2 ? "lazy" : "aggressive", intervals[i / 2]);
	}
}

/* ---- the loop of one's own, records ---- */

static int writer(struct tw_process *p, void *arg)
{
	static char large[TW_PAYLOAD_MAX + 100];
	const struct tw_process_attr budget = { .memory = 1 };
	uint64_t sink = *(uint64_t *)arg;
	char c;

	tw_send(p, tw_self(p), 5, "x", 1);
	if (tw_recv(p, &c, 0, NULL) != -EMSGSIZE)
		return 1;
	if (tw_recv(p, &c, 1, NULL) != 1 || c != 'x')
		return 2;
	memset(large, 'l', sizeof(large));
	if (tw_write(p, sink, "", 0) || tw_write(p, sink, large, sizeof(large)))
		return 3;
	if (tw_send(p, tw_self(p), 5, NULL, 0) != -EINVAL)
		return 4;
	if (tw_send(p, tw_self(p), 6, large, sizeof(large)) != -EMSGSIZE)
		return 5;
	if (tw_send(p, 77, 6, NULL, 0) != -ENOENT)
		return 6;
	if (tw_process_spawn(p, &budget, writer, arg, NULL) != -EINVAL)
		return 10;
	if (tw_gvt(p) > 5)
		return 7;
	if (tw_recv_nonblock(p, &c, 1, NULL) != -EAGAIN)
		return 8;
	if (tw_recv(p, &c, 1, NULL) != -ESHUTDOWN || tw_now(p) != 5)
		return 9;
	return 0;
}

static void records(void)
{
	static char buf[TW_PAYLOAD_MAX];
	const struct tw_sink_attr long_name = { .name = "a name of sixteen" };
	struct tw_recv_info info = { 0 };
	struct tw_domain *d;
	struct tw_sink *s;
	ssize_t len[3] = { -1, -1, -1 };
	uint64_t sink = 1;
	int status = -1, state, n = 0;

	tw_domain_create(&d, NULL);
	is(tw_sink_create(d, &long_name, &s), -EINVAL, "a long name");
	is(tw_sink_create(d, NULL, &s), 0, "a sink");
	is(tw_sink_id(s), 1, "its id");
	tw_spawn(d, NULL, writer, &sink, NULL);
	is(tw_domain_poll(d, 0), TW_DOMAIN_NEW, "not started");
	is(tw_sink_recv(s, buf, sizeof(buf), NULL), -EAGAIN, "nothing yet");
	is(tw_exit_status(d, 2, &status), -EAGAIN, "no status yet");
	tw_domain_start(d);
	do {
		ssize_t ret;

		state = tw_domain_poll(d, -1);
		if (n == 1 && tw_sink_recv(s, buf, 10, &info) == -EMSGSIZE)
			is(info.len, TW_PAYLOAD_MAX,
			   "a small buffer is told the size");
		while ((ret = tw_sink_recv(s, buf, sizeof(buf), &info)) >= 0 &&
		       n < 3)
			len[n++] = ret;
	} while (state < TW_DOMAIN_ENDED);
	is(state, TW_DOMAIN_ENDED, "it ended");
	ok(n == 3 && !len[0] && len[1] == TW_PAYLOAD_MAX && len[2] == 100,
	   "three records");
	ok(info.send_time == 5 && info.recv_time == 6 && info.sender == 2,
	   "their times");
	is(tw_sink_recv(s, buf, sizeof(buf), &info), -ESHUTDOWN, "and no more");
	is(tw_sink_read(s, buf, sizeof(buf)), 0, "nor bytes");
	is(tw_run(d), 0, "run, after the end");
	is(tw_exit_status(d, 2, &status), 0, "a status");
	is(status, 0, "what the process saw was as it should be");
	tw_domain_destroy(d);
}

static int says(struct tw_process *p, void *arg)
{
	char c;

	(void)arg;
	tw_printf(p, "more\n");
	return tw_recv(p, &c, 1, NULL) == -ESHUTDOWN ? 0 : 1;
}

static void full(void)
{
	int saved = dup(1), fd = open("/dev/full", O_WRONLY), ret;
	struct tw_domain *d;

	tw_domain_create(&d, NULL);
	tw_spawn(d, NULL, says, NULL, NULL);
	dup2(fd, 1);
	ret = tw_run(d);
	__fpurge(stdout);
	clearerr(stdout);
	dup2(saved, 1);
	close(saved);
	close(fd);
	is(ret, -EIO, "standard output that is full");
	tw_domain_destroy(d);
}

/* ---- failures ---- */

static int crasher(struct tw_process *p, void *arg)
{
	char c;

	tw_send(p, tw_self(p), 7, "", 0);
	tw_printf(p, "before\n");
	tw_recv(p, &c, 1, NULL);
	tw_printf(p, "at\n");
	if (*(int *)arg)
		raise(SIGSEGV);
	return 3;
}

static int run_crash(void *arg)
{
	return tw_run(arg);
}

static void crash(int by_signal)
{
	struct tw_domain_stat st;
	struct tw_domain *d;
	int ret, status = -1;
	char *text;

	tw_domain_create(&d, NULL);
	tw_spawn(d, NULL, crasher, &by_signal, NULL);
	text = captured(run_crash, d, &ret);
	is(ret, -EIO, by_signal ? "a crash" : "an exit before the end");
	ok(!strcmp(text, "before\n"), "what was committed came out: \"%.*s\"",
	   (int)strcspn(text, "\n"), text);
	tw_domain_stat(d, &st);
	is(st.state, TW_DOMAIN_FAILED, "the domain has failed");
	is(st.failure, TW_FAILURE_PROCESS, "because of a process");
	is(st.failed_time, 7, "at its time");
	is(tw_exit_status(d, 1, &status), 0, "it has a status");
	ok(by_signal ? WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV :
		       WIFEXITED(status) && WEXITSTATUS(status) == 3,
	   "the right one");
	tw_domain_destroy(d);
}

/* ---- what belongs to the host ---- */

static int idler(struct tw_process *p, void *arg)
{
	char c;

	(void)arg;
	tw_send(p, tw_self(p), 1, NULL, 0);
	while (tw_recv(p, &c, 1, NULL) >= 0)
		tw_send(p, tw_self(p), tw_now(p) + 1, NULL, 0);
	return 0;
}

static volatile int sigchld;

static void on_sigchld(int sig)
{
	(void)sig;
	sigchld++;
}

/* A domain in full run is thrown away; the host's own child is the host's. */
static void host(void)
{
	struct tw_domain *d;
	int status, fds;
	pid_t child;

	fds = count_fds();
	signal(SIGCHLD, on_sigchld);
	tw_domain_create(&d, NULL);
	for (int i = 0; i < 3; i++)
		tw_spawn(d, &(struct tw_process_attr){ .snapshot_interval = 1 },
			 idler, NULL, NULL);
	tw_domain_start(d);
	for (int i = 0; i < 10; i++)
		tw_domain_poll(d, 50);
	ok(tw_domain_gvt(d) > 0, "it runs");
	is(waitpid(-1, &status, WNOHANG), -1, "wait(2) sees no incarnation");
	is(sigchld, 0, "nor was there a SIGCHLD");
	child = fork();
	if (!child)
		_exit(5);
	while (!sigchld)
		tw_domain_poll(d, 10);
	ok(waitpid(child, &status, 0) == child && WEXITSTATUS(status) == 5,
	   "a child of the host is left to it");
	tw_domain_destroy(d);
	is(waitpid(-1, &status, __WALL | WNOHANG), -1,
	   "no child is left after destroy");
	is(errno, ECHILD, "not even a dead one");
	is(count_fds(), fds, "and no file");
	signal(SIGCHLD, SIG_DFL);
}

/* ---- one domain, two programs ---- */

#define LARGE (3 * TW_PAYLOAD_MAX)

/* A large payload goes to a process of the other program, and comes out of a sink. */
static int far_sender(struct tw_process *p, void *arg)
{
	char *buf = malloc(LARGE);
	int fd, ret;

	memset(buf, 'x', LARGE);
	fd = tw_memfd(buf, LARGE);
	if (fd < 0)
		return 1;
	ret = tw_send_memfd(p, *(uint64_t *)arg, 10, NULL, fd);
	close(fd);
	free(buf);
	return ret ? 2 : 0;
}

static int near_receiver(struct tw_process *p, void *arg)
{
	struct tw_recv_info info;
	struct tw_memfd room;
	char c = 0;

	if (tw_recv(p, &room, sizeof(room), &info) || info.fd < 0 ||
	    info.bytes != LARGE || pread(info.fd, &c, 1, LARGE - 1) != 1)
		return 1;
	tw_send_memfd(p, *(uint64_t *)arg, 20, NULL, info.fd);
	close(info.fd);
	if (tw_recv(p, &room, sizeof(room), &info) != -ESHUTDOWN)
		return 2;
	return c;
}

/* Told the receiver it joins, tells that it has, and stays until it is let go. */
static int far_program(int sock)
{
	struct tw_domain *d;
	uint64_t id;
	char c;

	if (read(sock, &id, sizeof(id)) != sizeof(id))
		return 1;
	if (tw_domain_open(&d, "two", TW_OPEN_READ | TW_OPEN_WRITE) ||
	    tw_spawn(d, NULL, far_sender, &id, NULL) || tw_domain_start(d))
		return 2;
	if (write(sock, "", 1) != 1 || read(sock, &c, 1) != 0)
		return 3;
	return 0;
}

static void two_programs(void)
{
	const struct tw_domain_attr attr = { .name = "two",
					     .flags = TW_DOMAIN_NAMED,
					     .mode = 0600 };
	struct tw_domain *d, *other;
	struct tw_recv_info info;
	struct tw_memfd room;
	struct tw_sink *sink;
	int sock[2], status = -1;
	uint64_t id, out;
	char c;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sock))
		return;
	if (!fork()) {
		close(sock[0]);
		_exit(far_program(sock[1]));
	}
	close(sock[1]);
	is(tw_domain_open(&other, "two", TW_OPEN_READ), -ENOENT,
	   "no domain to open");
	is(tw_domain_create(&d, &attr), 0, "a domain with a name");
	is(tw_domain_create(&other, &attr), -EEXIST, "which is taken");
	is(tw_domain_open(&other, "two", TW_OPEN_WRITE), -EINVAL,
	   "not without reading");
	is(tw_domain_open(&other, "two", TW_OPEN_READ), 0, "it can be read");
	is(tw_sink_create(other, NULL, &sink), -EBADF, "then nothing is made");
	is(tw_spawn(other, NULL, near_receiver, NULL, NULL), -EBADF,
	   "nor anybody");
	tw_domain_destroy(other);
	is(tw_sink_create(d, NULL, &sink), 0, "a sink");
	out = tw_sink_id(sink);
	is(tw_spawn(d, NULL, near_receiver, &out, &id), 0, "a process of ours");
	ok(write(sock[0], &id, sizeof(id)) == sizeof(id) &&
		   read(sock[0], &c, 1) == 1,
	   "a process of the other's");
	is(tw_run(d), 0, "both run");
	is(tw_exit_status(d, id, &status), 0, "ours has a status");
	is(WEXITSTATUS(status), 'x', "and has read the other's payload");
	is(tw_sink_recv(sink, &room, sizeof(room), &info), 0,
	   "it comes out of the sink");
	ok(info.fd >= 0 && info.bytes == LARGE, "as a file");
	close(info.fd);
	close(sock[0]);
	wait(&status);
	is(status, 0, "the other program is content");
	tw_domain_destroy(d);
}

int main(void)
{
	need_device();
	ping_pong();
	two_programs();
	races();
	records();
	full();
	crash(0);
	crash(1);
	host();
	return done();
}
