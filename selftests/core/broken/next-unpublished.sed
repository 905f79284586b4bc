# SPDX-License-Identifier: GPL-2.0
# in: send.c
# A process is not told of a message before its next event.
s/^\ttw_publish_next_locked(p);//
