// SPDX-License-Identifier: GPL-2.0
/* The domain: its file, its life, and the work that operations leave behind. */
#include <linux/anon_inodes.h>
#include <linux/cpumask.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "domain.h"
#include "incarnation.h"
#include "process.h"

#define TW_GVT_INTERVAL_US	10000
#define TW_GVT_INTERVAL_MAX_US	10000000
#define TW_MODE_ALL		0666

static atomic_t tw_domain_ids = ATOMIC_INIT(0);

void tw_domain_get(struct tw_domain *d)
{
	kref_get(&d->refs);
}

static void tw_domain_free(struct kref *refs)
{
	struct tw_domain *d = container_of(refs, struct tw_domain, refs);
	u64 i;

	tw_core_clear(&d->core);
	for (i = 0; i < d->core.procs_n; i++)
		tw_process_free(tw_proc_process(d->core.procs[i]));
	tw_core_destroy(&d->core);
	free_page((unsigned long)d->page);
	if (d->user)
		tw_user_uncharge(d->user, TW_LIMIT_DOMAINS);
	kfree(d);
}

void tw_domain_put(struct tw_domain *d)
{
	kref_put(&d->refs, tw_domain_free);
}

static void tw_drop_processes(struct tw_domain *d, bool keep_running)
{
	struct tw_proc *p;
	struct tw_op op;

	lockdep_assert_held(&d->mutex);
	tw_op_begin(&op, &d->core);
	tw_core_for_each(&d->core, p)
		tw_drop_all(&op, p, keep_running);
	tw_op_end(&op);
	tw_op_tasks(&op);
}

/**
 * tw_domain_finish() - end a domain, or make it fail
 * @d: the domain; nothing happens if it has ended or failed already
 * @state: TW_DOMAIN_ENDED or TW_DOMAIN_FAILED
 *
 * May sleep. An end lets the running incarnations finish; a failure ends them.
 */
void tw_domain_finish(struct tw_domain *d, u32 state)
{
	mutex_lock(&d->mutex);
	if (d->core.state < TW_DOMAIN_ENDED) {
		WRITE_ONCE(d->core.state, state);
		WRITE_ONCE(d->page->state, state);
		tw_drop_processes(d, state == TW_DOMAIN_ENDED);
		wake_up_all(&d->wait);
	}
	mutex_unlock(&d->mutex);
}

/**
 * tw_op_done() - end an operation and do what it decided
 * @d: the domain
 * @op: begun by tw_op_begin()
 *
 * May sleep.
 */
void tw_op_done(struct tw_domain *d, struct tw_op *op)
{
	tw_op_end(op);
	if (!list_empty(&op->resumes) || !list_empty(&op->kills))
		tw_op_tasks(op);
	if (unlikely(op->failed))
		tw_domain_finish(d, TW_DOMAIN_FAILED);
	if (op->want_gvt)
		tw_gvt_want(d);
}

/**
 * tw_domain_await_start() - processes do nothing before the start
 * @d: the domain
 *
 * Return: 0, or -ERESTARTSYS when a signal came.
 */
int tw_domain_await_start(struct tw_domain *d)
{
	return wait_event_interruptible(d->wait, READ_ONCE(d->core.state) != TW_DOMAIN_NEW);
}

void tw_domain_collect(struct tw_domain *d, struct tw_domain_stat *st)
{
	mutex_lock(&d->mutex);
	tw_core_stat(&d->core, st);
	st->state = d->core.state;
	mutex_unlock(&d->mutex);
	st->message_bytes_peak = max(READ_ONCE(d->message_bytes_peak), st->message_bytes);
}

