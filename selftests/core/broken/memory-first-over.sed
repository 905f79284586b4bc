# SPDX-License-Identifier: GPL-2.0
# in: memory.c
# A process of a wrong future goes over the budget with its first snapshot.
s/first && !p->spawned/first/
