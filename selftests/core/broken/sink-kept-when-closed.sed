# SPDX-License-Identifier: GPL-2.0
# in: sink.c
# What nobody reads is kept.
s/if (p->closed)$/if (0)/
