/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A simulated host of the core: what the module and libtw do, without a
 * kernel. A task is a struct that a fork copies. Everything that a task does
 * is cut into steps, none with more than one operation of the core or one
 * store that the core may read, and whoever drives the tasks may interleave the
 * steps of different tasks in any way: at random by one thread (schedule.c), or
 * by real threads (../torture).
 */
#ifndef SIM_H
#define SIM_H

#include <pthread.h>
#include <core.h>
#include <linux/err.h>
#include <linux/slab.h>

#include "program.h"

#define IN_MAX 16
#define LOCAL_MAX 256
#define OUT_MAX 8

#define MESSAGE_BYTES TW_MEMORY_MESSAGE
#define PROC_MESSAGES 64

/* What one counts for the bound of a sink. */
#define RECORD_BYTES (sizeof(struct tw_msg) + sizeof(struct payload))

struct sim;
struct proc;

/* The state of a task between two steps. */
enum pc {
	PC_START, /* attach, and send what is sent at time 0 */
	PC_NEXT, /* between two events */
	PC_SEND, /* the first of task.out, then task.after */
	PC_INSERT, /* the second half of that */
	PC_UNHOLD, /* paged: the buffer is empty */
	PC_RECV, /* receive, up to task.until and with task.hold */
	PC_MORE, /* the same again, as one call */
	PC_BEGIN, /* paged: store the priority of the event */
	PC_EVENT, /* the next of task.in, or of task.local */
	PC_SNAP, /* announce a snapshot */
	PC_FORK,
	PC_PARK, /* a child */
	PC_PARKED,
	PC_FORK_KID, /* fork the process that was created */
	PC_KID, /* that: attach, and send what is sent at its birth */
	PC_MAP, /* paged: map the page */
	PC_MOVE, /* paged: store the next position, in three steps */
	PC_BACK, /* paged: store the last position, in three steps */
	PC_HOLD, /* paged: store when the first of task.out was sent */
	PC_WAIT, /* until tw_wakes() changes, then task.again */
	PC_LOOP, /* for ever */
	PC_RESTORE, /* in place: where to? */
	PC_RESTORED, /* in place: there */
	PC_LEAVE, /* in place: an end that may be undone */
	PC_EXIT,
};

/* An incarnation of the core, with the page that would be mapped. */
struct inc {
	struct tw_inc inc;
	struct task *task; /* NULL once it is dead */
	bool dying; /* killed from outside as a snapshot */
	struct tw_process_page page;
};

struct task {
	struct list_head link; /* sim.tasks */
	struct proc *proc;
	struct inc *inc; /* NULL: a child that has not parked */
	u64 id; /* stands for its pid */
	enum pc pc;
	enum pc after;
	enum pc again; /* after PC_WAIT */
	enum pc back; /* after PC_BACK */
	u32 turn; /* of PC_MOVE and PC_BACK */
	u32 status; /* of PC_EXIT */
	bool killed; /* SIGKILL is pending */
	bool resumed; /* the core says so */
	bool busy; /* a thread is at it */
	bool must_fork; /* nothing else can be done before */
	bool mapped;
	bool snapped; /* has announced a snapshot ever */
	bool claimed; /* the page shows an event not begun */
	u64 token;
	struct proc *kid; /* PC_FORK_KID: its process, with a reference */
	u64 generation; /* of its creation */
	u64 life; /* of it, for the attach */
	struct event birth; /* PC_KID: what created it */
	u64 resumes; /* in place: as far as it knows */
	struct tw_restore_to to; /* in place: of PC_RESTORE */
	u32 wakes;

	struct program program;
	struct event local[LOCAL_MAX]; /* paged: a sorted list */
	u32 locals;

	/* all below: nothing that a fork inherits */
	struct event in[IN_MAX];
	u32 ins, in_pos;
	struct event out[OUT_MAX];
	u32 outs;
	u64 until, hold;
	u64 asked; /* up to here it may go on: the core has said so */
	u64 now; /* time of the last event */
	u64 priority; /* of it */
	u64 declared; /* LVT, as the last receive said */
	struct tw_op op;
	bool in_op;
	bool first; /* of this receive */
	bool committed; /* this receive is for committed messages */
	bool settled; /* paged: has received such ones, and has no snapshot since */
	u64 certain; /* paged: its events up to here are committed */
	struct tw_message *stamped; /* in flight */
	struct list_head saved; /* in place: copies, by link */
	struct tw_process_page *page;
};

