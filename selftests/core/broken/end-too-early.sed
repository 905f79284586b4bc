# SPDX-License-Identifier: GPL-2.0
# in: fossil.c
# An end that can be rolled back is taken for final.
s/max(p->now.horizon, p->now.key.recv_time) < gvt/true/
