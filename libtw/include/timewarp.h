/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * libtw: processes in virtual time.
 */
#ifndef TIMEWARP_H
#define TIMEWARP_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <linux/timewarp.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * DOC: Conventions
 *
 * Functions that can fail return 0 or a positive value, or a negative errno; the
 * variable errno is no part of the interface. After an error the state is
 * what it was before the call, unless the call says otherwise. The meaning of
 * an errno that comes from the kernel is the one of the table in
 * linux/timewarp.h; the lists here name those that a correct program can see.
 *
 * The caller of tw_domain_create() is the guardian of the domain. Guardian and
 * processes are ordinary programs with one thread each: nothing here may be
 * called by two threads at once, and a process that has a second thread when a
 * snapshot is due is refused with -EUSERS.
 *
 * What a handle points at is the library's. Strings and buffers that are passed
 * in are the caller's again when the call returns.
 */

/**
 * typedef tw_time - a point of virtual time
 *
 * An unsigned key. 0 is the start of a domain, %TW_TIME_INF (the largest value)
 * is +infinity, and what lies between is the model's: ticks, nanoseconds, or
 * doubles by way of tw_time_from_double().
 */
typedef uint64_t tw_time;

/* A domain, from its guardian's side. */
struct tw_domain;
/* A process, from its own side. */
struct tw_process;
/* A sink, from the guardian's side. */
struct tw_sink;
/* A port, from the guardian's side. */
struct tw_port;

/* ---- virtual time ---- */

/**
 * tw_time_from_double() - the time that stands for a double
 * @t: any double; -0.0 is 0.0
 *
 * The map preserves order: a < b has a smaller time than b, for negative
 * numbers too. So time 0, where every domain starts, is -infinity, and a model
 * that counts in doubles takes 0.0 as the time of its beginning, not tw_now().
 * One tick more is the next larger double.
 *
 * Return: the time; %TW_TIME_INF for +infinity and for NaN.
 */
tw_time tw_time_from_double(double t);

/**
 * tw_time_to_double() - the double that a time stands for
 * @t: any time
 *
 * Return: the inverse of tw_time_from_double(); -infinity or +infinity for the
 * times below or above those of all finite doubles.
 */
double tw_time_to_double(tw_time t);

/* ---- domains: calls of the guardian ---- */

/**
 * struct tw_domain_attr - what a domain is made with
 * @name: for traces and statistics, shorter than %TW_NAME_LEN; NULL: none
 * @cancellation: one of TW_CANCEL_*, for all processes that do not choose
 * @gvt_interval_us: real time between rounds of GVT, in microseconds, at most
 *	10,000,000; 0: 10,000
 * @flags: %TW_DOMAIN_NAMED: others can open it by its @name; %TW_DOMAIN_DROP: a
 *	guardian that dies takes its own processes away, and the others go on
 * @mode: with %TW_DOMAIN_NAMED, who may: read and write bits as in open(2)
 * @running: so many processes run at a time, those farthest behind; 0: as many as
 *	there are processors, %TW_RUNNING_ALL: all
 * @window: no event begins further than this ahead of GVT, in ticks; 0: no limit,
 *	%TW_WINDOW_LEARNT: a limit that follows the measured waste
 * @slack: a process gives way when it is further than this ahead of the first one
 *	that does not run, in ticks; 0: learnt
 * @memory: budget of messages and snapshots, in bytes, at most 2^62; 0: none.
 *	See tw_domain_create(3)
 */
struct tw_domain_attr {
	const char *name;
	uint32_t cancellation;
	uint32_t gvt_interval_us;
	uint32_t flags;
	uint32_t mode;
	uint32_t running;
	tw_time window;
	tw_time slack;
	uint64_t memory;
};

/**
 * tw_domain_create() - a new domain, with nothing in it
 * @d: out, the domain; tw_domain_destroy() it
 * @attr: NULL: all defaults
 *
 * The caller becomes the guardian. When it dies, everything in the domain does.
 *
 * Return: 0; -ENOENT (the module is not loaded), -EACCES, -EINVAL (a value of
 * @attr), -EEXIST (the name is taken), -EDQUOT (a limit per user), -ENOMEM,
 * -EMFILE, -ENFILE.
 */
int tw_domain_create(struct tw_domain **d, const struct tw_domain_attr *attr);

/**
 * tw_domain_open() - a domain that another program has created, by its name
 * @d: out, the domain; tw_domain_destroy() it
 * @name: under which it was published in the caller's IPC namespace
 * @access: %TW_OPEN_READ to look on; with %TW_OPEN_WRITE to take part
 *
 * Who opens for writing is the guardian of the processes that it spawns there. Its
 * tw_domain_start() does not start the domain, but lets these processes wait
 * for the start by the creator.
 *
 * Return: 0; -ENOENT (the module is not loaded, or no such domain), -EACCES,
 * -EINVAL, -ENOMEM, -EMFILE, -ENFILE.
 */
int tw_domain_open(struct tw_domain **d, const char *name, uint32_t access);

