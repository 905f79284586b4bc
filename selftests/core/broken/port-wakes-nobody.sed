# SPDX-License-Identifier: GPL-2.0
# in: port.c
# Who waits at a port that is closed is not told.
s/tw_wake_locked(p);//
