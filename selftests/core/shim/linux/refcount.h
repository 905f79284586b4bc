/* SPDX-License-Identifier: GPL-2.0 */
/* A reference to what is gone, or one too many put, ends the test. */
#ifndef _LINUX_REFCOUNT_H
#define _LINUX_REFCOUNT_H

#include <linux/atomic.h>

#include "shim.h"

typedef struct {
	atomic_t refs;
} refcount_t;

static inline void refcount_set(refcount_t *r, int n)
{
	atomic_set(&r->refs, n);
}

static inline unsigned int refcount_read(const refcount_t *r)
{
	return atomic_read(&r->refs);
}

static inline void refcount_inc(refcount_t *r)
{
	if (__atomic_fetch_add(&r->refs.counter, 1, __ATOMIC_RELAXED) <= 0)
		shim_bug("refcount_inc() on 0");
}

static inline bool refcount_dec_and_test(refcount_t *r)
{
	int left = __atomic_sub_fetch(&r->refs.counter, 1, __ATOMIC_ACQ_REL);

	if (left < 0)
		shim_bug("refcount_dec_and_test() on 0");
	return left == 0;
}

static inline void refcount_dec(refcount_t *r)
{
	if (refcount_dec_and_test(r))
		shim_bug("refcount_dec() to 0");
}

static inline bool refcount_dec_if_one(refcount_t *r)
{
	int one = 1;

	return __atomic_compare_exchange_n(&r->refs.counter, &one, 0, false,
					   __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
}

#endif /* _LINUX_REFCOUNT_H */
