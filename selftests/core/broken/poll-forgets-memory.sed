# SPDX-License-Identifier: GPL-2.0
# in: send.c
# A send that waits for memory may be tried again at once, says poll(2).
s/(!p->share.waits && /(/
