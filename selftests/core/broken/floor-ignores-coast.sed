# SPDX-License-Identifier: GPL-2.0
# in: rollback.c
# A rollback in a coast forward unsends what is committed.
s/u64 sent = max(progress, p->coast_until);/u64 sent = progress;/
