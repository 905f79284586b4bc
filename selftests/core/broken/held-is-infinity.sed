# SPDX-License-Identifier: GPL-2.0
# in: schedule.c
# A process that is held does as if nothing waited for it.
s/tw_complete_locked(op, p, time)/tw_complete_locked(op, p, TW_TIME_INF)/
