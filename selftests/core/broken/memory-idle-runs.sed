# SPDX-License-Identifier: GPL-2.0
# in: receive.c
# A process that goes idle, but for a snapshot, counts as one that has nothing to do.
s/if (r->until == TW_TIME_INF)$/if (0)/
