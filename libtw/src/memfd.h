/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
#ifndef TW_MEMFD_H
#define TW_MEMFD_H

#include <sys/uio.h>

#include "lib.h"

/* tw_memfd() of several buffers in a row, at least one byte in all. */
int tw_memfd_parts(const struct iovec *part, int parts);

#endif /* TW_MEMFD_H */
