// SPDX-License-Identifier: GPL-2.0
/* The port: where messages come in from outside of virtual time. */
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/poll.h>

#include "incarnation.h"

static int tw_port_inject(void *private, struct tw_call *call)
{
	struct tw_endpoint *e = private;
	struct tw_process *p = e->p;
	struct tw_inject *arg = call->arg;
	struct tw_key key = {
		.recv_time = arg->recv_time,
		.priority = arg->priority,
	};
	struct tw_message *m;
	struct tw_op op;
	u32 wakes;
	int err;

	if (arg->flags & ~TW_SEND_MEMFD || arg->pad || arg->recv_time == TW_TIME_INF)
		return -EINVAL;
	m = tw_message_read(p, &key, arg->receiver, arg->flags,
			    u64_to_user_ptr(arg->payload), arg->len);
	if (IS_ERR(m))
		return PTR_ERR(m);
	/* A caller that cannot be told what was done gets nothing done. */
	if (tw_respond(call)) {
		tw_message_free(m);
		return -EFAULT;
	}
	do {
		wakes = tw_wakes(&p->proc);
		tw_op_begin(&op, &p->domain->core);
		err = tw_inject_stamp(&op, &p->proc, m, &arg->recv_time);
		if (!err) {
			arg->recv_time = m->key.recv_time;
			tw_send_insert(&op, m);
		}
		tw_op_done(p->domain, &op);
	} while (tw_again(p, wakes, &err, e->nonblock));
	if (err)
		tw_message_free(m);
	if (err && err != -ETIME)
		return err;
	return tw_respond(call) ?: err;
}

static int tw_port_promise(struct tw_process *p, u64 promise)
{
	struct tw_op op;
	int err;

	tw_op_begin(&op, &p->domain->core);
	err = tw_promise(&op, &p->proc, promise);
	tw_op_done(p->domain, &op);
	return err;
}

static int tw_port_promise_call(void *private, struct tw_call *call)
{
	struct tw_endpoint *e = private;
	struct tw_promise *arg = call->arg;

	return arg->flags ? -EINVAL : tw_port_promise(e->p, arg->promise);
}

static const struct tw_command tw_port_commands[] = {
	TW_COMMAND(TW_INJECT, tw_inject, pad, tw_port_inject),
	TW_COMMAND(TW_PROMISE, tw_promise, promise, tw_port_promise_call),
};

static long tw_port_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct tw_endpoint e = {
		.p = file->private_data,
		.nonblock = file->f_flags & O_NONBLOCK,
	};

	return tw_dispatch(tw_port_commands, ARRAY_SIZE(tw_port_commands), &e, cmd, arg);
}

static __poll_t tw_port_poll(struct file *file, poll_table *table)
{
	struct tw_process *p = file->private_data;
	u32 state = READ_ONCE(p->domain->core.state);
	__poll_t events = 0;

	poll_wait(file, &p->wait, table);
	if (tw_send_ready(&p->proc))
		events |= EPOLLOUT | EPOLLWRNORM;
	if (state == TW_DOMAIN_FAILED)
		events |= EPOLLERR;
	return events;
}

/* Nobody is left who could inject. */
static int tw_port_release(struct inode *inode, struct file *file)
{
	struct tw_process *p = file->private_data;

	if (p->proc.id)
		tw_port_promise(p, TW_TIME_INF);
	return tw_endpoint_release(inode, file);
}

static const struct file_operations tw_port_fops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = tw_port_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.poll = tw_port_poll,
	.release = tw_port_release,
};

/**
 * tw_port_create() - TW_PORT_CREATE
 * @private: the domain
 * @call: struct tw_port_create
 *
 * Return: 0, or an error as the UAPI says.
 */
int tw_port_create(void *private, struct tw_call *call)
{
	struct tw_port_create *arg = call->arg;
	struct tw_process *p;

	if (arg->flags & ~TW_PORT_LIVE || arg->pad || tw_check_name(arg->name))
		return -EINVAL;
	p = tw_process_alloc(private, arg->name, false);
	if (IS_ERR(p))
		return PTR_ERR(p);
	p->proc.port = true;
	p->proc.live = arg->flags & TW_PORT_LIVE && arg->promise < TW_TIME_INF;
	p->proc.lvt = arg->promise;
	return tw_endpoint_publish(private, p, call, "[timewarp-port]", &tw_port_fops,
				   &arg->id, &arg->fd);
}
