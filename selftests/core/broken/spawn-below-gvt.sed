# SPDX-License-Identifier: GPL-2.0
# in: spawn.c
# A process that lives, and whose creation is committed, is created again.
s/} else if (p->state != TW_PROCESS_UNBORN) {/} else if (0) {/
