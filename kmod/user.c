// SPDX-License-Identifier: GPL-2.0
/*
 * Limits for each user, which the administrator sets as parameters of the
 * module. CAP_SYS_RESOURCE overrides them.
 */
#include <linux/atomic.h>
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/err.h>
#include <linux/ktime.h>
#include <linux/list.h>
#include <linux/math64.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/uidgid.h>
#include <linux/user_namespace.h>

#include "user.h"

/* One that has something, or is about to. */
struct tw_user {
	struct list_head link;		/* tw_users_lock */
	u64 refs;			/* tw_users_lock */
	kuid_t uid;			/* constant */
	atomic_t used[TW_LIMITS];
	atomic64_t spent_until;		/* ktime_get_ns() when it is made up for */
};

/* What was not spent for so long may be spent at once. */
#define TW_CREDIT_NS	(100 * NSEC_PER_MSEC)

static LIST_HEAD(tw_users);
static DEFINE_SPINLOCK(tw_users_lock);	/* taken before no other lock */

static unsigned int tw_limits[TW_LIMITS] = {
	[TW_LIMIT_DOMAINS] = 128,
	[TW_LIMIT_ENDPOINTS] = 131072,
	[TW_LIMIT_MEMFDS] = 4096,
};

module_param_named(domains_per_user, tw_limits[TW_LIMIT_DOMAINS], uint, 0644);
MODULE_PARM_DESC(domains_per_user, "domains that a user may have");
module_param_named(endpoints_per_user, tw_limits[TW_LIMIT_ENDPOINTS], uint, 0644);
MODULE_PARM_DESC(endpoints_per_user, "processes, sinks and ports that a user may have");
module_param_named(memfds_per_user, tw_limits[TW_LIMIT_MEMFDS], uint, 0644);
MODULE_PARM_DESC(memfds_per_user, "messages with a memfd that a user may have sent");

static unsigned int tw_gvt_percent = 100;
module_param_named(gvt_percent_per_user, tw_gvt_percent, uint, 0644);
MODULE_PARM_DESC(gvt_percent_per_user, "part of a processor that a user's GVT threads may take");

/*
 * Who pays. Who made a user namespace can have as many users there as it likes:
 * they count as that one user.
 */
static kuid_t tw_user_current(void)
{
	struct user_namespace *ns;
	kuid_t uid = current_uid();

	for (ns = current_user_ns(); ns != &init_user_ns; ns = ns->parent)
		if (!uid_eq(ns->owner, GLOBAL_ROOT_UID))
			uid = ns->owner;
	return uid;
}

static struct tw_user *tw_user_find_locked(kuid_t uid)
{
	struct tw_user *u;

	list_for_each_entry(u, &tw_users, link)
		if (uid_eq(u->uid, uid))
			return u;
	return NULL;
}

/* May sleep. Return: the account of the caller, to be put, or -ENOMEM. */
static struct tw_user *tw_user_get(void)
{
	struct tw_user *new = kzalloc(sizeof(*new), GFP_KERNEL_ACCOUNT), *u;

	if (!new)
		return ERR_PTR(-ENOMEM);
	new->uid = tw_user_current();
	new->refs = 1;
	atomic64_set(&new->spent_until, ktime_get_ns());
	spin_lock(&tw_users_lock);
	u = tw_user_find_locked(new->uid);
	if (u)
		u->refs++;
	else
		list_add(&new->link, &tw_users);
	spin_unlock(&tw_users_lock);
	if (!u)
		return new;
	kfree(new);
	return u;
}

static void tw_user_put(struct tw_user *u)
{
	bool last;

	spin_lock(&tw_users_lock);
	last = !--u->refs;
	if (last)
		list_del(&u->link);
	spin_unlock(&tw_users_lock);
	if (last)
		kfree(u);
}

/**
 * tw_user_charge() - the caller gets one more
 * @limit: of what
 *
 * May sleep.
 *
 * Return: who pays, to be given to tw_user_uncharge(); -EDQUOT or
 * -ENOMEM.
 */
struct tw_user *tw_user_charge(enum tw_limit limit)
{
	struct tw_user *u = tw_user_get();
	unsigned int used;

	if (IS_ERR(u))
		return u;
	used = atomic_inc_return(&u->used[limit]);
	if (likely(used <= READ_ONCE(tw_limits[limit])) || capable(CAP_SYS_RESOURCE))
		return u;
	tw_user_uncharge(u, limit);
	return ERR_PTR(-EDQUOT);
}

/**
 * tw_user_uncharge() - one less
 * @u: who pays
 * @limit: of what
 *
 * Any context but interrupts.
 */
void tw_user_uncharge(struct tw_user *u, enum tw_limit limit)
{
	atomic_dec(&u->used[limit]);
	tw_user_put(u);
}

/**
 * tw_user_spend() - kernel threads have worked for a user
 * @u: who pays
 * @ns: so long
 *
 * What all of them spend is kept to a part of a processor by a clock of the user's,
 * which each advances by what it has spent, and may not be ahead of: the generic
 * cell rate algorithm (ITU-T I.371).
 *
 * Return: ns for which the caller has to rest.
 */
u64 tw_user_spend(struct tw_user *u, u64 ns)
{
	u64 cost = div_u64(ns * 100, max(READ_ONCE(tw_gvt_percent), 1U));
	s64 now = ktime_get_ns(), old = atomic64_read(&u->spent_until), until;

	do {
		until = max_t(s64, old, now - TW_CREDIT_NS) + cost;
	} while (!atomic64_try_cmpxchg(&u->spent_until, &old, until));
	return max_t(s64, until - now, 0);
}
