# SPDX-License-Identifier: GPL-2.0
# in: memory.c
# Nobody is woken when there is memory.
s/^\t\t\ttw_wake_locked(p);//
