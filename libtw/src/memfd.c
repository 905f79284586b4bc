// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/* Large payloads: files that are sent, and files that come. */
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>

#include "memfd.h"
#include "received.h"
#include "sys.h"

static int fill(int fd, const void *buf, size_t len)
{
	const char *at = buf;

	while (len) {
		ssize_t n = write(fd, at, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == ENOSPC ? -ENOMEM : -errno;
		at += n;
		len -= n;
	}
	return 0;
}

int tw_memfd_parts(const struct iovec *part, int parts)
{
	int fd = memfd_create("timewarp", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	int ret = 0;

	if (fd < 0)
		return -errno;
	for (int i = 0; !ret && i < parts; i++)
		ret = fill(fd, part[i].iov_base, part[i].iov_len);
	if (!ret &&
	    fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK))
		ret = -errno;
	if (ret)
		close(fd);
	return ret ? ret : fd;
}

int tw_memfd(const void *buf, size_t len)
{
	const struct iovec part = { (void *)buf, len };

	if (!len)
		return -EINVAL;
	if (len > TW_MEMFD_MAX)
		return -EMSGSIZE;
	return tw_memfd_parts(&part, 1);
}

ssize_t tw_received(int ret, const struct tw_recv *arg, const void *buf,
		    struct tw_recv_info *info)
{
	bool file = !ret && arg->msg_flags & TW_SEND_MEMFD;
	struct tw_memfd memfd = { .fd = -1 };

	if (file)
		memcpy(&memfd, buf, sizeof(memfd));
	if (info)
		*info = (struct tw_recv_info){
			.sender = arg->sender,
			.recv_time = arg->recv_time,
			.send_time = arg->send_time,
			.priority = arg->priority,
			.index = arg->index,
			.len = file ? 0 : arg->len,
			.fd = memfd.fd,
			.bytes = memfd.bytes,
		};
	else
		tw_close(&memfd.fd);
	if (ret)
		return ret;
	return file ? 0 : (ssize_t)arg->len;
}
