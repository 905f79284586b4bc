// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * The guardian makes a process: an endpoint, and a first incarnation that
 * inherits it. So does a process, in virtual time.
 *
 * All incarnations of a domain are in a process group of their own. So the
 * guardian can wait for exactly them, and a terminal's SIGINT ends them
 * through the guardian only, in order.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "process.h"
#include "strict.h"
#include "sys.h"
#include "words.h"

static int attach(const struct tw_process *p, uint64_t token)
{
	struct tw_attach arg = { .size = sizeof(arg), .token = token };

	return tw_ioctl(p->fd, TW_ATTACH, &arg);
}

/* True when the domain has started, false when the guardian is gone. */
static bool wait_start(int fd, const struct tw_shared *shared)
{
	char c;

	while (read(fd, &c, 1) < 0 && errno == EINTR)
		;
	return __atomic_load_n(&shared->started, __ATOMIC_ACQUIRE);
}

static void say(int fd, int ret)
{
	while (write(fd, &ret, sizeof(ret)) < 0 && errno == EINTR)
		;
	close(fd);
}

static int hear(int fd)
{
	int ret = 0;
	ssize_t n;

	do
		n = read(fd, &ret, sizeof(ret));
	while (n < 0 && errno == EINTR);
	return n == sizeof(ret) ? ret : -ECHILD;
}

/* What a process is to do. */
struct work {
	tw_main_fn fn;
	void *arg;
	bool strict;
	struct tw_words *words;
};

static void be_strict(const struct tw_process *p)
{
	int ret = tw_strict_enter(p->fd);

	if (!ret)
		return;
	tw_last_words("no strict mode: %s", strerror(-ret));
	_exit(1);
}

__attribute__((noreturn)) static void first_incarnation(struct tw_process *p,
							struct tw_domain *d,
							int tell,
							const struct work *work)
{
	int start, ret;

	setpgid(0, d->group);
	start = fcntl(d->start_rd, F_DUPFD_CLOEXEC, 0);
	tw_domain_leave_all();
	ret = start < 0 ? -EMFILE : attach(p, 0);
	say(tell, ret);
	if (ret || !wait_start(start, p->shared))
		_exit(1);
	close(start);
	tw_words_begin(work->words, work->strict);
	if (work->strict)
		be_strict(p);
	ret = work->fn(p, work->arg);
	fflush(NULL);
	_exit(ret);
}

/* Into the group of the others; if they are gone, a new one. */
static void join_group(struct tw_domain *d, pid_t pid)
{
	if (d->group && (!setpgid(pid, d->group) || getpgid(pid) == d->group))
		return;
	setpgid(pid, pid);
	d->group = pid;
}

static int create_endpoint(struct tw_domain *d,
			   const struct tw_process_attr *attr, uint32_t state,
			   struct tw_process_create *create)
{
	memset(create, 0, sizeof(*create));
	create->size = sizeof(*create);
	create->state = state;
	if (attr) {
		int ret = tw_name_copy(create->name, attr->name);

		if (ret)
			return ret;
		create->cancellation = attr->cancellation;
		create->snapshot_interval = attr->snapshot_interval;
		create->interval_min = attr->interval_min;
		create->interval_max = attr->interval_max;
		create->snapshots_max = attr->snapshots_max;
		create->memory = attr->memory;
	}
	return tw_ioctl(d->fd, TW_PROCESS_CREATE, create);
}

static int start_incarnation(struct tw_domain *d, struct tw_process *p,
			     const struct work *work)
{
	int tell[2], ret;
	pid_t pid;

	if (pipe2(tell, O_CLOEXEC))
		return -errno;
	fflush(NULL); /* what is buffered now is not the child's to write */
	pid = tw_clone(0);
	if (!pid) {
		close(tell[0]);
		first_incarnation(p, d, tell[1], work);
	}
	close(tell[1]);
	if (pid > 0) {
		join_group(d, pid);
		ret = hear(tell[0]);
	} else {
		ret = pid;
	}
	close(tell[0]);
	return ret;
}

int tw_spawn_state(struct tw_domain *d, const struct tw_process_attr *attr,
		   uint32_t state, tw_main_fn fn, void *arg, uint64_t *id)
{
	struct work work = { .fn = fn,
			     .arg = arg,
			     .strict = attr && attr->strict };
	struct tw_process_create create;
	struct tw_process p;
	int ret = create_endpoint(d, attr, state, &create);

	if (ret)
		return ret;
	p = (struct tw_process){ .fd = create.fd,
				 .id = create.id,
				 .shared = d->shared };
	work.words = tw_words_new(d, create.id);
	ret = work.words ? start_incarnation(d, &p, &work) : -ENOMEM;
	close(create.fd);
	if (!ret && id)
		*id = create.id;
	return ret;
}

/*
 * In the child, under the creator's handle. It may be late: its creation was
 * undone, or repeated by somebody whose child was faster.
 */
__attribute__((noreturn)) static void newborn(struct tw_process *p,
					      const struct tw_spawn *spawn,
					      const struct work *work)
{
	int ret;

	if (dup3(spawn->fd, p->fd, O_CLOEXEC) < 0)
		abort();
	close(spawn->fd);
	if (attach(p, spawn->token))
		_exit(0);
	p->id = spawn->id;
	p->page = NULL;
	p->scratch = NULL;
	p->has_snapshot = false;
	if (work->strict)
		be_strict(p);
	ret = work->fn(p, work->arg);
	fflush(NULL);
	_exit(ret);
}

int tw_process_spawn(struct tw_process *p, const struct tw_process_attr *attr,
		     tw_main_fn fn, void *arg, uint64_t *id)
{
	const struct work work = { .fn = fn,
				   .arg = arg,
				   .strict = attr && attr->strict };
	struct tw_spawn spawn = { .size = sizeof(spawn) };
	pid_t pid;
	int ret;

	if (attr) {
		ret = attr->memory ? -EINVAL :
				     tw_name_copy(spawn.name, attr->name);
		if (ret)
			return ret;
		spawn.cancellation = attr->cancellation;
		spawn.snapshot_interval = attr->snapshot_interval;
		spawn.interval_min = attr->interval_min;
		spawn.interval_max = attr->interval_max;
		spawn.snapshots_max = attr->snapshots_max;
	}
	do
		ret = tw_ioctl(p->fd, TW_SPAWN, &spawn);
	while (ret == -EINTR);
	if (ret)
		return ret;
	if (id)
		*id = spawn.id;
	if (spawn.fd < 0)
		return 0;
	fflush(NULL);
	pid = tw_clone_stubborn(true);
	if (!pid)
		newborn(p, &spawn, &work);
	/* It exists, and waits for its task. */
	if (pid < 0)
		abort();
	close(spawn.fd);
	return 0;
}

int tw_spawn(struct tw_domain *d, const struct tw_process_attr *attr,
	     tw_main_fn fn, void *arg, uint64_t *id)
{
	return tw_spawn_state(d, attr, TW_STATE_FORK, fn, arg, id);
}
