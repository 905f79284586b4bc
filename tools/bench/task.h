/* SPDX-License-Identifier: GPL-2.0 */
/* Tasks that measure, and tasks that help them, without any virtual time. */
#ifndef BENCH_TASK_H
#define BENCH_TASK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "tw/clock.h"

#define NS_PER_S UINT64_C(1000000000)
#define MIB (UINT64_C(1) << 20)

void pause_us(unsigned int us);

/* Print "tw-bench: ..." and leave with 1. */
void die(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));
/* die() with the error that errno, or a negative errno, names. */
void check(long ret, const char *what);

/* Zeroed, and shared with the children. */
void *shared_alloc(size_t size);

/*
 * A helper: a child that runs a function each time it is asked to. It has to be
 * made before the device is opened, so that it is an ordinary process.
 */
struct helper {
	void *arg;
	pid_t pid;
	int ask, answer; /* ends of pipes */
};

void helper_start(struct helper *h, void (*fn)(void *arg), void *arg);
void helper_ask(struct helper *h);
void helper_await(struct helper *h);
void helper_stop(struct helper *h);

/* State of a task: memory of ordinary pages, each of them written. */
struct memory {
	unsigned char *at;
	size_t size;
	bool huge;
};

void memory_map(struct memory *m, size_t size, bool huge);
void memory_touch(struct memory *m);

/* fork, exit of the child, wait for it. */
uint64_t fork_exit_wait(void);

#endif
