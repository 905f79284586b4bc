# SPDX-License-Identifier: GPL-2.0
# in: snapshot.c
# One that died unseen had left a place, even if all snapshots have been dropped.
s/if (!seen && !list_empty(&p->snaps))/if (!seen)/
