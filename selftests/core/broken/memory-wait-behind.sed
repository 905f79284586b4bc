# SPDX-License-Identifier: GPL-2.0
# in: send.c
# A sender that waits counts with the time of its first send that waits.
s/WRITE_ONCE(page->hold, time);/;/
