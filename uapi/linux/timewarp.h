/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * Timewarp: virtual-time IPC.
 *
 * This header is the whole contract between the kernel module and user space.
 */
#ifndef _UAPI_LINUX_TIMEWARP_H
#define _UAPI_LINUX_TIMEWARP_H

#include <linux/ioctl.h>
#include <linux/types.h>

/**
 * DOC: Ioctl format
 *
 * Every argument is a pointer to a structure whose first member, ``size``, is
 * set by the caller to the size of the structure that it was compiled with.
 * Structures grow only at their end. The kernel treats members that an old
 * caller does not pass as zero, and accepts a larger structure from a new
 * caller as long as everything that this kernel does not know is zero.
 *
 * Each errno has one meaning, and after any error the state is what it was
 * before the call, unless the call says otherwise:
 *
 * ================ ==========================================================
 * ENOTTY           this kind of file has no such ioctl
 * EINVAL           size below the first version's, an unknown flag, a pad that
 *                  is not zero, or a value out of the range that is stated
 *                  here; a receive time that is not after the send time
 * E2BIG            size above this kernel's and the surplus is not zero, or it is more
 *                  than a page
 * EFAULT           a pointer cannot be read or written
 * ENOENT           no receiver or process of that id in the domain (a port is
 *                  none), no domain of that name in the caller's IPC namespace
 * EEXIST           a domain of that name is there already
 * EACCES           the domain's owner and mode do not let the caller open it
 * EBADF            the file was not opened for what the call does; the descriptor
 *                  of a &struct tw_memfd cannot be read
 * EDQUOT           a limit per user of the module is reached
 * EMSGSIZE         the payload is larger than &TW_PAYLOAD_MAX or &TW_MEMFD_MAX, or
 *                  the receive buffer is too small for the next message
 * EPERM            a domain's page is to be mapped writable
 * ESRCH            the caller is no running incarnation of this process
 * EUSERS           the caller has more than one thread
 * EBUSY            already so: the process has an incarnation, the caller is it,
 *                  its page is mapped, or the domain was started
 * EEXIST           another process has the id of the one to be created
 * EAGAIN           the call would wait, for a message, for GVT, for memory of a
 *                  budget or for the reader of a sink, and the file or the call is
 *                  nonblocking
 * ECANCELED        the history that this snapshot or this new process belongs to
 *                  was rolled back; the caller must exit
 * ESTALE           the caller, which has &TW_STATE_HANDLERS, was rolled back:
 *                  &TW_RESTORE first
 * ESHUTDOWN        the domain has ended: GVT is +infinity
 * EIO              the domain has failed; &TW_DOMAIN_STAT says why
 * ENOMEM           no memory; from &TW_SNAPSHOT also: the budget has no room, and the
 *                  process can do without this snapshot
 * EMFILE, ENFILE   no descriptor is free, in the process or in the system
 * EINTR            a signal ended the wait: its handler has run, and it was installed
 *                  without SA_RESTART, or the call had done something already
 * ETIME            too late: the time-out of &TW_DOMAIN_WAIT passed, or a port was
 *                  to inject at a time that GVT or its own promise has passed
 * ================ ==========================================================
 */

#define TW_ABI_VERSION		1

/* Virtual time is an unsigned key: 0 is the start, the largest is +infinity. */
#define TW_TIME_INF		(~(__u64)0)

/* Bits 63 and 62 of the id of a process that was created by a process: 1 and 0. */
#define TW_ID_SPAWNED(id)	((id) >> 62 == 2)

/* The largest payload of one message, in bytes. */
#define TW_PAYLOAD_MAX		65536

/* The largest file of one message, in bytes. */
#define TW_MEMFD_MAX		((__u64)1 << 32)

/*
 * What counts against a budget of memory, in bytes: a message by its header and
 * payload, but at least so much; a snapshot, announced or parked, if it is a task,
 * while one that the process has saved itself counts as a message; and what a domain
 * needs for each process beside its messages.
 */
#define TW_MEMORY_HEADER	128
#define TW_MEMORY_MESSAGE	192
#define TW_MEMORY_SNAPSHOT	16384
#define TW_MEMORY_PROCESS	65536

/* Bytes of a name, its terminating zero included. */
#define TW_NAME_LEN		16

#define TW_TYPE			0xB9

enum {
	/* on the device */
	TW_CMD_INFO		= 0x00,
	TW_CMD_DOMAIN_CREATE	= 0x01,
	TW_CMD_DOMAIN_OPEN	= 0x02,
	/* on a domain */
	TW_CMD_DOMAIN_START	= 0x10,
	TW_CMD_DOMAIN_STAT	= 0x11,
	TW_CMD_DOMAIN_WAIT	= 0x12,
	TW_CMD_PROCESS_CREATE	= 0x13,
	TW_CMD_PROCESS_STAT	= 0x14,
	TW_CMD_SINK_CREATE	= 0x15,
	TW_CMD_PORT_CREATE	= 0x16,
	/* on a process */
	TW_CMD_ATTACH		= 0x20,
	TW_CMD_SEND		= 0x21,
	TW_CMD_RECV		= 0x22,	/* on a sink too */
	TW_CMD_STEP		= 0x23,
	TW_CMD_SNAPSHOT		= 0x24,
	TW_CMD_PARK		= 0x25,
	TW_CMD_SPAWN		= 0x26,
	TW_CMD_RESTORE		= 0x27,
	TW_CMD_EXIT		= 0x28,
	/* on a port */
	TW_CMD_INJECT		= 0x30,
	TW_CMD_PROMISE		= 0x31
};

/**
 * struct tw_info - TW_INFO, on the device: what this kernel speaks
 * @size: sizeof(struct tw_info)
 * @abi_version: out, &TW_ABI_VERSION of the kernel
 * @features: out, bits of features beyond the ABI version; none is defined yet
 * @payload_max: out, largest payload in bytes
 * @pad: zero
 */
