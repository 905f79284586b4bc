# SPDX-License-Identifier: GPL-2.0
# in: port.c
# What is charged for an injection that is too late stays charged.
s/tw_memory_refund_locked(p, tw_message_size(m->len));//
