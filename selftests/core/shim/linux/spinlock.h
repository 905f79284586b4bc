/* SPDX-License-Identifier: GPL-2.0 */
#ifndef __LINUX_SPINLOCK_H
#define __LINUX_SPINLOCK_H

#include <assert.h>
#include <pthread.h>

typedef struct {
	pthread_mutex_t mutex;
} spinlock_t;

/* How many the thread holds: process locks are leaves, so at most one. */
extern __thread int shim_locks_held;

static inline void spin_lock_init(spinlock_t *lock)
{
	pthread_mutex_init(&lock->mutex, NULL);
}

static inline void spin_lock(spinlock_t *lock)
{
	pthread_mutex_lock(&lock->mutex);
	shim_locks_held++;
}

static inline void spin_unlock(spinlock_t *lock)
{
	shim_locks_held--;
	pthread_mutex_unlock(&lock->mutex);
}

#endif /* __LINUX_SPINLOCK_H */
