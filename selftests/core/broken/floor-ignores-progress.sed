# SPDX-License-Identifier: GPL-2.0
# in: rollback.c
# A rollback expects sends that were never made.
s/u64 sent = max(progress, p->coast_until);/u64 sent = key->recv_time;/
