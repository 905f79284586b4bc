/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The objects of the protocol.
 *
 * The core knows no task, file, user pointer, wait or thread. What it wants
 * done to a task it puts on lists of the operation (struct tw_op), and the
 * host - the module, or a native test - does it after the core returned.
 *
 * Ownership
 *
 *	tw_core		the host's domain; outlives all below
 *	  tw_proc	processes, sinks and ports, created before the start, freed with
 *			the core; and processes that a process has created,
 *			freed when nobody can reach them any more (spawn.c)
 *	    tw_message	one reference for the receiver's input queue, one for the
 *			sender's output queue; whoever takes it off a queue puts it
 *	    tw_snap	owned by proc->snaps
 *	      tw_inc	a task that is the running incarnation, a parked
 *			snapshot, or the last that has exited: one reference for
 *			that place, one for each list of an operation that it is on
 *
 * Locking
 *
 *	tw_proc.lock protects everything in a tw_proc, its snapshots, the
 *	input half of the messages that it receives and the output half of those
 *	that it sends. Nobody takes a second process's lock while holding one; only
 *	the table of spawned processes, tw_schedule.lock, tw_core.failure_lock,
 *	tw_core.port_lock and the host's wait queues nest inside, the last inside
 *	tw_schedule.lock, too. A rollback that must unsend moves messages from the
 *	output queue to tw_op.cancels, drops the lock, and works the list off
 *	(tw_op_settle()); a cascade is more work on the list, never recursion.
 *
 *	An operation runs from tw_op_begin() to tw_op_end() inside an SRCU read
 *	section, which is how a GVT round waits for messages in flight (gvt.c).
 */
#ifndef TW_CORE_TYPES_H
#define TW_CORE_TYPES_H

#include <linux/atomic.h>
#include <linux/cache.h>
#include <linux/list.h>
#include <linux/rbtree.h>
#include <linux/refcount.h>
#include <linux/spinlock.h>
#include <linux/srcu.h>
#include <linux/types.h>
#include <linux/timewarp.h>

struct tw_proc;
struct tw_core;

/*
 * The total order of messages, most significant member first. Two that are
 * equal but for the generation are of different lives of their sender. One of
 * them will be unsent; until then they are to be handed over in the same order
 * whenever they are, or a coast forward would not repeat what was.
 */
struct tw_key {
	u64 recv_time;
	u64 priority;
	u64 sender;
	u64 send_time;
	u32 index;	/* number within the sender's send time */
	u64 generation;	/* number among all that the sender ever stamped */
};

enum tw_message_state {
	TW_MSG_NEW,		/* stamped, not yet in the input queue */
	TW_MSG_PENDING,		/* in tw_proc.pending */
	TW_MSG_DELIVERED,	/* in tw_proc.delivered */
	TW_MSG_ANNIHILATED,	/* its antimessage came: goes when next touched */
	TW_MSG_GONE,		/* in no input queue any more */
	TW_MSG_MISSED,		/* nor ever handed over: nobody lived to receive it */
};

/* Stands in a message for a payload that the host keeps: equal means the same bytes. */
struct tw_outside {
	u64 digest;
	u64 bytes;
};

/* A message and its antimessage. */
struct tw_message {
	union {			/* receiver->lock */
		struct rb_node pending;
		struct list_head delivered;
	};
	struct list_head sent;	/* sender->lock; on tw_op.cancels: the operation's */
	struct tw_key key;	/* constant once stamped */
	u32 len;		/* constant */
	u8 cancellation;	/* TW_CANCEL_*; constant once stamped, and not the default */
	bool outside;		/* constant: payload is a tw_outside */
	bool spawn;		/* constant: it creates its receiver; see spawn.c */
	struct tw_proc *receiver; /* constant */
	u64 delivery;		/* receiver->lock: number of its hand-over */
	refcount_t refs;
	enum tw_message_state state; /* receiver->lock */
	u8 payload[];
};

