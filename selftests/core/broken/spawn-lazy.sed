# SPDX-License-Identifier: GPL-2.0
# in: message.c
# Lazy cancellation keeps a creation, though the state that it forks may differ.
s/m->cancellation = TW_CANCEL_AGGRESSIVE/m->cancellation = TW_CANCEL_LAZY/
