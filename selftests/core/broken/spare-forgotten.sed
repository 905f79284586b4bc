# SPDX-License-Identifier: GPL-2.0
# in: fossil.c
# The snapshot after which all is committed has no older one.
s/u32 spares = tw_spares(p);/u32 spares = 0;/
