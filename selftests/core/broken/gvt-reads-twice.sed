# SPDX-License-Identifier: GPL-2.0
# in: gvt.c
# GVT reads a position twice, and another in between.
s/time = tw_contribution(p, progress);/time = tw_gvt_contribution(p);/
