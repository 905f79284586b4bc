// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/device.h"
#include "bench/task.h"

/* ---- guardian ---- */

void domain_open(struct domain *d)
{
	struct tw_domain_create arg = { .size = sizeof(arg), .name = "bench" };
	int dev = open("/dev/timewarp", O_RDWR | O_CLOEXEC);

	check(dev, "/dev/timewarp");
	check(ioctl(dev, TW_DOMAIN_CREATE, &arg), "TW_DOMAIN_CREATE");
	close(dev);
	d->fd = arg.fd;
	d->group = 0;
	d->reaped = shared_alloc(sizeof(*d->reaped));
}

void domain_run(struct domain *d)
{
	struct tw_domain_start start = { .size = sizeof(start) };
	struct tw_domain_stat st = { .size = sizeof(st) };

	check(ioctl(d->fd, TW_DOMAIN_START, &start), "TW_DOMAIN_START");
	while (waitpid(-d->group, NULL, __WALL) > 0 || errno == EINTR)
		__atomic_add_fetch(d->reaped, 1, __ATOMIC_SEQ_CST);
	check(ioctl(d->fd, TW_DOMAIN_STAT, &st), "TW_DOMAIN_STAT");
	if (st.state != TW_DOMAIN_ENDED)
		die("the domain has not ended well: state %u, failure %u of process %llu",
		    st.state, st.failure,
		    (unsigned long long)st.failed_process);
	close(d->fd);
}

void process_create(struct domain *d, struct process *p, uint32_t interval)
{
	struct tw_process_create arg = { .size = sizeof(arg),
					 .snapshot_interval = interval };

	check(ioctl(d->fd, TW_PROCESS_CREATE, &arg), "TW_PROCESS_CREATE");
	*p = (struct process){ .domain = d, .id = arg.id, .fd = arg.fd };
	p->forked = shared_alloc(sizeof(*p->forked));
	p->resumed_at = shared_alloc(sizeof(*p->resumed_at));
}

/* No exit signal: the guardian waits with __WALL. */
static pid_t clone_silent(uint64_t flags)
{
	struct clone_args args = { .flags = flags };

	return syscall(SYS_clone3, &args, sizeof(args));
}

void process_start(struct process *p, void (*fn)(struct process *p, void *arg),
		   void *arg)
{
	struct tw_attach attach = { .size = sizeof(attach) };
	pid_t pid = clone_silent(0);

	check(pid, "clone3");
	if (pid) {
		if (!p->domain->group)
			p->domain->group = pid;
		setpgid(pid, p->domain->group);
		return;
	}
	setpgid(0, p->domain->group);
	close(p->domain->fd);
	check(ioctl(p->fd, TW_ATTACH, &attach), "TW_ATTACH");
	fn(p, arg);
	_exit(0);
}

/* ---- process ---- */

void process_send(struct process *p, uint64_t to, uint64_t at, const void *buf,
		  uint32_t len)
{
	struct tw_send arg = {
		.size = sizeof(arg),
		.receiver = to,
		.recv_time = at,
		.payload = (uintptr_t)buf,
		.len = len,
	};

	check(ioctl(p->fd, TW_SEND, &arg), "TW_SEND");
}

int process_recv(struct process *p, void *buf, uint32_t len)
{
	struct tw_recv arg = { .size = sizeof(arg),
			       .payload = (uintptr_t)buf,
			       .len = len };

	check(ioctl(p->fd, TW_RECV, &arg), "TW_RECV");
	while (arg.status == TW_STATUS_SNAPSHOT) {
		process_snapshot(p);
		arg.len = len;
		check(ioctl(p->fd, TW_RECV, &arg), "TW_RECV");
	}
	if (arg.status)
		return 0;
	p->now = arg.recv_time;
	return 1;
}

void process_snapshot(struct process *p)
{
	struct tw_snapshot arg = { .size = sizeof(arg) };
	struct tw_park park = { .size = sizeof(park) };
	pid_t pid;

	check(ioctl(p->fd, TW_SNAPSHOT, &arg), "TW_SNAPSHOT");
	park.token = arg.token;
	while (!(pid = clone_silent(CLONE_PARENT))) {
		if (ioctl(p->fd, TW_PARK, &park))
			_exit(0);
		*p->resumed_at = clock_ns();
	}
	check(pid, "clone3");
	__atomic_add_fetch(p->forked, 1, __ATOMIC_SEQ_CST);
}

static void wait_gvt(struct process *p)
{
	uint64_t buf[16];
	struct tw_step arg = {
		.size = sizeof(arg),
		.recvs = (uintptr_t)buf,
		.recvs_len = sizeof(buf),
		.until = p->now,
		.hold = p->now,
	};

	check(ioctl(p->fd, TW_STEP, &arg), "TW_STEP");
}

void process_settle(struct process *p)
{
	uint32_t live;

	wait_gvt(p);
	do {
		pause_us(500);
		live = __atomic_load_n(p->forked, __ATOMIC_SEQ_CST) -
		       __atomic_load_n(p->domain->reaped, __ATOMIC_SEQ_CST);
	} while (live > 2);
}
