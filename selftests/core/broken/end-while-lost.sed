# SPDX-License-Identifier: GPL-2.0
# in: gvt.c
# The domain ends while a process that was lost has not come back.
s/if (gvt == TW_TIME_INF \&\& READ_ONCE(core->lost_round) == core->round)/if (0)/
