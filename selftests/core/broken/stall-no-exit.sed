# SPDX-License-Identifier: GPL-2.0
# in: gvt.c
# Who has exited badly is said to be in the middle of an event.
s/return TW_STALL_EXIT/return TW_STALL_EVENT/
