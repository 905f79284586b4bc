// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * The sequential engine: one process, no kernel module. It is the oracle that
 * the other engine is compared with, byte by byte, and the baseline that it is
 * measured against.
 *
 * A sink orders the records of one time by priority and object, while objects
 * write them in the order of the events that they handle. So the records of
 * the present time are kept and sorted when time moves on.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "engine.h"
#include "object.h"

#define PROGRESS_EVENTS (1u << 14) /* between two looks at the clock */

struct record {
	uint64_t word;
	size_t number; /* among the writes of this time */
	size_t offset; /* of its bytes */
	uint32_t len;
	uint32_t sink;
};

struct sequential {
	struct tw_ctx ctx;
	struct record *records;
	size_t records_len;
	size_t records_cap;
	char *bytes;
	size_t bytes_len;
	size_t bytes_cap;
	uint64_t progress_ns;
	uint64_t progress_events;
};

static void *grow(struct sequential *s, void *old, size_t *cap, size_t need,
		  size_t size)
{
	size_t n = *cap ? *cap : 64;
	void *p;

	while (n < need)
		n *= 2;
	p = realloc(old, n * size);
	if (!p)
		tw_ctx_fatal(&s->ctx, "no memory for output");
	*cap = n;
	return p;
}

static void sequential_write(struct tw_ctx *c, uint32_t sink, uint64_t word,
			     const void *data, uint32_t len)
{
	struct sequential *s = (struct sequential *)c;

	if (s->records_len == s->records_cap)
		s->records = grow(s, s->records, &s->records_cap,
				  s->records_len + 1, sizeof(*s->records));
	if (len > s->bytes_cap - s->bytes_len)
		s->bytes =
			grow(s, s->bytes, &s->bytes_cap, s->bytes_len + len, 1);
	s->records[s->records_len] = (struct record){
		.word = word,
		.number = s->records_len,
		.offset = s->bytes_len,
		.len = len,
		.sink = sink,
	};
	s->records_len++;
	if (len)
		memcpy(s->bytes + s->bytes_len, data, len);
	s->bytes_len += len;
}

/* Never called: every object is here. */
static void sequential_send(struct tw_ctx *c, uint64_t to, tw_time at,
			    uint64_t word, uint32_t flags, const void *data,
			    uint32_t len)
{
	(void)at;
	(void)word;
	(void)flags;
	(void)data;
	(void)len;
	tw_ctx_fatal(c, "object %llu has no process", (unsigned long long)to);
}

static const struct tw_ctx_ops sequential_ops = {
	.send = sequential_send,
	.write = sequential_write,
};

static int record_cmp(const void *va, const void *vb)
{
	const struct record *a = va, *b = vb;

	if (a->word != b->word)
		return a->word < b->word ? -1 : 1;
	return a->number < b->number ? -1 : a->number > b->number;
}

/* The output of the time that is over. */
static int sequential_commit(struct sequential *s)
{
	const struct tw_model *m = s->ctx.model;

	if (s->records_len > 1)
		qsort(s->records, s->records_len, sizeof(*s->records),
		      record_cmp);
	for (size_t i = 0; i < s->records_len; i++) {
		const struct record *r = &s->records[i];

		if (m->output(m->arg, r->sink, s->ctx.now, s->bytes + r->offset,
			      r->len))
			return -ECANCELED;
	}
	s->records_len = 0;
	s->bytes_len = 0;
	return 0;
}

static void sequential_stat(const struct sequential *s,
			    struct tw_domain_stat *st)
{
	memset(st, 0, sizeof(*st));
	st->size = sizeof(*st);
	st->state = TW_DOMAIN_RUNNING;
	st->gvt = s->ctx.now;
	st->events = s->ctx.events;
	st->events_committed = s->ctx.events;
}

static void sequential_progress(struct sequential *s)
{
	const struct tw_model *m = s->ctx.model;
	struct tw_domain_stat st;
	uint64_t now;

	if (!m->progress || s->ctx.events < s->progress_events)
		return;
	s->progress_events = s->ctx.events + PROGRESS_EVENTS;
	now = tw_clock_ns();
	if (now < s->progress_ns)
		return;
	s->progress_ns = now + TW_PROGRESS_NS;
	sequential_stat(s, &st);
	m->progress(m->arg, st.gvt, &st);
}

static int sequential_loop(struct sequential *s)
{
	struct tw_ctx *c = &s->ctx;
	int ret = sequential_commit(s);

	while (!ret && tw_order_time(&c->order) != TW_TIME_INF) {
		ret = tw_order_open(&c->order);
		if (ret)
			break;
		c->now = c->order.open_time;
		c->index = 0;
		while (tw_order_is_open(&c->order))
			tw_ctx_dispatch(c);
		if (s->records_len)
			ret = sequential_commit(s);
		sequential_progress(s);
	}
	return ret;
}

int tw_run_sequential(const struct tw_model *m, const struct tw_run_attr *attr,
		      struct tw_run_stat *stat)
{
	struct sequential *s = calloc(1, sizeof(*s));
	struct rusage ru;
	int ret;

	if (!s)
		return -ENOMEM;
	tw_ctx_init(&s->ctx, m, attr->end);
	s->ctx.ops = &sequential_ops;
	tw_ctx_start(&s->ctx);
	ret = sequential_loop(s);
	stat->events = s->ctx.events;
	stat->committed = s->ctx.events;
	stat->live_peak = s->ctx.live_peak;
	if (!getrusage(RUSAGE_SELF, &ru))
		stat->memory_peak = (uint64_t)ru.ru_maxrss * 1024;
	tw_ctx_destroy(&s->ctx);
	free(s->records);
	free(s->bytes);
	free(s);
	return ret;
}