enum tw_inc_state {
	TW_INC_RUNNING,
	TW_INC_PARKED,
	TW_INC_KILLED,		/* taken out; its task dies or has died */
};

/* Names a task for the core: equal means the same program of the same task. */
struct tw_who {
	const void *task;
	u64 exec;
};

/* An incarnation. The host embeds it, and frees it in tw_inc_free(). */
struct tw_inc {
	refcount_t refs;
	enum tw_inc_state state;	/* proc->lock */
	bool seen;			/* proc->lock: its task knows that it runs */
	struct tw_who who;		/* constant */
	struct tw_proc *proc;		/* constant */
	struct tw_process_page *page;	/* proc->lock; NULL until mapped, or not to be believed */
	struct tw_process_page *away;	/* proc->lock: page while it is not to be believed */
	u64 events;			/* proc->lock: page->events when it was mapped */
	struct list_head kill;		/* on tw_op.kills, once in its life */
	struct list_head resume;	/* on tw_op.resumes, once in its life */
};

/* A place in the history of a process, to which it can return. */
struct tw_position {
	struct tw_key key;	/* everything up to here has been processed */
	u64 deliveries;		/* messages handed over */
	u64 horizon;		/* latest receive time among them, and of key */
	u64 sends;		/* messages sent */
	u64 send_time;		/* of the last send */
	u32 send_index;		/* number of the next send at that time */
	u64 events;		/* local events, as the page counts them */
};

/*
 * An element of the state queue. It is pending until its child has parked; if the
 * process saves its states itself, it never is.
 */
struct tw_snap {
	struct list_head link;
	struct tw_position pos;
	u64 token;
	u64 stretch;		/* bytes received and sent since the one before */
	bool charged;		/* to the budget */
	struct tw_inc *inc;	/* NULL: pending, or saved by the process itself */
};

enum tw_cause {
	TW_CAUSE_PRIMARY,	/* a positive straggler */
	TW_CAUSE_SECONDARY,	/* an antimessage */
	TW_CAUSE_LOST,		/* the running incarnation was killed from outside */
	TW_CAUSE_MEMORY,	/* its messages take memory that others need first */
};

/* A rollback that has no parked snapshot yet to go to. */
struct tw_deferred {
	bool set;
	enum tw_cause cause;
	struct tw_key key;
	u64 delivery;
	u64 floor;	/* what was sent before this stands */
	u64 by;
};

/* What the snapshot interval is chosen by; see interval.c. Times in ns, 0: none. */
struct tw_interval {
	u64 snapshot_since;	/* a snapshot was announced, no call came since */
	u64 running_since;
	u64 running_events;	/* events at that time */
	u64 waiting_since;
	u64 snapshot_ns;	/* averages */
	u64 event_ns;
	u64 events;		/* counts, older ones forgotten */
	u64 rollbacks;
	bool far;		/* waits, beyond the window, while a processor is idle */
	u64 held_ns;		/* so long, since the window was last adapted */
	u64 undone_ns;		/* work undone, likewise */
};

/* Numbers of 64 bits only: see tw_stats_sum(). */
struct tw_proc_stats {
	u64 sends;
	u64 delivered;
	u64 committed;
	u64 events;		/* of incarnations that are gone */
	u64 events_committed;
	u64 rollbacks[4];	/* by enum tw_cause */
	u64 rollback_depth;
	u64 antimessages;
	u64 annihilated_pending;
	u64 annihilated_early;
	u64 lazy_hits;
	u64 coasted;
	u64 snapshots;
	u64 snapshots_live;
	u64 snapshots_thinned;
	u64 resumes;
	u64 fossils;
	u64 violations;
	u64 failures;		/* bad exits */
	u64 throttled;
	u64 memory_waits;	/* sends and snapshots that waited for memory */
	u64 pushed_back;	/* sends that waited for the reader of a sink */
	u64 spawns;		/* processes created */
	u64 unspawned;		/* times that it was undone that this one was created */
	u64 missed;		/* messages that came before its birth or after its end */
	u64 committed_bytes;	/* sinks */
	u64 messages;		/* in the input queue now */
	u64 message_bytes;
	u64 positives;		/* arrived and not annihilated, ever */
	u64 negatives;		/* kept and not spent, ever */
};

