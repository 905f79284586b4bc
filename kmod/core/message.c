// SPDX-License-Identifier: GPL-2.0
/* Messages: one allocation is the message and its antimessage. */
#include <linux/build_bug.h>
#include <linux/err.h>
#include <linux/minmax.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "internal.h"

static_assert(offsetof(struct tw_message, payload) <= TW_MEMORY_HEADER, "a message grew");

static struct kmem_cache *tw_message_cache;

/*
 * A cache with a constructor is not cleared at each allocation; there is nothing
 * to construct. Header and payload are written in full before anybody reads.
 */
static void tw_message_construct(void *unused)
{
}

/**
 * tw_message_init() - before the first message of any domain
 *
 * Return: 0 or -ENOMEM.
 */
int tw_message_init(void)
{
	const unsigned int payload = offsetof(struct tw_message, payload);

	tw_message_cache = kmem_cache_create_usercopy("timewarp_message", TW_MESSAGE_SMALL, 0,
						      SLAB_HWCACHE_ALIGN | SLAB_ACCOUNT,
						      payload, TW_MESSAGE_SMALL - payload,
						      tw_message_construct);
	return tw_message_cache ? 0 : -ENOMEM;
}

/**
 * tw_message_exit() - after the last message of any domain
 */
void tw_message_exit(void)
{
	kmem_cache_destroy(tw_message_cache);
}

static bool tw_message_is_small(u32 len)
{
	return len <= TW_MESSAGE_SMALL - offsetof(struct tw_message, payload);
}

/**
 * tw_message_size() - what a message counts as
 * @len: bytes of payload
 *
 * Return: bytes of memory.
 */
u32 tw_message_size(u32 len)
{
	return max_t(u32, TW_MEMORY_MESSAGE, TW_MEMORY_HEADER + len);
}

/**
 * tw_message_alloc() - a message that is in no queue
 * @len: bytes of payload, left uninitialised
 * @gfp: how to allocate
 *
 * It has two references, for the two queues that it will be in.
 *
 * Return: the message, or NULL.
 */
struct tw_message *tw_message_alloc(u32 len, gfp_t gfp)
{
	struct tw_message *m = tw_message_is_small(len) ?
		kmem_cache_alloc(tw_message_cache, gfp) :
		kmalloc(struct_size(m, payload, len), gfp);

	if (!m)
		return NULL;
	m->len = len;
	m->cancellation = TW_CANCEL_DEFAULT;
	m->outside = false;
	m->spawn = false;
	m->receiver = NULL;
	m->state = TW_MSG_NEW;
	m->delivery = 0;
	refcount_set(&m->refs, 2);
	return m;
}

/**
 * tw_spawn_alloc() - a message that creates its receiver
 * @fresh: from tw_proc_init_spawned(); the receiver, if its id has none yet
 * @attr: what the creator decides about it
 * @gfp: how to allocate
 *
 * Return: the message, or NULL.
 */
struct tw_message *tw_spawn_alloc(struct tw_proc *fresh, const struct tw_spawn_attr *attr,
				  gfp_t gfp)
{
	struct tw_message *m = tw_message_alloc(sizeof(*attr), gfp);

	if (!m)
		return NULL;
	memcpy(m->payload, attr, sizeof(*attr));
	memset(&m->key, 0, sizeof(m->key));
	m->spawn = true;
	m->cancellation = TW_CANCEL_AGGRESSIVE;
	m->receiver = fresh;
	return m;
}

/**
 * tw_message_free() - free a message that was put into no queue
 * @m: from tw_message_alloc()
 *
 * Its reference to the receiver goes with it.
 */
void tw_message_free(struct tw_message *m)
{
	if (unlikely(m->outside))
		tw_host_release(m);
	if (m->receiver)
		tw_proc_put(m->receiver);
	if (tw_message_is_small(m->len))
		kmem_cache_free(tw_message_cache, m);
	else
		kfree(m);
}

/* Drop a reference. Returns the bytes to be taken off the budget. */
static u32 tw_message_drop(struct tw_message *m)
{
	u32 size = tw_message_size(m->len);

	if (!refcount_dec_and_test(&m->refs))
		return 0;
	tw_message_free(m);
	return size;
}

/**
 * tw_message_put() - drop a reference, and the charge with the last one
 * @m: was sent; its domain lives
 */
void tw_message_put(struct tw_message *m)
{
	struct tw_core *core = m->receiver->core;

	tw_memory_uncharge(core, tw_message_drop(m));
}

/* The same in an operation, at whose end all charges are dropped at once. */
void tw_op_put(struct tw_op *op, struct tw_message *m)
{
	op->freed += tw_message_drop(m);
}
