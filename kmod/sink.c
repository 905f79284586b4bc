// SPDX-License-Identifier: GPL-2.0
/* The sink: committed output, in total order, each byte once. */
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/sched/signal.h>

#include "copy.h"
#include "memfd.h"
#include "process.h"

/* Wait for a committed message: 0, 1 at the end, or an error. */
static int tw_sink_await(struct tw_process *p, bool nonblock)
{
	for (;;) {
		u32 wakes = READ_ONCE(p->proc.wakes);
		u32 state = READ_ONCE(p->domain->core.state);

		if (tw_sink_ready(&p->proc))
			return 0;
		if (state == TW_DOMAIN_ENDED)
			return 1;
		if (state == TW_DOMAIN_FAILED)
			return -EIO;
		if (nonblock)
			return -EAGAIN;
		if (wait_event_interruptible(p->wait, READ_ONCE(p->proc.wakes) != wakes))
			return -ERESTARTSYS;
	}
}

/* Have a message in p->reading: 0, 1 at the end, or an error. */
static int tw_sink_fetch(struct tw_process *p, u32 room, u32 *need, bool nonblock)
{
	struct tw_message *m;
	struct tw_op op;
	int err;

	lockdep_assert_held(&p->read_mutex);
	while (!p->reading) {
		err = tw_sink_await(p, nonblock);
		if (err)
			return err;
		tw_op_begin(&op, &p->domain->core);
		m = tw_sink_receive(&op, &p->proc, room, need);
		tw_op_done(p->domain, &op);
		if (IS_ERR(m))
			return PTR_ERR(m);
		p->reading = m;
		p->read = 0;
	}
	return 0;
}

static void tw_sink_finish(struct tw_process *p)
{
	tw_message_put(p->reading);
	p->reading = NULL;
}

/* The next @len bytes of the message that is being read. */
static int tw_sink_copy_part(struct tw_process *p, char __user *buf, u32 len)
{
	if (p->reading->outside)
		return tw_memfd_copy(buf, p->reading, p->read, len);
	return copy_to_user(buf, p->reading->payload + p->read, len) ? -EFAULT : 0;
}

/* Copy from the messages at hand until the buffer is full or there are no more. */
static ssize_t tw_sink_copy(struct tw_process *p, char __user *buf, size_t size, bool nonblock)
{
	size_t done = 0;
	u32 need;

	while (done < size) {
		int err = tw_sink_fetch(p, TW_PAYLOAD_MAX, &need, nonblock || done);
		size_t n;

		if (err)
			return done || err > 0 ? done : err;
		n = min_t(u64, size - done, tw_message_bytes(p->reading) - p->read);
		err = tw_sink_copy_part(p, buf + done, n);
		if (err)
			return done ?: err;
		done += n;
		p->read += n;
		if (p->read == tw_message_bytes(p->reading))
			tw_sink_finish(p);
		/* An empty message takes no room: there is no end of them. */
		cond_resched();
		if (fatal_signal_pending(current))
			return done ?: -EINTR;
	}
	return done;
}

static ssize_t tw_sink_read(struct file *file, char __user *buf, size_t size, loff_t *pos)
{
	struct tw_process *p = file->private_data;
	ssize_t ret;

	if (mutex_lock_interruptible(&p->read_mutex))
		return -ERESTARTSYS;
	ret = tw_sink_copy(p, buf, size, file->f_flags & O_NONBLOCK);
	mutex_unlock(&p->read_mutex);
	return ret;
}

/* The file of a message, at the place to which read(2) has come. */
static int tw_sink_pass_locked(struct tw_process *p, struct tw_call *call, u32 room)
{
	struct tw_recv *arg = call->arg;
	struct tw_passing pass;
	int err;

	if (p->reading->len > room)
		return tw_respond(call) ?: -EMSGSIZE;
	err = tw_memfd_write(u64_to_user_ptr(arg->payload), p->reading, p->read, &pass);
	if (err)
		return err;
	err = tw_respond(call);
	tw_memfd_passed(&pass, err);
	if (!err)
		tw_sink_finish(p);
	return err;
}

