# SPDX-License-Identifier: GPL-2.0
# in: gvt.c
# GVT ignores a rollback that waits for its snapshot.
s/p->deferred.set ? min(time, p->deferred.floor) : time/time/