/**
 * tw_domain_destroy() - end a domain and all in it, and free the handle
 * @d: NULL: nothing is done. Its sinks are gone with it
 *
 * Processes that still run are killed, and waited for.
 */
void tw_domain_destroy(struct tw_domain *d);

/**
 * tw_domain_fd() - the file of a domain, for poll(2) and ioctls of one's own
 * @d: the domain
 *
 * Return: the descriptor, which stays the library's.
 */
int tw_domain_fd(const struct tw_domain *d);

/**
 * tw_domain_stat() - numbers of a domain
 * @d: the domain
 * @st: out
 *
 * Return: 0.
 */
int tw_domain_stat(struct tw_domain *d, struct tw_domain_stat *st);

/* Room for a report in words, its terminating zero included. */
#define TW_REPORT_LEN 512

/**
 * tw_domain_report() - what went wrong, in words
 * @d: the domain
 * @buf: out, one line without its end: why the domain has failed - with the
 *	process, its pid, signal or status, virtual time, and what it said of it -
 *	and the first violation of determinism
 * @len: room there; %TW_REPORT_LEN is enough
 *
 * A failure in a history that was undone is none, and is not in it.
 *
 * Return: bytes of the report, as snprintf(3) counts; 0 (nothing went wrong).
 */
int tw_domain_report(struct tw_domain *d, char *buf, size_t len);

/**
 * tw_domain_gvt() - global virtual time, without a system call
 * @d: the domain
 *
 * Return: GVT as of the last round.
 */
tw_time tw_domain_gvt(const struct tw_domain *d);

/**
 * tw_domain_start() - let the processes run
 * @d: the domain
 *
 * Processes and sinks are created before. The sink of tw_printf() is created
 * here, after all others.
 *
 * Return: 0; -EBUSY (it was started before), -EDQUOT (a limit per user), -EBADF (it
 * was opened for reading only), -ENOMEM, -EMFILE, -ENFILE.
 */
int tw_domain_start(struct tw_domain *d);

/**
 * tw_run() - start a domain, if need be, and see it through to its end
 * @d: the domain
 *
 * Copies what tw_printf() has committed to stdout, and collects incarnations
 * that have died. Returns when the domain has ended and every process has
 * exited, and writes tw_domain_report(), if there is one, to stderr. Other sinks
 * are not read, and keep what they have.
 *
 * Return: 0; -EIO (the domain has failed: tw_domain_stat() says why, or stdout
 * cannot be written), -EINTR (a signal handler ran; call it again to go on),
 * and the errors of tw_domain_start().
 */
int tw_run(struct tw_domain *d);

/**
 * tw_domain_poll() - one turn of the guardian, for programs with a loop of their own
 * @d: the domain
 * @timeout_ms: as in poll(2): how long to wait at most; -1: no limit
 *
 * Collects incarnations that have died, waits for committed output on any sink,
 * a round of GVT or the end, and copies what tw_printf() has committed to
 * stdout: all of it before it tells the end. A domain that nobody polls keeps its
 * dead as zombies.
 *
 * Return: TW_DOMAIN_*; -EINTR, -EIO (stdout cannot be written).
 */
int tw_domain_poll(struct tw_domain *d, int timeout_ms);

/* ---- processes: calls of the guardian ---- */

/**
 * struct tw_process_attr - what a process is made with
 * @name: for traces and statistics, shorter than %TW_NAME_LEN; NULL: none
 * @cancellation: one of TW_CANCEL_*
 * @snapshot_interval: events between two snapshots; 0: chosen by the measured
 *	cost of a snapshot and of an event, and the rate of rollbacks
 * @strict: refuse system calls that a rollback would not undo: writing files but
 *	stderr, sockets, pipes, threads, children, exec, shared memory. Such a call
 *	ends the process by SIGSYS, as a fault of it, and the report names the call
 * @interval_min: the least interval that is chosen; 0: 8
 * @interval_max: the largest; 0: 1,048,576. Not below @interval_min. Both are 0
 *	where @snapshot_interval is given
 * @snapshots_max: snapshots kept at a time, at least 2; 0: 64
 * @memory: budget of what it has sent and not committed, and of its snapshots,
 *	in bytes, at most 2^62; 0: none but its domain's
 */
struct tw_process_attr {
	const char *name;
	uint32_t cancellation;
	uint32_t snapshot_interval;
	bool strict;
	uint32_t interval_min;
	uint32_t interval_max;
	uint32_t snapshots_max;
	uint64_t memory;
};

/**
 * typedef tw_main_fn - the program of a process
 * @p: the process
 * @arg: from tw_spawn()
 *
 * Called at virtual time 0, when the domain has started. It must depend on
 * nothing but the messages that it receives.
 *
 * Return: the exit status, 0 to 255. Another than 0 before the domain has
 * ended makes the domain fail, once it is certain.
 */
typedef int (*tw_main_fn)(struct tw_process *p, void *arg);

