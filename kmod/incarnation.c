// SPDX-License-Identifier: GPL-2.0
/*
 * Incarnations: which task is which, how it comes, parks, resumes and goes.
 *
 * A task is known from its attach or park on. That it went is learnt from the
 * close of the endpoint that exit and exec imply (->flush), at once; a task
 * that had closed it before is missed by that, and found by the GVT thread.
 *
 * Only such a task is ever signalled, and only while it runs the program that
 * it registered with: task_struct.self_exec_id counts its execs.
 */
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/pid.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "incarnation.h"

#define TW_PARK_RETRY	HZ

/* Meanwhile it forks more. */
static unsigned int tw_park_ms = 60000;
module_param_named(park_ms, tw_park_ms, uint, 0644);
MODULE_PARM_DESC(park_ms, "so long a process waits for the child of a snapshot that it needs");

static struct tw_task *tw_inc_task(struct tw_inc *inc)
{
	return container_of(inc, struct tw_task, inc);
}

struct tw_who tw_current(void)
{
	return (struct tw_who){
		.task = task_pid(current),
		.exec = READ_ONCE(current->self_exec_id),
	};
}

void tw_inc_free(struct tw_inc *inc)
{
	struct tw_task *t = tw_inc_task(inc);

	free_page((unsigned long)(inc->page ?: inc->away));
	put_pid(t->pid);
	kfree(t);
}

static struct tw_task *tw_task_alloc(struct tw_process *p)
{
	struct tw_task *t = kzalloc(sizeof(*t), GFP_KERNEL_ACCOUNT);

	if (!t)
		return NULL;
	/* One for its place in the core, one for tw_process.tasks, one for us. */
	refcount_set(&t->inc.refs, 3);
	t->inc.who = tw_current();
	t->inc.proc = &p->proc;
	t->pid = get_pid(task_pid(current));
	init_waitqueue_head(&t->wait);
	return t;
}

static void tw_task_link(struct tw_process *p, struct tw_task *t)
{
	spin_lock(&p->tasks_lock);
	list_add_tail(&t->link, &p->tasks);
	spin_unlock(&p->tasks_lock);
}

/* Take a task off the list of those that may live. */
static bool tw_task_unlink(struct tw_process *p, struct tw_task *t)
{
	bool mine;

	spin_lock(&p->tasks_lock);
	mine = !list_empty(&t->link);
	list_del_init(&t->link);
	spin_unlock(&p->tasks_lock);
	return mine;
}

/* The last one: before an exec the same task may have been another incarnation. */
static struct tw_task *tw_task_find(struct tw_process *p, const struct pid *pid)
{
	struct tw_task *t;

	spin_lock(&p->tasks_lock);
	list_for_each_entry_reverse(t, &p->tasks, link) {
		if (t->pid == pid) {
			refcount_inc(&t->inc.refs);
			goto unlock;
		}
	}
	t = NULL;
unlock:
	spin_unlock(&p->tasks_lock);
	return t;
}

/* The task is gone for us; what it leaves is decided by the core. */
static void tw_task_gone(struct tw_process *p, struct tw_task *t, u32 status)
{
	struct tw_op op;

	if (!tw_task_unlink(p, t))
		return;
	tw_op_begin(&op, &p->domain->core);
	tw_inc_gone(&op, &t->inc, status);
	tw_op_done(p->domain, &op);
	tw_inc_put(&t->inc);
}

/**
 * tw_enter() - what every call of an incarnation begins with
 * @p: the process
 * @who: set to the caller
 * @nonblock: do not wait for the start
 *
 * Return: 0; -EUSERS; before the start -ESRCH, -EAGAIN, or -ERESTARTSYS for a signal.
 */
int tw_enter(struct tw_process *p, struct tw_who *who, bool nonblock)
{
	int err;

	if (get_nr_threads(current) != 1)
		return -EUSERS;
	*who = tw_current();
	if (likely(READ_ONCE(p->domain->core.state) != TW_DOMAIN_NEW))
		return 0;
	err = tw_check_caller(&p->proc, who);
	if (err)
		return tw_error(p, err);
	return nonblock ? -EAGAIN : tw_domain_await_start(p->domain);
}

