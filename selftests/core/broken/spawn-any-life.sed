# SPDX-License-Identifier: GPL-2.0
# in: snapshot.c
# A task of an undone creation attaches to the next one.
s/p->origin.life != life || //
