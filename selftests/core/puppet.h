/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Processes on strings: a test says which call each makes and when, and what
 * it returns. Used where one interleaving is to be shown.
 */
#ifndef PUPPET_H
#define PUPPET_H

#include <core.h>

#define PUPPETS_MAX 4

/* A domain of processes 1 to n, and one sink, n + 1. */
struct stage {
	struct tw_core core;
	struct tw_proc proc[PUPPETS_MAX + 1];
	u64 ids;
	u32 failure; /* of any operation */
	bool wanted; /* a GVT round, by the last one */
};

/* One of these, or one that was created; which stays. */
struct tw_proc *proc(struct stage *st, u64 id);

void stage_set(struct stage *st, u32 n, bool lazy);
/* The same, of which so many run at a time, and within a window; 0: no limit. */
void stage_limit(struct stage *st, u32 n, int running, u64 window, u64 slack);
void stage_clear(struct stage *st);

/* Messages freed whose payload is outside. */
extern u32 released;

/* Called where others may come between: see shim_between(). */
extern void (*between)(void);

/* Do what an operation, ended, left to its host. */
void stage_work(struct tw_op *op);

/* The running incarnation of process @id sends @value: 0, 1 or -errno. */
int send_at(struct stage *st, u64 id, u64 to, u64 send_time, u64 recv_time,
	    u64 value);

/* The running incarnation of process @id creates a process: its id. */
u64 spawn(struct stage *st, u64 id);

/* A task for it, which announces its first snapshot: 0 or -errno. */
int embody(struct stage *st, u64 id);

/* The same as send_at(), in two halves. */
struct flight {
	struct tw_op op;
	struct tw_message *m;
	/* set before the first half */
	u64 priority;
	u8 cancellation; /* 0: the process's */
	bool outside; /* the value stands for a payload elsewhere */
};

int send_begin(struct stage *st, struct flight *f, u64 id, u64 to,
	       u64 send_time, u64 recv_time, u64 value);
void send_end(struct stage *st, struct flight *f);

/* The first half of spawn(): a process with so many events between snapshots. */
void spawn_begin(struct stage *st, struct flight *f, u64 id, u32 interval);

/* A port injects for process @to: 0 or -errno. */
int inject(struct stage *st, u64 id, u64 to, u64 recv_time);

/* Receive: the receive time of the first of up to @max; or what follows. */
#define NOTHING (TW_TIME_INF - 0)
#define SNAPSHOT (TW_TIME_INF - 1)
#define WAIT (TW_TIME_INF - 2)
#define END (TW_TIME_INF - 3)
#define ROLLBACK (TW_TIME_INF - 4) /* it is about to be */
#define REPLACED (TW_TIME_INF - 5) /* it is no incarnation any more */
#define FAILED (TW_TIME_INF - 6)
#define STALE (TW_TIME_INF - 7) /* it was rolled back in place */
u64 receive(struct stage *st, u64 id, u32 max);
u64 receive_until(struct stage *st, u64 id, u64 until, u32 max, bool first);
u64 receive_committed(struct stage *st, u64 id);

/* Announce a snapshot, and let its child park; or each on its own. */
void snapshot(struct stage *st, u64 id);
u64 announce(struct stage *st, u64 id);
int park(struct stage *st, u64 id, u64 token);

/* What send_at() sends counts so much for the bound of a sink. */
#define RECORD_BYTES (sizeof(struct tw_msg) + sizeof(struct tw_outside))

/* Take up to so many committed messages out of a sink: how many there were. */
u32 stage_read(struct stage *st, u64 id, u32 max);

void stage_close(struct stage *st, u64 id);

/* A process that restores in place: 0 or -errno. */
int restore(struct stage *st, u64 id, u64 *token);
int give_up(struct stage *st, u64 id, u32 status);

struct tw_process_page *map(struct stage *st, u64 id);
void leave(struct stage *st, u64 id, u32 status);
u64 gvt_round(struct stage *st);
/* What is left of a round behind tw_gvt_begin(). */
u64 gvt_finish(struct stage *st);

/* That in two halves. */
u64 gvt_estimate(struct stage *st);
u64 gvt_commit(struct stage *st, u64 gvt);

/* Its task is stopped by a signal, or goes on. */
void stop_task(struct stage *st, u64 id, bool stopped);

/* Its task is killed, and the core does not know it yet. */
void kill_snapshot(struct stage *st, u64 id, u64 token);

/* So much real time passes. */
void elapse(u64 ns);

/* Its task sleeps in the middle of an event, as the host finds it. */
void fall_asleep(struct stage *st, u64 id);

#endif /* PUPPET_H */