/**
 * tw_await() - a call cannot go on now
 * @p: the process
 * @wakes: tw_wakes() from before the core said so
 * @err: -EINPROGRESS: the caller is to be rolled back, or has left; 0: it waits for
 *	messages
 *
 * A wait can be interrupted, so that tasks can be stopped, traced and frozen. One
 * that has no end but that of the incarnation is always taken up again, so that
 * user space does not see it.
 *
 * Return: 0: look again; -ERESTARTSYS; with @err, -ERESTARTNOINTR.
 */
int tw_await(struct tw_process *p, u32 wakes, int err)
{
	if (!wait_event_interruptible(p->wait, tw_wakes(&p->proc) != wakes))
		return 0;
	return err ? -ERESTARTNOINTR : -ERESTARTSYS;
}

/**
 * tw_again() - must a send, an injection or a snapshot be tried again?
 * @p: the process
 * @wakes: tw_wakes() from before the core answered
 * @err: in, the answer: -EINPROGRESS and -ENOBUFS are to be waited for; out, why
 *	it was not
 * @nonblock: do not wait for memory: -EAGAIN
 *
 * Return: true: yes, now.
 */
bool tw_again(struct tw_process *p, u32 wakes, int *err, bool nonblock)
{
	switch (*err) {
	case -EINPROGRESS:
		*err = tw_await(p, wakes, *err);
		return !*err;
	case -ENOBUFS:
		*err = nonblock ? -EAGAIN : tw_await(p, wakes, 0);
		return !*err;
	default:
		return false;
	}
}

/*
 * The core does not know the caller as the running incarnation. One that was
 * rolled back a moment ago must not see that: its SIGKILL is on the way, and it
 * waits for it here.
 */
static int tw_stranger(struct tw_process *p)
{
	struct tw_task *t = tw_task_find(p, task_pid(current));
	struct tw_who who = tw_current();
	int err = -ESRCH;
	u64 coast_until;

	if (!t)
		return err;
	if (t->inc.who.exec == who.exec && tw_parked(&t->inc, &coast_until) == -ECANCELED) {
		wait_event_killable(t->wait, false);
		err = -EINTR;
	}
	tw_inc_put(&t->inc);
	return err;
}

/* What user space sees of an error of the core. */
int tw_error(struct tw_process *p, int err)
{
	switch (err) {
	case -ESRCH:
		return tw_stranger(p);
	case -EINPROGRESS:
		return -EINTR;
	default:
		return err;
	}
}

/**
 * tw_process_attach() - TW_ATTACH
 * @private: the endpoint
 * @call: struct tw_attach
 *
 * Return: 0, or an error as the UAPI says.
 */
int tw_process_attach(void *private, struct tw_call *call)
{
	struct tw_process *p = ((struct tw_endpoint *)private)->p;
	struct tw_attach *arg = call->arg;
	struct tw_task *t;
	int err;

	if (arg->flags)
		return -EINVAL;
	if (get_nr_threads(current) != 1)
		return -EUSERS;
	t = tw_task_alloc(p);
	if (!t)
		return -ENOMEM;
	tw_task_link(p, t);
	err = tw_attach(&p->proc, &t->inc, arg->token);
	if (err) {
		tw_task_unlink(p, t);
		tw_inc_put(&t->inc);
		tw_inc_put(&t->inc);
	}
	tw_inc_put(&t->inc);
	return err;
}

/**
 * tw_process_snapshot() - TW_SNAPSHOT
 * @private: the endpoint
 * @call: struct tw_snapshot
 *
 * Only who has the process's memory by fork knows the token: who was passed the
 * endpoint cannot take a snapshot's place.
 *
 * Return: 0, or an error as the UAPI says.
 */
