# SPDX-License-Identifier: GPL-2.0
# in: memory.c
# Messages go back that were sent at or before GVT.
s/after = max(least, core->gvt);/after = 0;/
