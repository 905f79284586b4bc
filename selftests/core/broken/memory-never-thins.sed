# SPDX-License-Identifier: GPL-2.0
# in: memory.c
# Snapshots of no use are kept.
s/^\t\ttw_snap_drop_locked(op, p, s);//
