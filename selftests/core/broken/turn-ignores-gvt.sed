# SPDX-License-Identifier: GPL-2.0
# in: schedule.c
# Who holds GVT back may be held for ever.
/^void tw_release_locked/,/^}/s/p->turn_time <= gvt/0/
