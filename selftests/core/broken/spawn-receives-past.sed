# SPDX-License-Identifier: GPL-2.0
# in: send.c
# A new process is handed what is for a time before its birth.
s/m->key.recv_time <= p->origin.time)/0)/