/**
 * tw_spawn() - fork a process
 * @d: a domain that has not started
 * @attr: NULL: all defaults
 * @fn: its program
 * @arg: for @fn, in the copy of this memory that the process gets
 * @id: out, its id; may be NULL. Ids count from 1 in order of creation, sinks
 *	included
 *
 * The process has a copy of the guardian's memory and files, as after fork(2),
 * but none of the library's own files. It and its snapshots are in a process
 * group of their own, send no SIGCHLD, and are not seen by a wait(2) without
 * __WALL or __WCLONE. Handlers of pthread_atfork(3) are not run. When @fn
 * returns, stdio is flushed and _exit(2) called.
 *
 * Return: 0; -EINVAL (a value of @attr), -EBUSY (the domain was started), -EDQUOT
 * (a limit per user), -EBADF (the domain was opened for reading only), -ENOMEM,
 * -EAGAIN, -EMFILE, -ENFILE, -ECHILD (it was killed at once). If the fork failed, the
 * process exists nevertheless, without a task: the domain should be destroyed.
 */
int tw_spawn(struct tw_domain *d, const struct tw_process_attr *attr,
	     tw_main_fn fn, void *arg, uint64_t *id);

/**
 * tw_process_stat() - numbers of a process
 * @d: its domain
 * @id: the process
 * @st: out
 *
 * Return: 0; -ENOENT (no such process).
 */
int tw_process_stat(struct tw_domain *d, uint64_t id,
		    struct tw_process_stat *st);

/**
 * tw_exit_status() - how a process ended, for good
 * @d: its domain
 * @id: the process
 * @status: out, as wait(2) gives it
 *
 * Return: 0; -EAGAIN (it has not ended, or may yet be rolled back), -ENOENT (no
 * such process), -EIO (the domain has failed, and this is not the process that
 * made it fail by its exit).
 */
int tw_exit_status(struct tw_domain *d, uint64_t id, int *status);

/* ---- processes: calls of the process itself ---- */

/**
 * struct tw_recv_info - what comes with a payload
 * @sender: process that sent it
 * @recv_time: the receiver's virtual time from now on
 * @send_time: the sender's at the send
 * @priority: order among messages of one receive time, the smallest first
 * @index: number within the sender's send time
 * @len: bytes of payload in the buffer
 * @fd: the payload is this file, open for reading, the receiver's to close; -1: it
 *	is in the buffer
 * @bytes: size of the file, or 0
 */
struct tw_recv_info {
	uint64_t sender;
	tw_time recv_time;
	tw_time send_time;
	uint64_t priority;
	uint32_t index;
	uint32_t len;
	int fd;
	uint64_t bytes;
};

/**
 * tw_self() - the id of the calling process
 * @p: it
 *
 * Return: the id.
 */
uint64_t tw_self(const struct tw_process *p);

/**
 * tw_process_fd() - the endpoint, for poll(2) and ioctls of one's own
 * @p: the process
 *
 * Return: the descriptor, which stays the library's.
 */
int tw_process_fd(const struct tw_process *p);

/**
 * tw_now() - local virtual time
 * @p: the process
 *
 * Return: receive time of the last message; 0 before the first.
 */
tw_time tw_now(const struct tw_process *p);

/**
 * tw_gvt() - global virtual time, as the kernel knows it now
 * @p: the process
 *
 * It differs from run to run: for reports, not for decisions.
 *
 * Return: GVT.
 */
tw_time tw_gvt(const struct tw_process *p);

/**
 * tw_send() - send a message
 * @p: the sender
 * @to: a process, also @p itself, or a sink
 * @at: when it is received: later than tw_now(), earlier than %TW_TIME_INF
 * @buf: payload
 * @len: bytes of it, 0 to %TW_PAYLOAD_MAX
 *
 * Waits for nobody, but for the reader of a sink that is full (tw_sink_create()), and
 * for memory if there is a budget. The message can be unsent later, with all that
 * followed from it, if the sender turns out to have run ahead wrongly.
 *
 * Return: 0; -EINVAL (@at, or @p is at +infinity), -ENOENT (@to), -EMSGSIZE (@len), -ENOMEM,
 * -ESHUTDOWN (the domain has ended), -EIO (it has failed).
 */
int tw_send(struct tw_process *p, uint64_t to, tw_time at, const void *buf,
	    size_t len);

/**
 * tw_send_prio() - send a message with a priority
 * @p: as in tw_send()
 * @to: as in tw_send()
 * @at: as in tw_send()
 * @priority: order among messages of one receive time, the smallest first
 * @buf: as in tw_send()
 * @len: as in tw_send()
 *
 * tw_send() has priority 0.
 *
 * Return: as tw_send().
 */
int tw_send_prio(struct tw_process *p, uint64_t to, tw_time at,
		 uint64_t priority, const void *buf, size_t len);

/**
 * struct tw_send_attr - what one message may have of its own
 * @priority: order among messages of one receive time, the smallest first
 * @cancellation: one of TW_CANCEL_*: what a rollback of the sender does with it
 */