int tw_process_snapshot(void *private, struct tw_call *call)
{
	struct tw_endpoint *e = private;
	struct tw_process *p = e->p;
	struct tw_snapshot *arg = call->arg;
	struct tw_announced out;
	struct tw_snap *s;
	struct tw_who who;
	struct tw_op op;
	u32 wakes;
	int err;

	if (arg->flags)
		return -EINVAL;
	err = tw_enter(p, &who, e->nonblock);
	if (err)
		return err;
	s = kzalloc(sizeof(*s), GFP_KERNEL_ACCOUNT);
	if (!s)
		return -ENOMEM;
	do {
		wakes = tw_wakes(&p->proc);
		tw_op_begin(&op, &p->domain->core);
		err = tw_snapshot(&op, &p->proc, &who, s, &out);
		tw_op_done(p->domain, &op);
	} while (tw_again(p, wakes, &err, e->nonblock));
	if (err)
		kfree(s);
	if (err < 0)
		return tw_error(p, err);
	arg->token = out.token ^ p->secret;
	arg->oldest = p->proc.in_place ? out.oldest : 0;
	arg->thinned = out.thinned;
	return tw_respond(call);
}

/**
 * tw_process_restore() - TW_RESTORE
 * @private: the endpoint
 * @call: struct tw_restore
 *
 * The caller is told first: if it could not be, it would still be stale.
 *
 * Return: 0, or an error as the UAPI says.
 */
int tw_process_restore(void *private, struct tw_call *call)
{
	struct tw_process *p = ((struct tw_endpoint *)private)->p;
	struct tw_restore *arg = call->arg;
	struct tw_restore_to to;
	struct tw_who who;
	int err;

	if (arg->flags)
		return -EINVAL;
	err = tw_enter(p, &who, true);
	if (err)
		return err;
	do {
		err = tw_restore(&p->proc, &who, &to);
		if (err)
			return tw_error(p, err);
		arg->token = to.token;
		arg->coast_until = to.coast_until;
		arg->resumes = to.resumes;
		err = tw_respond(call);
		if (!err)
			err = tw_restored(&p->proc, &who, &to);
	} while (err == -ESTALE);
	return err;
}

/**
 * tw_process_exit() - TW_EXIT
 * @private: the endpoint
 * @call: struct tw_exit
 *
 * Return: 0, or an error as the UAPI says.
 */
int tw_process_exit(void *private, struct tw_call *call)
{
	struct tw_endpoint *e = private;
	struct tw_process *p = e->p;
	struct tw_exit *arg = call->arg;
	struct tw_who who;
	struct tw_op op;
	u32 wakes;
	int err;

	if (arg->flags || arg->pad)
		return -EINVAL;
	err = tw_enter(p, &who, e->nonblock);
	if (err)
		return err;
	do {
		wakes = tw_wakes(&p->proc);
		tw_op_begin(&op, &p->domain->core);
		err = tw_leave(&op, &p->proc, &who, arg->status);
		tw_op_done(p->domain, &op);
	} while (err == -EINPROGRESS && !(err = tw_await(p, wakes, err)));
	return tw_error(p, err);
}

static bool tw_unparked(struct tw_task *t, struct tw_park *arg, int *parked)
{
	*parked = tw_parked(&t->inc, &arg->coast_until);
	return *parked <= 0;
}

static int tw_park_wait(struct tw_task *t, struct tw_park *arg)
{
	int parked;

	/* Killed while it waits, it is found dead by its flush. */
	if (wait_event_interruptible(t->wait, tw_unparked(t, arg, &parked)))
		return -ERESTARTNOINTR;
	t->parks = false;
	return parked;
}

static int tw_park_begin(struct tw_process *p, struct tw_task *t, u64 token)
{
	struct tw_op op;
	int err;

	t->parks = true;
	tw_task_link(p, t);
	tw_op_begin(&op, &p->domain->core);
	err = tw_park(&op, &p->proc, &t->inc, token ^ p->secret);
	tw_op_done(p->domain, &op);
	if (err) {
		tw_task_unlink(p, t);
		tw_inc_put(&t->inc);
		tw_inc_put(&t->inc);
	}
	return err;
}

/* The record of the caller if it parks already: a signal came, and it goes on. */
static struct tw_task *tw_park_again(struct tw_process *p)
{
	struct tw_task *t = tw_task_find(p, task_pid(current));

	if (!t || (t->parks && t->inc.who.exec == tw_current().exec))
		return t;
	tw_inc_put(&t->inc);
	return NULL;
}

