# SPDX-License-Identifier: GPL-2.0
# in: spawn.c
# What waited for a time before the birth of a process is handed to it.
s/tw_miss_pending_locked(p, p->origin.time + 1);//
