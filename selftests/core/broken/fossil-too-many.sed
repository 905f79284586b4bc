# SPDX-License-Identifier: GPL-2.0
# in: fossil.c
# Fossil collection ignores what a snapshot was handed of the future.
s/s->inc \&\& s->pos.horizon < gvt/s->inc \&\& s->pos.key.recv_time < gvt/
