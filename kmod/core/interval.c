// SPDX-License-Identifier: GPL-2.0
/*
 * How often a process saves its state, if its creator did not say.
 *
 * A long interval makes for long coasts after a rollback, a short one for many
 * snapshots. The cost of both is least at
 *
 *	interval = sqrt(2 * good / bad * snapshot cost / event cost)
 *
 * where good / bad is the number of events between two rollbacks (Lin, Preiss,
 * Loucks, Lazowska, Selecting the checkpoint interval in Time Warp simulation,
 * PADS 1993; Palaniswamy and Wilsey, 1993). All three are measured: the pause of
 * a snapshot from its announcement to the next call, the time of an event from
 * that call to the next announcement, waits taken off.
 */
#include <linux/math.h>
#include <linux/math64.h>
#include <linux/minmax.h>

#include "internal.h"

/* When snapshots cost one part of running time in so many, fewer gain nothing. */
#define TW_SNAPSHOT_RARE	128

/* Ratios of costs are in parts of this. */
#define TW_ONE			1024
#define TW_SQRT_ONE		32

/* Rollbacks after which half of what was counted is forgotten. */
#define TW_ROLLBACKS_MEMORY	64

/* The measures are averages in which the last sample weighs one in four. */
static u64 tw_average(u64 old, u64 sample)
{
	return old ? (3 * old + sample) / 4 : sample;
}

static u32 tw_interval_optimum(const struct tw_proc *p)
{
	const struct tw_interval *i = &p->adapt;
	u64 ratio = min(div64_u64(i->snapshot_ns * TW_ONE, max_t(u64, i->event_ns, 1)),
			(u64)1 << 30);
	u64 good = clamp(div64_u64(i->events, i->rollbacks + 1), (u64)1, (u64)1 << 28);
	u64 most = clamp_t(u64, ratio * TW_SNAPSHOT_RARE / TW_ONE, p->interval_min,
			   p->interval_max);

	return clamp_t(u64, int_sqrt64(2 * good * ratio) / TW_SQRT_ONE, p->interval_min, most);
}

static void tw_count_run(struct tw_interval *i, u64 events)
{
	if (events > i->running_events)
		i->events += events - i->running_events;
}

/* A snapshot is announced after @events events of the present history. */
void tw_interval_begin(struct tw_proc *p, u64 events)
{
	struct tw_interval *i = &p->adapt;
	u64 now = tw_host_clock();

	if (i->running_since && events > i->running_events) {
		u64 n = events - i->running_events;

		i->event_ns = tw_average(i->event_ns,
					 div64_u64(now - i->running_since, n));
		tw_count_run(i, events);
		if (i->snapshot_ns)
			p->interval = tw_interval_optimum(p);
	}
	i->snapshot_since = now;
	i->running_events = events;
}

/* The process has made its snapshot, or was resumed, and goes on. */
void tw_interval_end(struct tw_proc *p)
{
	struct tw_interval *i = &p->adapt;
	u64 now = tw_host_clock();

	if (i->snapshot_since)
		i->snapshot_ns = tw_average(i->snapshot_ns, now - i->snapshot_since);
	i->snapshot_since = 0;
	i->running_since = now;
}

void tw_interval_wait(struct tw_proc *p)
{
	if (!p->adapt.waiting_since)
		p->adapt.waiting_since = tw_host_clock();
}

void tw_interval_woken(struct tw_proc *p)
{
	struct tw_interval *i = &p->adapt;

	u64 ns = tw_host_clock() - i->waiting_since;

	i->running_since += ns;
	if (i->far)
		i->held_ns += ns;
	i->far = false;
	i->waiting_since = 0;
}

/* Rolled back from @from to @to events: what was measured since is void. */
void tw_interval_rollback(struct tw_proc *p, u64 from, u64 to)
{
	struct tw_interval *i = &p->adapt;

	tw_count_run(i, from);
	i->undone_ns += i->snapshot_ns + (from > to ? from - to : 0) * i->event_ns;
	i->far = false;
	i->running_since = 0;
	i->snapshot_since = 0;
	i->waiting_since = 0;
	i->running_events = to;
	if (++i->rollbacks < TW_ROLLBACKS_MEMORY)
		return;
	i->rollbacks /= 2;
	i->events /= 2;
}
