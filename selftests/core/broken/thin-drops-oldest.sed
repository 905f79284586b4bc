# SPDX-License-Identifier: GPL-2.0
# in: snapshot.c
# Of too many snapshots the fossil horizon goes.
s/^	s = tw_snap_least_locked(p, tw_events_now(p));$/	s = list_first_entry(\&p->snaps, struct tw_snap, link);/
