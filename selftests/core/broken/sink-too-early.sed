# SPDX-License-Identifier: GPL-2.0
# in: receive.c
# A sink hands over what is at GVT, not below it.
s/m->key.recv_time < READ_ONCE(p->core->gvt)/m->key.recv_time <= READ_ONCE(p->core->gvt)/
