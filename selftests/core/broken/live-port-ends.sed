# SPDX-License-Identifier: GPL-2.0
# in: gvt.c
# A domain ends although a live port is open.
s/if (gvt == TW_TIME_INF && live)/if (0)/
