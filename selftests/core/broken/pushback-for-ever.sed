# SPDX-License-Identifier: GPL-2.0
# in: sink.c
# Only an empty sink is open again.
s/if (p->unread <= p->bound \/ 2)/if (p->unread < 0)/
