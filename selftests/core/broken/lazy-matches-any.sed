# SPDX-License-Identifier: GPL-2.0
# in: send.c
# Lazy cancellation takes a message of other content for the same.
s/a->len == b->len \&\& !memcmp(a->payload, b->payload, a->len)/a->len == b->len/
