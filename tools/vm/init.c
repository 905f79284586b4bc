// SPDX-License-Identifier: GPL-2.0
/*
 * init.c - process 1 of the test machine
 *
 * Mounts what programs expect, loads the module, runs one command, sends its
 * output and verdict to the host, unloads the module and powers off. The
 * host believes nothing but what arrives on the verdict port, so whatever
 * fails here just has to keep the word "end" from being sent.
 *
 * The per-run archive brings /run.d:
 *   argv       the command, NUL-terminated strings
 *   env        its environment, the same way
 *   want       words, one a line: tty-out tty-err shell results module leaks
 *   size       rows and columns of the host's terminal
 *   limit      seconds after which to tell what hangs and to give up
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/klog.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

/* The virtio-serial ports, numbered as tools/vm/run numbers them. */
enum port { PORT_OUT = 1, PORT_ERR, PORT_VERDICT, PORT_RESULTS, PORT_DMESG };

#define MODULE_FILE "/lib/timewarp.ko"
#define KMEMLEAK "/sys/kernel/debug/kmemleak"

static char want[256];
static int verdict_fd = -1;

static int wanted(const char *word)
{
	return strstr(want, word) != NULL;
}

/* The reason for a failure goes to the console too: there may be no port. */
static void __attribute__((format(printf, 1, 2), noreturn)) die(const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "init: ");
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, "\n");
	if (verdict_fd >= 0) {
		dprintf(verdict_fd, "fail ");
		va_start(ap, fmt);
		vdprintf(verdict_fd, fmt, ap);
		va_end(ap);
		dprintf(verdict_fd, "\n");
	}
	reboot(RB_POWER_OFF);
	_exit(1);
}

static char *slurp(const char *path, size_t *len)
{
	size_t room = 4096, n = 0;
	char *buf = malloc(room + 1);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got;

	if (fd < 0 || !buf)
		goto out;
	while ((got = read(fd, buf + n, room - n)) > 0) {
		n += got;
		if (n == room) {
			room *= 2;
			buf = realloc(buf, room + 1);
			if (!buf)
				goto out;
		}
	}
out:
	if (fd >= 0)
		close(fd);
	if (buf)
		buf[n] = 0;
	if (len)
		*len = n;
	return buf;
}

static int spew(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t n = -1;

	if (fd >= 0) {
		n = write(fd, text, strlen(text));
		close(fd);
	}
	return n < 0 ? -1 : 0;
}

static void write_all(int fd, const char *buf, size_t len)
{
	while (len) {
		ssize_t n = write(fd, buf, len);

		if (n < 0 && errno != EINTR)
			die("write to port: %m");
		if (n > 0) {
			buf += n;
			len -= n;
		}
	}
}

/* Turns a block of NUL-terminated strings into an argv. */
static char **split(const char *path)
{
	size_t len, i, n = 0;
	char *block = slurp(path, &len);
	char **v;

	for (i = 0; i < len; i++)
		n += !block[i];
	v = calloc(n + 1, sizeof(*v));
	if (!v)
		die("no memory");
	for (i = n = 0; i < len; i += strlen(block + i) + 1)
		v[n++] = block + i;
	return v;
}

static void mount_all(void)
{
	static const struct {
		const char *type, *dir, *data;
		int needed;
	} fs[] = {
		{ "devtmpfs", "/dev", "mode=0755", 1 },
		{ "proc", "/proc", NULL, 1 },
		{ "sysfs", "/sys", NULL, 1 },
		{ "tmpfs", "/dev/shm", "mode=1777", 1 },
		{ "devpts", "/dev/pts", "gid=5,mode=620,ptmxmode=666", 1 },
		{ "mqueue", "/dev/mqueue", NULL, 0 },
		{ "debugfs", "/sys/kernel/debug", NULL, 0 },
		{ "tracefs", "/sys/kernel/tracing", NULL, 0 },
		{ "bpf", "/sys/fs/bpf", NULL, 0 },
		{ "cgroup2", "/sys/fs/cgroup", NULL, 0 },
	};
	size_t i;

	for (i = 0; i < sizeof(fs) / sizeof(fs[0]); i++) {
		mkdir(fs[i].dir, 0755);
		if (mount(fs[i].type, fs[i].dir, fs[i].type, 0, fs[i].data) && fs[i].needed)
			die("mount %s on %s: %m", fs[i].type, fs[i].dir);
	}
	/* As a system has it: users get to what is in them. */
	chmod("/", 0755);
	chmod("/tmp", 01777);
	symlink("/proc/self/fd", "/dev/fd");
	symlink("/proc/self/fd/0", "/dev/stdin");
	symlink("/proc/self/fd/1", "/dev/stdout");
	symlink("/proc/self/fd/2", "/dev/stderr");
}

