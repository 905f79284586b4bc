# SPDX-License-Identifier: GPL-2.0
# in: schedule.c
# Turns are given in no order.
s/return c ? c < 0 : p->id < q->id;/return p->id > q->id;/