static int tw_domain_start(void *private, struct tw_call *call)
{
	struct tw_domain *d = private;
	struct tw_domain_start *arg = call->arg;
	int err = -EBUSY;

	if (arg->flags)
		return -EINVAL;
	if (mutex_lock_killable(&d->setup))
		return -EINTR;
	mutex_lock(&d->mutex);
	if (d->core.state == TW_DOMAIN_NEW)
		err = tw_gvt_start(d);
	if (!err) {
		/* Who sees it sees all processes: tw_find_proc(). */
		smp_store_release(&d->core.state, TW_DOMAIN_RUNNING);
		WRITE_ONCE(d->page->state, TW_DOMAIN_RUNNING);
		wake_up_all(&d->wait);
		tw_gvt_want(d);
	}
	mutex_unlock(&d->mutex);
	mutex_unlock(&d->setup);
	return err;
}

static pid_t tw_failed_pid(struct tw_domain *d, u64 id)
{
	struct tw_process *p = tw_domain_process(d, id);
	pid_t pid;

	if (!p)
		return 0;
	pid = tw_exited_pid(p);
	tw_proc_put(&p->proc);
	return pid;
}

static int tw_domain_stat(void *private, struct tw_call *call)
{
	struct tw_domain *d = private;
	struct tw_domain_stat *arg = call->arg;
	u32 size = arg->size;

	memset(arg, 0, sizeof(*arg));
	arg->size = size;
	tw_domain_collect(d, arg);
	if (arg->failure == TW_FAILURE_PROCESS)
		arg->failed_pid = tw_failed_pid(d, arg->failed_process);
	return tw_respond(call);
}

static bool tw_domain_reached(struct tw_domain *d, u64 until)
{
	return READ_ONCE(d->core.state) >= TW_DOMAIN_ENDED ||
		(until < TW_TIME_INF && READ_ONCE(d->core.gvt) >= until);
}

static int tw_domain_wait(void *private, struct tw_call *call)
{
	struct tw_domain *d = private;
	struct tw_domain_wait *arg = call->arg;
	long left;

	if (arg->flags || arg->pad)
		return -EINVAL;
	left = arg->timeout_ns ? nsecs_to_jiffies(min_t(u64, arg->timeout_ns, S64_MAX)) + 1 :
		MAX_SCHEDULE_TIMEOUT;
	left = wait_event_interruptible_timeout(d->wait, tw_domain_reached(d, arg->until),
						left);
	/* What is left of a time-out is not remembered. */
	if (left < 0)
		return arg->timeout_ns ? -EINTR : -ERESTARTSYS;
	arg->gvt = READ_ONCE(d->core.gvt);
	arg->state = READ_ONCE(d->core.state);
	if (tw_respond(call))
		return -EFAULT;
	return left ? 0 : -ETIME;
}

static const struct tw_command tw_domain_commands[] = {
	TW_COMMAND(TW_DOMAIN_START, tw_domain_start, flags, tw_domain_start),
	TW_COMMAND(TW_DOMAIN_STAT, tw_domain_stat, pad2, tw_domain_stat),
	TW_COMMAND(TW_DOMAIN_WAIT, tw_domain_wait, pad, tw_domain_wait),
	TW_COMMAND(TW_PROCESS_CREATE, tw_process_create, memory, tw_process_create),
	TW_COMMAND(TW_PROCESS_STAT, tw_process_stat, pushed_back, tw_process_stat),
	TW_COMMAND(TW_SINK_CREATE, tw_sink_create, bound, tw_sink_create),
	TW_COMMAND(TW_PORT_CREATE, tw_port_create, name, tw_port_create),
};

/* What changes a domain is for those who may write, all else for those who may read. */
static fmode_t tw_domain_needs(unsigned int cmd)
{
	switch (cmd) {
	case TW_DOMAIN_STAT:
	case TW_DOMAIN_WAIT:
	case TW_PROCESS_STAT:
		return FMODE_READ;
	default:
		return FMODE_WRITE;
	}
}

static long tw_domain_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	if (!(file->f_mode & tw_domain_needs(cmd)))
		return -EBADF;
	return tw_dispatch(tw_domain_commands, ARRAY_SIZE(tw_domain_commands),
			   file->private_data, cmd, arg);
}