static int load_module(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int ret;

	if (fd < 0)
		return -1;
	ret = syscall(SYS_finit_module, fd, "", 0);
	close(fd);
	return ret;
}

/* Drivers that this kernel has as modules, numbered in the order of need. */
static void load_drivers(void)
{
	struct dirent **names;
	char path[512];
	int i, n = scandir("/lib/drivers", &names, NULL, alphasort);

	for (i = 0; i < n; i++) {
		if (names[i]->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "/lib/drivers/%s", names[i]->d_name);
		if (load_module(path) && errno != EEXIST)
			die("%s: %m", path);
	}
}

/* The host side of a port appears some time after its driver. */
static int open_port(enum port port)
{
	char path[32];
	int fd, tries;

	snprintf(path, sizeof(path), "/dev/vport0p%d", port);
	for (tries = 0; tries < 3000; tries++) {
		fd = open(path, O_RDWR | O_CLOEXEC);
		if (fd >= 0)
			return fd;
		usleep(10000);
	}
	die("%s: %m", path);
}

static int run_quietly(char *const argv[])
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		execv(argv[0], argv);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -1;
	return status;
}

static void set_limits(void)
{
	/* A loaded host under TCG is slow, not hung. */
	spew("/proc/sys/kernel/watchdog_thresh", "60");
	spew("/proc/sys/kernel/hung_task_timeout_secs", "240");
	spew("/proc/sys/kernel/hung_task_panic", "1");
	spew("/proc/sys/kernel/printk", "5");
	spew("/proc/sys/fs/mqueue/msg_max", "256");
}

static void prepare(void)
{
	char *const install[] = { "/bin/busybox", "--install", "-s", "/bin", NULL };
	int fd = open("/dev/console", O_RDWR);

	if (fd >= 0) {
		dup2(fd, 0);
		dup2(fd, 1);
		dup2(fd, 2);
		if (fd > 2)
			close(fd);
	}
	load_drivers();
	set_limits();
	run_quietly(install);
	sethostname("timewarp", 8);
	mkdir("/results", 0755);
	if (!wanted("module"))
		return;
	if (load_module(MODULE_FILE))
		die("cannot load the module: %m");
}

/* One stream from the command to the host: a pipe, or a pty for a terminal. */
struct stream {
	int port;	/* to the host */
	int ours;	/* where its output arrives; -1 after its end */
	int theirs;	/* what the command gets */
};

static void open_stream(struct stream *s, enum port port, int tty)
{
	struct winsize ws = { .ws_row = 24, .ws_col = 80 };
	struct termios raw;
	int fd[2];

	s->port = open_port(port);
	if (!tty) {
		if (pipe2(fd, O_CLOEXEC))
			die("pipe: %m");
		s->ours = fd[0];
		s->theirs = fd[1];
		return;
	}
	sscanf(slurp("/run.d/size", NULL), "%hu %hu", &ws.ws_row, &ws.ws_col);
	cfmakeraw(&raw);
	if (openpty(&s->ours, &s->theirs, NULL, NULL, &ws))
		die("openpty: %m");
	tcgetattr(s->theirs, &raw);
	cfmakeraw(&raw);
	tcsetattr(s->theirs, TCSANOW, &raw);
	fcntl(s->ours, F_SETFD, FD_CLOEXEC);
	fcntl(s->theirs, F_SETFD, FD_CLOEXEC);
}

