# SPDX-License-Identifier: GPL-2.0
# in: fossil.c
# Fossil collection frees output that may be unsent.
s/tw_free_output_locked(p, horizon->sends);/tw_free_output_locked(p, p->now.sends);/
