# SPDX-License-Identifier: GPL-2.0
# in: rollback.c
# A port goes with the task that has opened it.
s/!tw_is_process(p) || p->state == TW_PROCESS_DEAD/p->sink || p->state == TW_PROCESS_DEAD/
