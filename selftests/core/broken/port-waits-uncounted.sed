# SPDX-License-Identifier: GPL-2.0
# in: core.c
# Nobody is told that a port has waited for memory.
s/st->memory_waits += p->stats.memory_waits;//
