// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/* Sinks: the guardian's end, where committed output comes out. */
#include <fcntl.h>
#include <stdlib.h>

#include "domain.h"
#include "received.h"
#include "sys.h"

static int sink_poll(struct tw_domain *d, const struct tw_sink *s)
{
	struct pollfd *polls =
		realloc(d->polls, (d->polls_len + 1) * sizeof(*polls));

	if (!polls)
		return -ENOMEM;
	polls[d->polls_len++] =
		(struct pollfd){ .fd = s->fd, .events = POLLIN };
	d->polls = polls;
	return 0;
}

static int sink_nonblock(const struct tw_sink *s)
{
	int flags = fcntl(s->fd, F_GETFL);

	if (flags < 0 || fcntl(s->fd, F_SETFL, flags | O_NONBLOCK))
		return -errno;
	return 0;
}

int tw_sink_create(struct tw_domain *d, const struct tw_sink_attr *attr,
		   struct tw_sink **sp)
{
	struct tw_sink_create arg = { .size = sizeof(arg) };
	struct tw_sink *s;
	int ret;

	if (attr) {
		arg.bound = attr->bound;
		ret = tw_name_copy(arg.name, attr->name);
		if (ret)
			return ret;
	}
	s = calloc(1, sizeof(*s));
	if (!s)
		return -ENOMEM;
	ret = tw_ioctl(d->fd, TW_SINK_CREATE, &arg);
	if (ret) {
		free(s);
		return ret;
	}
	s->id = arg.id;
	s->fd = arg.fd;
	s->next = d->sinks;
	d->sinks = s; /* the domain's from now on, even if what follows fails */
	ret = sink_nonblock(s);
	if (!ret)
		ret = sink_poll(d, s);
	if (!ret)
		*sp = s;
	return ret;
}

uint64_t tw_sink_id(const struct tw_sink *s)
{
	return s->id;
}

int tw_sink_fd(const struct tw_sink *s)
{
	return s->fd;
}

ssize_t tw_sink_read(struct tw_sink *s, void *buf, size_t len)
{
	ssize_t n = read(s->fd, buf, len);

	return n < 0 ? -errno : n;
}

ssize_t tw_sink_recv(struct tw_sink *s, void *buf, size_t len,
		     struct tw_recv_info *info)
{
	struct tw_recv arg = {
		.size = sizeof(arg),
		.flags = TW_RECV_NONBLOCK,
		.payload = (uintptr_t)buf,
		.len = len < TW_PAYLOAD_MAX ? len : TW_PAYLOAD_MAX,
	};
	int ret = tw_ioctl(s->fd, TW_RECV, &arg);

	if (!ret && arg.status & TW_STATUS_END)
		return -ESHUTDOWN;
	if (ret && ret != -EMSGSIZE)
		return ret;
	return tw_received(ret, &arg, buf, info);
}
