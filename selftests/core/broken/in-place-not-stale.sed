# SPDX-License-Identifier: GPL-2.0
# in: snapshot.c
# Who was rolled back in place may go on before it has restored.
/^	p->stale = true;$/d
