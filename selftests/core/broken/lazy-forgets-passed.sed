# SPDX-License-Identifier: GPL-2.0
# in: rollback.c
# A rollback expects again what the life before it had passed by.
s/^\ttw_pass_locked(op, p, progress);//
