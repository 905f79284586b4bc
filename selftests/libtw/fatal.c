// SPDX-License-Identifier: GPL-2.0
/* A handler's bad argument: a message, and the end of the process. */
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <timewarp.h>

#include "tap.h"

enum fault {
	AT_NOW,
	NO_OBJECT,
	PRIORITY,
	PRIORITY_WITH,
	CANCELLATION,
	TOO_LARGE,
	NO_SINK,
	WRITE_PRIORITY,
	WRITE_LARGE,
	NONE
};

static const char *const names[] = {
	"send at the present time",
	"send to no object",
	"priority of a send",
	"priority of a send with attributes",
	"cancellation",
	"large event",
	"write to no sink",
	"priority of a write",
	"large record",
};

static enum fault fault;
static char big[TW_PAYLOAD_MAX + 1];

static void init(struct tw_ctx *c, uint64_t object)
{
	tw_ctx_send(c, object, 5, 65535, big, TW_PAYLOAD_MAX - 8);
	tw_ctx_write(c, 0, 65535, big, TW_PAYLOAD_MAX);
}

static void event(struct tw_ctx *c, const struct tw_event *ev)
{
	const struct tw_send_attr high = { .priority = (uint64_t)1 << 32 };
	const struct tw_send_attr none = { .cancellation = TW_CANCEL_LAZY + 1 };

	(void)ev;
	switch (fault) {
	case AT_NOW:
		return tw_ctx_send(c, 0, 5, 0, NULL, 0);
	case NO_OBJECT:
		return tw_ctx_send(c, 1, 6, 0, NULL, 0);
	case PRIORITY:
		return tw_ctx_send(c, 0, 6, 65536, NULL, 0);
	case PRIORITY_WITH:
		return tw_ctx_send_with(c, 0, 6, &high, NULL, 0);
	case CANCELLATION:
		return tw_ctx_send_with(c, 0, 6, &none, NULL, 0);
	case TOO_LARGE:
		return tw_ctx_send(c, 0, 6, 0, big, TW_EVENT_MAX + 1);
	case NO_SINK:
		return tw_ctx_write(c, 1, 0, NULL, 0);
	case WRITE_PRIORITY:
		return tw_ctx_write(c, 0, 65536, NULL, 0);
	case WRITE_LARGE:
		return tw_ctx_write(c, 0, 0, big, TW_PAYLOAD_MAX + 1);
	case NONE:
		return;
	}
}

static int output(void *arg, uint32_t sink, tw_time time, const void *data,
		  size_t len)
{
	(void)arg;
	(void)sink;
	(void)time;
	(void)data;
	(void)len;
	return 0;
}

static int run(void)
{
	struct tw_model m = {
		.objects = 1,
		.processes = 1,
		.sinks = 1,
		.init = init,
		.event = event,
		.output = output,
	};
	struct tw_run_attr attr = { .engine = TW_ENGINE_SEQUENTIAL,
				    .end = TW_TIME_INF };

	return tw_model_run(&m, &attr, NULL);
}

/* The status of a child that runs into the fault, and what it says. */
static int child(char *said, size_t size)
{
	const struct rlimit none = { 0, 0 };
	int fds[2], status;
	ssize_t n;

	if (pipe(fds))
		abort();
	if (!fork()) {
		setrlimit(RLIMIT_CORE, &none);
		dup2(fds[1], 2);
		_exit(run() ? 1 : 0);
	}
	close(fds[1]);
	n = read(fds[0], said, size - 1);
	said[n > 0 ? n : 0] = 0;
	close(fds[0]);
	wait(&status);
	return status;
}

int main(void)
{
	char said[256];

	for (fault = AT_NOW; fault < NONE; fault++) {
		int status = child(said, sizeof(said));

		ok(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT &&
			   !strncmp(said, "libtw: object 0 at time 5: ", 27),
		   "%s", names[fault]);
		printf("# %s", said);
	}
	ok(!child(said, sizeof(said)) && !*said,
	   "the largest of everything is fine");
	return done();
}