struct tw_info {
	__u32 size;
	__u32 abi_version;
	__u64 features;
	__u32 payload_max;
	__u32 pad;
};
#define TW_INFO			_IO(TW_TYPE, TW_CMD_INFO)

/* Cancellation: what a rollback does with the messages sent in the wrong future. */
enum {
	TW_CANCEL_DEFAULT	= 0,	/* process: as its domain; domain: aggressive */
	TW_CANCEL_AGGRESSIVE	= 1,	/* unsend them at once */
	TW_CANCEL_LAZY		= 2	/* unsend those that are not sent again */
};

#define TW_DOMAIN_NAMED		(1u << 0)	/* others can open it by its name */
#define TW_DOMAIN_DROP		(1u << 1)	/* a dead guardian's processes are dropped */
#define TW_DOMAIN_SPARE		(1u << 2)	/* keep a spare for the oldest snapshot */

/* tw_domain_create.running: no limit. */
#define TW_RUNNING_ALL		(~(__u32)0)

/* tw_domain_create.window: learnt from what it costs to be too far ahead, and to wait. */
#define TW_WINDOW_LEARNT	TW_TIME_INF

/**
 * struct tw_domain_create - TW_DOMAIN_CREATE, on the device
 * @size: sizeof(struct tw_domain_create)
 * @flags: TW_DOMAIN_*. With &TW_DOMAIN_SPARE each process keeps two snapshots older
 *	than GVT, not one, and takes a second one at once when it has only one: so
 *	each of its snapshots can be killed from outside, and an older one serves
 * @cancellation: one of TW_CANCEL_*
 * @gvt_interval_us: real time between GVT rounds, in microseconds, at most
 *	10,000,000; 0 means 10,000. A round also starts when every process waits.
 * @fd: out, the domain, open with O_CLOEXEC
 * @mode: &TW_DOMAIN_NAMED: who may open it, as in open(2): read and write bits
 *	of its owner, group and others, where owner and group are the caller's
 *	effective ones; else zero
 * @name: for traces and statistics, ends with a zero. &TW_DOMAIN_NAMED: not
 *	empty, and published in the caller's IPC namespace until this file is
 *	closed. EEXIST when there is one of that name
 * @running: so many processes run at a time, those with the earliest next
 *	events; 0: as many as there are processors online, &TW_RUNNING_ALL: all
 * @pad: zero
 * @window: no event begins more than this after GVT, in virtual time; 0: no limit,
 *	&TW_WINDOW_LEARNT: a limit that follows the measured waste
 * @slack: a process that runs gives its turn up when its next event is later
 *	than that of the first one held by more than this, in virtual time; 0:
 *	learnt, so that a turn is long beside what it costs to change
 * @memory: budget of messages and snapshots, in bytes, at most 2^62; 0: none
 *
 * When the last descriptor of this file is gone, the domain and all in it ends;
 * those who have opened it by name find it failed (&TW_FAILURE_CLOSED).
 *
 * The task that creates a process in the domain is its guardian. When a guardian
 * dies, the domain fails; or, with &TW_DOMAIN_DROP, its processes are dropped:
 * what they did below GVT stands, the rest is unsent, their incarnations are
 * killed, and messages for them are for nobody.
 *
 * A process is held by @running and @window when it receives: it waits, as for a
 * message, and its LVT is the time of its next event. An event at GVT is never
 * held, and a process that sleeps in the middle of an event does not count among
 * those that run, so every domain goes on. What a rollback has resumed runs
 * until it receives.
 *
 * Within its budget of memory a domain holds back those farthest ahead: a send, an
 * injection or a snapshot waits (EAGAIN if the file is nonblocking). Then it takes
 * messages back, and rolls their senders back. What the sequential execution needs
 * for its messages plus &TW_MEMORY_PROCESS for each process, twice that with
 * &TW_DOMAIN_SPARE, is enough. With less, whoever is at GVT goes over the budget
 * when nothing is left to take back. What the reader of a sink has not taken
 * counts. The contents of files that are passed do not: they belong to the memory
 * cgroup of who wrote them, and one may be the payload of any number of messages.
 */
struct tw_domain_create {
	__u32 size;
	__u32 flags;
	__u32 cancellation;
	__u32 gvt_interval_us;
	__s32 fd;
	__u32 mode;
	char name[TW_NAME_LEN];
	__u32 running;
	__u32 pad;
	__u64 window;
	__u64 slack;
	__u64 memory;
};
#define TW_DOMAIN_CREATE	_IO(TW_TYPE, TW_CMD_DOMAIN_CREATE)

/* As the digits of a mode. */
#define TW_OPEN_WRITE		(1u << 1)	/* take part: create, start */
#define TW_OPEN_READ		(1u << 2)	/* see: numbers, waits, the page */

/**
 * struct tw_domain_open - TW_DOMAIN_OPEN, on the device
 * @size: sizeof(struct tw_domain_open)
 * @flags: TW_OPEN_*, at least one
 * @fd: out, the domain, open with O_CLOEXEC
 * @pad: zero
 * @name: of a domain that was published in the caller's IPC namespace
 *
 * Asks its mode for permission by the rules of ipc(7): the bits of the owner, or
 * the group, or others, for the caller's effective user and groups;
 * CAP_IPC_OWNER overrides. The domain does not live longer by it.
 */
struct tw_domain_open {
	__u32 size;
	__u32 flags;
	__s32 fd;
	__u32 pad;
	char name[TW_NAME_LEN];
};
#define TW_DOMAIN_OPEN		_IO(TW_TYPE, TW_CMD_DOMAIN_OPEN)

