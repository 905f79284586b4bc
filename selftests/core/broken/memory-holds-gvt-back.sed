# SPDX-License-Identifier: GPL-2.0
# in: memory.c
# Whoever is at GVT waits like the others.
s/if (time <= READ_ONCE(p->core->gvt))/if (0)/