/* Moves what is there; false at the end of the stream. */
static int pump(struct stream *s)
{
	static char buf[65536];
	ssize_t n = read(s->ours, buf, sizeof(buf));

	if (n > 0) {
		write_all(s->port, buf, n);
		return 1;
	}
	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return 1;
	close(s->ours);
	s->ours = -1;
	return 0;
}

/* Returns when every stream has ended, or nothing has come for timeout ms. */
static int pump_all(struct stream *s, int nr, int timeout)
{
	struct pollfd p[2];
	int i, open_streams = 0;

	for (i = 0; i < nr; i++) {
		p[i].fd = s[i].ours;
		p[i].events = POLLIN;
		open_streams += s[i].ours >= 0;
	}
	if (!open_streams)
		return 0;
	i = poll(p, nr, timeout);
	if (i <= 0)
		return i < 0 && errno == EINTR;
	for (i = 0; i < nr; i++)
		if (p[i].revents)
			pump(&s[i]);
	return 1;
}

static void __attribute__((noreturn)) become(char **argv, char **env)
{
	signal(SIGPIPE, SIG_DFL);
	if (chdir("/tmp"))
		_exit(126);
	environ = env;
	execvp(argv[0], argv);
	fprintf(stderr, "%s: %m\n", argv[0]);
	_exit(errno == ENOENT ? 127 : 126);
}

