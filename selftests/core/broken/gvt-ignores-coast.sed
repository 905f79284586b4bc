# SPDX-License-Identifier: GPL-2.0
# in: gvt.c
# GVT counts a process that coasts as if it had all before it.
s/max(progress, p->coast_until)/progress/
