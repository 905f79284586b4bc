# SPDX-License-Identifier: GPL-2.0
# in: rollback.c
# A rollback keeps what was sent in the wrong future.
s/for (; p->now.sends > sends; p->now.sends--)/for (; 0;)/
