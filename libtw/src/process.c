// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * What a process calls.
 *
 * A signal is no part of virtual time: when it interrupts a wait, the wait
 * goes on, else the process could tell one execution from another.
 */
#include "process.h"
#include "received.h"
#include "sys.h"

uint64_t tw_self(const struct tw_process *p)
{
	return p->id;
}

int tw_process_fd(const struct tw_process *p)
{
	return p->fd;
}

tw_time tw_now(const struct tw_process *p)
{
	return p->now;
}

int tw_process_step(struct tw_process *p, struct tw_step *step)
{
	int ret;

	step->size = sizeof(*step);
	do {
		ret = tw_ioctl(p->fd, TW_STEP, step);
		step->sends += step->sends_done;
		step->sends_len -= step->sends_done;
		step->sends_done = 0;
	} while (ret == -EINTR);
	if (!ret)
		p->gvt = step->gvt;
	return ret;
}

tw_time tw_gvt(const struct tw_process *p)
{
	struct tw_step step = { .size = sizeof(step) };

	/* Nothing sent, nothing received: it only looks. */
	return tw_ioctl(p->fd, TW_STEP, &step) ? p->gvt : step.gvt;
}

/* @flags: beside those that the cancellation gives. */
static int send_payload(struct tw_process *p, uint64_t to, tw_time at,
			const struct tw_send_attr *attr, uint32_t flags,
			const void *buf, size_t len)
{
	const struct tw_send_attr none = {};
	const struct tw_send_attr *a = attr ? attr : &none;
	struct tw_send arg = {
		.size = sizeof(arg),
		.flags = flags | tw_send_flags(a->cancellation),
		.receiver = to,
		.recv_time = at,
		.priority = a->priority,
		.payload = (uintptr_t)buf,
		.len = len,
	};
	int ret;

	if (a->cancellation > TW_CANCEL_LAZY)
		return -EINVAL;
	if (len > TW_PAYLOAD_MAX)
		return -EMSGSIZE;
	do
		ret = tw_ioctl(p->fd, TW_SEND, &arg);
	while (ret == -EINTR);
	return ret;
}

int tw_send_with(struct tw_process *p, uint64_t to, tw_time at,
		 const struct tw_send_attr *attr, const void *buf, size_t len)
{
	return send_payload(p, to, at, attr, 0, buf, len);
}

int tw_send_memfd(struct tw_process *p, uint64_t to, tw_time at,
		  const struct tw_send_attr *attr, int fd)
{
	struct tw_memfd memfd = { .fd = fd };

	return send_payload(p, to, at, attr, TW_SEND_MEMFD, &memfd,
			    sizeof(memfd));
}

int tw_send_prio(struct tw_process *p, uint64_t to, tw_time at,
		 uint64_t priority, const void *buf, size_t len)
{
	const struct tw_send_attr attr = { .priority = priority };

	return tw_send_with(p, to, at, &attr, buf, len);
}

int tw_send(struct tw_process *p, uint64_t to, tw_time at, const void *buf,
	    size_t len)
{
	return tw_send_prio(p, to, at, 0, buf, len);
}

static int recv_once(struct tw_process *p, struct tw_recv *arg, void *buf,
		     size_t len, uint32_t flags)
{
	int ret;

	do {
		*arg = (struct tw_recv){
			.size = sizeof(*arg),
			.flags = flags,
			.payload = (uintptr_t)buf,
			.len = len < TW_PAYLOAD_MAX ? len : TW_PAYLOAD_MAX,
		};
		ret = tw_ioctl(p->fd, TW_RECV, arg);
	} while (ret == -EINTR);
	return ret;
}

/*
 * The kernel asks for a snapshot once each time that it is due, but for the
 * first one, without which it hands over nothing. So a fork that failed is an
 * error only if it asks again.
 */
static ssize_t recv_message(struct tw_process *p, void *buf, size_t len,
			    struct tw_recv_info *info, uint32_t flags)
{
	struct tw_recv arg;
	int failed = 0, ret;

	for (;;) {
		ret = recv_once(p, &arg, buf, len, flags);
		if (ret == -EMSGSIZE)
			return tw_received(ret, &arg, buf, info);
		if (ret)
			return ret;
		if (!(arg.status & TW_STATUS_SNAPSHOT))
			break;
		if (failed < 0)
			return failed;
		failed = tw_process_snapshot(p);
		if (failed < 0 && failed != -ENOMEM)
			return failed;
	}
	if (arg.status & TW_STATUS_END)
		return -ESHUTDOWN;
	p->now = arg.recv_time;
	return tw_received(0, &arg, buf, info);
}

ssize_t tw_recv(struct tw_process *p, void *buf, size_t len,
		struct tw_recv_info *info)
{
	return recv_message(p, buf, len, info, 0);
}

ssize_t tw_recv_nonblock(struct tw_process *p, void *buf, size_t len,
			 struct tw_recv_info *info)
{
	return recv_message(p, buf, len, info, TW_RECV_NONBLOCK);
}

ssize_t tw_recv_committed(struct tw_process *p, void *buf, size_t len,
			  struct tw_recv_info *info)
{
	return recv_message(p, buf, len, info, TW_RECV_COMMITTED);
}
