// SPDX-License-Identifier: GPL-2.0
/* Strict mode: what a rollback would not undo is refused, by name. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <timewarp.h>

#include "churn.h"
#include "tap.h"

/* Open since before the spawn. */
static int file = -1; /* for writing */
static int connection = -1;

struct act {
	const char *name;
	const char *call; /* that is refused; NULL: none */
	int (*fn)(void);
};

/* ---- refused ---- */

static int act_write(void)
{
	return write(file, "x", 1) != 1;
}

static int act_printf(void)
{
	return printf("nobody may see this\n") < 0;
}

static int act_create(void)
{
	return open("/tmp/strict", O_WRONLY | O_CREAT, 0600) < 0;
}

static int act_append(void)
{
	return open("/dev/null", O_RDWR) < 0;
}

static int act_truncate(void)
{
	return ftruncate(file, 0);
}

static int act_sync(void)
{
	return fsync(file);
}

static int act_rename(void)
{
	return rename("/tmp/strict", "/tmp/lax");
}

static int act_unlink(void)
{
	return unlink("/tmp/strict");
}

static int act_mkdir(void)
{
	return mkdir("/tmp/strict", 0700);
}

static int act_flock(void)
{
	return flock(file, LOCK_EX);
}

static int act_lock(void)
{
	return lockf(file, F_LOCK, 0);
}

static int act_ioctl(void)
{
	int n;

	return ioctl(connection, FIONREAD, &n);
}

static int act_send(void)
{
	return send(connection, "x", 1, 0) != 1;
}

static int act_receive(void)
{
	char c;

	return recv(connection, &c, 1, MSG_DONTWAIT) != 1;
}

static int act_socket(void)
{
	return socket(AF_UNIX, SOCK_STREAM, 0) < 0;
}

static int act_pipe(void)
{
	int fds[2];

	return pipe2(fds, O_CLOEXEC);
}

static void *thread(void *arg)
{
	return arg;
}

static int act_thread(void)
{
	pthread_t t;

	return pthread_create(&t, NULL, thread, NULL) || pthread_join(t, NULL);
}

static int act_fork(void)
{
	pid_t pid = fork();

	if (!pid)
		_exit(0);
	return pid < 0;
}

static int act_spawn(void)
{
	char *argv[] = { "sh", "-c", "exit 0", NULL };
	pid_t pid;

	return posix_spawn(&pid, "/bin/sh", NULL, NULL, argv, environ);
}

static int act_exec(void)
{
	execl("/bin/sh", "sh", "-c", "exit 0", (char *)NULL);
	return errno;
}

static int act_map(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0) == MAP_FAILED;
}

/* It could be made writable later. */
static int act_map_read(void)
{
	return mmap(NULL, 4096, PROT_READ, MAP_SHARED | MAP_ANONYMOUS, -1, 0) ==
	       MAP_FAILED;
}

static int act_segment(void)
{
	return shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600) < 0;
}

static int act_memfd(void)
{
	return tw_memfd("x", 1) < 0;
}

static int act_kill(void)
{
	return kill(getppid(), 0);
}

/* ---- allowed ---- */

static int act_read(void)
{
	FILE *f = fopen("/proc/self/status", "re");
	char line[128];
	int ret = !f || !fgets(line, sizeof(line), f);

	return ret || fclose(f);
}

static int act_map_file(void)
{
	int fd = open("/proc/self/exe", O_RDONLY);
	char *p = mmap(NULL, 4, PROT_READ, MAP_SHARED, fd, 0);
	int ret = p == MAP_FAILED || memcmp(p, "\177ELF", 4);

	return ret || munmap(p, 4) || close(fd);
}

static int act_memory(void)
{
	char *p = malloc(8 << 20);

	if (!p)
		return 1;
	memset(p, 1, 8 << 20);
	p = realloc(p, 16 << 20);
	free(p);
	return !p;
}

static int act_wait(void)
{
	pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
	pthread_cond_t c = PTHREAD_COND_INITIALIZER;
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	pthread_mutex_lock(&m);
	sched_yield();
	return usleep(10) || pthread_cond_timedwait(&c, &m, &ts) != ETIMEDOUT;
}

static int act_stderr(void)
{
	return fprintf(stderr, "# stderr is for whoever looks for a bug\n") < 0;
}

