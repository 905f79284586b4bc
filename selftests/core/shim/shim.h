/* SPDX-License-Identifier: GPL-2.0 */
/* What the stand-ins for the kernel share with the tests. */
#ifndef SHIM_H
#define SHIM_H

#include <stdbool.h>
#include <stddef.h>

/* A broken invariant: says what, and ends the program. */
void shim_bug(const char *fmt, ...)
	__attribute__((noreturn, format(printf, 1, 2)));

/* Called at each barrier: by the core with a lock held, and by the tests. */
void shim_between(void);

/* Objects that kmalloc() gave out and kfree() has not got back. */
long shim_allocated(void);

/*
 * Make allocations fail: the nth from now on (1: the next), or none with 0.
 * Returns how many there were since the last call.
 */
long shim_fail_nth(long n);

#endif /* SHIM_H */
