# SPDX-License-Identifier: GPL-2.0
# in: send.c
# Lazy cancellation takes a message of other content for the same.
s/^	       !memcmp(a->payload, b->payload, a->len);/	       true;/