static const struct act acts[] = {
	{ "a write to a file", "write", act_write },
	{ "printf(3)", "write", act_printf },
	{ "a new file", "openat", act_create },
	{ "a file to be written", "openat", act_append },
	{ "a length", "ftruncate", act_truncate },
	{ "a sync", "fsync", act_sync },
	{ "another name", "rename", act_rename },
	{ "no name", "unlink", act_unlink },
	{ "a directory", "mkdir", act_mkdir },
	{ "a lock", "flock", act_flock },
	{ "a lock of bytes", "fcntl", act_lock },
	{ "an ioctl on another file", "ioctl", act_ioctl },
	{ "a socket", "socket", act_socket },
	{ "a send by a socket", "sendto", act_send },
	{ "a receive by a socket", "recvfrom", act_receive },
	{ "a pipe", "pipe2", act_pipe },
	{ "a thread", "clone", act_thread },
	{ "a child", "clone", act_fork },
	{ "another program", "clone", act_spawn },
	{ "exec", "execve", act_exec },
	{ "shared memory", "mmap", act_map },
	{ "shared memory that is read", "mmap", act_map_read },
	{ "a shared segment", "shmget", act_segment },
	{ "a payload in a file", "memfd_create", act_memfd },
	{ "a signal to somebody else", "kill", act_kill },
	{ "a file that is read", NULL, act_read },
	{ "a file that is mapped", NULL, act_map_file },
	{ "memory", NULL, act_memory },
	{ "waiting", NULL, act_wait },
	{ "stderr", NULL, act_stderr },
};

static int actor(struct tw_process *p, void *arg)
{
	const struct act *act = arg;
	int ret;

	tw_send(p, tw_self(p), 7, NULL, 0);
	if (tw_recv(p, NULL, 0, NULL))
		return 100;
	ret = act->fn();
	return tw_recv(p, NULL, 0, NULL) == -ESHUTDOWN ? ret : 101;
}

static struct tw_domain *domain_with(const struct act *act, bool strict)
{
	struct tw_process_attr attr = { .name = "actor", .strict = strict };
	struct tw_domain *d;

	if (tw_domain_create(&d, NULL) ||
	    tw_spawn(d, &attr, actor, (void *)act, NULL) || tw_domain_start(d))
		return NULL;
	return d;
}

static int await_end(struct tw_domain *d)
{
	int state;

	do
		state = tw_domain_poll(d, -1);
	while (state == TW_DOMAIN_RUNNING);
	return state;
}

static void refused(const struct act *act)
{
	struct tw_domain *d = domain_with(act, true);
	char report[TW_REPORT_LEN] = "", call[32];
	struct tw_domain_stat st;

	is(await_end(d), TW_DOMAIN_FAILED, act->name);
	tw_domain_stat(d, &st);
	is(st.failed_status & 0x7f, SIGSYS, "it is a fault of the process");
	is(st.failed_time, 7, "at its time");
	tw_domain_report(d, report, sizeof(report));
	snprintf(call, sizeof(call), "refuses %s(2)", act->call);
	if (!ok(strstr(report, call) && strstr(report, "tw_write(3)") &&
			strstr(report, "process 1 (actor), pid "),
		"the report names process and call, and what to do instead"))
		printf("# %s\n", report);
	tw_domain_destroy(d);
}

static void allowed(const struct act *act)
{
	struct tw_domain *d = domain_with(act, true);
	char report[TW_REPORT_LEN];
	int status = -1;

	is(await_end(d), TW_DOMAIN_ENDED, act->name);
	if (tw_domain_report(d, report, sizeof(report)))
		printf("# %s\n", report);
	while (tw_exit_status(d, 1, &status) == -EAGAIN)
		tw_domain_poll(d, 10);
	is(status, 0, "is allowed, and goes well");
	tw_domain_destroy(d);
}

/* ---- in a wrong future ---- */

struct stage {
	uint32_t go;
};

/* Without the message for 20 it does what it must not. */
static int doubter(struct tw_process *p, void *arg)
{
	bool told = false;

	(void)arg;
	while (tw_recv(p, NULL, 0, NULL) >= 0) {
		told = told || tw_now(p) == 20;
		if (tw_now(p) == 30 && !told)
			act_socket();
		tw_printf(p, "# %llu\n", (unsigned long long)tw_now(p));
	}
	return 0;
}

static int teller(struct tw_process *p, void *arg)
{
	struct stage *s = arg;

	tw_send(p, 1, 10, NULL, 0);
	tw_send(p, 1, 30, NULL, 0);
	while (!__atomic_load_n(&s->go, __ATOMIC_ACQUIRE))
		sched_yield();
	tw_send(p, 1, 20, NULL, 0);
	return 0;
}

