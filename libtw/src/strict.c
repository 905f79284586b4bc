// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Strict mode: a process may make only those system calls whose effect a
 * rollback undoes, or that have none. Which these are is decided by what
 * fork(2) copies: memory, signal handlers, the table of descriptors, the
 * working directory. What it shares, or what leaves the process, is refused.
 *
 * The refusal is a SIGSYS, so it ends the incarnation like any other fault: it
 * is erased by a rollback to before it, and a failure if GVT comes to it.
 *
 * No rule can tell all. read(2) and lseek(2) are allowed, though they move an
 * offset that is shared: a program cannot read a file without. What is written
 * to stderr is for whoever looks for a bug, and comes from wrong futures too.
 */
#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "rescue.h"
#include "strict.h"
#include "sys.h"
#include "words.h"

static const int harmless[] = {
	/* memory */
	SCMP_SYS(brk), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(mprotect),
	SCMP_SYS(madvise), SCMP_SYS(mincore), SCMP_SYS(mlock), SCMP_SYS(mlock2),
	SCMP_SYS(munlock), SCMP_SYS(membarrier),
	/* the end, and signals to itself */
	SCMP_SYS(exit), SCMP_SYS(exit_group), SCMP_SYS(rt_sigaction),
	SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn),
	SCMP_SYS(rt_sigpending), SCMP_SYS(rt_sigsuspend), SCMP_SYS(sigaltstack),
	SCMP_SYS(tgkill), SCMP_SYS(pause), SCMP_SYS(setitimer),
	SCMP_SYS(getitimer), SCMP_SYS(restart_syscall),
	/* waiting, clocks, processors */
	SCMP_SYS(futex), SCMP_SYS(poll), SCMP_SYS(ppoll), SCMP_SYS(select),
	SCMP_SYS(pselect6), SCMP_SYS(nanosleep), SCMP_SYS(clock_nanosleep),
	SCMP_SYS(clock_gettime), SCMP_SYS(clock_getres), SCMP_SYS(gettimeofday),
	SCMP_SYS(time), SCMP_SYS(sched_yield), SCMP_SYS(sched_getaffinity),
	SCMP_SYS(sched_setaffinity), SCMP_SYS(sched_getparam),
	SCMP_SYS(sched_getscheduler), SCMP_SYS(getcpu), SCMP_SYS(getpriority),
	/* what it is */
	SCMP_SYS(getpid), SCMP_SYS(getppid), SCMP_SYS(gettid),
	SCMP_SYS(getpgid), SCMP_SYS(getpgrp), SCMP_SYS(getsid),
	SCMP_SYS(getuid), SCMP_SYS(geteuid), SCMP_SYS(getgid),
	SCMP_SYS(getegid), SCMP_SYS(getresuid), SCMP_SYS(getresgid),
	SCMP_SYS(getgroups), SCMP_SYS(uname), SCMP_SYS(sysinfo),
	SCMP_SYS(getrusage), SCMP_SYS(times), SCMP_SYS(getrlimit),
	SCMP_SYS(setrlimit), SCMP_SYS(prctl), SCMP_SYS(arch_prctl),
	SCMP_SYS(set_robust_list), SCMP_SYS(get_robust_list), SCMP_SYS(rseq),
	SCMP_SYS(set_tid_address), SCMP_SYS(getrandom),
	/* files, to read them */
	SCMP_SYS(read), SCMP_SYS(readv), SCMP_SYS(pread64), SCMP_SYS(preadv),
	SCMP_SYS(preadv2), SCMP_SYS(lseek), SCMP_SYS(close),
	SCMP_SYS(close_range), SCMP_SYS(dup), SCMP_SYS(stat), SCMP_SYS(lstat),
	SCMP_SYS(fstat), SCMP_SYS(newfstatat), SCMP_SYS(statx),
	SCMP_SYS(statfs), SCMP_SYS(fstatfs), SCMP_SYS(access),
	SCMP_SYS(faccessat), SCMP_SYS(faccessat2), SCMP_SYS(readlink),
	SCMP_SYS(readlinkat), SCMP_SYS(getdents64), SCMP_SYS(getcwd),
	SCMP_SYS(chdir), SCMP_SYS(fchdir), SCMP_SYS(umask), SCMP_SYS(fadvise64),
	SCMP_SYS(readahead)
};

#define OPEN_WRITES (O_ACCMODE | O_CREAT | O_TRUNC)

struct rule {
	int call;
	struct scmp_arg_cmp arg;
};

/* The argument has this value; has none of these bits. */
#define IS(n, value)                                          \
	{                                                     \
		.arg = n, .op = SCMP_CMP_EQ, .datum_a = value \
	}
