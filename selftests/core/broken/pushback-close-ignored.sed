# SPDX-License-Identifier: GPL-2.0
# in: sink.c
# A sink that is closed stays full.
/^void tw_sink_close/,/^}/s/tw_sink_reopen_locked(op, p);//
