/* SPDX-License-Identifier: GPL-2.0 */
/* Readers walk while one thread at a time adds at the end or takes out. */
#ifndef _LINUX_RCULIST_H
#define _LINUX_RCULIST_H

#include <linux/list.h>

static inline void list_add_tail_rcu(struct list_head *entry,
				     struct list_head *head)
{
	struct list_head *last = head->prev;

	entry->next = head;
	entry->prev = last;
	__atomic_store_n(&last->next, entry, __ATOMIC_RELEASE);
	head->prev = entry;
}

/* Who is at the entry still finds the way on. */
static inline void list_del_rcu(struct list_head *entry)
{
	entry->next->prev = entry->prev;
	__atomic_store_n(&entry->prev->next, entry->next, __ATOMIC_RELEASE);
	entry->prev = NULL;
}

#define list_next_or_null_rcu(head, ptr, type, member)                     \
	({                                                                 \
		struct list_head *next_ =                                  \
			__atomic_load_n(&(ptr)->next, __ATOMIC_ACQUIRE);   \
                                                                           \
		next_ != (head) ? container_of(next_, type, member) : NULL; \
	})

#endif /* _LINUX_RCULIST_H */
