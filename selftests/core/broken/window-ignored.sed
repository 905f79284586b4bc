# SPDX-License-Identifier: GPL-2.0
# in: schedule.c
# The window bounds nothing.
s/if (time - gvt > READ_ONCE(p->core->schedule.window))/if (0)/
