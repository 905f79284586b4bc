# SPDX-License-Identifier: GPL-2.0
# in: spawn.c
# A process whose creation is undone stays sender of what it sent.
s/list_for_each_entry_safe(m, next, &p->sent, sent)/while (0)/
