# SPDX-License-Identifier: GPL-2.0
# in: receive.c
# A vector is handed over beyond the window.
s/min(r->until, max(time, tw_until(p->core)))/r->until/
