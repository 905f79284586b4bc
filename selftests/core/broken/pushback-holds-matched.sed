# SPDX-License-Identifier: GPL-2.0
# in: send.c
# What was sent before waits for the reader, too.
s/if (tw_match_locked(op, p, m)) {/if (m->receiver->full) {\n\t\terr = -ENOBUFS;\n\t\tgoto unlock;\n\t} else if (tw_match_locked(op, p, m)) {/
