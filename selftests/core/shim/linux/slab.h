/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LINUX_SLAB_H
#define _LINUX_SLAB_H

#include <linux/types.h>
#include <linux/overflow.h>

#define GFP_KERNEL_ACCOUNT GFP_KERNEL
#define __GFP_NOWARN 0

void *kmalloc(size_t size, gfp_t gfp);
void *krealloc_array(void *p, size_t n, size_t size, gfp_t gfp);
void kfree(const void *p);

#define SLAB_HWCACHE_ALIGN 0
#define SLAB_ACCOUNT 0

struct kmem_cache {
	size_t size;
};

struct kmem_cache *kmem_cache_create_usercopy(const char *name, size_t size,
					      size_t align, unsigned int flags,
					      size_t useroffset,
					      size_t usersize,
					      void (*ctor)(void *));
void kmem_cache_destroy(struct kmem_cache *c);
void *kmem_cache_alloc(struct kmem_cache *c, gfp_t gfp);
void kmem_cache_free(struct kmem_cache *c, void *p);

#endif /* _LINUX_SLAB_H */
