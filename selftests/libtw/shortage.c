// SPDX-License-Identifier: GPL-2.0
/*
 * A kernel that is short of memory takes a part of what a process sends. It must
 * not get that part again, nor miss the rest. The kernel is played here: the engine
 * is linked with calls that do as a script says.
 */
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>

#include "engine_timewarp.h"
#include "tap.h"

#define MESSAGES 4

/* One TW_STEP that sends: how many messages it takes, and what it returns. */
struct answer {
	int takes, ret;
};

static const struct scenario {
	const char *name;
	int ticks; /* of the timer, while the event runs */
	struct answer answers[8]; /* after them all is taken, and the run ends */
} scenarios[] = {
	{ "all at once", 0, { { 0 } } },
	{ "a part, until GVT has freed memory",
	  0,
	  { { 1, -ENOMEM }, { 2, -ENOMEM } } },
	{ "a part, until the user's limit lets more through",
	  0,
	  { { 3, -EDQUOT } } },
	{ "no room without a wait, then none in the kernel",
	  0,
	  { { 1, -EAGAIN }, { 1, -ENOMEM }, { 0, -ENOMEM }, { 2, 0 } } },
	{ "a part, from the handler of a signal",
	  2,
	  { { 1, -ENOMEM }, { 1, -ENOMEM } } },
	{ "all, from the handler of a signal", 1, { { MESSAGES, 0 } } },
};

static const struct scenario *now;
static struct tw_process_page page;
static struct tw_domain_page domain_page = { .until = TW_TIME_INF };
static char scratch[512 << 10] __attribute__((aligned(4096)));
static unsigned int calls;
static tw_time got[4 * MESSAGES];
static int n_got;

int tw_process_step(struct tw_process *p, struct tw_step *step)
{
	struct answer a = { MESSAGES, 0 };

	(void)p;
	if (step->sends_len && calls < 8 &&
	    (now->answers[calls].takes || now->answers[calls].ret))
		a = now->answers[calls++];
	for (; a.takes && step->sends_len; a.takes--) {
		const struct tw_msg *msg =
			(const struct tw_msg *)(uintptr_t)step->sends;

		if (n_got < 4 * MESSAGES)
			got[n_got++] = msg->recv_time;
		step->sends += msg->size;
		step->sends_len -= msg->size;
	}
	if (!a.ret && step->until == TW_TIME_INF)
		step->status = TW_STATUS_END;
	return a.ret;
}

int tw_process_map_page(struct tw_process *p)
{
	page.next = TW_TIME_INF;
	page.snapshot_at = UINT64_MAX;
	p->page = &page;
	p->domain = &domain_page;
	return 0;
}

int tw_process_map_scratch(struct tw_process *p, size_t len)
{
	p->scratch = scratch;
	p->scratch_len = len;
	return len > sizeof(scratch) ? -ENOMEM : 0;
}

int tw_process_snapshot(struct tw_process *p)
{
	p->has_snapshot = true;
	return 0;
}

/* For states in place, of which there are none here. */
int tw_process_announce(struct tw_process *p, struct tw_snapshot *snapshot)
{
	(void)p;
	(void)snapshot;
	return -ENOSYS;
}

int tw_process_restore(struct tw_process *p, struct tw_restore *restore)
{
	(void)p;
	(void)restore;
	return -ENOSYS;
}

int tw_process_leave(struct tw_process *p, uint32_t status)
{
	(void)p;
	(void)status;
	return -ENOSYS;
}

uint64_t tw_job_first(const struct tw_job *job, uint32_t process)
{
	(void)job;
	return process;
}

uint32_t tw_job_owner(const struct tw_job *job, uint64_t object)
{
	(void)job;
	return object;
}

static void init(struct tw_ctx *c, uint64_t object)
{
	tw_ctx_send(c, object, 1, 0, NULL, 0);
}

/* Object 1 is in another process. */
static void event(struct tw_ctx *c, const struct tw_event *ev)
{
	for (tw_time t = 1; t <= MESSAGES; t++)
		tw_ctx_send(c, 1, ev->time + t, 0, NULL, 0);
	for (int i = 0; i < now->ticks; i++)
		raise(SIGVTALRM);
}

static int run(void)
{
	const struct tw_model model = {
		.objects = 2, .processes = 2, .init = init, .event = event
	};
	const struct tw_run_attr attr = { .end = TW_TIME_INF };
	struct tw_report reports[2] = { { 0 } };
	struct tw_job job = { .model = &model,
			      .attr = &attr,
			      .reports = reports };
	struct tw_process p = { .id = 1 };

	if (tw_object_main(&p, &job) || n_got != MESSAGES)
		return 1;
	for (int i = 0; i < MESSAGES; i++)
		if (got[i] != (tw_time)i + 2)
			return 2;
	return 0;
}

int main(void)
{
	for (size_t i = 0; i < sizeof(scenarios) / sizeof(*scenarios); i++) {
		int status = -1;

		now = &scenarios[i];
		if (!fork())
			_exit(run());
		wait(&status);
		is(status, 0, now->name);
	}
	return done();
}
