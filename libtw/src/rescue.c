// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * An event that never returns, because it loops or crashes, may do so in a
 * wrong future. What makes it wrong can be the answer to a message that this
 * very process has sent - into its buffer. So what is there must go out:
 *
 * - from a handler of the signals that end a process, which then ends it;
 * - from one of exit(3);
 * - when one event has taken long, found out by a timer of CPU time, which
 *   leaves processes that wait alone.
 *
 * The rollback that this may cause does the rest. Where the process restores its
 * states itself it must stay alive for that: it leaves the event by siglongjmp(),
 * and what ends it waits in the kernel until it is known whether it was true.
 */
#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/time.h>

#include "rescue.h"

#define TICK_US 10000
#define STACK_BYTES 16384

static const int fatal_signals[] = { SIGSEGV, SIGBUS,  SIGFPE,
				     SIGILL,  SIGABRT, SIGSYS };

static struct tw_rescue *rescue;
static char stack[STACK_BYTES];
static unsigned long last_event;

/* Returns if the end stands. */
void tw_rescue_now(int status)
{
	if (!rescue)
		return;
	rescue->send(rescue->arg);
	if (rescue->end && rescue->end(rescue->arg, status))
		siglongjmp(rescue->back, 1);
}

/* With the default action, the signal that comes again when this returns is fatal. */
static void on_fatal(int sig)
{
	tw_rescue_now(sig);
	signal(sig, SIG_DFL);
	raise(sig);
}

/* It is called once for each time that it was asked for. */
static void on_exit_call(int status, void *unused)
{
	(void)unused;
	if (rescue->end)
		on_exit(on_exit_call, NULL);
	tw_rescue_now((status & 0xff) << 8);
}

static void on_tick(int sig)
{
	int saved = errno;

	(void)sig;
	if (rescue->in_event && rescue->event == last_event) {
		rescue->send(rescue->arg);
		if (rescue->stale && rescue->stale(rescue->arg))
			siglongjmp(rescue->back, 1);
	}
	last_event = rescue->event;
	errno = saved;
}

/* What the model handles itself is its own. A stack that is full is no place. */
static void catch_fatal(void)
{
	const stack_t alt = { .ss_sp = stack, .ss_size = sizeof(stack) };
	struct sigaction sa = {
		.sa_handler = on_fatal,
		.sa_flags = SA_ONSTACK,
	}, old;

	sigaltstack(&alt, NULL);
	for (size_t i = 0; i < sizeof(fatal_signals) / sizeof(*fatal_signals);
	     i++)
		if (!sigaction(fatal_signals[i], NULL, &old) &&
		    old.sa_handler == SIG_DFL)
			sigaction(fatal_signals[i], &sa, NULL);
}

void tw_rescue_start(struct tw_rescue *r)
{
	struct sigaction sa = { .sa_handler = on_tick, .sa_flags = SA_RESTART };

	rescue = r;
	catch_fatal();
	on_exit(on_exit_call, NULL);
	sigaction(SIGVTALRM, &sa, NULL);
	tw_rescue_arm();
}

void tw_rescue_arm(void)
{
	const struct timeval tick = { .tv_usec = TICK_US };
	const struct itimerval timer = { .it_interval = tick,
					 .it_value = tick };

	setitimer(ITIMER_VIRTUAL, &timer, NULL);
}