/**
 * tw_process_park() - TW_PARK
 * @private: the endpoint
 * @call: struct tw_park
 *
 * Return: 0, or an error as the UAPI says.
 */
int tw_process_park(void *private, struct tw_call *call)
{
	struct tw_process *p = ((struct tw_endpoint *)private)->p;
	struct tw_park *arg = call->arg;
	struct tw_task *t;
	int err = 0;

	if (arg->flags)
		return -EINVAL;
	if (get_nr_threads(current) != 1)
		return -EUSERS;
	t = tw_park_again(p);
	if (!t) {
		t = tw_task_alloc(p);
		if (!t)
			return -ENOMEM;
		err = tw_park_begin(p, t, arg->token);
	}
	if (!err)
		err = tw_park_wait(t, arg);
	tw_inc_put(&t->inc);
	return err ?: tw_respond(call);
}

/* Does the task still run what it registered with? Caller: rcu_read_lock(). */
static bool tw_task_same(struct tw_task *t)
{
	struct task_struct *task = pid_task(t->pid, PIDTYPE_PID);

	return task && !task->exit_state && READ_ONCE(task->self_exec_id) == t->inc.who.exec;
}

bool tw_host_asleep(struct tw_inc *inc)
{
	struct task_struct *task;
	bool asleep;

	rcu_read_lock();
	task = pid_task(tw_inc_task(inc)->pid, PIDTYPE_PID);
	asleep = task && !task_is_running(task);
	rcu_read_unlock();
	return asleep;
}

bool tw_host_stopped(struct tw_inc *inc)
{
	struct task_struct *task;
	bool stopped;

	rcu_read_lock();
	task = pid_task(tw_inc_task(inc)->pid, PIDTYPE_PID);
	stopped = task && READ_ONCE(task->__state) & (__TASK_STOPPED | __TASK_TRACED);
	rcu_read_unlock();
	return stopped;
}

bool tw_host_dying(struct tw_inc *inc)
{
	struct task_struct *task;
	bool dying;

	rcu_read_lock();
	task = pid_task(tw_inc_task(inc)->pid, PIDTYPE_PID);
	dying = !task || READ_ONCE(task->signal->flags) & SIGNAL_GROUP_EXIT;
	rcu_read_unlock();
	return dying;
}

static void tw_task_kill(struct tw_task *t)
{
	bool same;

	rcu_read_lock();
	same = tw_task_same(t);
	rcu_read_unlock();
	if (same)
		kill_pid(t->pid, SIGKILL, 1);
	wake_up_all(&t->wait);
}

/**
 * tw_op_tasks() - do to tasks what an operation decided
 * @op: ended; its lists are empty afterwards
 */
void tw_op_tasks(struct tw_op *op)
{
	struct tw_inc *inc, *next;

	list_for_each_entry_safe(inc, next, &op->resumes, resume) {
		list_del(&inc->resume);
		wake_up_all(&tw_inc_task(inc)->wait);
		tw_inc_put(inc);
	}
	list_for_each_entry_safe(inc, next, &op->kills, kill) {
		list_del(&inc->kill);
		tw_task_kill(tw_inc_task(inc));
		tw_inc_put(inc);
		cond_resched();
	}
}

/*
 * Caller: the GVT thread. The domain fails here if the guardian had closed its
 * descriptor before, or passed it on; else its close has told.
 */
static void tw_guardian_gone(struct tw_process *p)
{
	struct tw_core *core = &p->domain->core;
	struct tw_op op;

	if (READ_ONCE(core->state) >= TW_DOMAIN_ENDED)
		return;
	tw_op_begin(&op, core);
	if (p->domain->flags & TW_DOMAIN_DROP)
		tw_drop(&op, &p->proc);
	else
		tw_core_fail(&op, TW_FAILURE_GUARDIAN, p->proc.id, READ_ONCE(core->gvt), 0);
	tw_op_done(p->domain, &op);
}

