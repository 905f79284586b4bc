# SPDX-License-Identifier: GPL-2.0
# in: receive.c
# A receive of committed messages hands over what is at GVT.
s/r->gvt ? r->gvt - 1 : 0/r->gvt/
