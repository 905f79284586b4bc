# SPDX-License-Identifier: GPL-2.0
# in: fossil.c
# Fossil collection frees what is needed for a rollback to GVT.
s/s->pos.horizon < gvt/s->pos.horizon <= gvt/
