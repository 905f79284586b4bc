# SPDX-License-Identifier: GPL-2.0
# in: memory.c
# What a process has in stock when it ends is lost.
s/op->freed += p->share.stock;//
