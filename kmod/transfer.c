// SPDX-License-Identifier: GPL-2.0
/*
 * Sending and receiving: between user memory and the core.
 *
 * User memory is touched outside of operations only: a page fault can wait for
 * ever, and a GVT round waits for operations.
 */
#include <linux/errno.h>
#include <linux/limits.h>
#include <linux/sched/signal.h>

#include "copy.h"
#include "incarnation.h"
#include "memfd.h"

/* Messages handed over under one taking of the process's lock. */
#define TW_BATCH	16

static bool tw_send_flags_valid(u32 flags)
{
	const u32 either = TW_SEND_AGGRESSIVE | TW_SEND_LAZY;

	return !(flags & ~(either | TW_SEND_MEMFD)) && (flags & either) != either;
}

static u8 tw_send_cancellation(u32 flags)
{
	if (flags & TW_SEND_AGGRESSIVE)
		return TW_CANCEL_AGGRESSIVE;
	return flags & TW_SEND_LAZY ? TW_CANCEL_LAZY : TW_CANCEL_DEFAULT;
}

static struct tw_message *tw_payload_read(const void __user *payload, u32 len)
{
	struct tw_message *m;

	if (len > TW_PAYLOAD_MAX)
		return ERR_PTR(-EMSGSIZE);
	m = tw_message_alloc(len, GFP_KERNEL_ACCOUNT);
	if (!m)
		return ERR_PTR(-ENOMEM);
	if (tw_copy_in(m->payload, payload, len)) {
		tw_message_free(m);
		return ERR_PTR(-EFAULT);
	}
	return m;
}

/* With a reference. Somebody who may be created can be sent to before. */
static struct tw_proc *tw_receiver(struct tw_process *p, u64 id)
{
	struct tw_proc *to = tw_find_proc(p->domain, id);

	if (likely(to && !to->port))
		return to;
	return TW_ID_SPAWNED(id) ? tw_spawned_place(p, id) : ERR_PTR(-ENOENT);
}

/**
 * tw_message_read() - a message with its payload from user space
 * @p: the sender, process or port
 * @key: receive time, priority and send time, as the caller gives them
 * @receiver: any value
 * @flags: valid TW_SEND_*
 * @payload: user pointer
 * @len: any value
 *
 * May sleep, so not within an operation.
 *
 * Return: the message; -ENOENT, -EMSGSIZE,
 * -ENOMEM, -EFAULT, and those of tw_memfd_read().
 */
struct tw_message *tw_message_read(struct tw_process *p, const struct tw_key *key, u64 receiver,
				   u32 flags, const void __user *payload, u32 len)
{
	struct tw_proc *to = tw_receiver(p, receiver);
	struct tw_message *m;

	if (IS_ERR(to))
		return ERR_CAST(to);
	m = unlikely(flags & TW_SEND_MEMFD) ? tw_memfd_read(payload, len) :
		tw_payload_read(payload, len);
	if (IS_ERR(m)) {
		tw_proc_put(to);
		return m;
	}
	m->key = *key;
	m->cancellation = tw_send_cancellation(flags);
	m->receiver = to;
	return m;
}

/*
 * Send messages in one operation, or more if one has to wait for the reader of a
 * sink, or for memory. Those that were not sent are freed.
 *
 * Return: how many were sent, if not all then because of *@err.
 */
static u32 tw_messages_send(struct tw_process *p, const struct tw_who *who,
			    struct tw_message **m, u32 n, bool nonblock, int *err)
{
	u32 wakes, sent = 0, i;
	struct tw_op op;

	do {
		wakes = tw_wakes(&p->proc);
		tw_op_begin(&op, &p->domain->core);
		for (*err = 0; sent < n && *err >= 0; sent += *err >= 0) {
			*err = tw_send_stamp(&op, &p->proc, who, m[sent]);
			if (!*err)
				tw_send_insert(&op, m[sent]);
			else if (*err > 0)
				tw_message_free(m[sent]);
		}
		tw_op_done(p->domain, &op);
	} while (tw_again(p, wakes, err, nonblock));
	for (i = sent; i < n; i++)
		tw_message_free(m[i]);
	*err = tw_error(p, *err);
	return sent;
}

