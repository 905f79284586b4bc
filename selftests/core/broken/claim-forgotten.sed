# SPDX-License-Identifier: GPL-2.0
# in: gvt.c
# A position that was counted and given up is forgotten.
s/p->lvt = max(p->lvt, progress);/;/