/* What read(2) has begun TW_RECV ends: the rest of the message is one record. */
static int tw_sink_recv_locked(struct tw_endpoint *e, struct tw_call *call)
{
	struct tw_recv *arg = call->arg;
	struct tw_process *p = e->p;
	u32 room = arg->len, rest;
	int err;

	err = tw_sink_fetch(p, room, &arg->len, e->nonblock || arg->flags & TW_RECV_NONBLOCK);
	if (err == -EMSGSIZE)
		return tw_respond(call) ?: err;
	if (err < 0)
		return err;
	if (err) {
		arg->status = TW_STATUS_END;
		return tw_respond(call);
	}
	tw_recv_fill(arg, p->reading);
	if (p->reading->outside)
		return tw_sink_pass_locked(p, call, room);
	rest = p->reading->len - p->read;
	arg->len = rest;
	if (rest > room)
		return tw_respond(call) ?: -EMSGSIZE;
	if (tw_copy_out(u64_to_user_ptr(arg->payload), p->reading->payload + p->read, rest))
		return -EFAULT;
	err = tw_respond(call);
	if (!err)
		tw_sink_finish(p);
	return err;
}

static int tw_sink_recv(void *private, struct tw_call *call)
{
	struct tw_endpoint *e = private;
	struct tw_recv *arg = call->arg;
	int err;

	if (arg->flags & ~TW_RECV_NONBLOCK)
		return -EINVAL;
	if (mutex_lock_interruptible(&e->p->read_mutex))
		return -ERESTARTSYS;
	err = tw_sink_recv_locked(e, call);
	mutex_unlock(&e->p->read_mutex);
	return err;
}

static const struct tw_command tw_sink_commands[] = {
	TW_COMMAND(TW_RECV, tw_recv, msg_flags, tw_sink_recv),
};

static long tw_sink_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct tw_endpoint e = {
		.p = file->private_data,
		.nonblock = file->f_flags & O_NONBLOCK,
	};

	return tw_dispatch(tw_sink_commands, ARRAY_SIZE(tw_sink_commands), &e, cmd, arg);
}

static __poll_t tw_sink_poll(struct file *file, poll_table *table)
{
	struct tw_process *p = file->private_data;
	__poll_t events = 0;
	u32 state;

	poll_wait(file, &p->wait, table);
	state = READ_ONCE(p->domain->core.state);
	if (READ_ONCE(p->reading) || tw_sink_ready(&p->proc) || state >= TW_DOMAIN_ENDED)
		events = EPOLLIN | EPOLLRDNORM;
	if (state == TW_DOMAIN_FAILED)
		events |= EPOLLERR;
	return events;
}

/* Nobody is left who could read. */
static int tw_sink_release(struct inode *inode, struct file *file)
{
	struct tw_process *p = file->private_data;
	struct tw_op op;

	if (p->proc.id) {
		tw_op_begin(&op, &p->domain->core);
		tw_sink_close(&op, &p->proc);
		tw_op_done(p->domain, &op);
	}
	return tw_endpoint_release(inode, file);
}

static const struct file_operations tw_sink_fops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = tw_sink_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.read = tw_sink_read,
	.poll = tw_sink_poll,
	.release = tw_sink_release,
};

/**
 * tw_sink_create() - TW_SINK_CREATE
 * @private: the domain
 * @call: struct tw_sink_create
 *
 * Return: 0, or an error as the UAPI says.
 */
int tw_sink_create(void *private, struct tw_call *call)
{
	struct tw_sink_create *arg = call->arg;
	struct tw_process *p;

	if (arg->flags || arg->pad || tw_check_name(arg->name))
		return -EINVAL;
	p = tw_process_alloc(private, arg->name, true);
	if (IS_ERR(p))
		return PTR_ERR(p);
	p->proc.bound = arg->bound;
	return tw_endpoint_publish(private, p, call, "[timewarp-sink]", &tw_sink_fops,
				   &arg->id, &arg->fd);
}
