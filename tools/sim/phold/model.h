/* SPDX-License-Identifier: GPL-2.0 */
/*
 * PHOLD: objects that pass events around. Each of `lps` objects starts with
 * `start_events` events; an event burns CPU and sends one event, later by
 * lookahead + exponential(mean - lookahead), to a uniformly chosen object with
 * probability `remote`, else to itself.
 *
 * An event can carry a payload: random bytes behind their sum, which who handles it
 * checks. And it can draw how it is unsent if its sender rolls back.
 *
 * Just before the end every object writes what it has handled: a count, and a
 * hash of the sequence of (time, sender, sum).
 */
#ifndef PHOLD_MODEL_H
#define PHOLD_MODEL_H

#include <timewarp.h>

struct phold {
	uint64_t lps, procs, start_events, seed;
	double remote, mean, lookahead, end;
	uint64_t grain; /* turns of the loop that burns CPU */
	uint64_t payload; /* bytes, 0 or at least those of the sum */
	double lazy_share; /* of the events, the others aggressive */
	bool shared; /* lazy_share counts; else they are as the run is */
	void *run; /* whose model this is */
};

#define PHOLD_PAYLOAD_MIN sizeof(uint64_t)

struct phold_record {
	uint64_t object, count, hash;
};

/* Sets all of the model but output and progress. */
void phold_model(struct tw_model *m, struct phold *p);
/* Turns that take so long on this CPU. */
uint64_t phold_calibrate(uint64_t grain_us);
/* What setup() made in this process: for the sequential engine, after the run. */
void phold_release(void);

#endif
