# SPDX-License-Identifier: GPL-2.0
# in: receive.c
# A receive of committed messages looks at GVT again, to see whether to wait.
s/time < TW_TIME_INF && r->gvt > time/time < TW_TIME_INF \&\& READ_ONCE(p->core->gvt) > time/