struct tw_send_attr {
	uint64_t priority;
	uint32_t cancellation;
};

/**
 * tw_send_with() - send a message that is unlike the others
 * @p: as in tw_send()
 * @to: as in tw_send()
 * @at: as in tw_send()
 * @attr: NULL: as tw_send()
 * @buf: as in tw_send()
 * @len: as in tw_send()
 *
 * Lazy cancellation is right for a message that is likely to be sent again as
 * it was, whatever made its sender roll back, and aggressive cancellation for one
 * that costs its receiver much if it is wrong.
 *
 * Return: as tw_send(); -EINVAL also for @attr.
 */
int tw_send_with(struct tw_process *p, uint64_t to, tw_time at,
		 const struct tw_send_attr *attr, const void *buf, size_t len);

/**
 * tw_memfd() - a file to be sent, with the bytes of a buffer
 * @buf: they are copied
 * @len: how many, 1 to %TW_MEMFD_MAX
 *
 * A memfd that was made and filled in place, and sealed with F_SEAL_WRITE,
 * F_SEAL_GROW and F_SEAL_SHRINK, does as well.
 *
 * Return: the descriptor, the caller's to close; -EINVAL, -EMSGSIZE, -ENOMEM,
 * -EMFILE, -ENFILE.
 */
int tw_memfd(const void *buf, size_t len);

/**
 * tw_send_memfd() - send a message with a payload of more than %TW_PAYLOAD_MAX
 * @p: as in tw_send()
 * @to: as in tw_send()
 * @at: as in tw_send()
 * @attr: as in tw_send_with()
 * @fd: from tw_memfd(); the caller may close it at once
 *
 * The bytes are not copied: the receiver gets a file of its own for them.
 *
 * Return: as tw_send_with(); -EBADF and -EINVAL for a file that is none to send,
 * -EMSGSIZE (larger than %TW_MEMFD_MAX), -EDQUOT (a limit per user).
 */
int tw_send_memfd(struct tw_process *p, uint64_t to, tw_time at,
		  const struct tw_send_attr *attr, int fd);

/**
 * tw_process_spawn() - create a process at the present virtual time
 * @p: the creator
 * @attr: NULL: all defaults. Its memory is 0: it has no budget of its own
 * @fn: its program
 * @arg: for @fn, in the copy of this memory that the process gets
 * @id: out, its id; may be NULL. The same in every execution; see %TW_ID_SPAWNED
 *
 * The new process has a copy of the creator's memory as it is now, as after
 * fork(2). For it @fn is called with a @p that is its own; tw_now() is the time of its
 * creation, and it may send at once. It receives what is for later times.
 *
 * It is in strict mode if @attr says so, or if its creator is.
 *
 * It ends when @fn returns, with an exit status of 0, or with the domain. Both its
 * begin and its end are events in virtual time: if the event that created it is
 * rolled back, it vanishes with all that it did, and if that event repeats what it
 * did, this finds the same process.
 *
 * What is buffered in stdio(3) is written before the fork. If there is no
 * memory for the fork for ten seconds, the creator fails, by abort(3).
 *
 * Return: 0; -EINVAL (a value of @attr, or @p is at +infinity), -EEXIST (another
 * creation has the same id), -EDQUOT (the user's limit), -ENOMEM, -EMFILE,
 * -ENFILE, -EUSERS (there is a second thread), -ESHUTDOWN (the domain has ended),
 * -EIO (it has failed).
 */
int tw_process_spawn(struct tw_process *p, const struct tw_process_attr *attr,
		     tw_main_fn fn, void *arg, uint64_t *id);

/**
 * tw_recv() - the next message
 * @p: the receiver
 * @buf: out, its payload
 * @len: room there
 * @info: out; NULL: not wanted
 *
 * Completes the event of the message before. Messages come in the order of
 * receive time, priority, sender, send time, index. It waits while there is
 * none; a signal does not end the wait. Snapshots are taken in here, when the
 * kernel asks, and rollbacks come out of here: the caller notices neither.
 *
 * Return: bytes of payload; -ESHUTDOWN (the domain has ended: there will be no
 * message), -EMSGSIZE (@len is too small; @info says what is needed, and the
 * message stays), -EUSERS (there is a second thread), -ENOMEM (the first
 * snapshot failed), -EMFILE, -ENFILE (the payload is a file; the message stays),
 * -EIO (the domain has failed).
 */
ssize_t tw_recv(struct tw_process *p, void *buf, size_t len,
		struct tw_recv_info *info);

/**
 * tw_recv_nonblock() - the next message, if there is one
 * @p: as in tw_recv()
 * @buf: as in tw_recv()
 * @len: as in tw_recv()
 * @info: as in tw_recv()
 *
 * Whether there is one now depends on real time, so what a process does with
 * the answer must not reach its messages. After -EAGAIN its local virtual time
 * is +infinity: it cannot send before it has received, and if nothing comes the
 * domain ends.
 *
 * Return: as tw_recv(); -EAGAIN (there is none).
 */
