# SPDX-License-Identifier: GPL-2.0
# in: fossil.c
# Fossil collection frees output that may be unsent.
s/min(horizon->sends, p->sends_freed + TW_FOSSIL_PORTION)/p->now.sends/
