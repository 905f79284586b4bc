# SPDX-License-Identifier: GPL-2.0
# in: receive.c
# The page goes on showing an event that a message forestalled.
s/^\t*tw_lower_locked(p, r->out\[0\]->key.recv_time);//
