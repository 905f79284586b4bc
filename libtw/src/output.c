// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/* Committed output: a message to a sink, one tick after now. */
#include <stdio.h>
#include <stdlib.h>

#include "process.h"
#include "sys.h"

int tw_write(struct tw_process *p, uint64_t sink, const void *buf, size_t len)
{
	const char *bytes = buf;
	int ret = 0;

	do {
		size_t n = len < TW_PAYLOAD_MAX ? len : TW_PAYLOAD_MAX;

		ret = tw_send(p, sink, p->now + 1, bytes, n);
		bytes += n;
		len -= n;
	} while (!ret && len);
	return ret;
}

int tw_vprintf(struct tw_process *p, const char *fmt, va_list ap)
{
	char small[512], *text = small;
	va_list again;
	int len, ret;

	if (!p->shared->out)
		return -ENOENT;
	va_copy(again, ap);
	len = vsnprintf(small, sizeof(small), fmt, ap);
	if (len >= (int)sizeof(small)) {
		len = vasprintf(&text, fmt, again);
		if (len < 0)
			text = small;
	}
	va_end(again);
	if (len < 0)
		return errno == ENOMEM ? -ENOMEM : -EINVAL;
	ret = len ? tw_write(p, p->shared->out, text, len) : 0;
	if (text != small)
		free(text);
	return ret ? ret : len;
}

int tw_printf(struct tw_process *p, const char *fmt, ...)
{
	va_list ap;
	int ret;

	va_start(ap, fmt);
	ret = tw_vprintf(p, fmt, ap);
	va_end(ap);
	return ret;
}
