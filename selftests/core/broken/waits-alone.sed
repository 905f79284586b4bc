# SPDX-License-Identifier: GPL-2.0
# in: receive.c
# Who waits does not make the spare that it lacks.
s/bool lacks = tw_snap_alone(p) \&\&/bool lacks = 0 \&\&/
