/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * What every file of the library shares. All names are hidden but those that
 * timewarp.h declares.
 */
#ifndef TW_LIB_H
#define TW_LIB_H

#include <stdbool.h>

#pragma GCC visibility push(default)
#include <timewarp.h>
#pragma GCC visibility pop

#define tw_likely(x) __builtin_expect(!!(x), 1)
#define tw_unlikely(x) __builtin_expect(!!(x), 0)

#define TW_DEVICE "/dev/timewarp"

/* The 64-bit word that orders what has one time: priority, then sender. */
#define TW_WORD_SHIFT 48
#define TW_PRIORITY_MAX 0xffffu
#define TW_OBJECTS_MAX ((uint64_t)1 << TW_WORD_SHIFT)

static inline uint64_t tw_word(uint32_t priority, uint64_t from)
{
	return (uint64_t)priority << TW_WORD_SHIFT | from;
}

static inline uint32_t tw_word_priority(uint64_t word)
{
	return word >> TW_WORD_SHIFT;
}

static inline uint64_t tw_word_from(uint64_t word)
{
	return word & (TW_OBJECTS_MAX - 1);
}

/* TW_SEND_* for one of TW_CANCEL_*. */
static inline uint32_t tw_send_flags(uint32_t cancellation)
{
	switch (cancellation) {
	case TW_CANCEL_AGGRESSIVE:
		return TW_SEND_AGGRESSIVE;
	case TW_CANCEL_LAZY:
		return TW_SEND_LAZY;
	default:
		return 0;
	}
}

#endif /* TW_LIB_H */
