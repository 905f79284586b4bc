/* SPDX-License-Identifier: GPL-2.0 */
/*
 * TW_NEXT_BARRIER: a message comes to a process that runs on its own.
 *
 * The process moves from event 0 to event 1 by storing its position in its
 * page: the largest priority, the time, the priority. Then it looks whether a
 * message is before the event. The kernel puts a message into the queue, tells
 * the page, and looks at the position, to see if the message is a straggler.
 * Each side's stores go through a store buffer of their own (total store order).
 *
 * A message must never be missed: handed over before the first event that is
 * after it in the order, or found to be a straggler.
 *
 * Broken on purpose, each must be found: NO_KERNEL_BARRIER, NO_PROCESS_BARRIER,
 * NO_REREAD (of the time, after the priority). With NO_LARGEST (the priority
 * is not the largest while the time changes) it holds as well.
 */
#define INF	7

/* Of the page, as memory has it. */
byte page_time = 1, page_priority = 1, page_next = INF;

/* The process's stores on their way: which, and the value. */
mtype = { TIME, PRIORITY };
chan stores = [3] of { mtype, byte };
/* The kernel's: of next. */
chan store = [1] of { byte };

/* The message, and the event that the process is about to begin. */
byte message_time, message_priority;
byte event_time, event_priority;

bool handed, straggler, begun, arrived;

#define BEFORE(t1, p1, t2, p2)	((t1) < (t2) || ((t1) == (t2) && (p1) < (p2)))

active proctype buffers()
{
	byte value;

end:	do
	:: atomic { stores?TIME(value) -> page_time = value }
	:: atomic { stores?PRIORITY(value) -> page_priority = value }
	:: atomic { store?value -> page_next = value }
	od
}

active proctype process()
{
	/* From (1, 1) to a later event. */
	atomic {
		if
		:: event_time = 1; event_priority = 2
		:: event_time = 3; event_priority = 0
		:: event_time = 3; event_priority = 1
		fi
	}
#ifndef NO_LARGEST
	stores!PRIORITY(INF);
#endif
	stores!TIME(event_time);
	stores!PRIORITY(event_priority);
#ifndef NO_PROCESS_BARRIER
	empty(stores);
#endif
	if
	:: atomic { page_next <= event_time -> handed = arrived }
	:: else
	fi;
	begun = true
}

active proctype kernel()
{
	byte seen_time, seen_priority;

	atomic {
		select(message_time : 1 .. 3);
		select(message_priority : 0 .. 2);
	}
	/* It is in the queue, by whose lock the process takes it. */
	arrived = true;
	store!message_time;
#ifndef NO_KERNEL_BARRIER
	empty(store);
#endif
	seen_time = page_time;
	seen_priority = page_priority;
#ifndef NO_REREAD
	if
	:: atomic { page_time != seen_time -> seen_time = page_time; seen_priority = INF }
	:: else
	fi;
#endif
	/* Equal counts as passed. */
	straggler = !BEFORE(seen_time, seen_priority, message_time, message_priority);

	/* At the end: is the message before what the process has begun, or had? */
	begun && empty(stores) && empty(store);
	if
	:: BEFORE(1, 1, message_time, message_priority) ->
		assert(straggler || handed ||
		       BEFORE(event_time, event_priority, message_time, message_priority))
	:: else ->
		assert(straggler)
	fi
}
