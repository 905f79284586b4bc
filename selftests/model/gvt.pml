/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A GVT round runs while messages are on their way.
 *
 * Processes receive what waits for them and send messages, each in two halves
 * within an operation; a message below the receiver's LVT rolls it back, and
 * what it had sent from then on is unsent. The round begins, waits for the
 * operations that had begun before, and scans one process after the other.
 *
 * What is published must be a lower bound of all that happens afterwards, and
 * not below what was published before.
 *
 * Broken on purpose, each must be found: NO_RED (what is sent while the round
 * runs does not count), NO_QUIESCE (operations are not waited for), NO_PENDING
 * (messages that wait do not count).
 */
#define N	2
#define END	3		/* last time; one more is +infinity */
#define INF	(END + 1)
#define BIT(t)	(1 << (t))

byte lvt[N];			/* INF: it waits */
byte pending[N];		/* bit t: a message for time t waits */
byte delivered[N];		/* likewise: it was handed over */
byte red_round[N], red_min[N];
byte sends[N];			/* so many it may send yet */

/* What each process sent, in SLOTS places of its own: a rollback unsends it. */
#define SLOTS	2
#define SENDER(s)	((s) / SLOTS)
byte sent_at[N * SLOTS], sent_for[N * SLOTS];
bool sent[N * SLOTS], inserted[N * SLOTS];

byte round, parity, readers[2];
byte gvt;

inline lower(p, t)
{
	if
	:: red_round[p] != round -> red_round[p] = round; red_min[p] = t
	:: else -> red_min[p] = (t < red_min[p] -> t : red_min[p])
	fi
}

/* Process p goes back to before time t, by one lock; its antimessage is due. */
inline roll_back(p, t)
{
	for (k : t .. END) {
		if
		:: delivered[p] & BIT(k) ->
			delivered[p] = delivered[p] & ~BIT(k);
			pending[p] = pending[p] | BIT(k)
		:: else
		fi
	}
	lvt[p] = t;
	for (k : p * SLOTS .. p * SLOTS + SLOTS - 1) {
		if
		:: sent[k] && sent_at[k] >= t -> due = due | BIT(k); lower(p, sent_for[k])
		:: else
		fi
	}
}

/* The antimessage of what is in place s comes to process q. */
inline unsend(s, q)
{
	assert(sent_for[s] >= gvt);
	due = due & ~BIT(s);
	sent[s] = false;
	if
	:: !inserted[s]		/* it waits for its message */
	:: inserted[s] && (pending[q] & BIT(sent_for[s])) ->
		pending[q] = pending[q] & ~BIT(sent_for[s])
	:: else ->
		roll_back(q, sent_for[s]);
		pending[q] = pending[q] & ~BIT(sent_for[s])
	fi
}

/* The running incarnation: receives the first that waits, or none. */
proctype process(byte me)
{
	byte at;

end:	do
	:: atomic {
		if
		:: pending[me] ->
			at = 0;
			do
			:: pending[me] & BIT(at) -> break
			:: else -> at++
			od;
			pending[me] = pending[me] & ~BIT(at);
			delivered[me] = delivered[me] | BIT(at);
			lvt[me] = at
		:: !pending[me] && lvt[me] < INF -> lvt[me] = INF
		fi
	   }
	od
}

/*
 * The calls that send. An incarnation that was killed in its call goes on to the
 * end of it, while its successor is running already.
 */
proctype sender(byte me)
{
	byte you = 1 - me, at, k, mine, slot, due;

end:	do
	:: atomic {	/* begin an operation */
		sends[me] && lvt[me] < END ->
		sends[me]--;
		slot = me * SLOTS + sends[me];
		mine = parity;
		readers[mine]++
	   };
	   atomic {	/* stamp, if it was not made to wait meanwhile */
		if
		:: lvt[me] < END ->
			sent_at[slot] = lvt[me];
			select(at : 1 .. END);
			if
			:: at <= lvt[me] -> at = lvt[me] + 1
			:: else
			fi;
			/* Two for one time are beyond the bits. */
			if
			:: (pending[you] | delivered[you]) & BIT(at) -> at = 0
			:: else
				sent_for[slot] = at;
				sent[slot] = true;
				inserted[slot] = false;
				lower(me, at)
			fi
		:: else -> at = 0
		fi
	   };
	   atomic {	/* insert, unless unsent; then send the antimessages due */
		if
		:: at && sent[slot] ->
			assert(at >= gvt);
			inserted[slot] = true;
			pending[you] = pending[you] | BIT(at);
			if
			:: at < lvt[you] && lvt[you] < INF || (delivered[you] >> at) ->
				roll_back(you, at)
			:: else
			fi
		:: else
		fi
	   };
	   do
	   :: atomic { due ->
		at = 0;
		do
		:: due & BIT(at) -> break
		:: else -> at++
		od;
		unsend(at, 1 - SENDER(at))
	      }
	   :: atomic { !due -> readers[mine]--; at = 0; break }
	   od
	od
}

active proctype gvt_thread()
{
	byte time, rounds, i, k;

	do
	:: rounds == 2 -> break
	:: else ->
		rounds++;
		round++;
		parity = 1 - parity;
#ifndef NO_QUIESCE
		readers[1 - parity] == 0;
#endif
		time = INF;
		i = 0;
		do
		:: i == N -> break
		:: i < N -> atomic {
			if
			:: lvt[i] < time -> time = lvt[i]
			:: else
			fi;
#ifndef NO_PENDING
			for (k : 0 .. END) {
				if
				:: (pending[i] & BIT(k)) && k < time -> time = k
				:: else
				fi
			}
#endif
#ifndef NO_RED
			if
			:: red_round[i] == round && red_min[i] < time -> time = red_min[i]
			:: else
			fi;
#endif
			i++
		   }
		od;
		assert(time >= gvt);
		atomic {
			gvt = time;
			assert(lvt[0] >= gvt && lvt[1] >= gvt)
		}
	od
}

init {
	atomic {
		sends[0] = 2;
		sends[1] = 1;
		run process(0);
		run process(1);
		run sender(0);
		run sender(1)
	}
}
