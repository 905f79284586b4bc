// SPDX-License-Identifier: GPL-2.0
/* The process: its endpoint file, by which its incarnations are one. */
#include <linux/anon_inodes.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/pid.h>
#include <linux/poll.h>
#include <linux/random.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "incarnation.h"
#include "process.h"

void tw_host_wake(struct tw_proc *p)
{
	struct tw_process *process = tw_proc_process(p);

	if (wq_has_sleeper(&process->wait))
		wake_up_all(&process->wait);
}

u64 tw_host_clock(void)
{
	return ktime_get_ns();
}

void tw_host_free(struct tw_proc *p)
{
	tw_process_free(tw_proc_process(p));
}

/* Zeroed but for what the core does not know; -EDQUOT or -ENOMEM. */
static struct tw_process *tw_process_zalloc(struct tw_domain *d, struct pid *guardian)
{
	struct tw_user *user = tw_user_charge(TW_LIMIT_ENDPOINTS);
	struct tw_process *p;

	if (IS_ERR(user))
		return ERR_CAST(user);
	p = kzalloc(sizeof(*p), GFP_KERNEL_ACCOUNT);
	if (!p) {
		tw_user_uncharge(user, TW_LIMIT_ENDPOINTS);
		return ERR_PTR(-ENOMEM);
	}
	p->user = user;
	p->domain = d;
	p->guardian = get_pid(guardian);
	p->secret = get_random_u64();
	init_waitqueue_head(&p->wait);
	spin_lock_init(&p->tasks_lock);
	INIT_LIST_HEAD(&p->tasks);
	mutex_init(&p->read_mutex);
	return p;
}

/**
 * tw_process_alloc() - a process or sink that nobody knows yet
 * @d: its domain
 * @name: checked
 * @sink: it is a sink
 *
 * Return: the process, -EDQUOT or -ENOMEM.
 */
struct tw_process *tw_process_alloc(struct tw_domain *d, const char *name, bool sink)
{
	struct tw_process *p = tw_process_zalloc(d, task_tgid(current));

	if (IS_ERR(p))
		return p;
	tw_proc_init(&p->proc, &d->core, sink);
	strscpy(p->proc.name, name, sizeof(p->proc.name));
	return p;
}

/**
 * tw_process_alloc_spawned() - one that a process may create
 * @creator: it, or who has heard of the new one before
 *
 * It has the same guardian, and gets its name at its birth.
 *
 * Return: the process, -EDQUOT or -ENOMEM.
 */
struct tw_process *tw_process_alloc_spawned(struct tw_process *creator)
{
	struct tw_process *p = tw_process_zalloc(creator->domain, creator->guardian);

	if (!IS_ERR(p))
		tw_proc_init_spawned(&p->proc, &creator->domain->core);
	return p;
}

void tw_process_free(struct tw_process *p)
{
	tw_tasks_forget(p);
	if (p->reading)
		tw_message_put(p->reading);
	put_pid(p->guardian);
	tw_user_uncharge(p->user, TW_LIMIT_ENDPOINTS);
	kfree(p);
}

static __poll_t tw_process_poll(struct file *file, poll_table *table)
{
	struct tw_process *p = file->private_data;
	__poll_t events = 0;

	poll_wait(file, &p->wait, table);
	if (tw_send_ready(&p->proc))
		events |= EPOLLOUT | EPOLLWRNORM;
	if (tw_receive_ready(&p->proc))
		events |= EPOLLIN | EPOLLRDNORM;
	if (READ_ONCE(p->domain->core.state) == TW_DOMAIN_FAILED)
		events |= EPOLLERR;
	return events;
}

