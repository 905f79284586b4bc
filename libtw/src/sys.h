/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* System calls that say what went wrong by their value. */
#ifndef TW_SYS_H
#define TW_SYS_H

#include <errno.h>
#include <sys/ioctl.h>
#include <unistd.h>

static inline int tw_ioctl(int fd, unsigned long request, void *arg)
{
	int ret = ioctl(fd, request, arg);

	return ret < 0 ? -errno : ret;
}

static inline void tw_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

#endif /* TW_SYS_H */