/* What its creator decides about a process: the payload of what creates it. */
struct tw_spawn_attr {
	u32 cancellation;
	u32 snapshot_interval;
	u32 interval_min;
	u32 interval_max;
	u32 snapshots_max;
	char name[TW_NAME_LEN];
};

/* The part of a process that others than its guardian have created. */
struct tw_origin {
	u64 creator;		/* bucket lock; 0: not known yet */
	u64 time;		/* bucket lock: virtual time of its creation */
	u32 index;		/* bucket lock: of the creation among the creator's sends then */
	refcount_t refs;
	union {
		struct rb_node node;		/* bucket lock */
		struct tw_proc *retired;	/* GVT thread */
	};
	struct list_head link;	/* tw_core.spawned */

	/* all below: proc->lock */
	struct tw_message *creation;	/* the message that did it, until that is committed */
	u64 life;			/* what a task must know that attaches, 0: any */
	bool embodied;			/* a task has attached in this life */
};

/* May a process go on? See schedule.c. */
enum tw_turn {
	TW_TURN_NONE,		/* it runs, or has nothing to do */
	TW_TURN_FAR,		/* no: beyond the window, it waits for GVT */
	TW_TURN_HELD,		/* no: in tw_schedule.held */
	TW_TURN_GRANTED,	/* yes, and it has not come to take its turn */
};

/* What a process has of the memory of its domain: see memory.c. */
struct tw_share {
	u64 budget;		/* constant: of kept, 0: none */
	u64 kept;		/* bytes of the output queue and of the snapshots */
	u64 stock;		/* bytes charged to the domain and not used yet */
	u64 stretch;		/* bytes received and sent since the last snapshot */
	u64 stretch_max;	/* constant: it must make another before more */
	u64 stretch_from;	/* horizon of the last snapshot */
	bool grant;		/* the next charge is not refused */
	bool waits;		/* a send or a snapshot waits for memory: */
	u64 wait_time;		/* its virtual time */
	u64 wait_bytes;		/* so much */
};

/*
 * The memory of a domain: see memory.c. What every send reads is apart from what
 * is written all the time.
 */
struct tw_memory {
	u64 budget;		/* constant: bytes, 0: none */
	u64 batch;		/* constant: bytes that a process takes at a time */
	u64 snapshot;		/* constant: bytes that a parked task counts as */
	u64 stretch_min;	/* constant: lower bound of stretch */
	u64 stretch;		/* GVT thread: see tw_share.stretch */
	u64 bound;		/* GVT thread: sends from here on wait */
	u32 tight;		/* GVT thread: rounds without relief */
	u64 cancelbacks;	/* GVT thread */

	atomic64_t used ____cacheline_aligned_in_smp; /* bytes charged */
	atomic64_t peak;
	atomic_t waiters;	/* processes in tw_share.waits */
};

/* Whom to run, and how far ahead: see schedule.c. */
struct tw_schedule {
	spinlock_t lock;		/* all below, but for reads of single words */
	u64 bound;			/* beyond it another's turn comes first */
	u64 *until;			/* constant: where that and the window are published */
	u64 until_own;			/* there, if nowhere else */
	int running_max;		/* constant after the start */
	u32 granted;			/* processes in TW_TURN_GRANTED */
	u32 asleep;			/* processes that are */
	bool slack_learnt;		/* constant after the start */
	bool window_learnt;		/* constant after the start */
	u64 held_ns;			/* GVT thread: waste of all, see tw_window_learn() */
	u64 undone_ns;			/* GVT thread */
	u64 farthest;			/* GVT thread: position of the process farthest ahead */
	u64 ahead;			/* GVT thread: farthest since the window changed */
	u64 slack;			/* virtual time */
	u64 window;			/* virtual time; infinity: none */
	struct rb_root_cached held;	/* tw_proc.turn_node, by next event */
};

