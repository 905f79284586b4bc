# SPDX-License-Identifier: GPL-2.0
# in: port.c
# A port that is closed goes on waiting for memory.
s/tw_memory_leave_locked(op, p);//
