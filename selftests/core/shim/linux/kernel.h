/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SHIM_LINUX_KERNEL_H
#define SHIM_LINUX_KERNEL_H

#include_next <linux/kernel.h>
#include <linux/align.h>

#ifndef U32_MAX
#define U32_MAX ((u32)~0U)
#define INT_MAX ((int)(~0U >> 1))
#define U64_MAX ((u64)~0ULL)
#endif

#endif /* SHIM_LINUX_KERNEL_H */