/*
 * A process; or a sink, a receiver that hands over only what is committed; or a
 * port, a sender that is never rolled back.
 */
struct tw_proc {
	spinlock_t lock;		/* see above */
	struct tw_core *core;		/* constant */
	u64 id;				/* constant */
	bool sink;			/* constant */
	bool full;			/* lock; a sink to which nobody is to send: see sink.c */
	bool port;			/* constant */
	bool live;			/* constant: a port that GVT does not wait for */
	bool lazy;			/* lock: how to cancel messages that do not choose */
	bool in_place;			/* constant: restores its states itself */
	bool spawned;			/* constant: has an origin */
	struct tw_origin origin;
	char name[TW_NAME_LEN];		/* lock */
	u32 interval_min;		/* lock: bounds of interval */
	u32 interval_max;		/* lock */
	u32 snaps_max;			/* lock: snapshots parked at a time */

	/* all below: lock */
	u32 state;			/* TW_PROCESS_* */
	u32 exit_status;
	u32 lost;			/* incarnations lost since GVT last passed a snapshot */
	u32 wakes;			/* see tw_wakes() */
	bool coming;			/* counts in tw_core.coming */

	struct rb_root_cached pending;	/* input queue, not yet handed over */
	struct list_head delivered;	/* input queue, handed over, in that order */
	struct list_head sent;		/* output queue, in order of sending */
	struct list_head unconfirmed;	/* after a rollback: sent by an earlier life */
	struct list_head snaps;		/* state queue, oldest first */

	struct tw_position now;		/* now.key: see tw_position_key() */
	u64 sends_freed;		/* of now.sends, by fossil collection */
	u64 deliveries_freed;		/* of now.deliveries, likewise */
	u32 interval;			/* events between snapshots */
	struct tw_interval adapt;
	u64 snapped;			/* events at the last snapshot */
	bool snap_asked;		/* the snapshot now due was asked for */
	bool spare_asked;		/* so was, while it waits, the spare that it lacks */
	bool paged;			/* has had a page: counts its own events */
	bool needs_park;		/* can do nothing before the next child parks */
	bool ask_again;			/* that child does not come: ask for another */
	bool stale;			/* in place: rolled back, and has not restored yet */
	u64 restore;			/* token of what it has to restore */

	u64 lvt;			/* no send below this but coasting; a port's promise */
	bool committed;			/* its last receive was for committed messages */
	struct tw_position settled;	/* where it was when it asked for them */
	u64 hold;			/* waits until GVT is at least this */
	u64 coast_until;		/* sends before this repeat earlier ones */
	u64 coasting;			/* sends suppressed since the resume */
	bool eager;			/* has sent a message with aggressive cancellation */
	struct tw_deferred deferred;

	struct tw_inc *running;
	struct tw_inc *exited;		/* the last one that left by itself, or NULL */
	u64 tokens;
	u64 generations;

	u64 bound;			/* constant; of unread; 0: none */
	u64 counted;			/* of a sink: what is for before this is in unread */
	u64 unread;			/* committed, and its reader has not taken it; in bytes */
	bool closed;			/* nobody reads it any more */
	struct tw_proc *awaits;		/* a full sink that it was to send to */

	bool asleep;			/* in an event, as the GVT thread found it */
	/* Leaves and enters TW_TURN_NONE with both locks held, else: schedule.lock. */
	enum tw_turn turn;
	u64 turn_time;			/* schedule.lock: of the event it is held for */
	u64 turn_since;			/* schedule.lock: tw_host_clock() of the last grant */
	u32 grants;			/* schedule.lock: see tw_wakes() */
	struct rb_node turn_node;	/* schedule.lock */

	struct tw_share share;		/* lock */

	u64 red_round;			/* round to which red_min belongs */
	u64 red_min;			/* earliest message put in flight since it began */

	struct tw_proc_stats stats;
};

/* Spawned processes by id, in so many parts that nobody meets at the locks. */
#define TW_BUCKETS	64

