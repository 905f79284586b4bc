# SPDX-License-Identifier: GPL-2.0
# in: gvt.c
# GVT that moves again ends no stall.
s/WRITE_ONCE(core->stall_process, 0);//