static __poll_t tw_domain_poll(struct file *file, poll_table *table)
{
	struct tw_domain *d = file->private_data;
	u32 state;

	poll_wait(file, &d->wait, table);
	state = READ_ONCE(d->core.state);
	if (state == TW_DOMAIN_FAILED)
		return EPOLLIN | EPOLLERR;
	return state == TW_DOMAIN_ENDED ? EPOLLIN : 0;
}

static int tw_domain_file_mmap(struct file *file, struct vm_area_struct *vma)
{
	if (vma->vm_pgoff)
		return -EINVAL;
	return tw_domain_mmap(file->private_data, vma);
}

/* The first process of which a task is the guardian, or 0. */
static u64 tw_domain_ward(struct tw_domain *d, const struct pid *guardian)
{
	u64 i, id = 0;

	mutex_lock(&d->mutex);
	/* Those that processes have created have the guardian of one of these. */
	for (i = 0; i < d->core.procs_n && !id; i++)
		if (tw_proc_process(d->core.procs[i])->guardian == guardian)
			id = i + 1;
	mutex_unlock(&d->mutex);
	return id;
}

/*
 * A guardian that dies takes its processes with it. If they are to be dropped,
 * the GVT thread does it when it finds the guardian dead. A thread that exits
 * is not its program's death; nor is a descriptor that is closed elsewhere.
 */
static int tw_domain_flush(struct file *file, fl_owner_t owner)
{
	struct tw_domain *d = file->private_data;
	struct tw_op op;
	u64 id;

	if (!(current->flags & PF_EXITING) || atomic_read(&current->signal->live) ||
	    d->flags & TW_DOMAIN_DROP || READ_ONCE(d->core.state) >= TW_DOMAIN_ENDED)
		return 0;
	id = tw_domain_ward(d, task_tgid(current));
	if (!id)
		return 0;
	tw_op_begin(&op, &d->core);
	tw_core_fail(&op, TW_FAILURE_GUARDIAN, id, READ_ONCE(d->core.gvt), 0);
	tw_op_done(d, &op);
	return 0;
}

/* The owner goes. First the failure: from then on nobody starts the GVT thread. */
static void tw_domain_close(struct tw_domain *d)
{
	struct tw_op op;

	tw_name_withdraw(d);
	tw_debugfs_remove(d);
	tw_op_begin(&op, &d->core);
	if (READ_ONCE(d->core.state) < TW_DOMAIN_ENDED)
		tw_core_fail(&op, TW_FAILURE_CLOSED, 0, READ_ONCE(d->core.gvt), 0);
	tw_op_done(d, &op);
	tw_gvt_stop(d);
	mutex_lock(&d->mutex);
	tw_drop_processes(d, false);
	mutex_unlock(&d->mutex);
	tw_user_uncharge(d->user, TW_LIMIT_DOMAINS);
	d->user = NULL;
	/* A file that is being opened by name may get the memory of this one. */
	d->owner = NULL;
}

static int tw_domain_release(struct inode *inode, struct file *file)
{
	struct tw_domain *d = file->private_data;

	if (file == d->owner)
		tw_domain_close(d);
	tw_domain_put(d);
	return 0;
}

static const struct file_operations tw_domain_fops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = tw_domain_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.poll = tw_domain_poll,
	.mmap = tw_domain_file_mmap,
	.flush = tw_domain_flush,
	.release = tw_domain_release,
};

/**
 * tw_file_publish() - give the caller a new file, or do not
 * @fd: reserved for it
 * @file: given away
 * @err: from telling the caller of @fd
 */
void tw_file_publish(int fd, struct file *file, int err)
{
	if (err) {
		put_unused_fd(fd);
		fput(file);
	} else {
		fd_install(fd, file);
	}
}

/**
 * tw_domain_file() - a file for a domain
 * @d: its reference is given away on success
 * @access: TW_OPEN_*
 * @fd: a descriptor is reserved for it; tw_file_publish() is next
 *
 * Return: the file, -ENOMEM, -EMFILE or -ENFILE.
 */
