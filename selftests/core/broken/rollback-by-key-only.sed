# SPDX-License-Identifier: GPL-2.0
# in: rollback.c
# A rollback takes a snapshot that was already handed the message.
s/ \&\& s->pos.deliveries < delivery//
