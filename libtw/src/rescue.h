/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
#ifndef TW_RESCUE_H
#define TW_RESCUE_H

#include <setjmp.h>
#include <stdbool.h>

/**
 * struct tw_rescue - how to send what an event that does not return holds back
 * @send: sends it; async-signal-safe
 * @arg: for @send
 * @in_event: the model's code runs, and none of ours: @send may be called, and
 *	the event goes on afterwards
 * @event: changes from one event to the next
 * @stale: NULL, or the process restores in place: the event that runs is void, and
 *	may be left for @back
 * @end: beside @stale: the event has come to a bad end; true if it was void
 * @back: where to go on then
 */
struct tw_rescue {
	void (*send)(void *arg);
	void *arg;
	volatile bool in_event;
	volatile unsigned long event;
	bool (*stale)(void *arg);
	bool (*end)(void *arg, int status);
	sigjmp_buf back;
};

/* Once in a process. @r stays. */
void tw_rescue_start(struct tw_rescue *r);

/* The process is about to end; nothing happens before tw_rescue_start(). */
void tw_rescue_now(int status);

/* In each incarnation: timers are not inherited. */
void tw_rescue_arm(void);

#endif /* TW_RESCUE_H */
