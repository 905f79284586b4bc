# SPDX-License-Identifier: GPL-2.0
# in: snapshot.c
# Of too many snapshots those that are killed already are kept.
/^static struct tw_snap \*tw_snap_least_locked/,/^}/s/!tw_snap_lives(p, s)/!tw_snap_ready(p, s)/