/**
 * tw_process_send() - TW_SEND
 * @private: the endpoint
 * @call: struct tw_send
 *
 * Return: 0, or an error as the UAPI says.
 */
int tw_process_send(void *private, struct tw_call *call)
{
	struct tw_endpoint *e = private;
	struct tw_process *p = e->p;
	struct tw_send *arg = call->arg;
	struct tw_key key = {
		.recv_time = arg->recv_time,
		.priority = arg->priority,
		.send_time = arg->send_time,
	};
	struct tw_message *m;
	struct tw_who who;
	int err;

	if (!tw_send_flags_valid(arg->flags) || arg->pad)
		return -EINVAL;
	err = tw_enter(p, &who, e->nonblock);
	if (err)
		return err;
	m = tw_message_read(p, &key, arg->receiver, arg->flags,
			    u64_to_user_ptr(arg->payload), arg->len);
	if (IS_ERR(m))
		return PTR_ERR(m);
	tw_messages_send(p, &who, &m, 1, e->nonblock, &err);
	return min(err, 0);
}

/*
 * Receive, waiting if need be: 0 with @r filled in, or an error. An -EAGAIN
 * leaves the process waiting, as the UAPI says.
 */
static int tw_message_receive(struct tw_process *p, const struct tw_who *who,
			      struct tw_receive *r, bool nonblock)
{
	struct tw_op op;
	u32 wakes;
	int err;

	for (;;) {
		wakes = tw_wakes(&p->proc);
		tw_op_begin(&op, &p->domain->core);
		err = tw_receive(&op, &p->proc, who, r);
		tw_op_done(p->domain, &op);
		if (err && err != -EINPROGRESS)
			return tw_error(p, err);
		if (!err && (r->n || r->status != TW_RECEIVE_WAIT))
			return 0;
		if (!err && nonblock)
			return -EAGAIN;
		err = tw_await(p, wakes, err);
		if (err)
			return err;
	}
}

static u32 tw_status(const struct tw_receive *r)
{
	if (r->n)
		return 0;
	switch (r->status) {
	case TW_RECEIVE_SNAPSHOT:
		return TW_STATUS_SNAPSHOT;
	case TW_RECEIVE_END:
		return TW_STATUS_END;
	default:
		return 0;
	}
}

/* The caller has it, or not; either way this is our last touch of the messages. */
static void tw_received(struct tw_process *p, const struct tw_who *who,
			struct tw_receive *r, u32 keep)
{
	u32 i;

	if (keep < r->n)
		tw_receive_undo(&p->proc, who, r, keep);
	for (i = 0; i < keep; i++)
		tw_message_put(r->out[i]);
}

/**
 * tw_recv_fill() - describe a message in the argument of TW_RECV
 * @arg: the argument
 * @m: the message
 */
void tw_recv_fill(struct tw_recv *arg, const struct tw_message *m)
{
	arg->len = m->len;
	arg->status = 0;
	arg->sender = m->key.sender;
	arg->recv_time = m->key.recv_time;
	arg->send_time = m->key.send_time;
	arg->priority = m->key.priority;
	arg->index = m->key.index;
	arg->msg_flags = m->outside ? TW_SEND_MEMFD : 0;
}

/* With tw_memfd_passed() next. */
static int tw_payload_write(void __user *payload, const struct tw_message *m,
			    struct tw_passing *pass)
{
	pass->file = NULL;
	if (unlikely(m->outside))
		return tw_memfd_write(payload, m, 0, pass);
	return tw_copy_out(payload, m->payload, m->len);
}

static int tw_recv_copy(struct tw_call *call, const struct tw_message *m)
{
	struct tw_recv *arg = call->arg;
	struct tw_passing pass;
	int err;

	err = tw_payload_write(u64_to_user_ptr(arg->payload), m, &pass);
	if (err)
		return err;
	tw_recv_fill(arg, m);
	err = tw_respond(call);
	tw_memfd_passed(&pass, err);
	return err;
}

