// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "bench/task.h"

void pause_us(unsigned int us)
{
	struct timespec ts = { .tv_nsec = us * 1000L };

	nanosleep(&ts, NULL);
}

void die(const char *fmt, ...)
{
	va_list ap;

	fputs("tw-bench: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	_exit(1);
}

void check(long ret, const char *what)
{
	if (ret < 0)
		die("%s: %s", what, strerror(ret == -1 ? errno : -ret));
}

void *shared_alloc(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		die("no memory");
	return p;
}

/* ---- helpers ---- */

static void helper_loop(struct helper *h, int ask, int answer,
			void (*fn)(void *arg))
{
	char c;

	while (read(ask, &c, 1) == 1) {
		fn(h->arg);
		if (write(answer, &c, 1) != 1)
			break;
	}
	_exit(0);
}

void helper_start(struct helper *h, void (*fn)(void *arg), void *arg)
{
	int ask[2], answer[2];

	check(pipe(ask), "pipe");
	check(pipe(answer), "pipe");
	h->arg = arg;
	h->pid = fork();
	check(h->pid, "fork");
	if (!h->pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(ask[1]);
		close(answer[0]);
		helper_loop(h, ask[0], answer[1], fn);
	}
	close(ask[0]);
	close(answer[1]);
	h->ask = ask[1];
	h->answer = answer[0];
}

void helper_ask(struct helper *h)
{
	if (write(h->ask, "", 1) != 1)
		die("a helper is gone");
}

void helper_await(struct helper *h)
{
	char c;

	if (read(h->answer, &c, 1) != 1)
		die("a helper is gone");
}

void helper_stop(struct helper *h)
{
	close(h->ask);
	close(h->answer);
	kill(h->pid, SIGKILL);
	waitpid(h->pid, NULL, 0);
}

/* ---- memory, and what a copy of it costs ---- */

void memory_map(struct memory *m, size_t size, bool huge)
{
	m->size = size;
	m->huge = huge;
	m->at = mmap(NULL, size, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (m->at == MAP_FAILED)
		die("no memory");
	madvise(m->at, size, huge ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
	memory_touch(m);
}

/* Takes each page back from those that share it since a fork. */
void memory_touch(struct memory *m)
{
	size_t i;

	for (i = 0; i < m->size; i += 4096)
		m->at[i]++;
}

uint64_t fork_exit_wait(void)
{
	uint64_t start = clock_ns();
	pid_t pid = fork();

	check(pid, "fork");
	if (!pid)
		_exit(0);
	waitpid(pid, NULL, 0);
	return clock_ns() - start;
}
