// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Snapshots: a fork that waits in the kernel until a rollback needs it.
 *
 *	running			snapshot		snapshot of the same state
 *	-------			--------		--------------------------
 *	TW_SNAPSHOT -> token
 *	clone  ---------------> TW_PARK(token) sleeps
 *	goes on
 *	killed by a rollback	returns 0
 *				clone  ---------------> TW_PARK(token) sleeps
 *				new page, new scratch
 *				goes on
 *
 * CLONE_PARENT makes all of them children of the guardian. Their exit signal
 * is 0, as the first incarnation's is: the guardian's program gets no SIGCHLD,
 * and its own wait(2) does not see them.
 */
#include <sched.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>

#include "process.h"
#include "sys.h"

#define RETRIES 1000
#define RETRY_NS 10000000

/*
 * glibc's fork() has no exit signal but SIGCHLD. Not clone3(2), whose flags no
 * seccomp filter can see (strict.c).
 */
pid_t tw_clone(unsigned long flags)
{
	long pid = syscall(SYS_clone, flags, NULL, NULL, NULL, 0);

	return pid < 0 ? -errno : pid;
}

static int map_page_at(struct tw_process *p, void *addr, int flags)
{
	void *page = mmap(addr, sysconf(_SC_PAGESIZE), PROT_READ | PROT_WRITE,
			  MAP_SHARED | flags, p->fd, 0);

	if (page == MAP_FAILED)
		return -errno;
	p->page = page;
	return 0;
}

static int map_scratch_at(struct tw_process *p, void *addr, size_t len,
			  int flags)
{
	void *scratch = mmap(addr, len, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);

	if (scratch == MAP_FAILED)
		return -errno;
	p->scratch = scratch;
	p->scratch_len = len;
	return madvise(scratch, len, MADV_DONTFORK) ? -errno : 0;
}

static int map_domain_page(struct tw_process *p)
{
	long len = sysconf(_SC_PAGESIZE);
	void *page = mmap(NULL, len, PROT_READ, MAP_SHARED, p->fd, len);

	if (page == MAP_FAILED)
		return -errno;
	p->domain = page;
	return 0;
}

int tw_process_map_page(struct tw_process *p)
{
	int ret = map_domain_page(p);

	return ret ? ret : map_page_at(p, NULL, 0);
}

int tw_process_map_scratch(struct tw_process *p, size_t len)
{
	return map_scratch_at(p, NULL, len, 0);
}

/* What the snapshot did not inherit. */
static int remap(struct tw_process *p)
{
	int ret = 0;

	if (p->page)
		ret = map_page_at(p, p->page, MAP_FIXED);
	if (!ret && p->scratch)
		ret = map_scratch_at(p, p->scratch, p->scratch_len, MAP_FIXED);
	return ret;
}

/* Returns when it is the process. */
static void park(struct tw_process *p, uint64_t token)
{
	struct tw_park arg = { .size = sizeof(arg), .token = token };

	if (tw_ioctl(p->fd, TW_PARK, &arg))
		_exit(0);
}

/*
 * The process can do without a snapshot when there are earlier ones. It cannot
 * do without its first, nor, perhaps, without the one that it has just been,
 * nor without the task of a process that it creates: then fork is tried for some
 * time.
 */
pid_t tw_clone_stubborn(bool stubborn)
{
	const struct timespec pause = { .tv_nsec = RETRY_NS };
	int n = stubborn ? RETRIES : 0;
	pid_t pid;

	while ((pid = tw_clone(CLONE_PARENT)) < 0 && n--)
		nanosleep(&pause, NULL);
	return pid;
}

int tw_process_snapshot(struct tw_process *p)
{
	struct tw_snapshot arg = { .size = sizeof(arg) };
	int ret = tw_ioctl(p->fd, TW_SNAPSHOT, &arg);
	bool resumed = false;
	pid_t pid;

	if (ret)
		return ret;
	while (!(pid = tw_clone_stubborn(resumed || !p->has_snapshot))) {
		park(p, arg.token);
		p->has_snapshot = true;
		resumed = true;
	}
	/* Without its page it cannot go on, and nothing was done yet. */
	if (resumed && remap(p))
		abort();
	if (resumed)
		return 1;
	if (pid < 0)
		return -ENOMEM;
	p->has_snapshot = true;
	return 0;
}

int tw_process_announce(struct tw_process *p, struct tw_snapshot *snapshot)
{
	int ret;

	snapshot->size = sizeof(*snapshot);
	ret = tw_ioctl(p->fd, TW_SNAPSHOT, snapshot);
	p->has_snapshot |= !ret;
	return ret;
}

int tw_process_restore(struct tw_process *p, struct tw_restore *restore)
{
	restore->size = sizeof(*restore);
	return tw_ioctl(p->fd, TW_RESTORE, restore);
}

int tw_process_leave(struct tw_process *p, uint32_t status)
{
	struct tw_exit arg = { .size = sizeof(arg), .status = status };

	return tw_ioctl(p->fd, TW_EXIT, &arg);
}