/**
 * tw_process_recv() - TW_RECV on a process
 * @private: the endpoint
 * @call: struct tw_recv
 *
 * Return: 0, or an error as the UAPI says.
 */
int tw_process_recv(void *private, struct tw_call *call)
{
	struct tw_endpoint *e = private;
	struct tw_recv *arg = call->arg;
	struct tw_message *m;
	struct tw_receive r = {
		.until = TW_TIME_INF,
		.max = 1,
		.room = arg->len,
		.committed = arg->flags & TW_RECV_COMMITTED,
		.first = true,
		.out = &m,
	};
	bool nonblock = e->nonblock || arg->flags & TW_RECV_NONBLOCK;
	struct tw_who who;
	int err;

	if (arg->flags & ~(TW_RECV_NONBLOCK | TW_RECV_COMMITTED))
		return -EINVAL;
	err = tw_enter(e->p, &who, nonblock);
	if (err)
		return err;
	err = tw_message_receive(e->p, &who, &r, nonblock);
	if (err == -EMSGSIZE) {
		arg->len = r.need;
		return tw_respond(call) ?: err;
	}
	if (err)
		return err;
	if (!r.n) {
		arg->status = tw_status(&r);
		return tw_respond(call);
	}
	err = tw_recv_copy(call, m);
	tw_received(e->p, &who, &r, err ? 0 : 1);
	return err;
}

/* Read one record of a vector of sends; its size, of 32 bits, is returned. */
static s64 tw_step_read(struct tw_process *p, const struct tw_msg __user *user, u32 left,
			struct tw_message **m)
{
	struct tw_msg h;
	struct tw_key key;

	if (left < sizeof(h))
		return -EINVAL;
	if (tw_copy_in(&h, user, sizeof(h)))
		return -EFAULT;
	if (h.len > TW_PAYLOAD_MAX)
		return -EMSGSIZE;
	if (h.size > left || h.size % 8 || h.size < sizeof(h) + h.len || h.index ||
	    !tw_send_flags_valid(h.flags))
		return -EINVAL;
	key = (struct tw_key){
		.recv_time = h.recv_time,
		.priority = h.priority,
		.send_time = h.send_time,
	};
	*m = tw_message_read(p, &key, h.peer, h.flags, user + 1, h.len);
	return IS_ERR(*m) ? PTR_ERR(*m) : h.size;
}

/* Up to a batch of records: what was read before an error is sent all the same. */
static int tw_step_send(struct tw_process *p, const struct tw_who *who, struct tw_step *arg,
			bool nonblock)
{
	const u8 __user *sends = u64_to_user_ptr(arg->sends);
	struct tw_message *m[TW_BATCH];
	u32 size[TW_BATCH], n = 0, done = arg->sends_done, sent, i;
	s64 read = 0;
	int err;

	while (n < TW_BATCH && done < arg->sends_len) {
		read = tw_step_read(p, (const void __user *)(sends + done),
				    arg->sends_len - done, &m[n]);
		if (read < 0)
			break;
		done += read;
		size[n++] = read;
	}
	sent = tw_messages_send(p, who, m, n, nonblock, &err);
	for (i = 0; i < sent; i++)
		arg->sends_done += size[i];
	return err < 0 ? err : min_t(s64, read, 0);
}

/* A vector can be so long that nobody would wait for its end. */
static int tw_step_pause(void)
{
	cond_resched();
	return fatal_signal_pending(current) ? -EINTR : 0;
}

static int tw_step_sends(struct tw_process *p, const struct tw_who *who, struct tw_step *arg,
			 bool nonblock)
{
	int err = 0;

	while (!err && arg->sends_done < arg->sends_len)
		err = tw_step_send(p, who, arg, nonblock) ?: tw_step_pause();
	return err;
}