static const struct tw_command tw_process_commands[] = {
	TW_COMMAND(TW_STEP, tw_step, pad, tw_process_step),
	TW_COMMAND(TW_SEND, tw_send, pad, tw_process_send),
	TW_COMMAND(TW_RECV, tw_recv, msg_flags, tw_process_recv),
	TW_COMMAND(TW_SNAPSHOT, tw_snapshot, thinned, tw_process_snapshot),
	TW_COMMAND(TW_PARK, tw_park, coast_until, tw_process_park),
	TW_COMMAND(TW_RESTORE, tw_restore, resumes, tw_process_restore),
	TW_COMMAND(TW_EXIT, tw_exit, pad, tw_process_exit),
	TW_COMMAND(TW_ATTACH, tw_attach, token, tw_process_attach),
	TW_COMMAND(TW_SPAWN, tw_spawn, pad2, tw_process_spawn),
};

static long tw_process_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct tw_endpoint e = {
		.p = file->private_data,
		.nonblock = file->f_flags & O_NONBLOCK,
	};

	return tw_dispatch(tw_process_commands, ARRAY_SIZE(tw_process_commands),
			   &e, cmd, arg);
}

static int tw_process_file_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct tw_process *p = file->private_data;

	if (vma->vm_pgoff == 1)
		return tw_domain_mmap(p->domain, vma);
	if (vma->vm_pgoff)
		return -EINVAL;
	return tw_process_mmap(p, vma);
}

/* A process that was added is freed with its domain or later, another one here. */
int tw_endpoint_release(struct inode *inode, struct file *file)
{
	struct tw_process *p = file->private_data;
	struct tw_domain *d = p->domain;
	struct tw_op op;

	if (p->proc.id) {
		tw_op_begin(&op, &d->core);
		tw_abandon(&op, &p->proc);
		tw_op_done(d, &op);
		tw_proc_put(&p->proc);
	} else {
		tw_process_free(p);
	}
	tw_domain_put(d);
	return 0;
}

static const struct file_operations tw_process_fops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = tw_process_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.poll = tw_process_poll,
	.mmap = tw_process_file_mmap,
	.flush = tw_process_flush,
	.release = tw_endpoint_release,
};

/* The file holds a reference to the domain, and to a process that can go. */
struct file *tw_process_file(struct tw_process *p)
{
	struct file *file = anon_inode_getfile("[timewarp-process]", &tw_process_fops, p,
					       O_RDWR);

	if (!IS_ERR(file))
		tw_domain_get(p->domain);
	return file;
}

/*
 * All that can fail, then the addition: setup keeps other additions and the start
 * out, while mutex, which failures and statistics need, is not held over the copy
 * to user memory, which may take for ever.
 */
static int tw_endpoint_add(struct tw_domain *d, struct tw_process *p, struct tw_call *call,
			   __u64 *id)
{
	int err;

	lockdep_assert_held(&d->setup);
	mutex_lock(&d->mutex);
	err = d->core.state == TW_DOMAIN_NEW ? tw_core_reserve(&d->core) : -EBUSY;
	mutex_unlock(&d->mutex);
	if (err)
		return err;
	*id = d->core.procs_n + 1;
	err = tw_respond(call);
	if (err)
		return err;
	mutex_lock(&d->mutex);
	/* It can have failed meanwhile, and who looks for a process takes no lock then. */
	if (d->core.state == TW_DOMAIN_NEW)
		tw_core_add(&d->core, &p->proc);
	else
		err = -EBUSY;
	mutex_unlock(&d->mutex);
	return err;
}

/**
 * tw_endpoint_publish() - give a new process, sink or port its id and its file
 * @d: its domain
 * @p: given away
 * @call: responded to, with
 * @label: of the file
 * @fops: of the file
 * @id: into the argument of @call
 * @fd: into the argument of @call
 *
 * Return: 0, or an error as the UAPI says.
 */
