# SPDX-License-Identifier: GPL-2.0
# in: gvt.c
# GVT ignores what a process has not given to the kernel yet.
s/min(time, READ_ONCE(page->hold))/time/
