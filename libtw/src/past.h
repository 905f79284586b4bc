/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * The past of a process that restores its states in place: what must be known to
 * undo its events, back to any snapshot that the kernel may still ask for.
 *
 * Each event that was handled stays, with what undoes it: a copy of the one
 * object that it could change (Jefferson, Virtual Time, TOPLAS 7(3), 1985), or
 * nothing but two words of the model's, which then reverses it by a handler
 * (Carothers, Perumalla, Fujimoto, Efficient optimistic parallel simulations
 * using reverse computation, TOMACS 9(3), 1999). A snapshot is a mark in that
 * log, so it costs next to nothing.
 *
 * Undoing puts the events back into the list, and takes out those that were
 * made since the mark, sent by the events undone or received from others: these
 * are marked dead where they are, and go when their time comes (order.c).
 */
#ifndef TW_PAST_H
#define TW_PAST_H

#include "lead.h"
#include "pool.h"

struct tw_ctx;

/**
 * struct tw_past_event - one event that was handled
 * @node: it
 * @saved: copy of its object from before, or NULL
 * @memo: what the model has left for its reversal
 */
struct tw_past_event {
	struct tw_node *node;
	struct tw_node *saved;
	uint64_t memo[2];
};

/**
 * struct tw_mark - a snapshot
 * @token: as the kernel names it
 * @events: events begun before
 * @made: nodes made before
 * @now: as in &struct tw_ctx
 * @index: as in &struct tw_ctx
 * @time: position of the process
 * @word: position of the process
 * @lead: its lead
 */
struct tw_mark {
	uint64_t token;
	uint64_t events;
	uint64_t made;
	tw_time now;
	uint32_t index;
	tw_time time;
	uint64_t word;
	struct tw_lead lead;
};

/**
 * struct tw_past - all of it, back to the oldest mark
 * @reverse: events are undone by the model's handler
 * @broken: the last event was left in its midst
 * @event: ring of events by number; the last is the one before tw_ctx.events
 * @event_first: number of the oldest
 * @event_cap: a power of two, or 0
 * @made: ring of nodes in the order in which they were made
 * @made_first: number of the oldest
 * @made_end: number of the next
 * @made_cap: a power of two, or 0
 * @mark: marks, oldest first
 * @marks: how many
 * @marks_cap: how many fit
 */
struct tw_past {
	bool reverse;
	bool broken;
	struct tw_past_event *event;
	uint64_t event_first;
	uint64_t event_cap;
	struct tw_node **made;
	uint64_t made_first;
	uint64_t made_end;
	uint64_t made_cap;
	struct tw_mark *mark;
	unsigned int marks;
	unsigned int marks_cap;
};

void tw_past_destroy(struct tw_past *past);

/* Handle the first event of the open time, so that it can be undone. */
void tw_past_dispatch(struct tw_ctx *c);

/* A node has come into being. */
void tw_past_made(struct tw_ctx *c, struct tw_node *node);

/* A snapshot; marks before @oldest, and @thinned, are not needed any more. */
void tw_past_mark(struct tw_ctx *c, const struct tw_mark *mark, uint64_t oldest,
		  uint64_t thinned);

/* Undo what came after a mark. NULL: there is none of that token. */
const struct tw_mark *tw_past_restore(struct tw_ctx *c, uint64_t token);

#endif /* TW_PAST_H */
