# SPDX-License-Identifier: GPL-2.0
# in: sink.c
# A sink hands over what is at GVT, not below it.
s|m->key.recv_time < smp_load_acquire|m->key.recv_time <= smp_load_acquire|
