# SPDX-License-Identifier: GPL-2.0
# in: snapshot.c
# A process that was rolled back while it was told where to goes to the wrong place.
s/ && to->resumes == p->stats.resumes//
