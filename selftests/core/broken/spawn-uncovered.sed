# SPDX-License-Identifier: GPL-2.0
# in: gvt.c
# GVT does not wait for a new process whose task has not attached.
s/return p->lvt;/return TW_TIME_INF;/
