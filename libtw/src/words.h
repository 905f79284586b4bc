/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Last words: what a process has to say when it fails.
 *
 * It may fail in a wrong future, and then nobody must hear of it. So it leaves
 * its words in memory that it shares with the guardian, and the guardian passes
 * them on when the failure is true. Words are of a task: one that is killed may
 * run on for a moment, beside its successor.
 */
#ifndef TW_WORDS_H
#define TW_WORDS_H

#include <stdarg.h>

#include "domain.h"

#define TW_WORDS_LEN 228u
#define TW_WORDS_TASKS 2u

/**
 * struct tw_words - of one process
 * @process: its id
 * @strict: it is in strict mode
 * @turn: counts the tasks that have spoken
 * @said: by the last of them
 */
struct tw_words {
	uint64_t process;
	uint32_t strict;
	uint32_t turn;
	struct {
		int32_t pid;
		char text[TW_WORDS_LEN];
	} said[TW_WORDS_TASKS];
};

/* In the guardian: room for a process, in the domain. NULL: no memory. */
struct tw_words *tw_words_new(struct tw_domain *d, uint64_t process);
void tw_words_free(struct tw_domain *d);

/*
 * What is there of a process; NULL: it was spawned by somebody else. One that was
 * created by a process has its words among those of that one.
 */
const struct tw_words *tw_words_find(const struct tw_domain *d,
				     uint64_t process, pid_t pid);
/* What one of its tasks has said last; NULL: nothing. */
const char *tw_words_said(const struct tw_words *w, pid_t pid);

/* In the process: where its words go from now on. */
void tw_words_begin(struct tw_words *words, bool strict);

/* What it has said was of a wrong future, which it has left in place. */
void tw_no_words(void);

/*
 * Why this process is about to end. To stderr at once where no failure can be
 * undone, that is without a tw_words_begin().
 */
void tw_last_words(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void tw_vlast_words(const char *fmt, va_list ap)
	__attribute__((format(printf, 1, 0)));

#endif /* TW_WORDS_H */
