# SPDX-License-Identifier: GPL-2.0
# in: send.c
# Coasting forward sends again.
s/if (tw_match_locked(op, p, m))/if (0)/
