/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TW_USER_H
#define TW_USER_H

#include <linux/types.h>

/* What is limited for each user, beside memory, which its cgroup limits. */
enum tw_limit {
	TW_LIMIT_DOMAINS,	/* each may have a kernel thread */
	TW_LIMIT_ENDPOINTS,	/* processes, sinks and ports live as long as their domain */
	TW_LIMIT_MEMFDS,	/* messages that keep a file open */
	TW_LIMITS
};

struct tw_user;

struct tw_user *tw_user_charge(enum tw_limit limit);
void tw_user_uncharge(struct tw_user *u, enum tw_limit limit);
u64 tw_user_spend(struct tw_user *u, u64 ns);

#endif /* TW_USER_H */
