// SPDX-License-Identifier: GPL-2.0
/* TW_SPAWN: a process creates another one; and places for those not created yet. */
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/string.h>

#include "incarnation.h"

/**
 * tw_spawned_place() - where messages wait for a process that may be created
 * @sender: who knows the id
 * @id: of the form that TW_ID_SPAWNED() tells
 *
 * Return: it, with a reference, or an error of tw_process_alloc_spawned().
 */
struct tw_proc *tw_spawned_place(struct tw_process *sender, u64 id)
{
	struct tw_process *fresh = tw_process_alloc_spawned(sender);
	struct tw_proc *place;

	if (IS_ERR(fresh))
		return ERR_CAST(fresh);
	place = tw_spawned_add(&fresh->proc, id);
	if (place != &fresh->proc)
		tw_process_free(fresh);
	return place;
}

/*
 * Send the message that creates a process, or find that it was sent before.
 *
 * Return: 0, or 1 if the caller frees @m, with the process in *@created, and a
 * reference to it, and with the message's *@generation; or an error of the core.
 */
static int tw_spawn_send(struct tw_process *p, const struct tw_who *who, struct tw_message *m,
			 bool nonblock, struct tw_process **created, u64 *generation)
{
	struct tw_op op;
	u32 wakes;
	int err;

	do {
		wakes = tw_wakes(&p->proc);
		tw_op_begin(&op, &p->domain->core);
		err = tw_send_stamp(&op, &p->proc, who, m);
		if (err >= 0) {
			*created = tw_proc_process(m->receiver);
			*generation = m->key.generation;
			tw_proc_get(m->receiver);
		}
		if (!err)
			tw_send_insert(&op, m);
		tw_op_done(p->domain, &op);
	} while (tw_again(p, wakes, &err, nonblock));
	return err;
}

static struct tw_message *tw_spawn_message(struct tw_process *p, struct tw_process *fresh,
					   const struct tw_spawn *arg)
{
	struct tw_spawn_attr attr = {
		.cancellation = arg->cancellation ?: p->domain->cancellation,
		.snapshot_interval = arg->snapshot_interval,
		.interval_min = arg->interval_min,
		.interval_max = arg->interval_max,
		.snapshots_max = arg->snapshots_max,
	};
	struct tw_message *m;

	strscpy(attr.name, arg->name, sizeof(attr.name));
	m = tw_spawn_alloc(&fresh->proc, &attr, GFP_KERNEL_ACCOUNT);
	if (m)
		m->key.send_time = arg->send_time;
	return m;
}

/*
 * @file is that of @fresh, and becomes that of the process created.
 *
 * Return: 1 if a task must attach, by that file; 0; an error.
 */
static int tw_spawn_create(struct tw_endpoint *e, const struct tw_who *who,
			   struct tw_process *fresh, struct file *file, struct tw_spawn *arg)
{
	struct tw_message *m = tw_spawn_message(e->p, fresh, arg);
	struct tw_process *created;
	u64 generation;
	int err;

	if (!m)
		return -ENOMEM;
	err = tw_spawn_send(e->p, who, m, e->nonblock, &created, &generation);
	/* It may have a place already; then its file has a reference, too. */
	if (err < 0 && fresh->proc.id)
		tw_proc_get(&fresh->proc);
	if (err)
		tw_message_free(m);
	if (err < 0)
		return tw_error(e->p, err);
	if (created != fresh) {
		file->private_data = created;
		tw_process_free(fresh);
	}
	arg->id = created->proc.id;
	return tw_spawn_wanted(&created->proc, generation, &arg->token);
}

static int tw_spawn_call(struct tw_endpoint *e, const struct tw_who *who, struct tw_call *call)
{
	struct tw_process *fresh = tw_process_alloc_spawned(e->p);
	struct tw_spawn *arg = call->arg;
	struct file *file;
	int fd, err;

	if (IS_ERR(fresh))
		return PTR_ERR(fresh);
	err = tw_proc_set_snapshots(&fresh->proc, arg->snapshot_interval, arg->interval_min,
				    arg->interval_max, arg->snapshots_max);
	if (err) {
		tw_process_free(fresh);
		return err;
	}
	file = tw_process_file(fresh);
	if (IS_ERR(file)) {
		tw_process_free(fresh);
		return PTR_ERR(file);
	}
	fd = get_unused_fd_flags(O_CLOEXEC);
	if (fd < 0) {
		fput(file);
		return fd;
	}
	err = tw_spawn_create(e, who, fresh, file, arg);
	if (err > 0)
		arg->fd = fd;
	if (err >= 0 && tw_respond(call))
		err = -EFAULT;
	if (err > 0) {
		fd_install(fd, file);
		return 0;
	}
	put_unused_fd(fd);
	fput(file);
	return err;
}

/**
 * tw_process_spawn() - TW_SPAWN
 * @private: the endpoint
 * @call: struct tw_spawn
 *
 * Return: 0, or an error as the UAPI says.
 */
int tw_process_spawn(void *private, struct tw_call *call)
{
	struct tw_endpoint *e = private;
	struct tw_spawn *arg = call->arg;
	struct tw_who who;
	int err;

	if (arg->flags || arg->pad || arg->pad2 || arg->cancellation > TW_CANCEL_LAZY ||
	    tw_check_name(arg->name))
		return -EINVAL;
	err = tw_enter(e->p, &who, e->nonblock);
	if (err)
		return err;
	arg->id = 0;
	arg->token = 0;
	arg->fd = -1;
	/* A caller that cannot be told what was done gets nothing done. */
	if (tw_respond(call))
		return -EFAULT;
	return tw_spawn_call(e, &who, call);
}
