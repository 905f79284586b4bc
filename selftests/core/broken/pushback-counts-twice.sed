# SPDX-License-Identifier: GPL-2.0
# in: sink.c
# What was counted is counted again in the next round.
/p->counted = gvt;/d