/**
 * struct tw_domain_start - TW_DOMAIN_START, on a domain
 * @size: sizeof(struct tw_domain_start)
 * @flags: zero
 *
 * The calls of a process but TW_ATTACH and TW_PARK wait for the start.
 * Processes, sinks and ports are created before it (EBUSY afterwards); every process
 * must be attached or it holds GVT at zero.
 */
struct tw_domain_start {
	__u32 size;
	__u32 flags;
};
#define TW_DOMAIN_START		_IO(TW_TYPE, TW_CMD_DOMAIN_START)

enum {
	TW_DOMAIN_NEW		= 0,	/* not started */
	TW_DOMAIN_RUNNING	= 1,
	TW_DOMAIN_ENDED		= 2,	/* GVT reached +infinity */
	TW_DOMAIN_FAILED	= 3	/* see tw_domain_stat.failure */
};

enum {
	TW_FAILURE_NONE		= 0,
	TW_FAILURE_GUARDIAN	= 1,	/* the guardian of failed_process died */
	TW_FAILURE_PROCESS	= 2,	/* it exited badly, and GVT reached that */
	TW_FAILURE_SNAPSHOT	= 3,	/* no snapshot was left to roll back to */
	TW_FAILURE_CAUSALITY	= 4,	/* it sent into the committed past */
	TW_FAILURE_CLOSED	= 5	/* its owner closed it before its end */
};

/* How a process that coasted forward differed from what it had done before. */
enum {
	TW_VIOLATION_NONE	= 0,
	TW_VIOLATION_SENT	= 1,	/* it sent what it had not sent */
	TW_VIOLATION_UNSENT	= 2	/* it did not send again what it had sent */
};

/* Why a process, or port, holds GVT back. */
#define TW_STALL_NONE		0
#define TW_STALL_UNATTACHED	1	/* nobody has attached to it */
#define TW_STALL_EVENT		2	/* it is in the middle of an event */
#define TW_STALL_STOPPED	3	/* its task is stopped, or traced */
#define TW_STALL_MESSAGE	4	/* a message waits for it, and it does not come */
#define TW_STALL_SNAPSHOT	5	/* it waits for the child of a snapshot to park */
#define TW_STALL_UNSENT		6	/* it has messages that it has not handed in */
#define TW_STALL_FLIGHT		7	/* it has come further, what it sends is for that time */
#define TW_STALL_EXIT		8	/* it has exited badly, which may yet be erased */
#define TW_STALL_PROMISE	9	/* a port may inject for that time */

/**
 * struct tw_domain_stat - TW_DOMAIN_STAT, on a domain
 * @size: sizeof(struct tw_domain_stat)
 * @state: out, TW_DOMAIN_*
 * @failure: out, TW_FAILURE_*
 * @failed_status: out, TW_FAILURE_PROCESS: its status as wait(2) gives it
 * @failed_process: out, the process that made the domain fail
 * @failed_time: out, the virtual time at which it did
 * @gvt: out, global virtual time
 * @gvt_rounds: out, GVT rounds completed
 * @processes: out, processes created and not undone
 * @sinks: out, sinks created
 * @messages: out, messages in memory now, committed ones not yet freed included
 * @message_bytes: out, memory that they take
 * @message_bytes_peak: out, the most that they ever took
 * @balance: out, algebraic sum of all messages and antimessages; it is zero
 *	whenever no call is in progress
 * @sends: out, messages sent, coast-forward repetitions not counted
 * @delivered: out, messages handed to processes, again after a rollback included
 * @committed: out, messages handed over for good (below GVT)
 * @events: out, events processed: local events of an object layer included
 * @events_committed: out, of these, the ones that no rollback undid
 * @rollbacks_primary: out, rollbacks caused by a positive straggler
 * @rollbacks_secondary: out, rollbacks caused by an antimessage
 * @rollback_depth: out, sum over all rollbacks of the deliveries undone
 * @antimessages: out, messages unsent
 * @annihilated_pending: out, of these, those not yet handed over
 * @annihilated_early: out, of these, those whose antimessage was first
 * @lazy_hits: out, sends matched by an earlier equal one (lazy cancellation)
 * @coasted: out, sends suppressed while coasting forward
 * @snapshots: out, snapshots parked
 * @snapshots_live: out, snapshots parked now
 * @resumes: out, snapshots resumed
 * @fossils: out, messages freed by fossil collection
 * @violations: out, sends that differed while coasting forward (determinism)
 * @committed_bytes: out, bytes that sinks have delivered
 * @failures: out, bad exits of incarnations, those that a rollback erased included
 * @lost: out, running incarnations that were killed from outside and replaced
 * @violation_process: out, the first process that violated determinism; 0: none has
 * @violation_receiver: out, receiver of the message by which it did
 * @violation_send_time: out, send time of that message
 * @violation_recv_time: out, its receive time
 * @violation_index: out, its number within the send time
 * @violation_kind: out, TW_VIOLATION_*
 * @failed_pid: out, TW_FAILURE_PROCESS: the task that exited, in the caller's pid
 *	namespace
 * @pad: zero
 * @ports: out, ports created
 * @injected: out, messages that ports have injected
 * @held: out, processes that are held now: see &struct tw_domain_create and
 *	&struct tw_sink_create
 * @throttled: out, how often one was, before an event
 * @window: out, how far ahead of GVT events may begin now; &TW_TIME_INF: no limit
 * @slack: out, by how much a process may be ahead of the first one held, now
 * @spawned: out, processes created by processes, coast-forward repetitions not
 *	counted
 * @unspawned: out, of these, those whose creation was undone
 * @missed: out, messages for a time at which their receiver did not live
 * @memory_budget: out, as given; without one nothing is charged or taken back
 * @memory: out, bytes charged to it now
 * @memory_peak: out, the most that it ever was
 * @cancelbacks: out, rollbacks to take messages back for memory
 * @memory_waits: out, sends, injections and snapshots that had to wait for memory
 * @pushed_back: out, sends that waited for the reader of a sink, or failed with
 *	EAGAIN for it
 * @stalls: out, how often GVT has not moved for as long as the parameter stall_ms of
 *	the module says
 * @stall_process: out, the process or port that holds GVT back while it does not; 0:
 *	it moves
 * @stall_reason: out, TW_STALL_*: why
 * @pad2: zero
 */
