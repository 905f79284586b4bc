# SPDX-License-Identifier: GPL-2.0
# in: rollback.c
# One aggressive message makes all messages of a process aggressive.
s/if (m->cancellation == TW_CANCEL_AGGRESSIVE)/if (1)/