struct tw_bucket {
	spinlock_t lock;		/* procs, and what of tw_origin says so */
	struct rb_root procs;
};

struct tw_core {
	u32 id;				/* constant: for traces */
	u32 state;			/* TW_DOMAIN_*, written by the host */
	bool spare;			/* constant: keep a spare for the oldest snapshot */
	u64 procs_n;			/* constant after the start */
	u64 procs_max;			/* room in procs */
	struct tw_proc **procs;		/* constant after the start; by id - 1 */
	struct tw_bucket spawned_by_id[TW_BUCKETS];
	spinlock_t spawned_lock;	/* additions to spawned, and all removals */
	struct list_head spawned;	/* all of them; readers: SRCU or the GVT thread */
	struct tw_proc *retired;	/* GVT thread: taken out, and freed in the next round */
	struct tw_proc_stats gone;	/* sums of processes that were freed; the host excludes */
	u64 gone_n;			/* how many that had lived; likewise */
	struct srcu_struct srcu;
	u64 gvt;			/* written by the GVT thread only */
	u64 *gvt_shown;			/* constant: where it is published, before it counts */
	u64 gvt_own;			/* there, if nowhere else */
	u64 gvt_before;			/* GVT thread: that of the round before */
	u64 gvt_holder;			/* GVT thread: the process with the least contribution */
	u64 gvt_since;			/* GVT thread: tw_host_clock() when GVT was seen to move */
	u64 stalls;			/* written by the GVT thread only, as the two below */
	u64 stall_process;
	u32 stall_reason;		/* TW_STALL_* */
	u64 first_sent;			/* GVT thread: no message yet to come is for less */
	u64 round;			/* written by the GVT thread only */
	u64 lost_round;			/* in which an incarnation was lost last */
	atomic_t active;		/* processes that do not wait */
	atomic_t coming;		/* processes that wait, and were woken for a message */
	atomic_t holders;		/* processes that wait for GVT */
	struct tw_schedule schedule;
	struct tw_memory memory;

	spinlock_t port_lock;		/* the four below, and the publication of gvt */
	u32 live;			/* live ports that are open */
	u64 live_floor;			/* they inject nothing below this */
	u64 injected_round;		/* round to which injected_min belongs */
	u64 injected_min;		/* earliest message injected since it began */

	spinlock_t failure_lock;	/* all below */
	u32 failure;			/* TW_FAILURE_*; the first one stays */
	u32 failed_status;
	u64 failed_process;
	u64 failed_time;
	u32 violation;			/* TW_VIOLATION_*; the first one stays */
	struct tw_key violation_key;	/* its message */
	u64 violation_receiver;
};

/* One operation on the protocol, and what it leaves for the host to do. */
struct tw_op {
	struct tw_core *core;
	int srcu;
	struct list_head cancels;	/* messages to unsend; empty at the end */
	struct list_head kills;		/* incarnations whose task must die */
	struct list_head resumes;	/* incarnations to wake: they run now */
	u64 floor;			/* earliest receive time unsent */
	u64 freed;			/* bytes to be taken off tw_memory.used */
	bool want_gvt;			/* a GVT round should begin soon */
	bool failed;			/* the domain has failed: tw_core.failure */
};

static inline int tw_cmp_u64(u64 a, u64 b)
{
	return a < b ? -1 : a > b;
}

static inline int tw_key_cmp(const struct tw_key *a, const struct tw_key *b)
{
	int c = tw_cmp_u64(a->recv_time, b->recv_time);

	if (!c)
		c = tw_cmp_u64(a->priority, b->priority);
	if (!c)
		c = tw_cmp_u64(a->sender, b->sender);
	if (!c)
		c = tw_cmp_u64(a->send_time, b->send_time);
	if (!c)
		c = tw_cmp_u64(a->index, b->index);
	if (!c)
		c = tw_cmp_u64(a->generation, b->generation);
	return c;
}

#endif /* TW_CORE_TYPES_H */
