# SPDX-License-Identifier: GPL-2.0
# in: gvt.c
# GVT ignores messages that wait.
s/min(lvt, tw_first_time(p))/lvt/
