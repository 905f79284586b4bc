# SPDX-License-Identifier: GPL-2.0
# in: memory.c
# Cancelback leaves what lazy cancellation keeps.
s/if (m->key.send_time < max(time, p->coast_until))/if (1)/
