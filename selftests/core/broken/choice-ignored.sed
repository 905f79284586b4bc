# SPDX-License-Identifier: GPL-2.0
# in: send.c
# A message cannot choose how it is cancelled.
s/if (!m->cancellation)/if (1)/