#define HAS_NOT(n, bits)                                            \
	{                                                           \
		.arg = n, .op = SCMP_CMP_MASKED_EQ, .datum_a = bits \
	}

/* Harmless with some arguments only. */
static int allow_by_argument(scmp_filter_ctx f, int endpoint)
{
	const struct rule rules[] = {
		{ SCMP_SYS(ioctl), IS(0, endpoint) },
		{ SCMP_SYS(ioctl), IS(1, TCGETS) },
		/* a snapshot; threads and children have other flags */
		{ SCMP_SYS(clone), IS(0, CLONE_PARENT) },
		/* a process that it creates has its endpoint under the same number */
		{ SCMP_SYS(dup3), IS(1, endpoint) },
		{ SCMP_SYS(write), IS(0, STDERR_FILENO) },
		{ SCMP_SYS(writev), IS(0, STDERR_FILENO) },
		{ SCMP_SYS(open), HAS_NOT(1, OPEN_WRITES) },
		{ SCMP_SYS(openat), HAS_NOT(2, OPEN_WRITES) },
		/* private, or the position page */
		{ SCMP_SYS(mmap), HAS_NOT(3, MAP_SHARED) },
		{ SCMP_SYS(mmap), IS(4, endpoint) },
		/* its own limits */
		{ SCMP_SYS(prlimit64), IS(0, 0) },
		{ SCMP_SYS(fcntl), IS(1, F_DUPFD) },
		{ SCMP_SYS(fcntl), IS(1, F_DUPFD_CLOEXEC) },
		{ SCMP_SYS(fcntl), IS(1, F_GETFD) },
		{ SCMP_SYS(fcntl), IS(1, F_SETFD) },
		{ SCMP_SYS(fcntl), IS(1, F_GETFL) },
	};
	/* A file to be read: mprotect(2) lets it be written no more than open(2). */
	const struct scmp_arg_cmp unwritten[] = { HAS_NOT(2, PROT_WRITE),
						  HAS_NOT(3, MAP_ANONYMOUS) };
	int ret = seccomp_rule_add_array(f, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 2,
					 unwritten);

	for (size_t i = 0; !ret && i < sizeof(rules) / sizeof(*rules); i++)
		ret = seccomp_rule_add_array(f, SCMP_ACT_ALLOW, rules[i].call,
					     1, &rules[i].arg);
	return ret;
}

static int add_rules(scmp_filter_ctx f, int endpoint)
{
	int ret = seccomp_attr_set(f, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_TRAP);

	/* A tree: there are many calls. */
	if (!ret)
		ret = seccomp_attr_set(f, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	for (size_t i = 0; !ret && i < sizeof(harmless) / sizeof(*harmless);
	     i++)
		ret = seccomp_rule_add(f, SCMP_ACT_ALLOW, harmless[i], 0);
	/* A filter cannot see its flags; libc falls back to clone(2). */
	if (!ret)
		ret = seccomp_rule_add(f, SCMP_ACT_ERRNO(ENOSYS),
				       SCMP_SYS(clone3), 0);
	return ret ? ret : allow_by_argument(f, endpoint);
}

/*
 * SIGSYS comes from the call itself, so no lock of libc is held that what
 * follows may want. The one that comes again when this returns is fatal. libc blocks all
 * signals while it makes a thread, or spawns; then this is not called, and
 * report.c finds the words.
 */
static void on_refused(int sig, siginfo_t *info, void *context)
{
	char *name = seccomp_syscall_resolve_num_arch(info->si_arch,
						      info->si_syscall);

	(void)context;
	tw_last_words("strict mode refuses %s(2): " TW_STRICT_ADVICE,
		      name ? name : "syscall");
	free(name);
	tw_rescue_now(sig);
	signal(sig, SIG_DFL);
	raise(sig);
}

int tw_strict_enter(int endpoint)
{
	static bool entered; /* what is created inherits this, and the filter */
	const struct sigaction sa = { .sa_sigaction = on_refused,
				      .sa_flags = SA_SIGINFO };
	scmp_filter_ctx f;
	int ret;

	if (entered)
		return 0;
	f = seccomp_init(SCMP_ACT_TRAP);
	if (!f)
		return -ENOMEM;
	/* What is printed must be refused now, not when a buffer is full. */
	setvbuf(stdout, NULL, _IONBF, 0);
	sigaction(SIGSYS, &sa, NULL);
	ret = add_rules(f, endpoint);
	if (!ret)
		ret = seccomp_load(f);
	seccomp_release(f);
	entered = !ret;
	return ret;
}
