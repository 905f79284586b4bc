# SPDX-License-Identifier: GPL-2.0
# in: fossil.c
# A snapshot that is killed already is one of those that are kept.
s/tw_snap_lives(p, s) \&\&/tw_snap_ready(p, s) \&\&/