static int tw_step_copy(struct tw_msg __user *user, const struct tw_message *m)
{
	struct tw_msg h = {
		.size = sizeof(h) + ALIGN(m->len, 8),
		.len = m->len,
		.peer = m->key.sender,
		.recv_time = m->key.recv_time,
		.send_time = m->key.send_time,
		.priority = m->key.priority,
		.index = m->key.index,
		.flags = m->outside ? TW_SEND_MEMFD : 0,
	};
	struct tw_passing pass;
	int err;

	if (tw_copy_out(user, &h, sizeof(h)))
		return -EFAULT;
	err = tw_payload_write(user + 1, m, &pass);
	if (err)
		return err;
	tw_memfd_passed(&pass, 0);
	return h.size;
}

/* Copy a batch out; or an error, with what the caller has not got given back. */
static int tw_step_batch(struct tw_process *p, const struct tw_who *who,
			 struct tw_step *arg, struct tw_receive *r)
{
	u8 __user *recvs = u64_to_user_ptr(arg->recvs);
	int err = 0;
	u32 i;

	for (i = 0; i < r->n; i++) {
		int size = tw_step_copy((void __user *)(recvs + arg->recvs_done), r->out[i]);

		if (size < 0) {
			err = size;
			break;
		}
		arg->recvs_done += size;
	}
	arg->recv_count += i;
	tw_received(p, who, r, i);
	return err;
}

static int tw_step_recvs(struct tw_process *p, const struct tw_who *who, struct tw_step *arg,
			 bool nonblock)
{
	u32 max = arg->recv_max ?: U32_MAX;
	struct tw_message *out[TW_BATCH];
	struct tw_receive r = {
		.until = arg->until,
		.hold = arg->hold,
		.room = arg->recvs_len,
		.header = sizeof(struct tw_msg),
		.committed = arg->flags & TW_STEP_COMMITTED,
		.first = true,
		.out = out,
	};
	int err;

	do {
		r.max = min_t(u32, max - arg->recv_count, TW_BATCH);
		err = tw_message_receive(p, who, &r, nonblock);
		if (err || !r.n)
			break;
		err = tw_step_batch(p, who, arg, &r) ?: tw_step_pause();
		r.first = false;
	} while (!err && r.max == TW_BATCH && arg->recv_count < max);
	if (!arg->recv_count)
		arg->status = tw_status(&r);
	/* What was handed over stays so: an error is for the next call to find. */
	return arg->recv_count ? 0 : err;
}

/**
 * tw_process_step() - TW_STEP
 * @private: the endpoint
 * @call: struct tw_step
 *
 * Return: 0, or an error as the UAPI says.
 */
int tw_process_step(void *private, struct tw_call *call)
{
	struct tw_endpoint *e = private;
	struct tw_step *arg = call->arg;
	bool nonblock = e->nonblock || arg->flags & TW_STEP_NONBLOCK;
	struct tw_who who;
	int err;

	if (arg->flags & ~(TW_STEP_NONBLOCK | TW_STEP_COMMITTED) || arg->pad ||
	    arg->hold > arg->until || (arg->sends | arg->recvs) % 8)
		return -EINVAL;
	err = tw_enter(e->p, &who, nonblock);
	if (err)
		return err;
	arg->sends_done = 0;
	arg->recvs_done = 0;
	arg->recv_count = 0;
	arg->status = 0;
	/* A caller that cannot be told what was done gets nothing done. */
	if (tw_respond(call))
		return -EFAULT;
	err = tw_step_sends(e->p, &who, arg, nonblock);
	if (!err && arg->recvs_len)
		err = tw_step_recvs(e->p, &who, arg, nonblock);
	else if (!err && !arg->sends_len)
		err = tw_error(e->p, tw_check_caller(&e->p->proc, &who));
	/* What was sent must not be sent again. */
	if (arg->sends_done && (err == -ERESTARTSYS || err == -ERESTARTNOINTR))
		err = -EINTR;
	arg->gvt = READ_ONCE(e->p->domain->core.gvt);
	return tw_respond(call) ?: err;
}
