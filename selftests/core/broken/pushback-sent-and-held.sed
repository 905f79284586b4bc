# SPDX-License-Identifier: GPL-2.0
# in: send.c
# A send that has to wait was made all the same.
s/} else if (!tw_coasting(p, m) \&\& tw_sink_holds_locked(op, p, m)) {/} else if (!tw_coasting(p, m) \&\& tw_sink_holds_locked(op, p, m)) {\n\t\tp->now.send_index++;/
