/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * The lead: how many events a process may be ahead of GVT.
 *
 * Work far ahead of GVT is likely to be undone, and what it has sent rolls
 * others back. Work close to GVT waits for the next round instead. Which is
 * dearer depends on the model, so the lead is learnt: a rollback shortens it by a
 * quarter, a wait lengthens it by a thirty-second. Where the two balance there is one
 * rollback to about nine waits, which is what they cost (Das, Adaptive protocols
 * for parallel discrete event simulation, WSC 1996, surveys such rules).
 *
 * Where a process restores in place, a rollback costs not much more than the events
 * that it undoes, and a wait is still a round. There it takes eight rollbacks to
 * make up for one wait.
 *
 * A model that bounds optimism itself, by a window, is left alone. So is one with lazy
 * cancellation: there, what ran ahead is mostly confirmed, and the farther ahead a
 * process is, the more stragglers one rollback settles. But with a budget of memory,
 * what is far ahead is what has to be taken back.
 *
 * What was learnt must outlive the rollback that taught it, so it is kept in
 * shared memory.
 */
#ifndef LIBTW_LEAD_H
#define LIBTW_LEAD_H

#include <stdbool.h>
#include <stdint.h>

#include <timewarp.h>

#define TW_LEAD_MIN 4u
#define TW_LEAD_FIRST 64u
#define TW_LEAD_MAX (1u << 20)

/**
 * struct tw_lead - one process's
 * @events: the limit, in shared memory, not rolled back
 * @due: number of the event before which to look again
 * @old: a time that the process was at, half the limit or more before @recent
 * @recent: the same, half the limit or less ago
 * @shorten: a rollback takes off one part in so many
 * @lengthen: a wait adds one part in so many
 */
struct tw_lead {
	uint32_t *events;
	uint64_t due;
	tw_time old;
	tw_time recent;
	uint32_t shorten;
	uint32_t lengthen;
};

static inline void tw_lead_init(struct tw_lead *l, uint32_t *events,
				const struct tw_run_attr *attr)
{
	bool bound = !attr->window &&
		     (attr->memory || attr->cancellation != TW_CANCEL_LAZY);

	l->events = events;
	l->due = bound ? 0 : UINT64_MAX;
	l->old = 0;
	l->recent = 0;
	l->shorten = attr->state ? 32 : 4;
	l->lengthen = attr->state ? 4 : 32;
	*events = TW_LEAD_FIRST;
}

static inline bool tw_lead_due(const struct tw_lead *l, uint64_t events)
{
	return events >= l->due;
}

/* GVT has passed what was done long enough ago: go on from here. */
static inline void tw_lead_mark(struct tw_lead *l, uint64_t events, tw_time now)
{
	l->old = l->recent;
	l->recent = now;
	l->due = events + *l->events / 2;
}

static inline void tw_lead_waited(struct tw_lead *l)
{
	if (*l->events < TW_LEAD_MAX)
		*l->events += *l->events / l->lengthen + 1;
}

static inline void tw_lead_rolled_back(struct tw_lead *l)
{
	*l->events -= *l->events / l->shorten;
	if (*l->events < TW_LEAD_MIN)
		*l->events = TW_LEAD_MIN;
}

#endif /* LIBTW_LEAD_H */
