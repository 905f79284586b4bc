// SPDX-License-Identifier: GPL-2.0
/*
 * An event that never returns, in a future that only this process can correct.
 *
 *	process 0				process 1
 *	---------				---------
 *	10: sends to 1 for 11: into its buffer
 *	60: no answer came: loops or crashes
 *
 * Expected: the message goes out, its answer for 40 rolls process 0 back, and
 * the event at 60 returns.
 * Seen: the buffer was sent after the event, or never. GVT stood at 10 for
 * ever, or the crash was taken for the true history.
 */
#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <timewarp.h>

#include "tap.h"

enum fault { LOOP, SEGV, ABORT, EXIT, OVERFLOW };

static const char *const names[] = { "a loop", "a crash", "abort(3)", "exit(3)",
				     "a full stack" };

static const char *const ways[] = { "by fork", "by copy", "by reversal" };

static volatile int answered, forever = 1;
static int *volatile nowhere;

static void init(struct tw_ctx *c, uint64_t object)
{
	if (object)
		return;
	tw_ctx_send(c, 0, 10, 0, NULL, 0);
	tw_ctx_send(c, 0, 60, 0, NULL, 0);
}

static int overflow(volatile char *p)
{
	volatile char more[4096];

	more[0] = *p;
	return forever ? overflow(more) + more[0] : 0;
}

static void fault(enum fault f)
{
	char c = 0;

	switch (f) {
	case LOOP:
		while (forever)
			;
		break;
	case SEGV:
		*nowhere = 1;
		break;
	case ABORT:
		abort();
	case EXIT:
		exit(3);
	case OVERFLOW:
		overflow(&c);
	}
}

static void *setup(struct tw_ctx *c, void *arg)
{
	const struct rlimit none = { 0, 0 };

	(void)c;
	setrlimit(RLIMIT_CORE, &none);
	return arg;
}

static void event(struct tw_ctx *c, const struct tw_event *ev)
{
	switch (ev->time) {
	case 10:
		return tw_ctx_send(c, 1, 11, 0, NULL, 0);
	case 11:
		return tw_ctx_send(c, 0, 40, 0, NULL, 0);
	case 40:
		answered = 1;
		return;
	case 60:
		if (!answered)
			fault(*(enum fault *)tw_ctx_state(c));
		return tw_ctx_write(c, 0, 0, "answered", 8);
	}
}

/* What object 0 knows. */
static void *object(struct tw_ctx *c, uint64_t object, size_t *len)
{
	static int nothing;

	(void)c;
	*len = sizeof(answered);
	return object ? &nothing : (void *)&answered;
}

static void reverse(struct tw_ctx *c, const struct tw_event *ev)
{
	(void)c;
	if (ev->time == 40)
		answered = 0;
}

static int output(void *arg, uint32_t sink, tw_time time, const void *data,
		  size_t len)
{
	(void)arg;
	(void)sink;
	(void)data;
	ok(time == 60 && len == 8, "the output");
	return 0;
}

static void run(enum fault f, enum tw_state state)
{
	struct tw_model m = {
		.objects = 2,
		.processes = 2,
		.sinks = 1,
		.setup = setup,
		.init = init,
		.event = event,
		.object = object,
		.reverse = reverse,
		.output = output,
		.arg = &f,
	};
	struct tw_run_attr attr = { .engine = TW_ENGINE_TIMEWARP,
				    .end = 100,
				    .state = state };
	struct tw_run_stat st;

	printf("# %s, %s\n", names[f], ways[state]);
	is(tw_model_run(&m, &attr, &st), 0, names[f]);
	printf("# %llu rollbacks, %llu ms\n",
	       (unsigned long long)st.domain.rollbacks_primary,
	       (unsigned long long)st.wall_ns / 1000000);
}

int main(void)
{
	need_device();
	for (int way = TW_STATE_BY_FORK; way <= TW_STATE_BY_REVERSE; way++)
		for (enum fault f = LOOP; f <= OVERFLOW; f++)
			run(f, way);
	return done();
}