/* What a process has come to. */
struct outcome {
	struct list_head link; /* sim.kids */
	u64 id;
	bool done; /* its last task exited with 0 after the end */
	struct program result;
};

struct proc {
	struct tw_proc proc;
	struct sim *sim;
	u32 index;
	u32 weight; /* of the scheduler */
	u64 lost; /* times that its task was killed */
	struct outcome outcome;
};

enum gvt_step { GVT_IDLE, GVT_FLIP, GVT_QUIESCE, GVT_PUBLISH };

struct sim {
	struct setup setup;
	struct oracle *oracle;
	struct rnd rnd;
	struct tw_core core;
	struct proc *proc[PROCS_MAX];
	struct proc *sink[SINKS_MAX];
	struct proc *port[PORTS_MAX];
	u32 injected[PORTS_MAX]; /* by each port, or given up */
	struct tw_op inject_op;
	struct tw_message *in_flight; /* from a port */
	struct list_head kids; /* struct outcome */
	u32 records[SINKS_MAX]; /* read from each sink */
	bool closed; /* sink 0 */
	bool alone; /* one thread drives everything */
	struct list_head tasks;
	u32 tasks_n;
	u64 ids;
	pthread_mutex_t lock; /* tasks, and what other tasks do to one */
	u64 steps;
	u32 kills;

	enum gvt_step gvt_step;
	u64 gvt; /* the estimate that is to be published */
	u64 gvt_floor; /* true GVT at the begin of the round */
	bool gvt_wanted;
	u32 rounds_idle;
	bool lost; /* a task was killed from outside */
};

/* ---- sim.c: set up and tear down, what the core asks for ---- */

/* Decisions of this thread; NULL: sim.rnd. */
extern __thread struct rnd *rnd_mine;

void sim_init(struct sim *sim);
void sim_destroy(struct sim *sim);
void sim_end(struct sim *sim, u32 state);
void sinks_read(struct sim *sim, u32 most);
bool sinks_wait(struct sim *sim);
void sink_close(struct sim *sim);
struct proc *proc_new_kid(struct sim *sim);
struct outcome *proc_outcome(struct proc *p);
struct outcome *kid_outcome(struct sim *sim, u64 id);
void op_begin(struct sim *sim, struct tw_op *op);
void op_end(struct sim *sim, struct tw_op *op);
struct rnd *sim_rnd(struct sim *sim);
struct task *task_new(struct proc *p, enum pc pc);
void task_begin(struct task *t);
void task_free(struct task *t);
struct task *proc_task(struct proc *p);
struct task *proc_state(struct proc *p);
bool proc_has_parked(struct proc *p);

/* ---- task.c, paged.c ---- */

bool task_ready(struct task *t);
bool task_step(struct task *t);
void task_die(struct task *t, u32 status);
struct tw_who task_who(struct task *t);
void task_flush(struct task *t, enum pc after);
void task_receive(struct task *t, u64 until, u64 hold);
void task_sent(struct task *t, const struct event *out, u32 n);
bool task_will_crash(struct task *t, const struct event *ev);
void task_crash(struct task *t);
void paged_next(struct task *t);
void paged_step(struct task *t);
void paged_event(struct task *t);
void paged_take(struct task *t, const struct event *ev);
void paged_sent(struct task *t, const struct event *out, u32 n);

/* ---- port.c ---- */

void port_turn(struct sim *sim, bool alone);
bool ports_open(struct sim *sim);
u64 port_first_act(struct sim *sim, u32 i);
u64 port_declared(struct sim *sim, u32 i);

/* ---- check.c ---- */

void check_insert(struct sim *sim, struct tw_message *m);
void check_begin(struct sim *sim, u64 time);
void check_schedule(struct sim *sim);
void check_sinks(struct sim *sim);

u64 injected_in_flight(struct sim *sim);
u64 true_gvt_low(struct sim *sim);
u64 true_gvt_high(struct sim *sim);
void check_end(struct sim *sim);

/* Sums over all runs. */
extern struct tw_domain_stat totals;

/* ---- schedule.c ---- */

extern bool verbose;
void run_schedule(const struct setup *s, struct oracle *o, const uint8_t *bytes,
		  size_t len);

#endif /* SIM_H */
