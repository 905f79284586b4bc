// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/* Ports: where messages come in from outside of virtual time. */
#include <stdlib.h>

#include "domain.h"
#include "sys.h"

int tw_port_create(struct tw_domain *d, const struct tw_port_attr *attr,
		   struct tw_port **pp)
{
	struct tw_port_create arg = { .size = sizeof(arg) };
	struct tw_port *p;
	int ret;

	if (attr) {
		arg.flags = attr->live ? TW_PORT_LIVE : 0;
		arg.promise = attr->promise;
		ret = tw_name_copy(arg.name, attr->name);
		if (ret)
			return ret;
	}
	p = calloc(1, sizeof(*p));
	if (!p)
		return -ENOMEM;
	ret = tw_ioctl(d->fd, TW_PORT_CREATE, &arg);
	if (ret) {
		free(p);
		return ret;
	}
	p->id = arg.id;
	p->fd = arg.fd;
	p->next = d->ports;
	d->ports = p;
	*pp = p;
	return 0;
}

uint64_t tw_port_id(const struct tw_port *p)
{
	return p->id;
}

int tw_port_fd(const struct tw_port *p)
{
	return p->fd;
}

int tw_port_inject(struct tw_port *p, uint64_t to, tw_time *at,
		   uint64_t priority, const void *buf, size_t len)
{
	struct tw_inject arg = {
		.size = sizeof(arg),
		.receiver = to,
		.recv_time = *at,
		.priority = priority,
		.payload = (uintptr_t)buf,
		.len = len,
	};
	int ret;

	if (len > TW_PAYLOAD_MAX)
		return -EMSGSIZE;
	if (p->fd < 0)
		return -EBADF;
	ret = tw_ioctl(p->fd, TW_INJECT, &arg);
	if (!ret || ret == -ETIME)
		*at = arg.recv_time;
	return ret;
}

int tw_port_promise(struct tw_port *p, tw_time promise)
{
	struct tw_promise arg = { .size = sizeof(arg), .promise = promise };

	if (p->fd < 0)
		return -EBADF;
	return tw_ioctl(p->fd, TW_PROMISE, &arg);
}

void tw_port_close(struct tw_port *p)
{
	tw_close(&p->fd);
}
