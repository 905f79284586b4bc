# SPDX-License-Identifier: GPL-2.0
# in: gvt.c
# GVT waits for no port's promise.
s/return p->live ? TW_TIME_INF : p->lvt;/return TW_TIME_INF;/
