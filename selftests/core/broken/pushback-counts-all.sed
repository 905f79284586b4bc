# SPDX-License-Identifier: GPL-2.0
# in: sink.c
# What is ahead of GVT makes a sink full, too.
s/while (m \&\& m->key.recv_time < gvt)/while (m)/
