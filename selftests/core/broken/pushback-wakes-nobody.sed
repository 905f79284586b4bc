# SPDX-License-Identifier: GPL-2.0
# in: sink.c
# Those who wait for a sink are not woken when it is read.
/^void tw_sink_release_locked/,/^}/s/tw_wake_locked(p);//
