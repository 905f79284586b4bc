# SPDX-License-Identifier: GPL-2.0
# in: port.c
# An injection is compared with the promise alone.
s/max(p->core->gvt, p->lvt)/p->lvt/
