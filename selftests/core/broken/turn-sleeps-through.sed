# SPDX-License-Identifier: GPL-2.0
# in: schedule.c
# A message that is earlier than what a process is held for changes nothing.
/^static void tw_requeue_locked/,/^}/s/time < p->turn_time/0/