struct tw_domain_stat {
	__u32 size;
	__u32 state;
	__u32 failure;
	__u32 failed_status;
	__u64 failed_process;
	__u64 failed_time;
	__u64 gvt;
	__u64 gvt_rounds;
	__u64 processes;
	__u64 sinks;
	__u64 messages;
	__u64 message_bytes;
	__u64 message_bytes_peak;
	__s64 balance;
	__u64 sends;
	__u64 delivered;
	__u64 committed;
	__u64 events;
	__u64 events_committed;
	__u64 rollbacks_primary;
	__u64 rollbacks_secondary;
	__u64 rollback_depth;
	__u64 antimessages;
	__u64 annihilated_pending;
	__u64 annihilated_early;
	__u64 lazy_hits;
	__u64 coasted;
	__u64 snapshots;
	__u64 snapshots_live;
	__u64 resumes;
	__u64 fossils;
	__u64 violations;
	__u64 committed_bytes;
	__u64 failures;
	__u64 lost;
	__u64 violation_process;
	__u64 violation_receiver;
	__u64 violation_send_time;
	__u64 violation_recv_time;
	__u32 violation_index;
	__u32 violation_kind;
	__s32 failed_pid;
	__u32 pad;
	__u64 ports;
	__u64 injected;
	__u64 held;
	__u64 throttled;
	__u64 window;
	__u64 slack;
	__u64 spawned;
	__u64 unspawned;
	__u64 missed;
	__u64 memory_budget;
	__u64 memory;
	__u64 memory_peak;
	__u64 cancelbacks;
	__u64 memory_waits;
	__u64 pushed_back;
	__u64 stalls;
	__u64 stall_process;
	__u32 stall_reason;
	__u32 pad2;
};
#define TW_DOMAIN_STAT		_IO(TW_TYPE, TW_CMD_DOMAIN_STAT)

/**
 * struct tw_domain_wait - TW_DOMAIN_WAIT, on a domain
 * @size: sizeof(struct tw_domain_wait)
 * @flags: zero
 * @until: wait until GVT is at least this, or the domain ends or fails
 * @timeout_ns: at most so long; 0 means for ever. ETIME when it passes
 * @gvt: out, GVT at return
 * @state: out, TW_DOMAIN_* at return
 * @pad: zero
 */
struct tw_domain_wait {
	__u32 size;
	__u32 flags;
	__u64 until;
	__u64 timeout_ns;
	__u64 gvt;
	__u32 state;
	__u32 pad;
};
#define TW_DOMAIN_WAIT		_IO(TW_TYPE, TW_CMD_DOMAIN_WAIT)

/* Who saves the states of a process, and restores them. */
enum {
	TW_STATE_FORK		= 0,	/* a snapshot is a fork that has parked */
	TW_STATE_HANDLERS	= 1	/* the process itself, in its own memory */
};

/**
 * struct tw_process_create - TW_PROCESS_CREATE, on a domain
 * @size: sizeof(struct tw_process_create)
 * @flags: zero
 * @id: out, the process, unique in the domain; ids count from 1 in order of
 *	creation, sinks and ports included
 * @fd: out, its endpoint, open with O_CLOEXEC. It stands for the process
 *	through every rollback; its incarnations share it by fork
 * @cancellation: one of TW_CANCEL_*
 * @snapshot_interval: events between snapshots; 0: chosen by the measured cost
 *	of a snapshot and of an event, and by how often the process rolls back
 * @pad: zero
 * @name: for traces and statistics, ends with a zero
 * @interval_min: least interval that is chosen, in events; 0: 8, or 1 with
 *	&TW_STATE_HANDLERS
 * @interval_max: the largest; 0: 1,048,576. Not below @interval_min. Both are 0
 *	where @snapshot_interval is given
 * @snapshots_max: snapshots kept at a time, at least 2, a spare not counted; 0:
 *	64. When there are more, one is discarded, so that a rollback, however far it goes, repeats
 *	about the same part of what it undoes
 * @state: one of TW_STATE_*
 * @memory: budget of what it has sent and not committed, and of its snapshots,
 *	in bytes, at most 2^62; 0: none but its domain's. Above it, it waits
 *	until GVT has come to where it is
 */
struct tw_process_create {
	__u32 size;
	__u32 flags;
	__u64 id;
	__s32 fd;
	__u32 cancellation;
	__u32 snapshot_interval;
	__u32 pad;
	char name[TW_NAME_LEN];
	__u32 interval_min;
	__u32 interval_max;
	__u32 snapshots_max;
	__u32 state;
	__u64 memory;
};
#define TW_PROCESS_CREATE	_IO(TW_TYPE, TW_CMD_PROCESS_CREATE)

enum {
	TW_PROCESS_NEW		= 0,	/* no task has attached */
	TW_PROCESS_RUNNING	= 1,
	TW_PROCESS_WAITING	= 2,	/* no message: LVT is +infinity */
	TW_PROCESS_EXITED	= 3,	/* its running incarnation is gone */
	TW_PROCESS_DEAD		= 4,	/* for good: its end is committed, or nobody can attach */
	TW_PROCESS_HELD		= 5,	/* waits for its turn, GVT, or the reader of a sink */
	TW_PROCESS_UNBORN	= 6	/* known, but nothing has created it, or not any more */
};

