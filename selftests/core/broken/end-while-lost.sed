# SPDX-License-Identifier: GPL-2.0
# in: gvt.c
# The domain ends while a process that was lost has not come back.
s/if (gvt == TW_TIME_INF \&\& atomic_read(&core->active))/if (0)/