static void undone(void)
{
	struct stage *s = mmap(NULL, sizeof(*s), PROT_READ | PROT_WRITE,
			       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	const struct tw_process_attr attr = { .strict = true };
	char report[TW_REPORT_LEN] = "";
	struct tw_process_stat pst;
	struct tw_domain_stat st;
	struct tw_domain *d;

	tw_domain_create(&d, NULL);
	tw_spawn(d, &attr, doubter, NULL, NULL);
	tw_spawn(d, &attr, teller, s, NULL);
	tw_domain_start(d);
	do
		tw_domain_poll(d, 10);
	while (!tw_process_stat(d, 1, &pst) && pst.state != TW_PROCESS_EXITED);
	is(pst.exit_status & 0x7f, SIGSYS, "refused in a wrong future");
	is(tw_domain_report(d, report, sizeof(report)), 0,
	   "nobody hears of it");
	__atomic_store_n(&s->go, 1, __ATOMIC_RELEASE);
	is(await_end(d), TW_DOMAIN_ENDED, "it is undone");
	tw_domain_stat(d, &st);
	is(st.failures, 1, "it was held once");
	is(tw_domain_report(d, report, sizeof(report)), 0,
	   "and never reported");
	tw_domain_destroy(d);
	munmap(s, sizeof(*s));
}

/* ---- another process, in virtual time ---- */

static int child(struct tw_process *p, void *arg)
{
	(void)arg;
	while (tw_recv(p, NULL, 0, NULL) >= 0)
		tw_printf(p, "# a child at %llu\n",
			  (unsigned long long)tw_now(p));
	return 0;
}

static int creator(struct tw_process *p, void *arg)
{
	uint64_t id;

	(void)arg;
	tw_send(p, tw_self(p), 7, NULL, 0);
	if (tw_recv(p, NULL, 0, NULL) ||
	    tw_process_spawn(p, NULL, child, NULL, &id) ||
	    tw_send(p, id, 9, NULL, 0))
		return 1;
	return tw_recv(p, NULL, 0, NULL) == -ESHUTDOWN ? 0 : 2;
}

static void created(void)
{
	const struct tw_process_attr attr = { .strict = true };
	char report[TW_REPORT_LEN] = "";
	struct tw_domain *d;

	tw_domain_create(&d, NULL);
	tw_spawn(d, &attr, creator, NULL, NULL);
	tw_domain_start(d);
	is(await_end(d), TW_DOMAIN_ENDED, "a process that it creates");
	if (tw_domain_report(d, report, sizeof(report)))
		printf("# %s\n", report);
	tw_domain_destroy(d);
}

static int writer(struct tw_process *p, void *arg)
{
	(void)p;
	(void)arg;
	return act_write();
}

/* It is not strict itself. */
static int lax_creator(struct tw_process *p, void *arg)
{
	const struct tw_process_attr attr = { .strict = true };

	(void)arg;
	tw_send(p, tw_self(p), 7, NULL, 0);
	if (tw_recv(p, NULL, 0, NULL) || act_write() ||
	    tw_process_spawn(p, &attr, writer, NULL, NULL))
		return 1;
	return tw_recv(p, NULL, 0, NULL) == -ESHUTDOWN ? 0 : 2;
}

static void created_strict(void)
{
	char report[TW_REPORT_LEN] = "";
	struct tw_domain_stat st;
	struct tw_domain *d;

	tw_domain_create(&d, NULL);
	tw_spawn(d, NULL, lax_creator, NULL, NULL);
	tw_domain_start(d);
	is(await_end(d), TW_DOMAIN_FAILED,
	   "a strict process that another creates");
	tw_domain_stat(d, &st);
	is(st.failed_status & 0x7f, SIGSYS, "it may not write");
	ok(TW_ID_SPAWNED(st.failed_process), "and its creator may");
	tw_domain_report(d, report, sizeof(report));
	ok(strstr(report, "strict mode refuses write(2)"),
	   "the report names the call: %s", report);
	tw_domain_destroy(d);
}

/* ---- a whole model ---- */

static void model(void)
{
	struct churn a = { .objects = 30,
			   .seed = 3,
			   .starts = 2,
			   .spread = 20,
			   .far = 32,
			   .large = 40,
			   .sinks = 1,
			   .grain = 100 };
	struct churn b = a;
	struct tw_model ma = churn_model(&a, 2), mb = churn_model(&b, 2);
	struct tw_run_attr attr = { .engine = TW_ENGINE_SEQUENTIAL,
				    .end = 200 };
	struct tw_run_stat st;

	is(tw_model_run(&ma, &attr, &st), 0, "a model, sequentially");
	attr.engine = TW_ENGINE_TIMEWARP;
	attr.strict = true;
	is(tw_model_run(&mb, &attr, &st), 0, "a model in strict mode");
	if (st.report[0])
		printf("# %s\n", st.report);
	ok(a.out_len == b.out_len && !memcmp(a.out, b.out, a.out_len),
	   "the same output");
	churn_free(&a);
	free(b.out);
}

/* Without strict mode the same call is not even noticed. */
static void lenient(void)
{
	const struct act act = { .fn = act_socket };
	struct tw_domain *d = domain_with(&act, false);

	is(await_end(d), TW_DOMAIN_ENDED, "a socket where it is not forbidden");
	tw_domain_destroy(d);
}

int main(void)
{
	int pair[2];

	need_device();
	file = open("/dev/null", O_WRONLY);
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
		return 1;
	connection = pair[0];
	for (size_t i = 0; i < sizeof(acts) / sizeof(*acts); i++) {
		if (acts[i].call)
			refused(&acts[i]);
		else
			allowed(&acts[i]);
	}
	undone();
	created();
	created_strict();
	model();
	lenient();
	return done();
}
