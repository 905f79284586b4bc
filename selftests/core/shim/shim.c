// SPDX-License-Identifier: GPL-2.0
/* Memory of the kernel, counted, and made to fail on demand. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <linux/atomic.h>
#include <linux/slab.h>

#include "core.h"
#include "shim.h"

static long allocated;
static long attempts;
static long fail_at;

__thread int shim_locks_held;

long shim_allocated(void)
{
	return __atomic_load_n(&allocated, __ATOMIC_RELAXED);
}

long shim_fail_nth(long n)
{
	long since = __atomic_exchange_n(&attempts, 0, __ATOMIC_RELAXED);

	__atomic_store_n(&fail_at, n, __ATOMIC_RELAXED);
	return since;
}

static bool fails(void)
{
	long n = __atomic_add_fetch(&attempts, 1, __ATOMIC_RELAXED);

	return n == __atomic_load_n(&fail_at, __ATOMIC_RELAXED);
}

void *kmalloc(size_t size, gfp_t gfp)
{
	void *p;

	(void)gfp;
	if (shim_locks_held)
		shim_bug("an allocation under a spinlock");
	p = fails() ? NULL : malloc(size);
	if (p)
		__atomic_fetch_add(&allocated, 1, __ATOMIC_RELAXED);
	return p;
}

void *krealloc_array(void *old, size_t n, size_t size, gfp_t gfp)
{
	if (!old)
		return kmalloc(n * size, gfp);
	return fails() ? NULL : reallocarray(old, n, size);
}

void kfree(const void *p)
{
	if (!p)
		return;
	__atomic_fetch_sub(&allocated, 1, __ATOMIC_RELAXED);
	free((void *)p);
}

/* Not counted: it is there before the first test and after the last. */
struct kmem_cache *kmem_cache_create_usercopy(const char *name, size_t size,
					      size_t align, unsigned int flags,
					      size_t useroffset,
					      size_t usersize,
					      void (*ctor)(void *))
{
	struct kmem_cache *c = malloc(sizeof(*c));

	(void)name;
	(void)align;
	(void)flags;
	(void)useroffset;
	(void)usersize;
	(void)ctor;
	if (c)
		c->size = size;
	return c;
}

void kmem_cache_destroy(struct kmem_cache *c)
{
	free(c);
}

void *kmem_cache_alloc(struct kmem_cache *c, gfp_t gfp)
{
	return kmalloc(c->size, gfp);
}

void kmem_cache_free(struct kmem_cache *c, void *p)
{
	(void)c;
	kfree(p);
}

static void __attribute__((constructor)) shim_begin(void)
{
	if (tw_message_init())
		abort();
}

static void __attribute__((destructor)) shim_end(void)
{
	tw_message_exit();
}