static int shell_status(int status)
{
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int is_number(const struct dirent *d)
{
	return d->d_name[0] >= '1' && d->d_name[0] <= '9';
}

static void tell_file(const char *pid, const char *name)
{
	char path[300];
	char *text;

	snprintf(path, sizeof(path), "/proc/%s/%s", pid, name);
	text = slurp(path, NULL);
	if (text && text[0])
		fprintf(stderr, "init: %s:\n%s\n", path, text);
	free(text);
}

/* Where does everybody sleep? Kernel threads are told by sysrq, if blocked. */
static void tell_hang(void)
{
	struct dirent **names;
	int i, n = scandir("/proc", &names, is_number, versionsort);

	fprintf(stderr, "init: out of time; the processes:\n");
	for (i = 0; i < n; i++) {
		char exe[300], target[256];

		snprintf(exe, sizeof(exe), "/proc/%s/exe", names[i]->d_name);
		if (readlink(exe, target, sizeof(target)) < 0 || !strcmp(names[i]->d_name, "1"))
			continue;
		tell_file(names[i]->d_name, "stat");
		tell_file(names[i]->d_name, "stack");
	}
	spew("/proc/sys/kernel/printk", "8");
	spew("/proc/sysrq-trigger", "w");
	spew("/proc/sysrq-trigger", "l");
	die("timeout: the command did not end");
}

static int out_of_time(void)
{
	static long limit;
	struct timespec now;

	if (!limit)
		limit = atol(slurp("/run.d/limit", NULL));
	clock_gettime(CLOCK_BOOTTIME, &now);
	return limit && now.tv_sec >= limit;
}

/*
 * Orphans of the command come to process 1: reap them all, and stop when the
 * command itself is done. SIGCHLD interrupts the poll, but may come just
 * before it, hence the finite timeout.
 */
static int wait_for(pid_t pid, struct stream *s, int nr)
{
	int status;
	pid_t dead;

	for (;;) {
		while ((dead = waitpid(-1, &status, WNOHANG)) > 0)
			if (dead == pid)
				return shell_status(status);
		if (out_of_time())
			tell_hang();
		if (!pump_all(s, nr, 100) && s[0].ours < 0 && s[1].ours < 0)
			usleep(10000);
	}
}

static int run_command(void)
{
	char **argv = split("/run.d/argv"), **env = split("/run.d/env");
	struct stream s[2];
	int status;
	pid_t pid;

	open_stream(&s[0], PORT_OUT, wanted("tty-out"));
	open_stream(&s[1], PORT_ERR, wanted("tty-err"));
	pid = fork();
	if (!pid) {
		setsid();
		dup2(open("/dev/null", O_RDONLY), 0);
		dup2(s[0].theirs, 1);
		dup2(s[1].theirs, 2);
		become(argv, env);
	}
	if (pid < 0)
		die("fork: %m");
	close(s[0].theirs);
	close(s[1].theirs);
	status = wait_for(pid, s, 2);
	while (pump_all(s, 2, 0))
		;
	/* Whoever is left may hold the pipes for ever. */
	kill(-1, SIGKILL);
	while (waitpid(-1, NULL, 0) > 0)
		;
	while (pump_all(s, 2, 0))
		;
	return status;
}

/* The second serial line is the host's terminal. */
static int run_shell(void)
{
	char **env = split("/run.d/env");
	char *argv[] = { "/bin/sh", "-l", NULL };
	struct winsize ws = { .ws_row = 24, .ws_col = 80 };
	pid_t pid = fork();
	int status;

	if (!pid) {
		int fd;

		setsid();
		fd = open("/dev/ttyS1", O_RDWR);
		ioctl(fd, TIOCSCTTY, 1);
		sscanf(slurp("/run.d/size", NULL), "%hu %hu", &ws.ws_row, &ws.ws_col);
		ioctl(fd, TIOCSWINSZ, &ws);
		dup2(fd, 0);
		dup2(fd, 1);
		dup2(fd, 2);
		become(argv, env);
	}
	waitpid(pid, &status, 0);
	kill(-1, SIGKILL);
	while (waitpid(-1, NULL, 0) > 0)
		;
	return shell_status(status);
}

static void send_results(void)
{
	char *const tar[] = { "/bin/busybox", "tar", "-C", "/results", "-cf", "/dev/vport0p4",
			      ".", NULL };

	close(open_port(PORT_RESULTS));
	if (run_quietly(tar))
		die("cannot send the results");
}

/* An object counts as leaked when a scan has not found it for five seconds. */
static void scan_leaks(const char *when)
{
	char *report;
	size_t len;

	sleep(6);
	spew(KMEMLEAK, "scan");
	report = slurp(KMEMLEAK, &len);
	if (len) {
		fprintf(stderr, "%s\n", report);
		die("kmemleak: leaks %s", when);
	}
	free(report);
}

/* With every process dead, whoever still uses the module has leaked it. */
static void unload_module(void)
{
	int tries;

	for (tries = 0; tries < 100; tries++) {
		if (!syscall(SYS_delete_module, "timewarp", O_NONBLOCK) || errno == ENOENT)
			return;
		usleep(100000);
	}
	die("cannot unload the module: %m");
}

static void send_dmesg(void)
{
	int len = klogctl(10, NULL, 0), fd = open_port(PORT_DMESG);
	char *log = malloc(len + 1);

	if (log && (len = klogctl(3, log, len)) > 0)
		write_all(fd, log, len);
	close(fd);
}

static void onchild(int sig)
{
	(void)sig;
}

int main(void)
{
	struct sigaction sa = { .sa_handler = onchild, .sa_flags = SA_RESTART };
	int status, leaks;
	char *words = slurp("/run.d/want", NULL);

	umask(022);
	sigaction(SIGCHLD, &sa, NULL);
	signal(SIGPIPE, SIG_IGN);
	snprintf(want, sizeof(want), "%s", words);
	mount_all();
	prepare();
	verdict_fd = open_port(PORT_VERDICT);
	status = wanted("shell") ? run_shell() : run_command();
	dprintf(verdict_fd, "status %d\n", status);
	if (wanted("results"))
		send_results();
	leaks = wanted("leaks") && !access(KMEMLEAK, W_OK);
	if (leaks)
		scan_leaks("while the module was loaded");
	unload_module();
	if (leaks)
		scan_leaks("after the module was unloaded");
	send_dmesg();
	dprintf(verdict_fd, "end\n");
	reboot(RB_POWER_OFF);
	return 0;
}
