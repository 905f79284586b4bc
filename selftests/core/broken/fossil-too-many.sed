# SPDX-License-Identifier: GPL-2.0
# in: fossil.c
# Fossil collection ignores what a snapshot was handed of the future.
s/s->pos.horizon < gvt \&\& tw_snap_lives/s->pos.key.recv_time < gvt \&\& tw_snap_lives/
