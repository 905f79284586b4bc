# SPDX-License-Identifier: GPL-2.0
# in: schedule.c
# One that sleeps in the middle of an event keeps its turn.
s/ - READ_ONCE(s->asleep)//
