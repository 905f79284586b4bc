# SPDX-License-Identifier: GPL-2.0
# in: rollback.c
# An annihilated message is not freed.
s|^\t\t\ttw_op_put(op, m);||