ssize_t tw_recv_nonblock(struct tw_process *p, void *buf, size_t len,
			 struct tw_recv_info *info);

/**
 * tw_recv_committed() - the next message, once it is certain
 * @p: as in tw_recv()
 * @buf: as in tw_recv()
 * @len: as in tw_recv()
 * @info: as in tw_recv()
 *
 * Waits until global virtual time has passed the message: until then it could be
 * unsent, or another one could come before it. A process that receives only so
 * is never rolled back, leaves no snapshots, and may do what cannot be undone:
 * write to a file, talk to a device. It cannot be resumed either, if it is killed.
 *
 * Return: as tw_recv(), but for -ENOMEM.
 */
ssize_t tw_recv_committed(struct tw_process *p, void *buf, size_t len,
			  struct tw_recv_info *info);

/* ---- committed output ---- */

/**
 * struct tw_sink_attr - what a sink is made with
 * @name: for traces and statistics, shorter than %TW_NAME_LEN; NULL: none
 * @bound: bytes of committed output that may wait for the reader, a header of 48
 *	for each record included; 0: no bound
 *
 * A sink with a bound is full from @bound on, until half of it was read. Who writes
 * to a full sink waits, and global virtual time waits for it there. So such a sink
 * has to be read, as it becomes readable, or the domain does not come to its end:
 * tw_run() reads no sink but its own.
 */
struct tw_sink_attr {
	const char *name;
	uint64_t bound;
};

/**
 * tw_sink_create() - an exit for committed output
 * @d: a domain that has not started
 * @attr: NULL: all defaults
 * @s: out, the sink; the domain's
 *
 * Return: 0; -EINVAL (a value of @attr), -EBUSY (the domain was started), -EDQUOT
 * (a limit per user), -EBADF (the domain was opened for reading only), -ENOMEM,
 * -EMFILE, -ENFILE.
 */
int tw_sink_create(struct tw_domain *d, const struct tw_sink_attr *attr,
		   struct tw_sink **s);

/**
 * tw_sink_id() - the id that processes send to
 * @s: the sink
 *
 * Return: the id.
 */
uint64_t tw_sink_id(const struct tw_sink *s);

/**
 * tw_sink_fd() - the file of a sink, for poll(2); it is nonblocking
 * @s: the sink
 *
 * Return: the descriptor, which stays the library's.
 */
int tw_sink_fd(const struct tw_sink *s);

/**
 * tw_sink_read() - committed bytes of a sink
 * @s: the sink
 * @buf: out
 * @len: room there
 *
 * Records follow each other without a mark, in total order, each once. One that is
 * larger than @len comes in parts.
 *
 * Return: bytes read; 0 (the domain has ended, and all was read), -EAGAIN
 * (nothing is committed now), -EIO (the domain has failed, and all that was
 * committed was read).
 */
ssize_t tw_sink_read(struct tw_sink *s, void *buf, size_t len);

/**
 * tw_sink_recv() - one committed record of a sink
 * @s: the sink
 * @buf: out, what one tw_write() wrote, at most %TW_PAYLOAD_MAX bytes
 * @len: room there
 * @info: out; NULL: not wanted. The virtual time of the write is send_time
 *
 * Return: bytes of the record; -ESHUTDOWN (the domain has ended, and all was
 * read), -EMSGSIZE (@len is too small; @info says what is needed, and the record
 * stays), -EMFILE, -ENFILE (it is a file, and stays), -EAGAIN and -EIO as in
 * tw_sink_read().
 */
ssize_t tw_sink_recv(struct tw_sink *s, void *buf, size_t len,
		     struct tw_recv_info *info);

/**
 * tw_write() - write to a sink at the present virtual time
 * @p: the writer
 * @sink: tw_sink_id()
 * @buf: the bytes
 * @len: how many; more than %TW_PAYLOAD_MAX make several records
 *
 * The record is a message, received by the sink one tick after tw_now(). It
 * comes out when GVT has passed that, and only if it was true.
 *
 * Return: 0; otherwise as tw_send(), and records before the one that failed
 * stay written.
 */
int tw_write(struct tw_process *p, uint64_t sink, const void *buf, size_t len);

/**
 * tw_printf() - write to the domain's standard output
 * @p: the writer
 * @fmt: as in printf(3)
 *
 * tw_run() and tw_domain_poll() copy it to stdout, once it is committed.
 *
 * Return: bytes written; -ENOENT (the domain has no standard output: it is one
 * of tw_model_run()), -EINVAL (@fmt), and the errors of tw_write().
 */
