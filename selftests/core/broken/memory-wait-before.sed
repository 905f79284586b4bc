# SPDX-License-Identifier: GPL-2.0
# in: send.c
# A sender that waits counts with the first event of its vector.
s/p->lvt = max(p->lvt, time);/;/
