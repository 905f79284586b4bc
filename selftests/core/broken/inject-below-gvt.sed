# SPDX-License-Identifier: GPL-2.0
# in: port.c
# An injection is compared with the promise alone.
s/max(max(p->core->gvt, p->lvt), (u64)TW_INJECT_FIRST)/max(p->lvt, (u64)TW_INJECT_FIRST)/
