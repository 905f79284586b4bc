# SPDX-License-Identifier: GPL-2.0
# in: gvt.c
# A stall is reported in each round.
s/if (known || !core->stall_process)/if (!core->stall_process)/
