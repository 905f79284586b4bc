# SPDX-License-Identifier: GPL-2.0
# in: send.c
# An antimessage for a message that waits does not end the coasting.
s/^\t\t\ttw_coast_lower_locked(op, p, m->key.recv_time);//
