/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
#ifndef TW_RECEIVED_H
#define TW_RECEIVED_H

#include <sys/types.h>

#include "lib.h"

/**
 * tw_received() - tell the caller of a receive what has come
 * @ret: of TW_RECV: 0 or -EMSGSIZE
 * @arg: its argument
 * @buf: where the payload is
 * @info: may be NULL: then nobody wants a file
 *
 * Return: @ret, or bytes of payload in @buf.
 */
ssize_t tw_received(int ret, const struct tw_recv *arg, const void *buf,
		    struct tw_recv_info *info);

#endif /* TW_RECEIVED_H */
