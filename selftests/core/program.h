/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The program that the processes of a test run: deterministic, made of a seed.
 * The oracle runs the same one event by event in the total order.
 */
#ifndef PROGRAM_H
#define PROGRAM_H

#include <core.h>

#include "rnd.h"

#define PROCS_MAX 8
#define SINKS_MAX 2
#define EVENTS_MAX 384 /* of one process */
#define RECORDS_MAX 1024 /* of one sink */
#define SENDS_MAX 5 /* of one event */
#define STARTS_MAX 4 /* sends of one process at time 0 */
#define PORTS_MAX 2
#define INJECTS_MAX 6 /* of one port */
#define KIDS_MAX 16 /* processes created by processes, in the oracle */

/* In place of the index of a process or sink, where it has none: it is a kid. */
#define KID (PROCS_MAX + SINKS_MAX)

enum slow {
	SLOW_NOTHING,
	SLOW_INSERT, /* messages are in flight for long */
	SLOW_PARK, /* snapshots are pending for long */
	SLOW_DEATH, /* killed tasks run on for long */
	SLOW_KINDS
};

struct payload {
	u64 value;
	u64 lives;
	u64 kid; /* the receiver may send to it; 0: none */
};

/* A message as the program sees it. */
struct event {
	struct tw_key key;
	struct payload data;
	u32 to; /* index of the process, or PROCS_MAX + that of the sink; or KID */
	u64 kid; /* its id, then */
	bool spawn; /* not a message: it creates the kid, with data.lives */
};

/* What the random number generator decides about one schedule. */
struct setup {
	u64 seed;
	u32 procs;
	u32 sinks;
	u32 span; /* of a send, in virtual time */
	u32 coupling; /* sends depend on the state in one of so many cases */
	u32 lives; /* events that one first send may lead to */
	u32 interval; /* events between snapshots; 0: it differs */
	bool adaptive; /* the interval adapts itself */
	u32 running; /* as many processes may run; 0: all */
	u32 slack; /* 0: learnt */
	u32 horizon; /* the domain's window; 0: none */
	u32 snaps_max; /* snapshots that a process keeps; 0: the default */
	bool learns; /* the domain's window is learnt, horizon aside */
	u32 window; /* of processes with a page; 0: none */
	u32 vector; /* messages that one receive takes */
	u32 crashes; /* of events in a wrong future, one in so many */
	u32 fork_fails; /* one in so many */
	u32 kills; /* tasks killed from outside, at most */
	u32 undoes; /* receives that fail half-way: one in so many */
	u32 slow; /* enum slow: what takes long */
	u32 memory; /* budget, in messages beyond what is needed; 0: none */
	bool memory_enough; /* it is at least what is needed */
	u32 proc_memory; /* budget of each process, in messages; 0: none */
	bool quits; /* a process exits after the last event of the oracle's */
	bool gives_up; /* a claim before each call, as libtw does */
	bool spare; /* each snapshot has an older one */
	u32 bug; /* the event at which process 1 crashes for real */
	bool choosy; /* each message chooses its cancellation */
	u32 kids; /* events that create a process: one in so many */
	bool paged[KID + 1];
	bool lazy[KID + 1];
	bool in_place[KID + 1]; /* saves its states itself */
	u32 committed[KID + 1]; /* receives committed messages: one in so many */
	u32 bound[SINKS_MAX]; /* records; 0: none */
	bool slow_reader; /* of the sinks */
	bool closes; /* sink 0 at some time has no reader any more */
	u32 ports;
	bool port_live[PORTS_MAX];
	u32 port_len[PORTS_MAX]; /* so many will be injected */
	u32 injects[PORTS_MAX]; /* of these, so many are known to the oracle */
	struct event inject[PORTS_MAX][INJECTS_MAX];
};

/* The state of a process, its history included: a fork copies it. */
struct program {
	u64 id;
	u64 hash;
	u64 kid; /* the last one that it has heard of */
	u64 send_time;
	u32 send_index;
	u32 local_index;
	u32 events;
	u64 chain[EVENTS_MAX]; /* hash of the history after each event */
};

struct kid {
	u64 birth;
	struct program program;
};

/* What all runs must come to. */
struct oracle {
	struct kid kid[KIDS_MAX];
	u32 kids;
	struct program program[PROCS_MAX];
	struct event record[SINKS_MAX][RECORDS_MAX];
	u32 records[SINKS_MAX];
	u32 live; /* most messages at a time */
	u64 bug_time; /* when process 1 crashes for real; 0: never */
};

void setup_random(struct setup *s, u64 seed, struct rnd *r);

/* Both return the number of sends. Times of a send are absolute. */
u32 program_start(const struct setup *s, u32 self, struct program *p,
		  struct event *out);
u32 program_event(const struct setup *s, struct program *p,
		  const struct event *ev, struct event *out);
/* The copy @p of its creator becomes the process that the event creates. */
u32 program_born(const struct setup *s, struct program *p,
		 const struct event *ev, struct event *out);
/* Has it ended? Only those that were created do before the domain does. */
bool program_ended(const struct program *p);
u64 program_hash(const struct program *p, const struct event *ev);
void program_copy(struct program *to, const struct program *from);

/* False if the run does not fit the limits above. */
bool oracle_run(const struct setup *s, struct oracle *o);
/* Does the oracle handle the event next, too? */
bool oracle_agrees(const struct oracle *o, const struct program *p,
		   const struct event *ev);
/* What becomes of a process; NULL: it never is. */
const struct program *oracle_program(const struct oracle *o, u64 id);

static inline u64 port_id(const struct setup *s, u32 port)
{
	return s->procs + s->sinks + port + 1;
}

/* The receiver's id. */
static inline u64 event_id(const struct setup *s, const struct event *ev)
{
	if (ev->to == KID)
		return ev->kid;
	return ev->to < PROCS_MAX ? ev->to + 1 :
				    s->procs + (ev->to - PROCS_MAX) + 1;
}

#endif /* PROGRAM_H */