/**
 * struct tw_process_stat - TW_PROCESS_STAT, on a domain
 * @size: sizeof(struct tw_process_stat)
 * @state: out, TW_PROCESS_*
 * @id: in, the process
 * @lvt: out, the least virtual time at which it can still do anything new: its
 *	LVT, what waits for it and what it repeats after a rollback considered
 * @pid: out, its running incarnation in the caller's pid namespace, or 0
 * @exit_status: out, how that ended, as wait(2) gives it. A process that was
 *	created by a process is forgotten (ENOENT) some time after its end
 * @guardian: out, pid of the guardian in the caller's pid namespace, or 0
 * @snapshots_live: out, snapshots parked now
 * @pending: out, messages not yet handed over
 * @delivered: out, messages handed over, again after a rollback included
 * @events: out, events processed: local events of an object layer included
 * @rollbacks_primary: out, rollbacks caused by a positive straggler
 * @rollbacks_secondary: out, rollbacks caused by an antimessage
 * @rollback_depth: out, sum of the deliveries that they undid
 * @sends: out, messages sent
 * @antimessages: out, of these, those unsent
 * @snapshots: out, snapshots parked in all
 * @snapshot_interval: out, events between snapshots, now
 * @name: out, its name
 * @throttled: out, how often it was held before an event
 * @snapshots_thinned: out, snapshots discarded because there were too many
 * @memory_budget: out, as given
 * @memory: out, bytes of what it has sent and not committed, and of its snapshots
 * @memory_waits: out, its sends and snapshots that had to wait for memory
 * @pushed_back: out, sends that waited for the reader of a sink, or failed with
 *	EAGAIN for it
 */
struct tw_process_stat {
	__u32 size;
	__u32 state;
	__u64 id;
	__u64 lvt;
	__s32 pid;
	__s32 exit_status;
	__s32 guardian;
	__u32 snapshots_live;
	__u64 pending;
	__u64 delivered;
	__u64 events;
	__u64 rollbacks_primary;
	__u64 rollbacks_secondary;
	__u64 rollback_depth;
	__u64 sends;
	__u64 antimessages;
	__u64 snapshots;
	__u64 snapshot_interval;
	char name[TW_NAME_LEN];
	__u64 throttled;
	__u64 snapshots_thinned;
	__u64 memory_budget;
	__u64 memory;
	__u64 memory_waits;
	__u64 pushed_back;
};
#define TW_PROCESS_STAT		_IO(TW_TYPE, TW_CMD_PROCESS_STAT)

/**
 * struct tw_sink_create - TW_SINK_CREATE, on a domain
 * @size: sizeof(struct tw_sink_create)
 * @flags: zero
 * @id: out, the sink's id: messages are sent to it as to a process
 * @fd: out, open with O_CLOEXEC. read(2) and TW_RECV return what is committed,
 *	in total order, each byte once; 0 and TW_STATUS_END after the last
 * @pad: zero
 * @name: for traces and statistics, ends with a zero
 * @bound: bytes, of committed output that was not taken; 0: none. Each message
 *	counts with its payload and a &struct tw_msg
 *
 * From @bound on the sink is full, until half of it is taken. Who sends to a full
 * sink waits at that send, as in the middle of an event, and holds GVT there:
 * others go on up to it. A rollback of the sender ends the wait, as always at once.
 * What coasts forward or is matched does not wait, nor what a port injects. Output
 * ahead of GVT does not count, so GVT can bring more than @bound at a time, by as
 * much as the processes were ahead.
 *
 * A domain comes to its end only if the bounded sinks are read: taking what there
 * is, whatever it is, keeps it going. When the last descriptor is closed nobody
 * waits any more, and what is committed there is discarded.
 */
struct tw_sink_create {
	__u32 size;
	__u32 flags;
	__u64 id;
	__s32 fd;
	__u32 pad;
	char name[TW_NAME_LEN];
	__u64 bound;
};
#define TW_SINK_CREATE		_IO(TW_TYPE, TW_CMD_SINK_CREATE)

#define TW_PORT_LIVE		(1u << 0)	/* GVT does not wait for its promises */

/**
 * struct tw_port_create - TW_PORT_CREATE, on a domain
 * @size: sizeof(struct tw_port_create)
 * @flags: TW_PORT_*
 * @id: out, the port's id: the sender of what it injects
 * @fd: out, open with O_CLOEXEC
 * @pad: zero
 * @promise: its first promise, as in &struct tw_promise
 * @name: for traces and statistics, ends with a zero
 *
 * By a port, messages come into the domain from outside of virtual time. Whoever
 * has the file can inject; nobody needs to be a process.
 *
 * GVT does not rise above the promise of a port, so an injection at or after it
 * is never too late. A live port (&TW_PORT_LIVE) holds nothing up: what it injects
 * must be at GVT or later as that happens to be. While nothing is left to do but
 * what a live port may yet inject, GVT stays just behind all that was done.
 *
 * A port whose promise is not +infinity keeps the domain from ending, a live one
 * as well. When the last descriptor is closed, the promise is +infinity.
 */
struct tw_port_create {
	__u32 size;
	__u32 flags;
	__u64 id;
	__s32 fd;
	__u32 pad;
	__u64 promise;
	char name[TW_NAME_LEN];
};
#define TW_PORT_CREATE		_IO(TW_TYPE, TW_CMD_PORT_CREATE)

/**
 * struct tw_inject - TW_INJECT, on a port: a message from outside of virtual time
 * @size: sizeof(struct tw_inject)
 * @flags: &TW_SEND_MEMFD or zero
 * @receiver: process or sink
 * @recv_time: in, not below GVT nor the promise of the port, at least 1, less
 *	than &TW_TIME_INF; or 0 for the earliest such time. Out, the receive time.
 *	After ETIME, out, the earliest time that would have been possible
 * @priority: order among messages of equal receive time, the smallest first
 * @payload: user pointer
 * @len: bytes of payload, 0 to &TW_PAYLOAD_MAX
 * @pad: zero
 *
 * The message is never unsent. Its send time is 0, and its index counts the
 * injections of the port: for one time and priority, their order stays. The call
 * waits only for memory of a budget (&struct tw_domain_create), and may come before
 * the start.
 */