/* A descriptor of the endpoint is closed: by a task that exits or execs? */
int tw_process_flush(struct file *file, fl_owner_t id)
{
	struct tw_process *p = file->private_data;
	bool exits = current->flags & PF_EXITING;
	struct tw_task *t;

	if (!exits && !current->in_execve)
		return 0;
	/* It was another incarnation before each exec. */
	while ((t = tw_task_find(p, task_pid(current)))) {
		tw_task_gone(p, t, exits ? current->exit_code : 0);
		tw_inc_put(&t->inc);
	}
	return 0;
}

static struct tw_task *tw_task_find_dead(struct tw_process *p)
{
	struct tw_task *t;

	spin_lock(&p->tasks_lock);
	rcu_read_lock();
	list_for_each_entry(t, &p->tasks, link) {
		if (!tw_task_same(t)) {
			refcount_inc(&t->inc.refs);
			goto unlock;
		}
	}
	t = NULL;
unlock:
	rcu_read_unlock();
	spin_unlock(&p->tasks_lock);
	return t;
}

/* A zombie lives as long as other threads of it do. */
static bool tw_pid_alive(struct pid *pid)
{
	struct task_struct *task;
	bool alive;

	rcu_read_lock();
	task = pid_task(pid, PIDTYPE_PID);
	alive = task && !(task->exit_state && thread_group_empty(task));
	rcu_read_unlock();
	return alive;
}

/*
 * A child that would be the only snapshot, or the first incarnation of a process
 * that was created, was killed, or never forked.
 */
static bool tw_is_stuck(struct tw_process *p)
{
	return READ_ONCE(p->proc.needs_park) ||
		(p->proc.spawned && READ_ONCE(p->proc.state) == TW_PROCESS_NEW);
}

static void tw_stuck_check(struct tw_process *p)
{
	struct tw_op op;

	if (!tw_is_stuck(p) ||
	    READ_ONCE(p->domain->core.state) != TW_DOMAIN_RUNNING) {
		p->stuck_since = 0;
	} else if (!p->stuck_since) {
		p->stuck_since = jiffies ?: 1;
		p->ask_at = jiffies + TW_PARK_RETRY;
	} else if (time_after(jiffies, p->stuck_since +
			      msecs_to_jiffies(READ_ONCE(tw_park_ms)))) {
		tw_op_begin(&op, &p->domain->core);
		tw_core_fail(&op, TW_FAILURE_SNAPSHOT, p->proc.id,
			     READ_ONCE(p->domain->core.gvt), 0);
		tw_op_done(p->domain, &op);
	} else if (time_after(jiffies, p->ask_at)) {
		tw_ask_again(&p->proc);
		p->ask_at = jiffies + TW_PARK_RETRY;
	}
}

/**
 * tw_tasks_check() - find what no call and no flush tells
 * @p: the process
 *
 * A task that is there but not the same has exec'ed, as if it had exited. How
 * another one ended is not known any more: it counts as killed.
 */
void tw_tasks_check(struct tw_process *p)
{
	struct tw_task *t;

	while ((t = tw_task_find_dead(p))) {
		tw_task_gone(p, t, tw_pid_alive(t->pid) ? 0 : SIGKILL);
		tw_inc_put(&t->inc);
	}
	if (!tw_pid_alive(p->guardian))
		tw_guardian_gone(p);
	tw_stuck_check(p);
}

/* The domain goes: so do the records of tasks that were never seen to die. */
void tw_tasks_forget(struct tw_process *p)
{
	struct tw_task *t, *next;

	list_for_each_entry_safe(t, next, &p->tasks, link) {
		list_del_init(&t->link);
		tw_inc_put(&t->inc);
	}
	if (p->proc.running)
		tw_inc_put(p->proc.running);
}

static pid_t tw_inc_pid(struct tw_process *p, struct tw_inc *const *place)
{
	pid_t pid = 0;

	spin_lock(&p->proc.lock);
	if (*place)
		pid = pid_vnr(tw_inc_task(*place)->pid);
	spin_unlock(&p->proc.lock);
	return pid;
}

/* In the caller's pid namespace; 0: there is none. */
pid_t tw_running_pid(struct tw_process *p)
{
	return tw_inc_pid(p, &p->proc.running);
}

/* Likewise, of the last one that left by itself. */
pid_t tw_exited_pid(struct tw_process *p)
{
	return tw_inc_pid(p, &p->proc.exited);
}
