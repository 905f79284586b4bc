/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LINUX_MINMAX_H
#define _LINUX_MINMAX_H

#include <linux/kernel.h>

#define clamp_t(type, val, lo, hi) clamp((type)(val), (type)(lo), (type)(hi))

#endif /* _LINUX_MINMAX_H */