struct tw_inject {
	__u32 size;
	__u32 flags;
	__u64 receiver;
	__u64 recv_time;
	__u64 priority;
	__u64 payload;
	__u32 len;
	__u32 pad;
};
#define TW_INJECT		_IO(TW_TYPE, TW_CMD_INJECT)

/**
 * struct tw_promise - TW_PROMISE, on a port: nothing earlier will be injected
 * @size: sizeof(struct tw_promise)
 * @flags: zero
 * @promise: not below the promise before; &TW_TIME_INF: nothing at all
 */
struct tw_promise {
	__u32 size;
	__u32 flags;
	__u64 promise;
};
#define TW_PROMISE		_IO(TW_TYPE, TW_CMD_PROMISE)

/**
 * struct tw_spawn - TW_SPAWN, on a process: create another one, now
 * @size: sizeof(struct tw_spawn)
 * @flags: zero
 * @id: out, the new process: a function of its creator, the virtual time and the
 *	number of the creation among the creator's sends of that time, and so the
 *	same in each execution. See &TW_ID_SPAWNED
 * @token: out, for TW_ATTACH
 * @send_time: as in &struct tw_send: the virtual time at which it is created,
 *	and its LVT until its first receive
 * @fd: out, its endpoint, open with O_CLOEXEC; -1 when it was created by an
 *	earlier execution of this event, has its task, and needs no other
 * @cancellation: one of TW_CANCEL_*
 * @snapshot_interval: as in &struct tw_process_create
 * @pad: zero
 * @name: for traces and statistics, ends with a zero
 * @interval_min: as in &struct tw_process_create
 * @interval_max: as in &struct tw_process_create
 * @snapshots_max: as in &struct tw_process_create
 * @pad2: zero
 *
 * With a descriptor, the caller forks next; the child attaches with the token
 * and is the new process, its state a copy of the creator's. Until it has
 * attached the new process holds GVT at its creation; if it never does, the domain
 * fails after a minute, with &TW_FAILURE_SNAPSHOT.
 *
 * The creation is undone by a rollback of the creator to before it, with all
 * that the new process has done. It is not kept by lazy cancellation: the same
 * call in another history makes a process with another state.
 *
 * EEXIST: the id belongs to another creation. It is 62 bits of a hash; the domain
 * can only go on without this process.
 *
 * A message to an id of the form that &TW_ID_SPAWNED tells is always accepted,
 * and waits for a process of that id. It is received if the process was created
 * before its receive time and has not ended before it; otherwise it is dropped
 * when it is committed.
 */
struct tw_spawn {
	__u32 size;
	__u32 flags;
	__u64 id;
	__u64 token;
	__u64 send_time;
	__s32 fd;
	__u32 cancellation;
	__u32 snapshot_interval;
	__u32 pad;
	char name[TW_NAME_LEN];
	__u32 interval_min;
	__u32 interval_max;
	__u32 snapshots_max;
	__u32 pad2;
};
#define TW_SPAWN		_IO(TW_TYPE, TW_CMD_SPAWN)

/**
 * struct tw_attach - TW_ATTACH, on a process
 * @size: sizeof(struct tw_attach)
 * @flags: zero
 * @token: from TW_SPAWN, or zero. ECANCELED when that creation was undone
 *
 * The caller becomes the first incarnation. EBUSY when there was one before.
 * A task is signalled by the kernel only after it has attached or parked, and
 * never after it has exec'ed.
 */
struct tw_attach {
	__u32 size;
	__u32 flags;
	__u64 token;
};
#define TW_ATTACH		_IO(TW_TYPE, TW_CMD_ATTACH)

/* Cancellation of one message, where it is not to be that of its sender. */
#define TW_SEND_AGGRESSIVE	(1u << 0)	/* unsend it as soon as its sender rolls back */
#define TW_SEND_LAZY		(1u << 1)	/* unsend it if it is not sent again */
#define TW_SEND_MEMFD		(1u << 2)	/* the payload is a struct tw_memfd */

/**
 * struct tw_memfd - a payload that is too large to be copied
 * @fd: in sends: a memfd that is sealed with F_SEAL_WRITE, F_SEAL_GROW and
 *	F_SEAL_SHRINK, not empty, open for reading; else EINVAL. The message keeps
 *	the file, and the caller may close it. In receives: a new descriptor of the
 *	file, open for reading with O_CLOEXEC, at offset 0
 * @pad: zero
 * @bytes: in sends: zero; in receives: size of the file
 *
 * Two files with the same bytes are the same payload, when a send is compared
 * with an earlier one: a process may make a new file whenever it repeats one.
 */
struct tw_memfd {
	__s32 fd;
	__u32 pad;
	__u64 bytes;
};

/**
 * struct tw_send - TW_SEND, on a process
 * @size: sizeof(struct tw_send)
 * @flags: TW_SEND_*, but not both of &TW_SEND_AGGRESSIVE and &TW_SEND_LAZY
 * @receiver: process or sink
 * @recv_time: later than the send time, less than &TW_TIME_INF
 * @send_time: 0 (the local virtual time is stamped) or the time of the event
 *	that sends, if the process handles several at a time: not below that of
 *	an earlier send, nor above its position, and of a message for GVT or later
 * @priority: order among messages of equal receive time, the smallest first
 * @payload: user pointer
 * @len: bytes of payload, 0 to &TW_PAYLOAD_MAX
 * @pad: zero
 *
 * Messages are handled in the order of receive time, priority, sender, send
 * time, and number within the sender's send time.
 *
 * A send waits only for the reader of a sink with a bound (&struct tw_sink_create)
 * and for memory of a budget (&struct tw_domain_create), and fails with EAGAIN there
 * if the file is nonblocking; poll(2) tells by POLLOUT when to try again.
 */
