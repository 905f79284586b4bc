# SPDX-License-Identifier: GPL-2.0
# in: spawn.c
# A creation that has waited refers to its process twice.
s/if (fresh->id == id)/if (0)/
