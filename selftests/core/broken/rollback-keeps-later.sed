# SPDX-License-Identifier: GPL-2.0
# in: rollback.c
# A rollback keeps the snapshots of the wrong future.
s/while (!list_is_last(&s->link, &p->snaps))/while (0)/