struct tw_send {
	__u32 size;
	__u32 flags;
	__u64 receiver;
	__u64 recv_time;
	__u64 send_time;
	__u64 priority;
	__u64 payload;
	__u32 len;
	__u32 pad;
};
#define TW_SEND			_IO(TW_TYPE, TW_CMD_SEND)

#define TW_RECV_NONBLOCK	(1u << 0)	/* EAGAIN instead of waiting */
#define TW_RECV_COMMITTED	(1u << 1)	/* process: only what is committed */

#define TW_STATUS_END		(1u << 0)	/* the domain has ended, nothing follows */
#define TW_STATUS_SNAPSHOT	(1u << 1)	/* nothing received: TW_SNAPSHOT first */

/**
 * struct tw_recv - TW_RECV, on a process or a sink
 * @size: sizeof(struct tw_recv)
 * @flags: TW_RECV_*
 * @payload: user pointer, the payload goes here
 * @len: in, bytes that it can take; out, bytes of payload. EMSGSIZE tells here
 *	what is needed, and the message stays
 * @status: out, TW_STATUS_*; if it is not 0, no message was received
 * @sender: out
 * @recv_time: out, the process's LVT from now on
 * @send_time: out
 * @priority: out
 * @index: out, number within the sender's send time
 * @msg_flags: out, &TW_SEND_MEMFD or zero
 *
 * The receive completes the event of the message before. While it waits for a
 * message, and after EAGAIN or EINTR from there, the process's LVT is +infinity:
 * it cannot send.
 *
 * With &TW_RECV_COMMITTED a process gets only what GVT has passed, and waits for
 * that. Once it has got a message so, nothing it has done can be rolled back: it
 * is asked for no snapshot, those it had are dropped, and it may do what cannot
 * be undone. If it is killed then it cannot be resumed, and from an event that it
 * got so it creates no process (EINVAL). A process may change
 * from one way to the other at each receive.
 */
struct tw_recv {
	__u32 size;
	__u32 flags;
	__u64 payload;
	__u32 len;
	__u32 status;
	__u64 sender;
	__u64 recv_time;
	__u64 send_time;
	__u64 priority;
	__u32 index;
	__u32 msg_flags;
};
#define TW_RECV			_IO(TW_TYPE, TW_CMD_RECV)

/**
 * struct tw_msg - one record in the vectors of TW_STEP
 * @size: bytes from this record to the next: this header, the payload, and
 *	padding up to a multiple of 8
 * @len: bytes of payload, which follows this header
 * @peer: the receiver in a vector of sends, the sender in one of receives
 * @recv_time: as in &struct tw_send
 * @send_time: as in &struct tw_send
 * @priority: as in &struct tw_send
 * @index: zero in sends; as in &struct tw_recv in receives
 * @flags: as in &struct tw_send in sends; &TW_SEND_MEMFD or zero in receives
 */
struct tw_msg {
	__u32 size;
	__u32 len;
	__u64 peer;
	__u64 recv_time;
	__u64 send_time;
	__u64 priority;
	__u32 index;
	__u32 flags;
};

#define TW_STEP_NONBLOCK	(1u << 0)	/* EAGAIN instead of waiting, sends included */
#define TW_STEP_COMMITTED	(1u << 1)	/* only what is committed */

/**
 * struct tw_step - TW_STEP, on a process: send a vector, receive a vector
 * @size: sizeof(struct tw_step)
 * @flags: TW_STEP_*
 * @sends: user pointer to &struct tw_msg records, 8-aligned
 * @sends_len: bytes of @sends
 * @sends_done: out, bytes of @sends that were sent. On an error these stay
 *	sent, and the rest of the call has not happened; an EAGAIN from the receive
 *	comes after all of them
 * @recvs: user pointer, 8-aligned, filled with &struct tw_msg records
 * @recvs_len: bytes of @recvs; 0: only send, the current events go on
 * @recvs_done: out, bytes filled
 * @recv_max: at most so many messages, 0: as many as fit
 * @recv_count: out, messages received
 * @until: only messages whose receive time is not above this. A process with
 *	events of its own passes the time of its next one: the process's LVT
 *	while it waits, and the call does not wait for messages. &TW_TIME_INF
 *	to wait. Later than tw_domain_page.until, the process may be held. When the
 *	call returns without a message, the event at @until may begin
 * @hold: with @until below infinity, wait until GVT is at least this or a
 *	message comes; 0: do not wait. Not above @until
 * @gvt: out, GVT at return
 * @status: out, TW_STATUS_*; if it is not 0, no message was received
 * @pad: zero
 *
 * With &TW_STEP_COMMITTED it receives as with &TW_RECV_COMMITTED, and if there is
 * nothing up to @until below infinity it waits until GVT is above @until: so an
 * event of the process's own at @until is committed as well. EINVAL: the process was
 * handed messages for @until or later that are not committed: it goes through them
 * first. Before an event of its own that is not committed it takes a snapshot again.
 */
struct tw_step {
	__u32 size;
	__u32 flags;
	__u64 sends;
	__u32 sends_len;
	__u32 sends_done;
	__u64 recvs;
	__u32 recvs_len;
	__u32 recvs_done;
	__u32 recv_max;
	__u32 recv_count;
	__u64 until;
	__u64 hold;
	__u64 gvt;
	__u32 status;
	__u32 pad;
};
#define TW_STEP			_IO(TW_TYPE, TW_CMD_STEP)

