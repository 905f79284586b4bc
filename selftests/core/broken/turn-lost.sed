# SPDX-License-Identifier: GPL-2.0
# in: schedule.c
# Who leaves gives its turn to nobody.
/^void tw_schedule_leave/,/^}/s/if (tw_schedule_holds(core))/if (0)/
