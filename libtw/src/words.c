// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "sys.h"
#include "words.h"

/* Shared memory for so many processes at a time: a map each would be too many. */
#define CHUNK 64

struct tw_words_chunk {
	struct tw_words_chunk *next;
	struct tw_words *words;
	uint32_t used;
};

static struct tw_words *mine;

static const size_t chunk_bytes = CHUNK * sizeof(struct tw_words);

/* Processes that are still to come inherit the newest chunk only. */
static struct tw_words_chunk *chunk_new(struct tw_domain *d)
{
	struct tw_words_chunk *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->words = mmap(NULL, chunk_bytes, PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (c->words == MAP_FAILED) {
		free(c);
		return NULL;
	}
	if (d->words)
		madvise(d->words->words, chunk_bytes, MADV_DONTFORK);
	c->next = d->words;
	d->words = c;
	return c;
}

struct tw_words *tw_words_new(struct tw_domain *d, uint64_t process)
{
	struct tw_words_chunk *c = d->words;

	if (!c || c->used == CHUNK)
		c = chunk_new(d);
	if (!c)
		return NULL;
	c->words[c->used].process = process;
	return &c->words[c->used++];
}

void tw_words_free(struct tw_domain *d)
{
	while (d->words) {
		struct tw_words_chunk *c = d->words;

		d->words = c->next;
		munmap(c->words, chunk_bytes);
		free(c);
	}
}

const char *tw_words_said(const struct tw_words *w, pid_t pid)
{
	for (unsigned int i = 0; i < TW_WORDS_TASKS; i++)
		if (w->said[i].pid == pid)
			return w->said[i].text;
	return NULL;
}

const struct tw_words *tw_words_find(const struct tw_domain *d,
				     uint64_t process, pid_t pid)
{
	for (const struct tw_words_chunk *c = d->words; c; c = c->next)
		for (uint32_t i = 0; i < c->used; i++) {
			const struct tw_words *w = &c->words[i];

			if (TW_ID_SPAWNED(process) ? !!tw_words_said(w, pid) :
						     w->process == process)
				return w;
		}
	return NULL;
}

void tw_words_begin(struct tw_words *words, bool strict)
{
	mine = words;
	mine->strict = strict;
}

void tw_vlast_words(const char *fmt, va_list ap)
{
	char text[TW_WORDS_LEN];
	uint32_t i;

	vsnprintf(text, sizeof(text), fmt, ap);
	if (!mine) {
		/* One write, so that what several programs say does not mix. */
		dprintf(STDERR_FILENO, "libtw: %s\n", text);
		return;
	}
	i = __atomic_fetch_add(&mine->turn, 1, __ATOMIC_RELAXED) %
	    TW_WORDS_TASKS;
	memcpy(mine->said[i].text, text, sizeof(text));
	__atomic_store_n(&mine->said[i].pid, getpid(), __ATOMIC_RELEASE);
}

void tw_last_words(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	tw_vlast_words(fmt, ap);
	va_end(ap);
}

void tw_no_words(void)
{
	for (unsigned int i = 0; mine && i < TW_WORDS_TASKS; i++)
		if (mine->said[i].pid == getpid())
			__atomic_store_n(&mine->said[i].pid, 0,
					 __ATOMIC_RELEASE);
}
