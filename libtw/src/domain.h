/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
#ifndef TW_DOMAIN_H
#define TW_DOMAIN_H

#include <poll.h>

#include "lib.h"

/**
 * struct tw_shared - what guardian and processes share
 * @out: id of the standard output sink, 0: none
 * @started: set before the start pipe is closed
 *
 * Written before the start and constant afterwards: it is not state.
 */
struct tw_shared {
	uint64_t out;
	uint32_t started;
};

struct tw_sink {
	struct tw_sink *next;
	uint64_t id;
	int fd;
};

struct tw_port {
	struct tw_port *next;
	uint64_t id;
	int fd; /* -1: closed */
};

/**
 * struct tw_domain - the guardian's view
 * @next: in the list of all domains of this program
 * @fd: the domain
 * @opened: by its name: another program starts it
 * @start_rd: processes wait for its end of file
 * @start_wr: closed by the start, or by the guardian's death
 * @page: numbers that the kernel keeps up to date; not inherited by processes
 * @shared: what processes do inherit
 * @group: process group of the incarnations, 0: none yet
 * @sinks: all sinks
 * @ports: all ports
 * @out: the standard output sink, or NULL
 * @polls: the domain, then each sink in the order of creation, for poll(2)
 * @polls_len: how many
 * @words: room for the last words of its processes
 */
struct tw_domain {
	struct tw_domain *next;
	int fd;
	bool opened;
	int start_rd;
	int start_wr;
	const struct tw_domain_page *page;
	struct tw_shared *shared;
	pid_t group;
	struct tw_sink *sinks;
	struct tw_port *ports;
	struct tw_sink *out;
	struct pollfd *polls;
	unsigned int polls_len;
	struct tw_words_chunk *words;
};

uint32_t tw_domain_state(const struct tw_domain *d);

/* Start without a standard output sink. */
int tw_domain_start_bare(struct tw_domain *d);

/* In a process: close all that belongs to guardians. */
void tw_domain_leave_all(void);

/* Collect what incarnations have died; with wait, until none is left. */
void tw_domain_reap(struct tw_domain *d, bool wait);

/* As tw_spawn(); @state is one of TW_STATE_* of the kernel's interface. */
int tw_spawn_state(struct tw_domain *d, const struct tw_process_attr *attr,
		   uint32_t state, tw_main_fn fn, void *arg, uint64_t *id);

int tw_name_copy(char *to, const char *name);

#endif /* TW_DOMAIN_H */
