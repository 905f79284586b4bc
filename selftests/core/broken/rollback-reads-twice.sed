# SPDX-License-Identifier: GPL-2.0
# in: rollback.c
# A rollback reads a position twice, and another in between.
s/tw_restore_locked(op, p, s, floor, progress);/tw_restore_locked(op, p, s, floor, tw_progress(p));/
