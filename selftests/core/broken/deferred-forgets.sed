# SPDX-License-Identifier: GPL-2.0
# in: rollback.c
# Of two rollbacks that wait, the later one counts.
s/if (!d->set || tw_key_cmp(key, &d->key) < 0)/if (1)/
