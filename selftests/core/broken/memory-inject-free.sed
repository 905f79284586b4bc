# SPDX-License-Identifier: GPL-2.0
# in: port.c
# What comes from outside does not count.
s/if (tw_memory_charge_locked(p, p->lvt, size))/if (1)/