int tw_endpoint_publish(struct tw_domain *d, struct tw_process *p, struct tw_call *call,
			const char *label, const struct file_operations *fops,
			__u64 *id, __s32 *fd)
{
	struct file *file;
	int err;

	*fd = get_unused_fd_flags(O_CLOEXEC);
	if (*fd < 0) {
		tw_process_free(p);
		return *fd;
	}
	file = anon_inode_getfile(label, fops, p, O_RDWR);
	if (IS_ERR(file)) {
		err = PTR_ERR(file);
		tw_process_free(p);
		goto put_fd;
	}
	tw_domain_get(d);
	err = mutex_lock_killable(&d->setup);
	if (err)
		goto put_file;
	err = tw_endpoint_add(d, p, call, id);
	mutex_unlock(&d->setup);
	if (err)
		goto put_file;
	fd_install(*fd, file);
	return 0;
put_file:
	fput(file);
put_fd:
	put_unused_fd(*fd);
	return err;
}

/**
 * tw_process_create() - TW_PROCESS_CREATE
 * @private: the domain
 * @call: struct tw_process_create
 *
 * Return: 0, or an error as the UAPI says.
 */
int tw_process_create(void *private, struct tw_call *call)
{
	struct tw_process_create *arg = call->arg;
	struct tw_domain *d = private;
	struct tw_process *p;
	int err;

	if (arg->flags || arg->pad || arg->cancellation > TW_CANCEL_LAZY ||
	    arg->state > TW_STATE_HANDLERS || arg->memory > TW_MEMORY_MAX ||
	    tw_check_name(arg->name))
		return -EINVAL;
	p = tw_process_alloc(d, arg->name, false);
	if (IS_ERR(p))
		return PTR_ERR(p);
	p->proc.lazy = (arg->cancellation ?: d->cancellation) == TW_CANCEL_LAZY;
	p->proc.in_place = arg->state == TW_STATE_HANDLERS;
	/* It counts its own states, and there is nothing that another task could be. */
	if (p->proc.in_place)
		p->secret = 0;
	tw_memory_set_proc(&p->proc, arg->memory);
	err = tw_proc_set_snapshots(&p->proc, arg->snapshot_interval, arg->interval_min,
				    arg->interval_max, arg->snapshots_max);
	if (err) {
		tw_process_free(p);
		return err;
	}
	return tw_endpoint_publish(d, p, call, "[timewarp-process]", &tw_process_fops,
				   &arg->id, &arg->fd);
}

/**
 * tw_find_proc() - look a process, sink or port up
 * @d: its domain; once that has started, there are no additions to keep out
 * @id: any value
 *
 * Return: it, with a reference (tw_proc_put()), or NULL.
 */
struct tw_proc *tw_find_proc(struct tw_domain *d, u64 id)
{
	struct tw_proc *proc;

	/* Behind the state come the last additions: tw_domain_start(). */
	if (likely(smp_load_acquire(&d->core.state) != TW_DOMAIN_NEW))
		return tw_core_find(&d->core, id);
	mutex_lock(&d->mutex);
	proc = tw_core_find(&d->core, id);
	mutex_unlock(&d->mutex);
	return proc;
}

/* A process of a domain by its id, with a reference (tw_proc_put()), or NULL. */
struct tw_process *tw_domain_process(struct tw_domain *d, u64 id)
{
	struct tw_proc *proc = tw_find_proc(d, id);

	if (proc && !proc->sink && !proc->port)
		return tw_proc_process(proc);
	if (proc)
		tw_proc_put(proc);
	return NULL;
}

/**
 * tw_process_stat() - TW_PROCESS_STAT
 * @private: the domain
 * @call: struct tw_process_stat
 *
 * Return: 0, or an error as the UAPI says.
 */
int tw_process_stat(void *private, struct tw_call *call)
{
	struct tw_process_stat *arg = call->arg;
	struct tw_process *p = tw_domain_process(private, arg->id);
	u32 size = arg->size;

	if (!p)
		return -ENOENT;
	memset(arg, 0, sizeof(*arg));
	arg->size = size;
	tw_proc_stat(&p->proc, arg);
	arg->pid = tw_running_pid(p);
	arg->guardian = pid_vnr(p->guardian);
	tw_proc_put(&p->proc);
	return tw_respond(call);
}
