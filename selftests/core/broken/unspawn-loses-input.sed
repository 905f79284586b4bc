# SPDX-License-Identifier: GPL-2.0
# in: spawn.c
# What a process has received goes with its creation.
s|tw_requeue_input_locked(op, p, 0);|tw_requeue_input_locked(op, p, p->now.deliveries);|
