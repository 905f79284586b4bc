// SPDX-License-Identifier: GPL-2.0
/* The header and the library, from C++. */
#include <timewarp.h>
#include <cerrno>

#include "tap.h"

static int handled;

static void init(struct tw_ctx *c, uint64_t object)
{
	tw_ctx_send(c, object, tw_time_from_double(1.5), 0, nullptr, 0);
}

static void event(struct tw_ctx *, const struct tw_event *ev)
{
	handled += tw_time_to_double(ev->time) == 1.5;
}

int main()
{
	struct tw_model m = {};
	struct tw_run_attr attr = {};
	struct tw_run_stat st;

	m.objects = 3;
	m.processes = 1;
	m.init = init;
	m.event = event;
	attr.engine = TW_ENGINE_SEQUENTIAL;
	attr.end = TW_TIME_INF;
	is(tw_model_run(&m, &attr, &st), 0, "a model in C++");
	is(handled, 3, "its handlers are called");
	return done();
}
