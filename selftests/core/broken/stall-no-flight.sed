# SPDX-License-Identifier: GPL-2.0
# in: gvt.c
# Who has come further is said to be in the middle of an event.
s/return TW_STALL_FLIGHT/return TW_STALL_EVENT/
