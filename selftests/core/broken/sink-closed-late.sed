# SPDX-License-Identifier: GPL-2.0
# in: sink.c
# What was committed before a sink is closed is kept.
/^void tw_sink_close/,/^}/s/more = .*/more = false;/