int tw_printf(struct tw_process *p, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/**
 * tw_vprintf() - tw_printf() with a list of arguments
 * @p: as in tw_printf()
 * @fmt: as in tw_printf()
 * @ap: arguments
 *
 * Return: as tw_printf().
 */
int tw_vprintf(struct tw_process *p, const char *fmt, va_list ap)
	__attribute__((format(printf, 2, 0)));

/* ---- input from outside of virtual time ---- */

/**
 * struct tw_port_attr - what a port is made with
 * @name: for traces and statistics, shorter than %TW_NAME_LEN; NULL: none
 * @promise: its first promise, as in tw_port_promise()
 * @live: not 0: GVT does not wait for it
 */
struct tw_port_attr {
	const char *name;
	tw_time promise;
	int live;
};

/**
 * tw_port_create() - an entrance for messages from outside of virtual time
 * @d: a domain that has not started
 * @attr: NULL: all defaults: no name, a promise of 0, not live
 * @p: out, the port; the domain's
 *
 * GVT does not rise above what the port has promised, so that an injection is
 * never too late. For a live one it does not wait: an injection must be at GVT
 * or later, as that happens to be.
 *
 * A domain does not end while it has a port that is neither closed nor has
 * promised %TW_TIME_INF. tw_run() waits for that, so whoever injects uses
 * tw_domain_poll(), or passes tw_port_fd() to another process.
 *
 * Return: 0; -EINVAL (the name), -EBUSY (the domain was started), -EDQUOT (a limit
 * per user), -EBADF (the domain was opened for reading only), -ENOMEM, -EMFILE,
 * -ENFILE.
 */
int tw_port_create(struct tw_domain *d, const struct tw_port_attr *attr,
		   struct tw_port **p);

/**
 * tw_port_id() - the sender of what is injected
 * @p: the port
 *
 * Return: the id.
 */
uint64_t tw_port_id(const struct tw_port *p);

/**
 * tw_port_fd() - the file of a port, to be passed on, or for ioctls of one's own
 * @p: the port
 *
 * With O_NONBLOCK set for it an injection does not wait for memory, and poll(2)
 * tells by POLLOUT when it is worth another try.
 *
 * Return: the descriptor, which stays the library's; -1 when it was closed.
 */
int tw_port_fd(const struct tw_port *p);

/**
 * tw_port_inject() - send a message from outside of virtual time
 * @p: the port
 * @to: a process or a sink
 * @at: in, when it is received: not before GVT nor the promise of the port, at
 *	least 1, earlier than %TW_TIME_INF; or 0 for the earliest such time. Out,
 *	when it is received; with -ETIME the earliest time that was possible
 * @priority: order among messages of one receive time, the smallest first
 * @buf: payload
 * @len: bytes of it, 0 to %TW_PAYLOAD_MAX
 *
 * It is never unsent. Messages of one port for one time and priority stay in the
 * order in which they were injected. Before the start it may be called, too. It
 * waits for nothing but memory, if there is a budget.
 *
 * Return: 0; -ETIME (GVT has passed @at, or the promise has), -EINVAL (@at),
 * -ENOENT (@to), -EMSGSIZE (@len), -ENOMEM, -EINTR (a signal handler ran while it
 * waited), -EAGAIN (it would wait, and tw_port_fd() is nonblocking), -ESHUTDOWN (the
 * domain has ended), -EIO (it has failed), -EBADF (the port was closed).
 */
int tw_port_inject(struct tw_port *p, uint64_t to, tw_time *at,
		   uint64_t priority, const void *buf, size_t len);

/**
 * tw_port_promise() - nothing earlier will be injected
 * @p: the port
 * @promise: not below the last one; %TW_TIME_INF: nothing will be
 *
 * Return: 0; -EINVAL (it has promised more), -EBADF (it was closed).
 */
int tw_port_promise(struct tw_port *p, tw_time promise);

/**
 * tw_port_close() - nothing will be injected
 * @p: the port, which stays the domain's
 *
 * As a promise of %TW_TIME_INF, unless another process has the file open.
 */
void tw_port_close(struct tw_port *p);

/* ---- objects: many small objects in each process ---- */

/* The objects of one process, to their handlers. */
struct tw_ctx;

/* The largest payload of an event, in bytes. */
#define TW_EVENT_MAX ((uint32_t)1 << 30)

/**
 * struct tw_event - what an object is asked to handle
 * @time: now
 * @send_time: when it was sent
 * @from: object that sent it
 * @to: object that handles it
 * @priority: as it was sent with
 * @len: bytes at @data
 * @data: payload, 8-aligned, valid while the handler runs
 * @memo: two words that the handler may leave there for tw_model.reverse
 */
struct tw_event {
	tw_time time;
	tw_time send_time;
	uint64_t from;
	uint64_t to;
	uint32_t priority;
	uint32_t len;
	const void *data;
	uint64_t *memo;
};

/**
 * struct tw_model - a model: objects, and what they do
 * @objects: how many, at most 2^48. They are called 0 to @objects - 1
 * @processes: how many processes they are spread over, at least 1
 * @sinks: how many outputs it has, called 0 to @sinks - 1
 * @owner: the process of an object, 0 to @processes - 1; asked in the guardian,
 *	once for each object. NULL: spread evenly, in blocks
 * @setup: once in each process, before its first @init; what it returns is
 *	tw_ctx_state(). NULL: nothing
 * @init: for each object, in order, at time 0. NULL: nothing
 * @event: handles an event
 * @object: where the state of an object is, in one piece, and how long it is, at
 *	most %TW_PAYLOAD_MAX. Needed for %TW_STATE_BY_COPY
 * @reverse: undoes the effect of @event on the object, which is as that event left
 *	it. It is not called for what the event has sent. Needed for
 *	%TW_STATE_BY_REVERSE
 * @output: in the guardian: one committed record of a sink, in total order of
 *	each sink, with the virtual time of the tw_ctx_write(). Another value
 *	than 0 stops the run. Needed if there are @sinks
 * @progress: in the guardian, a few times a second. NULL: nothing
 * @arg: for @owner, @setup, @output and @progress
 *
 * An object touches only its own state, which lies in the memory of its
 * process, and what @setup left there and nobody changes. Handlers are called
 * in the total order of time, priority, sending object, send time, and number
 * of the send: the same under every engine and every placement of the objects.
 *
 * Under the sequential engine there is one process, number 0, and every object
 * is in it: @setup runs once, @owner is not asked.
 */
struct tw_model {
	uint64_t objects;
	uint32_t processes;
	uint32_t sinks;
	uint32_t (*owner)(void *arg, uint64_t object);
	void *(*setup)(struct tw_ctx *c, void *arg);
	void (*init)(struct tw_ctx *c, uint64_t object);
	void (*event)(struct tw_ctx *c, const struct tw_event *ev);
	void *(*object)(struct tw_ctx *c, uint64_t object, size_t *len);
	void (*reverse)(struct tw_ctx *c, const struct tw_event *ev);
	int (*output)(void *arg, uint32_t sink, tw_time time, const void *data,
		      size_t len);
	void (*progress)(void *arg, tw_time gvt,
			 const struct tw_domain_stat *st);
	void *arg;
};

/**
 * enum tw_engine - what runs a model
 * @TW_ENGINE_TIMEWARP: processes that talk through the kernel module
 * @TW_ENGINE_SEQUENTIAL: the calling program alone, without the module
 */
enum tw_engine { TW_ENGINE_TIMEWARP, TW_ENGINE_SEQUENTIAL };

/**
 * enum tw_state - how a process goes back to an earlier state
 * @TW_STATE_BY_FORK: to a snapshot that it forked. Any handler will do
 * @TW_STATE_BY_COPY: in place: the object is copied before each event, and back
 * @TW_STATE_BY_REVERSE: in place: events are undone one by one, by a handler
 *
 * In place is for events that are finer than a fork. It saves what the model names
 * and nothing else: a handler must have no effect but on its object, by
 * tw_ctx_send() and tw_ctx_write(); so it must not allocate memory. If a handler
 * crashes or loops in a wrong future it is left by siglongjmp(3), and the object
 * restored from a copy: without tw_model.object that cannot be, and such an event
 * makes the domain fail, or never ends.
 */
enum tw_state { TW_STATE_BY_FORK, TW_STATE_BY_COPY, TW_STATE_BY_REVERSE };

/**
 * struct tw_run_attr - how a model is run
 * @engine: by what; the output is the same
 * @end: events at or after it are not handled; %TW_TIME_INF: no end
 * @window: as in &struct tw_domain_attr; 0: only the limit that each process
 *	learns for itself from its rollbacks and waits
 * @slack: as in &struct tw_domain_attr
 * @running: as in &struct tw_domain_attr
 * @cancellation: as in &struct tw_domain_attr
 * @snapshot_interval: as in &struct tw_process_attr
 * @interval_min: as in &struct tw_process_attr; where states are restored in place
 *	0 is 1
 * @interval_max: as in &struct tw_process_attr
 * @snapshots_max: as in &struct tw_process_attr
 * @gvt_interval_us: as in &struct tw_domain_attr
 * @name: as in &struct tw_domain_attr
 * @strict: as in &struct tw_process_attr
 * @state: how states are restored
 * @memory: as in &struct tw_domain_attr
 * @watch: in the guardian, while the domain runs: for tw_process_stat() and the
 *	like. NULL: nothing. The model's sinks have the ids 1 to tw_model.sinks, its
 *	processes those after them
 * @watch_arg: for @watch
 * @watch_ms: it is called at the latest so long after the last time, and often
 *	earlier; 0: 100
 *
 * The sequential engine takes notice of @end only.
 */
struct tw_run_attr {
	enum tw_engine engine;
	tw_time end;
	tw_time window;
	tw_time slack;
	uint32_t running;
	uint32_t cancellation;
	uint32_t snapshot_interval;
	uint32_t interval_min;
	uint32_t interval_max;
	uint32_t snapshots_max;
	uint32_t gvt_interval_us;
	const char *name;
	bool strict;
	enum tw_state state;
	uint64_t memory;
	void (*watch)(void *arg, struct tw_domain *d);
	void *watch_arg;
	uint32_t watch_ms;
};

/**
 * struct tw_run_stat - what a run took
 * @events: events handled in all
 * @committed: of these, for good
 * @wall_ns: real time from call to return, in nanoseconds
 * @memory_peak: bytes. Sequential: the largest resident set of the calling
 *	program so far. Time Warp: the sum over all processes of the largest
 *	resident set of the incarnation that saw the end, and the peak of the
 *	messages in the kernel; pages that only snapshots still held are not in
 *	it, pages that processes share are in it several times
 * @domain: the kernel's numbers; zero under the sequential engine
 * @report: tw_domain_report(); empty under the sequential engine
 * @live_peak: sequential: the most that its events would ever have counted as in a
 *	budget of memory, had each been a message. With twice %TW_MEMORY_PROCESS
 *	for each process this is a budget that suffices under Time Warp
 */
struct tw_run_stat {
	uint64_t events;
	uint64_t committed;
	uint64_t wall_ns;
	uint64_t memory_peak;
	struct tw_domain_stat domain;
	char report[TW_REPORT_LEN];
	uint64_t live_peak;
};

/**
 * tw_model_run() - run a model to its end
 * @m: the model
 * @attr: how
 * @stat: out, also after a failure; NULL: not wanted
 *
 * The end is when no event is left. Under Time Warp each process has handlers,
 * where the model's setup installs none, for SIGVTALRM and the signals that end
 * a program by its own fault: they see to it that an event of a wrong future,
 * which loops or crashes, can be undone. In a progress callback of the sequential
 * engine gvt, events and events_committed of the numbers are valid.
 *
 * Return: 0; -EINVAL (a value of @m or @attr), -ECANCELED (output() stopped
 * it), -EIO (the domain has failed: stat->domain says why), -ENOENT (Time Warp
 * is wanted and the module is not loaded), and the errors of tw_domain_create()
 * and tw_spawn().
 */
int tw_model_run(const struct tw_model *m, const struct tw_run_attr *attr,
		 struct tw_run_stat *stat);

/**
 * tw_ctx_self() - the object whose handler runs
 * @c: what the handler was given
 *
 * Return: the object.
 */
uint64_t tw_ctx_self(const struct tw_ctx *c);

/**
 * tw_ctx_now() - virtual time
 * @c: what the handler was given
 *
 * Return: the time of the event; 0 in setup and init.
 */
tw_time tw_ctx_now(const struct tw_ctx *c);

/**
 * tw_ctx_state() - what setup returned in this process
 * @c: what the handler was given
 *
 * Return: it; NULL if there is no setup.
 */
void *tw_ctx_state(const struct tw_ctx *c);

/**
 * tw_ctx_process() - the process that the handler runs in
 * @c: what the handler was given
 *
 * Return: 0 to processes - 1.
 */
uint32_t tw_ctx_process(const struct tw_ctx *c);

/**
 * tw_ctx_send() - send an event from the current object
 * @c: what the handler was given; not that of setup
 * @to: any object
 * @at: later than tw_ctx_now(). An event at or after the run's end is dropped
 * @priority: order among events of one time, 0 to 65535, the smallest first
 * @data: payload; copied
 * @len: bytes of it, at most %TW_EVENT_MAX
 *
 * More than %TW_PAYLOAD_MAX - 8 bytes go to another process as a sealed memfd, as
 * in tw_send_memfd(), which strict mode refuses to make.
 *
 * A value out of range, or memory that runs out, is fatal to the process: it
 * says so, then abort(3). In a history that is undone later, that is undone too,
 * so the words are in tw_domain_report(), if it was true; under the sequential
 * engine they are on stderr.
 */
void tw_ctx_send(struct tw_ctx *c, uint64_t to, tw_time at, uint32_t priority,
		 const void *data, uint32_t len);

/**
 * tw_ctx_send_with() - send an event that is unlike the others
 * @c: as in tw_ctx_send()
 * @to: as in tw_ctx_send()
 * @at: as in tw_ctx_send()
 * @attr: as in tw_send_with(), its priority 0 to 65535; NULL: priority 0, and the
 *	cancellation of the run
 * @data: as in tw_ctx_send()
 * @len: as in tw_ctx_send()
 *
 * Inside a process nothing is unsent but by going back, so cancellation matters
 * only to an object in another. Errors as in tw_ctx_send().
 */
void tw_ctx_send_with(struct tw_ctx *c, uint64_t to, tw_time at,
		      const struct tw_send_attr *attr, const void *data,
		      uint32_t len);

/**
 * tw_ctx_write() - committed output of the current object at the present time
 * @c: what the handler was given; not that of setup
 * @sink: 0 to sinks - 1
 * @priority: order among records of one time, 0 to 65535, the smallest first;
 *	then comes the object, then the order of its writes
 * @data: one record
 * @len: bytes of it, at most %TW_PAYLOAD_MAX
 *
 * Errors as in tw_ctx_send().
 */
void tw_ctx_write(struct tw_ctx *c, uint32_t sink, uint32_t priority,
		  const void *data, uint32_t len);

#ifdef __cplusplus
}
#endif

#endif /* TIMEWARP_H */
