// SPDX-License-Identifier: GPL-2.0
/*
 * Names of domains. Each IPC namespace has its own, as it has its own message
 * queues; owner and mode say who may open what, by the rules of ipc(7).
 */
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/err.h>
#include <linux/ipc_namespace.h>
#include <linux/mutex.h>
#include <linux/nsproxy.h>
#include <linux/proc_ns.h>
#include <linux/sched.h>
#include <linux/string.h>

#include "domain.h"

static LIST_HEAD(tw_names);
static DEFINE_MUTEX(tw_names_lock);	/* taken before no other lock */

/* put_ipc_ns() is not for modules; what it does is reached by the namespace. */
static void tw_ipc_put(struct ipc_namespace *ipc)
{
	if (ipc->ns.ops)
		ipc->ns.ops->put(&ipc->ns);
}

static struct tw_domain *tw_name_find_locked(const struct ipc_namespace *ipc, const char *name)
{
	struct tw_domain *d;

	lockdep_assert_held(&tw_names_lock);
	list_for_each_entry(d, &tw_names, published.link)
		if (d->published.ipc == ipc && !strcmp(d->name, name))
			return d;
	return NULL;
}

/**
 * tw_name_publish() - let others open a domain by its name
 * @d: not published; the caller owns it
 * @mode: permission bits
 *
 * May sleep.
 *
 * Return: 0 or -EEXIST.
 */
int tw_name_publish(struct tw_domain *d, u32 mode)
{
	struct ipc_namespace *ipc = current->nsproxy->ipc_ns;
	struct tw_name *n = &d->published;
	int err = 0;

	mutex_lock(&tw_names_lock);
	if (tw_name_find_locked(ipc, d->name)) {
		err = -EEXIST;
	} else {
		n->ipc = get_ipc_ns(ipc);
		current_euid_egid(&n->uid, &n->gid);
		n->mode = mode;
		list_add(&n->link, &tw_names);
	}
	mutex_unlock(&tw_names_lock);
	return err;
}

/**
 * tw_name_withdraw() - nobody can open a domain any more
 * @d: the domain, published or not
 *
 * May sleep.
 */
void tw_name_withdraw(struct tw_domain *d)
{
	if (!d->published.ipc)
		return;
	mutex_lock(&tw_names_lock);
	list_del(&d->published.link);
	mutex_unlock(&tw_names_lock);
	tw_ipc_put(d->published.ipc);
}

/* As ipcperms() decides; @want: TW_OPEN_*, which are bits of one digit of a mode. */
static bool tw_name_permits(const struct tw_name *n, u32 want)
{
	u32 granted = n->mode;

	if (uid_eq(current_euid(), n->uid))
		granted >>= 6;
	else if (in_group_p(n->gid))
		granted >>= 3;
	return !(want & ~granted) || ns_capable(n->ipc->user_ns, CAP_IPC_OWNER);
}

static struct tw_domain *tw_name_lookup(const char *name, u32 want)
{
	struct tw_domain *d;

	mutex_lock(&tw_names_lock);
	d = tw_name_find_locked(current->nsproxy->ipc_ns, name);
	if (!d)
		d = ERR_PTR(-ENOENT);
	else if (!tw_name_permits(&d->published, want))
		d = ERR_PTR(-EACCES);
	else
		tw_domain_get(d);
	mutex_unlock(&tw_names_lock);
	return d;
}

/**
 * tw_domain_open() - TW_DOMAIN_OPEN
 * @private: not used
 * @call: struct tw_domain_open
 *
 * Return: 0, or an error as the UAPI says.
 */
int tw_domain_open(void *private, struct tw_call *call)
{
	struct tw_domain_open *arg = call->arg;
	struct tw_domain *d;
	struct file *file;
	int err;

	if (!arg->flags || arg->flags & ~(TW_OPEN_READ | TW_OPEN_WRITE) || arg->pad ||
	    tw_check_name(arg->name))
		return -EINVAL;
	d = tw_name_lookup(arg->name, arg->flags);
	if (IS_ERR(d))
		return PTR_ERR(d);
	file = tw_domain_file(d, arg->flags, &arg->fd);
	if (IS_ERR(file)) {
		tw_domain_put(d);
		return PTR_ERR(file);
	}
	err = tw_respond(call);
	tw_file_publish(arg->fd, file, err);
	return err;
}