/**
 * struct tw_snapshot - TW_SNAPSHOT, on a process
 * @size: sizeof(struct tw_snapshot)
 * @flags: zero
 * @token: out, the snapshot's name
 * @oldest: out, with &TW_STATE_HANDLERS, whose tokens grow: states before this
 *	token are not needed any more; else 0
 * @thinned: out, likewise: neither is the one of this token, there were too many;
 *	0: none
 *
 * Announces a snapshot of the present state, between two receives. The caller
 * forks next; the child passes the token to TW_PARK. Called again before a
 * receive, for a fork that failed, it gives the same token. A snapshot whose
 * child does not come is not used and goes with the next older one; but nothing
 * is received before the first child has parked. One that does not come for a
 * second, because it was killed, is asked for again.
 *
 * With &TW_STATE_HANDLERS there is no child: the caller saves its state itself,
 * under the name of the token, before it goes on.
 */
struct tw_snapshot {
	__u32 size;
	__u32 flags;
	__u64 token;
	__u64 oldest;
	__u64 thinned;
};
#define TW_SNAPSHOT		_IO(TW_TYPE, TW_CMD_SNAPSHOT)

/**
 * struct tw_park - TW_PARK, on a process, by the child that is a snapshot
 * @size: sizeof(struct tw_park)
 * @flags: zero
 * @token: in, from TW_SNAPSHOT
 * @coast_until: out, sends before this virtual time repeat earlier ones
 *
 * Returns 0 when a rollback resumes the snapshot: the caller is the running
 * incarnation from now on, should fork again and let that child park with the
 * same token, and has no page mapped. Otherwise ECANCELED, or SIGKILL. A snapshot
 * can be stopped, traced, and frozen with its cgroup; handlers of signals run in it,
 * and it stays parked.
 */
struct tw_park {
	__u32 size;
	__u32 flags;
	__u64 token;
	__u64 coast_until;
};
#define TW_PARK			_IO(TW_TYPE, TW_CMD_PARK)

/**
 * struct tw_restore - TW_RESTORE, on a process with &TW_STATE_HANDLERS
 * @size: sizeof(struct tw_restore)
 * @flags: zero
 * @token: out, from TW_SNAPSHOT: restore the state that was saved then. Later
 *	ones are void
 * @coast_until: out, sends before this virtual time repeat earlier ones
 * @resumes: out, rollbacks of the process so far, this one included
 *
 * A rollback kills no task here. It takes effect at once for everybody else; from
 * then on every call of the process fails with ESTALE and has done nothing, and
 * what it writes to its page is not read. It finds out by that error, or by
 * &struct tw_process_page.resumes, and calls TW_RESTORE: on success it is at the
 * snapshot, and its page says so. EINVAL when it was not rolled back.
 */
struct tw_restore {
	__u32 size;
	__u32 flags;
	__u64 token;
	__u64 coast_until;
	__u64 resumes;
};
#define TW_RESTORE		_IO(TW_TYPE, TW_CMD_RESTORE)

/**
 * struct tw_exit - TW_EXIT, on a process with &TW_STATE_HANDLERS
 * @size: sizeof(struct tw_exit)
 * @flags: zero
 * @status: as wait(2) gives it
 * @pad: zero
 *
 * What the process has to do has come to an end here, good or, if @status is not
 * 0, bad. Its task has to stay, since its states are in it: the call waits, and
 * only a fatal signal ends the wait. It does not succeed: it fails with ESTALE when
 * the end is undone, with ESHUTDOWN or EIO when it is final. A task that exits
 * without it cannot be rolled back any more; if it has to be, the domain fails.
 */
struct tw_exit {
	__u32 size;
	__u32 flags;
	__u32 status;
	__u32 pad;
};
#define TW_EXIT			_IO(TW_TYPE, TW_CMD_EXIT)

/**
 * struct tw_domain_page - mmap of a domain at offset 0, or of a process at
 *	offset one page; one page, shared, read-only
 * @gvt: global virtual time
 * @gvt_rounds: rounds completed
 * @state: TW_DOMAIN_*
 * @pad: zero
 * @committed: messages handed over for good
 * @rollbacks: rollbacks of all processes
 * @delivered: messages handed over, again after rollbacks included
 * @until: a process does not begin an event of its own later than this without
 *	a TW_STEP, in which it may be held
 *
 * Written once a round, @until at any time.
 */
struct tw_domain_page {
	__u64 gvt;
	__u64 gvt_rounds;
	__u32 state;
	__u32 pad;
	__u64 committed;
	__u64 rollbacks;
	__u64 delivered;
	__u64 until;
};

/**
 * struct tw_process_page - mmap of a process, offset 0, one page, shared
 * @time: position: receive time of the event that runs or ran last. The
 *	caller stores it, and then a full barrier, before it starts an event
 *	The kernel lowers it, with @priority at its largest, when TW_STEP hands
 *	over something earlier
 * @priority: position among events of equal time. To move from one time to
 *	the next, store &TW_TIME_INF here, then @time, then the new priority
 * @hold: send time of the first send that is not yet given to the kernel, or
 *	&TW_TIME_INF. Stored before @time moves on. A TW_STEP that receives
 *	must be given all of them, and stores &TW_TIME_INF here itself
 * @events: events begun since the process began
 * @pad0: reserved
 * @next: by the kernel: receive time of the earliest message that waits, or
 *	&TW_TIME_INF. After the barrier: if it is not above @time, TW_STEP
 *	before the event
 * @snapshot_at: by the kernel: value of @events at which a snapshot is due
 * @resumes: by the kernel, with &TW_STATE_HANDLERS: rollbacks of the process so
 *	far. When it changes, TW_RESTORE
 * @pad1: reserved
 *
 * Only the running incarnation can map it. A fork does not inherit the map; a
 * new incarnation maps a page of its own. What the kernel reads here can harm
 * only the caller's own domain.
 */
struct tw_process_page {
	__u64 time;
	__u64 priority;
	__u64 hold;
	__u64 events;
	__u64 pad0[4];
	__u64 next;
	__u64 snapshot_at;
	__u64 resumes;
	__u64 pad1[5];
};

#endif /* _UAPI_LINUX_TIMEWARP_H */
