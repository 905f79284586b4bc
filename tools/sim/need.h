/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SIM_NEED_H
#define SIM_NEED_H

#include <stddef.h>

/*
 * Zeroed memory for n elements, free() it; never NULL, also for none. Running
 * out of memory ends the program with a message.
 */
void *need(size_t n, size_t size);

/* The message and the end. */
void no_memory(void) __attribute__((noreturn));

#endif