struct file *tw_domain_file(struct tw_domain *d, u32 access, __s32 *fd)
{
	int flags = access == TW_OPEN_READ ? O_RDONLY :
		    access == TW_OPEN_WRITE ? O_WRONLY : O_RDWR;
	struct file *file;

	*fd = get_unused_fd_flags(O_CLOEXEC);
	if (*fd < 0)
		return ERR_PTR(*fd);
	file = anon_inode_getfile("[timewarp-domain]", &tw_domain_fops, d, flags);
	if (IS_ERR(file))
		put_unused_fd(*fd);
	return file;
}

static struct tw_domain *tw_domain_alloc(const struct tw_domain_create *arg)
{
	struct tw_domain *d = kzalloc(sizeof(*d), GFP_KERNEL_ACCOUNT);

	if (!d)
		return NULL;
	d->flags = arg->flags;
	d->page = (void *)get_zeroed_page(GFP_KERNEL_ACCOUNT);
	if (!d->page)
		goto free;
	if (tw_core_init(&d->core, atomic_inc_return(&tw_domain_ids)))
		goto free_page;
	d->core.spare = arg->flags & TW_DOMAIN_SPARE;
	tw_memory_set(&d->core, arg->memory);
	kref_init(&d->refs);
	mutex_init(&d->setup);
	mutex_init(&d->mutex);
	init_waitqueue_head(&d->wait);
	init_waitqueue_head(&d->gvt_wait);
	d->gvt_state = "new";
	d->cancellation = arg->cancellation;
	d->gvt_interval_us = arg->gvt_interval_us ?: TW_GVT_INTERVAL_US;
	strscpy(d->name, arg->name, sizeof(d->name));
	d->core.gvt_shown = &d->page->gvt;
	d->core.schedule.until = &d->page->until;
	tw_schedule_set(&d->core, min_t(u32, arg->running ?: num_online_cpus(), INT_MAX),
			arg->window, arg->slack);
	return d;
free_page:
	free_page((unsigned long)d->page);
free:
	kfree(d);
	return NULL;
}

static int tw_domain_check(const struct tw_domain_create *arg)
{
	bool named = arg->flags & TW_DOMAIN_NAMED;

	if (arg->flags & ~(TW_DOMAIN_NAMED | TW_DOMAIN_DROP | TW_DOMAIN_SPARE) ||
	    arg->cancellation > TW_CANCEL_LAZY || arg->pad ||
	    arg->gvt_interval_us > TW_GVT_INTERVAL_MAX_US || arg->memory > TW_MEMORY_MAX ||
	    tw_check_name(arg->name))
		return -EINVAL;
	if (arg->mode & ~(named ? TW_MODE_ALL : 0) || (named && !arg->name[0]))
		return -EINVAL;
	return 0;
}

/**
 * tw_domain_create() - TW_DOMAIN_CREATE
 * @private: not used
 * @call: struct tw_domain_create
 *
 * Return: 0, or an error as the UAPI says.
 */
int tw_domain_create(void *private, struct tw_call *call)
{
	struct tw_domain_create *arg = call->arg;
	struct tw_domain *d;
	struct tw_user *user;
	struct file *file;
	int err = tw_domain_check(arg);

	if (err)
		return err;
	user = tw_user_charge(TW_LIMIT_DOMAINS);
	if (IS_ERR(user))
		return PTR_ERR(user);
	d = tw_domain_alloc(arg);
	if (!d) {
		tw_user_uncharge(user, TW_LIMIT_DOMAINS);
		return -ENOMEM;
	}
	d->user = user;
	file = tw_domain_file(d, TW_OPEN_READ | TW_OPEN_WRITE, &arg->fd);
	if (IS_ERR(file)) {
		tw_domain_put(d);
		return PTR_ERR(file);
	}
	d->owner = file;
	tw_debugfs_add(d);
	if (arg->flags & TW_DOMAIN_NAMED)
		err = tw_name_publish(d, arg->mode);
	if (!err)
		err = tw_respond(call);
	tw_file_publish(arg->fd, file, err);
	return err;
}
