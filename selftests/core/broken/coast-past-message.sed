# SPDX-License-Identifier: GPL-2.0
# in: send.c
# A message that waits does not end the coasting.
s/^\t\ttw_coast_lower_locked(op, p, m->key.recv_time);//
