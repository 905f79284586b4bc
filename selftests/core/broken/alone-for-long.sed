# SPDX-License-Identifier: GPL-2.0
# in: snapshot.c
# A snapshot without a spare waits for the next one that is due.
s/tw_snap_alone(p) ? 1 : p->interval/p->interval/
