# SPDX-License-Identifier: GPL-2.0
# in: receive.c
# What is committed is handed over before what is not, and is kept by the process.
s/return r->first && p->now.horizon >= .*/return false;/
