# SPDX-License-Identifier: GPL-2.0
# in: send.c
# Of messages with equal receive time, none is a straggler.
s/tw_key_cmp(&m->key, &position) < 0/m->key.recv_time < position.recv_time/
