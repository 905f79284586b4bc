// SPDX-License-Identifier: GPL-2.0
/*
 * Single cases of the core, call by call. The second half are interleavings that
 * broke it once: what was expected, and what was seen.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <linux/err.h>
#include <linux/slab.h>

#include "puppet.h"
#include "shim.h"

#define SECOND 1000000000ull

static struct stage st;
static int failures;

void shim_bug(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	printf("# ");
	vprintf(fmt, ap);
	printf("\nBail out!\n");
	va_end(ap);
	exit(1);
}

#define CHECK(what)                                                         \
	do {                                                                \
		if (!(what)) {                                              \
			printf("# %s:%d: %s\n", __FILE__, __LINE__, #what); \
			failures++;                                         \
		}                                                           \
	} while (0)

#define IS(is, should)                                                  \
	do {                                                            \
		u64 is_ = (is), should_ = (should);                     \
                                                                        \
		if (is_ != should_) {                                   \
			printf("# %s:%d: %s is %lld instead of %lld\n", \
			       __FILE__, __LINE__, #is, (long long)is_, \
			       (long long)should_);                     \
			failures++;                                     \
		}                                                       \
	} while (0)

static struct tw_domain_stat stat(void)
{
	struct tw_domain_stat s = {};

	tw_core_stat(&st.core, &s);
	return s;
}

/* Process 1 has snapshots; both have begun. */
static void begin(bool lazy)
{
	stage_set(&st, 2, lazy);
	snapshot(&st, 1);
	snapshot(&st, 2);
}

/* ---- antimessages ---- */

/* Process 1 gets to 20, sends from there, and a straggler for 10 takes it back. */
static void unsend_from_1(struct flight *f)
{
	IS(send_at(&st, 2, 1, 0, 20, 1), 0);
	IS(receive(&st, 1, 1), 20);
	if (f)
		IS(send_begin(&st, f, 1, 2, 20, 30, 2), 0);
	else
		IS(send_at(&st, 1, 2, 20, 30, 2), 0);
}

static void test_antimessage_pending(void)
{
	begin(false);
	unsend_from_1(NULL);
	IS(stat().balance, 0);
	IS(send_at(&st, 2, 1, 0, 10, 3), 0);
	IS(stat().annihilated_pending, 1);
	IS(stat().rollbacks_primary, 1);
	IS(stat().rollbacks_secondary, 0);
	IS(stat().balance, 0);
	IS(receive(&st, 2, 1), WAIT);
}

static void test_antimessage_delivered(void)
{
	stage_set(&st, 3, false);
	snapshot(&st, 1);
	snapshot(&st, 2);
	unsend_from_1(NULL);
	IS(receive(&st, 2, 1), 30);
	IS(send_at(&st, 3, 1, 0, 10, 3), 0);
	IS(stat().rollbacks_primary, 1);
	IS(stat().rollbacks_secondary, 1);
	IS(stat().rollback_depth, 2);
	IS(stat().balance, 0);
	IS(park(&st, 2, 1), 0);
	IS(receive(&st, 2, 1), WAIT);
}

static void test_antimessage_first(void)
{
	struct flight f = {};

	begin(false);
	unsend_from_1(&f);
	IS(send_at(&st, 2, 1, 0, 10, 3), 0);
	IS(stat().annihilated_early, 1);
	send_end(&st, &f);
	IS(stat().balance, 0);
	IS(receive(&st, 2, 1), WAIT);
}

/* ---- what a call may say ---- */

static void test_send_times(void)
{
	struct tw_process_page *page;

	begin(false);
	IS(send_at(&st, 1, 2, 0, 0, 1), -EINVAL);
	IS(send_at(&st, 1, 2, 0, TW_TIME_INF, 1), -EINVAL);
	IS(send_at(&st, 1, 2, 5, 10, 1), -EINVAL);
	IS(send_at(&st, 2, 1, 0, 10, 1), 0);
	IS(receive(&st, 1, 1), 10);
	IS(send_at(&st, 1, 2, 0, 10, 1), -EINVAL);
	IS(send_at(&st, 1, 2, 11, 20, 1), -EINVAL);
	IS(send_at(&st, 1, 2, 9, 20, 1), -EINVAL);
	IS(send_at(&st, 1, 2, 10, 20, 1), 0);
	page = map(&st, 1);
	page->time = 15;
	IS(send_at(&st, 1, 2, 13, 20, 1), 0);
	IS(send_at(&st, 1, 2, 12, 20, 1), -EINVAL);
	IS(send_at(&st, 1, 2, 0, 20, 1), 0);
	IS(stat().sends, 4);
	IS(receive(&st, 1, 1), WAIT);
	IS(send_at(&st, 1, 2, 0, 20, 1), -EINVAL);
}

static void test_caller(void)
{
	struct tw_who old;
	struct tw_snap s;
	struct tw_announced out;

	begin(false);
	old = st.proc[0].running->who;
	unsend_from_1(NULL);
	IS(send_at(&st, 2, 1, 0, 10, 3), 0);
	IS(tw_snapshot(NULL, proc(&st, 1), &old, &s, &out), -ESRCH);
	old = st.proc[1].running->who;
	old.exec++;
	IS(tw_snapshot(NULL, proc(&st, 2), &old, &s, &out), -ESRCH);
	IS(park(&st, 1, 99), -ECANCELED);
	IS(park(&st, 1, 1), 0);
	IS(park(&st, 1, 1), -ECANCELED);
}

static void test_attach_once(void)
{
	stage_set(&st, 1, false);
	IS(tw_attach(proc(&st, 1), st.proc[0].running, 0), -EBUSY);
	IS(tw_attach(proc(&st, 2), st.proc[0].running, 0), 0);
	st.proc[1].running = NULL;
}

/* One that never attached holds GVT at 0, until it is given up. */
static void test_abandoned(void)
{
	struct tw_proc *late;
	struct tw_op op;

	stage_set(&st, 1, false);
	late = proc(&st, 3);
	tw_proc_init(late, &st.core, false);
	IS(tw_core_reserve(&st.core), 0);
	tw_core_add(&st.core, late);
	IS(receive(&st, 1, 1), WAIT);
	IS(gvt_round(&st), 0);
	tw_op_begin(&op, &st.core);
	tw_abandon(&op, late);
	tw_op_end(&op);
	CHECK(op.want_gvt);
	IS(late->state, TW_PROCESS_DEAD);
	IS(gvt_round(&st), TW_TIME_INF);
}

/* Nothing is handed over before there is a snapshot to go back to. */
static void test_first_snapshot(void)
{
	u64 token;

	stage_set(&st, 2, false);
	IS(send_at(&st, 2, 1, 0, 10, 1), 0);
	IS(receive(&st, 1, 1), SNAPSHOT);
	IS(receive(&st, 1, 1), SNAPSHOT);
	token = announce(&st, 1);
	IS(announce(&st, 1), token);
	IS(receive(&st, 1, 1), WAIT);
	IS(park(&st, 1, token), 0);
	IS(receive(&st, 1, 1), 10);
}

/* The only child was killed: it is asked for again, once each time. */
static void test_ask_again(void)
{
	u64 token;

	stage_set(&st, 2, false);
	IS(send_at(&st, 2, 1, 0, 10, 1), 0);
	tw_ask_again(proc(&st, 1));
	IS(receive(&st, 1, 1), SNAPSHOT);
	token = announce(&st, 1);
	IS(receive(&st, 1, 1), WAIT);
	tw_ask_again(proc(&st, 1));
	IS(receive(&st, 1, 1), SNAPSHOT);
	IS(receive(&st, 1, 1), WAIT);
	tw_ask_again(proc(&st, 1));
	IS(receive(&st, 1, 1), SNAPSHOT);
	IS(announce(&st, 1), token);
	IS(park(&st, 1, token), 0);
	IS(park(&st, 1, token), -ECANCELED);
	IS(receive(&st, 1, 1), 10);
}

static void test_snapshot_due(void)
{
	u64 i;

	begin(false);
	tw_proc_set_snapshots(&st.proc[0], 2, 0, 0, 0);
	for (i = 1; i <= 6; i++)
		IS(send_at(&st, 2, 1, 0, 10 * i, 1), 0);
	IS(receive(&st, 1, 1), 10);
	IS(receive(&st, 1, 1), 20);
	IS(receive(&st, 1, 1), SNAPSHOT);
	IS(receive(&st, 1, 1), 30); /* it did not want to */
	IS(receive(&st, 1, 1), 40);
	snapshot(&st, 1);
	IS(receive(&st, 1, 1), 50);
	IS(receive(&st, 1, 1), 60);
}

/* ---- failures ---- */

static void test_bad_exit(void)
{
	begin(false);
	IS(send_at(&st, 2, 1, 0, 10, 1), 0);
	IS(receive(&st, 1, 1), 10);
	leave(&st, 1, 1 << 8);
	IS(gvt_round(&st), 0);
	IS(receive(&st, 2, 1), WAIT);
	IS(gvt_round(&st), 10);
	IS(st.failure, TW_FAILURE_NONE);
	IS(gvt_round(&st), 10);
	IS(st.failure, TW_FAILURE_PROCESS);
	IS(st.core.failed_process, 1);
	IS(st.core.failed_time, 10);
	IS(st.core.failed_status, 1 << 8);
}

static void test_bad_exit_erased(void)
{
	begin(false);
	IS(send_at(&st, 2, 1, 0, 10, 1), 0);
	IS(receive(&st, 1, 1), 10);
	leave(&st, 1, 11);
	IS(send_at(&st, 2, 1, 0, 5, 1), 0);
	IS(receive(&st, 2, 1), WAIT);
	IS(park(&st, 1, 1), 0);
	IS(receive(&st, 1, 1), 5);
	IS(receive(&st, 1, 1), 10);
	IS(receive(&st, 1, 1), WAIT);
	IS(gvt_round(&st), TW_TIME_INF);
	IS(st.failure, TW_FAILURE_NONE);
}

/* Who exits well has no say any more; but a straggler revives it. */
static void test_good_exit(void)
{
	begin(false);
	IS(send_at(&st, 2, 1, 0, 10, 1), 0);
	IS(receive(&st, 1, 1), 10);
	leave(&st, 1, 0);
	IS(send_at(&st, 2, 1, 0, 20, 1), 0);
	IS(stat().rollbacks_primary, 0);
	IS(send_at(&st, 2, 1, 0, 5, 1), 0);
	IS(stat().rollbacks_primary, 1);
	IS(st.proc[0].state, TW_PROCESS_RUNNING);
}

static void test_lost_too_often(void)
{
	u32 i;

	begin(false);
	for (i = 0; i < 8; i++) {
		leave(&st, 1, 9);
		IS(st.proc[0].state, TW_PROCESS_RUNNING);
		IS(park(&st, 1, 1), 0);
	}
	leave(&st, 1, 9);
	IS(st.proc[0].state, TW_PROCESS_EXITED);
	IS(receive(&st, 2, 1), WAIT);
	gvt_round(&st);
	gvt_round(&st);
	IS(st.failure, TW_FAILURE_PROCESS);
	IS(st.core.failed_status, 9);
}

static void test_no_snapshot_left(void)
{
	struct tw_inc *parked;
	struct tw_op op;

	begin(false);
	IS(send_at(&st, 2, 1, 0, 10, 1), 0);
	IS(receive(&st, 1, 1), 10);
	parked = list_first_entry(&st.proc[0].snaps, struct tw_snap, link)->inc;
	refcount_inc(&parked->refs);
	tw_op_begin(&op, &st.core);
	tw_inc_gone(&op, parked, 9);
	tw_op_end(&op);
	tw_inc_put(list_first_entry(&op.kills, struct tw_inc, kill));
	tw_inc_put(parked);
	IS(send_at(&st, 2, 1, 0, 5, 1), 0);
	IS(st.failure, TW_FAILURE_SNAPSHOT);
	IS(st.core.failed_process, 1);
	IS(st.core.failed_time, 5);
}

/* A program that is not deterministic, above and below GVT. */
static void indeterminate(u64 others)
{
	begin(false);
	IS(send_at(&st, 2, 1, 0, 10, 1), 0);
	IS(receive(&st, 1, 1), 10);
	IS(send_at(&st, 1, 2, 10, 20, 1), 0);
	IS(send_at(&st, 2, 1, 0, 50, 1), 0);
	IS(receive(&st, 1, 1), 50);
	IS(receive(&st, 2, 1), 20);
	IS(send_at(&st, 2, 1, 20, others, 1), 0);
	IS(receive(&st, 2, 1), WAIT);
}

static void test_violation_above(void)
{
	indeterminate(15 + 10);
	IS(park(&st, 1, 1), 0);
	IS(receive(&st, 1, 1), 10);
	IS(send_at(&st, 1, 2, 10, 21, 1), 0); /* it was for 20 */
	IS(receive(&st, 1, 1), 25);
	IS(stat().violations, 2);
	IS(stat().violation_kind, TW_VIOLATION_SENT);
	IS(stat().violation_process, 1);
	IS(stat().violation_receiver, 2);
	IS(stat().violation_send_time, 10);
	IS(stat().violation_recv_time, 21);
	IS(st.failure, TW_FAILURE_NONE);
	IS(receive(&st, 2, 1), WAIT);
	IS(park(&st, 2, 1), 0);
	IS(receive(&st, 2, 1), 21);
}

static void test_violation_below(void)
{
	indeterminate(45);
	IS(gvt_round(&st), 45);
	IS(park(&st, 1, 1), 0);
	IS(receive(&st, 1, 1), 10);
	IS(send_at(&st, 1, 2, 10, 21, 1), -EIO);
	IS(st.failure, TW_FAILURE_CAUSALITY);
	IS(st.core.failed_process, 1);
	IS(st.core.failed_time, 10);
}

static void test_violation_silent(void)
{
	indeterminate(45);
	IS(gvt_round(&st), 45);
	IS(park(&st, 1, 1), 0);
	IS(receive(&st, 1, 1), 10);
	IS(receive(&st, 1, 1), 45); /* without the send at 10 */
	IS(st.failure, TW_FAILURE_CAUSALITY);
	IS(stat().violation_kind, TW_VIOLATION_UNSENT);
	IS(stat().violation_process, 1);
	IS(stat().violation_recv_time, 20);
}

/* Process 1 comes to 30 with a snapshot before 10, 20 and 30; GVT is 40. */
static void old_snapshots(bool spare, bool kill)
{
	begin(false);
	st.core.spare = spare;
	if (spare)
		snapshot(&st, 2);
	IS(send_at(&st, 2, 1, 0, 10, 1), 0);
	IS(send_at(&st, 2, 1, 0, 20, 1), 0);
	IS(send_at(&st, 2, 1, 0, 30, 1), 0);
	IS(send_at(&st, 2, 1, 0, 40, 1), 0);
	tw_proc_set_snapshots(proc(&st, 1), 1, 0, 0, 0);
	IS(receive(&st, 1, 1), 10);
	IS(receive(&st, 1, 1), SNAPSHOT);
	snapshot(&st, 1);
	IS(receive(&st, 1, 1), 20);
	IS(receive(&st, 1, 1), SNAPSHOT);
	snapshot(&st, 1);
	IS(receive(&st, 1, 1), 30);
	IS(receive(&st, 2, 1), WAIT);
	tw_proc_set_snapshots(proc(&st, 1), 64, 0, 0, 0);
	IS(receive(&st, 1, 1), 40);
	if (kill)
		kill_snapshot(&st, 1, 3);
	gvt_round(&st);
}

static void test_one_old_snapshot(void)
{
	old_snapshots(false, false);
	IS(gvt_round(&st), 40);
	IS(stat().snapshots_live, 2); /* and that of process 2 */
}

/* More than is freed under one taking of the lock. */
static void test_many_fossils(void)
{
	const u64 n = 500;
	u64 i;

	begin(false);
	tw_proc_set_snapshots(proc(&st, 2), 2 * n, 0, 0, 0);
	for (i = 1; i <= n; i++)
		IS(send_at(&st, 1, 2, 0, i, 1), 0);
	for (i = 1; i <= n; i++)
		IS(receive(&st, 2, 1), i);
	IS(receive(&st, 1, 1), WAIT);
	IS(receive(&st, 2, 1), WAIT);
	IS(gvt_round(&st), TW_TIME_INF);
	IS(stat().messages, 0);
	IS(stat().fossils, n);
	IS(stat().committed, n);
	CHECK(list_empty(&proc(&st, 1)->sent));
}

/* Whoever kills the one after which all is committed finds another before it. */
static void test_spare(void)
{
	struct tw_op op;
	struct tw_snap *s;

	old_snapshots(true, false);
	IS(gvt_round(&st), 40);
	IS(stat().snapshots_live, 4);
	s = list_last_entry(&proc(&st, 1)->snaps, struct tw_snap, link);
	tw_op_begin(&op, &st.core);
	tw_inc_gone(&op, s->inc, 9);
	tw_op_end(&op);
	stage_work(&op);
	IS(stat().snapshots_live, 3);
	leave(&st, 1, 9);
	IS(st.failure, TW_FAILURE_NONE);
	IS(stat().lost, 1);
	IS(park(&st, 1, 2), 0);
	IS(receive(&st, 1, 1), 20);
}

/*
 * All snapshots but the oldest two are killed, with the incarnation, and the core
 * hears of that first. Each of the dead is resumed, and is no attempt.
 */
static void test_killed_at_once(void)
{
	u64 i;

	begin(false);
	st.core.spare = true;
	tw_proc_set_snapshots(proc(&st, 1), 1, 0, 0, 0);
	for (i = 1; i <= 12; i++) {
		IS(send_at(&st, 2, 1, 0, 10 * i, 1), 0);
		IS(receive(&st, 1, 1), 10 * i);
		snapshot(&st, 1);
	}
	IS(stat().snapshots_live, 14);
	for (i = 3; i <= 13; i++)
		kill_snapshot(&st, 1, i);
	leave(&st, 1, 9);
	for (i = 12; i >= 3 && st.proc[0].running; i--) {
		IS(st.proc[0].now.key.recv_time, 10 * i);
		leave(&st, 1, 9);
	}
	IS(st.proc[0].now.key.recv_time, 20);
	if (st.proc[0].running)
		leave(&st, 1, 15);
	IS(stat().lost, 12);
	IS(st.proc[0].state, TW_PROCESS_RUNNING);
	IS(st.proc[0].now.key.recv_time, 10);
	IS(st.failure, TW_FAILURE_NONE);
	IS(park(&st, 1, 2), 0);
	IS(receive(&st, 1, 1), 20);
}

/* Nobody is left: it is not waited for anybody. */
static void test_all_killed_at_once(void)
{
	begin(false);
	kill_snapshot(&st, 1, 1);
	leave(&st, 1, 9);
	IS(st.proc[0].state, TW_PROCESS_RUNNING);
	leave(&st, 1, 9);
	IS(st.proc[0].state, TW_PROCESS_EXITED);
	IS(st.proc[0].exit_status, 9);
}

/* Those that are killed already are no spares, and no reason to free older ones. */
static void test_dying_spares(void)
{
	old_snapshots(true, true);
	IS(gvt_round(&st), 40);
	IS(list_first_entry(&proc(&st, 1)->snaps, struct tw_snap, link)->token, 1);
	IS(stat().snapshots_live, 5);
}

/* One that waits, and has lost one, does not wait for a message first. */
static void test_company_while_waiting(void)
{
	struct tw_proc *p = proc(&st, 2);
	struct tw_op op;
	u32 seen;

	begin(false);
	st.core.spare = true;
	IS(receive(&st, 2, 1), SNAPSHOT);
	IS(receive(&st, 2, 1), WAIT);
	snapshot(&st, 2);
	IS(receive(&st, 2, 1), WAIT);
	seen = tw_wakes(p);
	tw_op_begin(&op, &st.core);
	tw_inc_gone(&op, list_first_entry(&p->snaps, struct tw_snap, link)->inc, 9);
	tw_op_end(&op);
	stage_work(&op);
	CHECK(tw_wakes(p) != seen);
	IS(receive(&st, 2, 1), SNAPSHOT);
	snapshot(&st, 2);
	IS(receive(&st, 2, 1), WAIT);
	IS(p->stats.snapshots_live, 2);
}

/* One that is alone is due for company, by a page as well. */
static void test_alone(void)
{
	struct tw_process_page *page;

	begin(false);
	st.core.spare = true;
	page = map(&st, 1);
	IS(page->snapshot_at, 1);
	IS(send_at(&st, 2, 1, 0, 10, 1), 0);
	IS(send_at(&st, 2, 1, 0, 20, 1), 0);
	IS(receive(&st, 1, 1), 10);
	page->events = 1;
	IS(receive(&st, 1, 1), SNAPSHOT);
	snapshot(&st, 1);
	IS(page->snapshot_at, 65);
	IS(receive(&st, 1, 1), 20);
}

/* Who waits at 10 writes 5 into its page, and is killed: 12 is committed already. */
static void test_lie(void)
{
	struct tw_process_page *page;

	begin(false);
	page = map(&st, 1);
	IS(send_at(&st, 2, 1, 0, 10, 1), 0);
	IS(receive(&st, 1, 1), 10);
	page->time = 10;
	IS(send_at(&st, 1, 3, 10, 12, 1), 0);
	IS(receive(&st, 1, 1), WAIT);
	IS(send_at(&st, 2, 2, 0, 50, 1), 0);
	IS(receive(&st, 2, 1), 50);
	IS(gvt_round(&st), 50);
	page->time = 5;
	leave(&st, 1, 9);
	IS(st.failure, TW_FAILURE_CAUSALITY);
	IS(st.core.failed_process, 1);
	IS(stat().balance, 0);
}

/* ---- lazy cancellation ---- */

static void test_lazy_hit(void)
{
	begin(true);
	unsend_from_1(NULL);
	IS(receive(&st, 2, 1), 30);
	IS(stat().antimessages, 0);
	leave(&st, 1, 9);
	IS(park(&st, 1, 1), 0);
	IS(receive(&st, 1, 1), 20);
	IS(send_at(&st, 1, 2, 20, 30, 2), 1);
	IS(receive(&st, 1, 1), WAIT);
	IS(stat().lazy_hits, 1);
	IS(stat().antimessages, 0);
	IS(stat().rollbacks_secondary, 0);
}

static void test_lazy_miss(void)
{
	begin(true);
	unsend_from_1(NULL);
	IS(receive(&st, 2, 1), 30);
	leave(&st, 1, 9);
	IS(park(&st, 1, 1), 0);
	IS(receive(&st, 1, 1), 20);
	IS(send_at(&st, 1, 2, 20, 30, 77), 0);
	IS(stat().antimessages, 0);
	IS(receive(&st, 1, 1), WAIT);
	IS(stat().antimessages, 1);
	IS(stat().rollbacks_secondary, 1);
	IS(park(&st, 2, 1), 0);
	IS(receive(&st, 2, 1), 30);
	IS(receive(&st, 2, 1), WAIT);
	IS(stat().balance, 0);
}

/* A payload elsewhere is that of an earlier send, or of none; it is let go once. */
static void test_outside(void)
{
	struct flight f = { .outside = true }, inside = {};

	released = 0;
	begin(true);
	IS(send_at(&st, 2, 1, 0, 20, 1), 0);
	IS(receive(&st, 1, 1), 20);
	IS(send_begin(&st, &f, 1, 2, 20, 30, 2), 0);
	send_end(&st, &f);
	IS(send_begin(&st, &f, 1, 3, 20, 31, 500), 0);
	send_end(&st, &f);
	IS(send_at(&st, 2, 1, 0, 10, 3), 0);
	IS(park(&st, 1, 1), 0);
	IS(receive(&st, 1, 1), 10);
	IS(receive(&st, 1, 1), 20);
	/* the same bytes, but not elsewhere, are another message */
	IS(send_begin(&st, &inside, 1, 2, 20, 30, 2), 0);
	send_end(&st, &inside);
	IS(released, 0);
	IS(send_begin(&st, &f, 1, 3, 20, 31, 500), 1);
	IS(released, 1);
	IS(stat().lazy_hits, 1);
	IS(receive(&st, 1, 1), WAIT);
	IS(released, 2);
	IS(receive(&st, 2, 1), 30);
	IS(receive(&st, 2, 1), WAIT);
	IS(gvt_round(&st), TW_TIME_INF);
	stage_read(&st, 3, U32_MAX);
	IS(stat().committed_bytes, 500);
	stage_clear(&st);
	IS(released, 3);
	begin(false);
}

/* What its messages choose goes before what process 1 is. */
static void test_choice(bool lazy)
{
	struct flight f = { .cancellation = lazy ? TW_CANCEL_AGGRESSIVE :
						   TW_CANCEL_LAZY };
	int again;

	begin(lazy);
	IS(send_at(&st, 2, 1, 0, 20, 1), 0);
	IS(receive(&st, 1, 1), 20);
	IS(send_begin(&st, &f, 1, 2, 20, 30, 2), 0);
	send_end(&st, &f);
	IS(send_at(&st, 1, 2, 20, 31, 3), 0);
	IS(send_at(&st, 2, 1, 0, 10, 4), 0);
	IS(park(&st, 1, 1), 0);
	IS(stat().antimessages, 1);
	IS(stat().annihilated_pending, 1);
	IS(receive(&st, 2, 1), lazy ? 31 : 30);
	IS(receive(&st, 1, 1), 10);
	IS(receive(&st, 1, 1), 20);
	again = send_begin(&st, &f, 1, 2, 20, 30, 2);
	IS(again, lazy ? 0 : 1);
	if (!again)
		send_end(&st, &f);
	IS(send_at(&st, 1, 2, 20, 31, 3), lazy ? 1 : 0);
	IS(receive(&st, 1, 1), WAIT);
	IS(stat().lazy_hits, 1);
	IS(stat().antimessages, 1);
	IS(stat().balance, 0);
}

static void test_choice_aggressive(void)
{
	test_choice(true);
}

static void test_choice_lazy(void)
{
	test_choice(false);
}

/* ---- interleavings that broke it ---- */

/*
 * The process shows that it is about to begin an event at 38; a message for 26
 * waits; a straggler for 37 comes. What the process sends at 26 it has not sent
 * before. It was taken for a repetition: a violation.
 */
static void test_floor_counts_pending(void)
{
	struct tw_process_page *page;

	begin(false);
	page = map(&st, 1);
	IS(send_at(&st, 2, 1, 0, 26, 1), 0);
	page->time = 38;
	IS(send_at(&st, 2, 1, 0, 37, 1), 0);
	IS(park(&st, 1, 1), 0);
	page = map(&st, 1);
	IS(receive(&st, 1, 1), 26);
	page->time = 26;
	IS(send_at(&st, 1, 2, 26, 30, 1), 0);
	IS(stat().violations, 0);
}

/*
 * A process that waits is killed from outside when GVT has gone past its
 * position. Its output was unsent, below GVT.
 */
static void test_lost_while_waiting(void)
{
	begin(false);
	IS(send_at(&st, 2, 1, 0, 10, 1), 0);
	IS(receive(&st, 1, 1), 10);
	IS(send_at(&st, 1, 3, 10, 12, 1), 0);
	IS(receive(&st, 1, 1), WAIT);
	IS(send_at(&st, 2, 2, 0, 50, 1), 0);
	IS(receive(&st, 2, 1), 50);
	IS(gvt_round(&st), 50);
	leave(&st, 1, 9);
	IS(stat().antimessages, 0);
	IS(park(&st, 1, 1), 0);
	IS(receive(&st, 1, 1), 10);
	IS(send_at(&st, 1, 3, 10, 12, 1), 1);
	IS(receive(&st, 1, 1), WAIT);
	IS(stat().coasted, 1);
}

/*
 * The process stores its next position, 40, sees that a message for 20 waits,
 * and takes it. Before it stores 20, GVT is computed: it was 40.
 */
static void test_page_lowered(void)
{
	struct tw_process_page *page;

	begin(false);
	page = map(&st, 1);
	IS(send_at(&st, 2, 1, 0, 20, 1), 0);
	page->time = 40;
	IS(receive_until(&st, 1, 40, 1, true), 20);
	IS(receive(&st, 2, 1), WAIT);
	IS(gvt_round(&st), 20);
}

/* The process of this page goes on to 20 when the core has looked at so much. */
static struct tw_process_page *moving;
static u32 moves_after;

static void move(void)
{
	if (moves_after--)
		return;
	between = NULL;
	moving->priority = U64_MAX;
	moving->time = 20;
	moving->priority = 1;
}

/*
 * A process that is past priority 5 of time 10 goes on while a message for
 * priority 3 comes: wherever the core was with reading the position, the message
 * is late.
 */
static void test_position_moves(void)
{
	u32 after;

	for (after = 0; after < 8; after++) {
		struct flight f = { .priority = 3 };

		begin(false);
		moving = map(&st, 1);
		moving->priority = 5;
		moving->time = 10;
		IS(send_begin(&st, &f, 2, 1, 0, 10, 1), 0);
		moves_after = after;
		between = move;
		send_end(&st, &f);
		between = NULL;
		IS(stat().rollbacks_primary, 1);
		stage_clear(&st);
	}
	begin(false);
}

static void advance(void)
{
	if (moves_after--)
		return;
	between = NULL;
	st.core.gvt = 11;
}

/*
 * GVT passes 10 while the core looks for committed messages for a process, with one
 * for 10. It found nothing yet, and then that there is no need to wait.
 */
static void test_committed_meanwhile(void)
{
	u32 after;

	for (after = 0; after < 8; after++) {
		u64 time;

		begin(false);
		map(&st, 1);
		IS(send_at(&st, 2, 1, 0, 10, 1), 0);
		moves_after = after;
		between = advance;
		time = receive_committed(&st, 1);
		between = NULL;
		CHECK(time == 10 || time == WAIT);
		stage_clear(&st);
	}
	begin(false);
}

/*
 * The process has sent 12 at 10. It shows that 50 is next, and GVT becomes 30. It
 * finds a message for 40, shows 10 again, and is killed: 12 was unsent, below GVT.
 */
static void test_claim_given_up(void)
{
	struct tw_process_page *page;

	begin(false);
	page = map(&st, 1);
	IS(send_at(&st, 2, 1, 0, 10, 1), 0);
	IS(send_at(&st, 2, 1, 0, 50, 1), 0);
	IS(send_at(&st, 2, 2, 0, 30, 1), 0);
	IS(receive(&st, 1, 2), 10);
	page->time = 10;
	IS(send_at(&st, 1, 3, 10, 12, 1), 0);
	IS(receive(&st, 2, 1), 30);
	IS(send_at(&st, 2, 1, 30, 40, 1), 0);
	page->time = 50;
	IS(page->next, 40);
	IS(gvt_round(&st), 30);
	page->time = 10;
	leave(&st, 1, 9);
	IS(stat().antimessages, 0);
	IS(st.failure, TW_FAILURE_NONE);
}

/* One call hands over 50, and then 30, which came meanwhile. LVT stayed at 50. */
static void test_second_batch_is_earlier(void)
{
	struct tw_process_page *page;

	begin(false);
	page = map(&st, 1);
	IS(send_at(&st, 2, 1, 0, 50, 1), 0);
	IS(receive_until(&st, 1, TW_TIME_INF, 1, true), 50);
	IS(send_at(&st, 2, 1, 0, 30, 1), 0);
	IS(receive_until(&st, 1, TW_TIME_INF, 1, false), 30);
	page->time = 30;
	IS(send_at(&st, 1, 2, 30, 40, 1), 0);
}

/* exit(0) in a wrong future, with output of 20 in the buffer: GVT went past 20. */
static void test_exit_unsent(void)
{
	struct tw_process_page *page;

	begin(false);
	page = map(&st, 1);
	page->time = 60;
	page->hold = 20;
	leave(&st, 1, 0);
	IS(receive(&st, 2, 1), WAIT);
	IS(gvt_round(&st), 20);
	IS(gvt_round(&st), 20);
	IS(st.failure, TW_FAILURE_PROCESS);
}

/*
 * Two messages of one key are in the input queue, of two lives of the sender: one
 * is on its way to be unsent. They were handed over in the reverse order after
 * a rollback.
 */
static void test_equal_messages(void)
{
	struct tw_message *m;
	u64 last = 0;

	stage_set(&st, 2, true);
	IS(send_at(&st, 2, 1, 0, 5, 1), 0);
	snapshot(&st, 1);
	snapshot(&st, 2);
	IS(receive(&st, 1, 1), 5);
	IS(send_at(&st, 1, 2, 5, 30, 1), 0);
	leave(&st, 1, 9);
	IS(park(&st, 1, 1), 0);
	IS(receive(&st, 1, 1), 5);
	IS(send_at(&st, 1, 2, 5, 30, 2), 0);
	IS(receive(&st, 2, 2), 30);
	leave(&st, 2, 9);
	IS(park(&st, 2, 1), 0);
	IS(receive(&st, 2, 2), 30);
	list_for_each_entry(m, &st.proc[1].delivered, delivered) {
		CHECK(m->key.generation > last);
		last = m->key.generation;
	}
}

/* A process is killed between the scan that found +infinity and its publication. */
static void test_lost_at_the_end(void)
{
	struct tw_op op;

	begin(false);
	IS(send_at(&st, 2, 1, 0, 10, 1), 0);
	IS(receive(&st, 1, 1), 10);
	IS(receive(&st, 1, 1), WAIT);
	IS(receive(&st, 2, 1), WAIT);
	tw_gvt_begin(&st.core);
	tw_op_begin(&op, &st.core);
	IS(tw_gvt_scan(&op, &st.core), TW_TIME_INF);
	leave(&st, 1, 9);
	CHECK(tw_gvt_publish(&op, &st.core, TW_TIME_INF) < TW_TIME_INF);
	tw_op_end(&op);
	IS(park(&st, 1, 1), 0);
	IS(receive(&st, 1, 1), 10);
	IS(receive(&st, 1, 1), WAIT);
	IS(gvt_round(&st), TW_TIME_INF);
}

/*
 * A page lies: it shows the end of time. The snapshot that is resumed coasts until
 * then, so the domain ends and drops all snapshots; and it dies before it has run.
 */
static void test_lost_after_the_end(void)
{
	struct tw_process_page *page;

	begin(false);
	page = map(&st, 1);
	page->time = TW_TIME_INF;
	IS(receive(&st, 2, 1), WAIT);
	kill_snapshot(&st, 1, 1);
	leave(&st, 1, 9);
	CHECK(st.proc[0].running && !st.proc[0].running->seen);
	while (gvt_round(&st) < TW_TIME_INF)
		;
	CHECK(list_empty(&st.proc[0].snaps));
	leave(&st, 1, 9);
	IS(st.proc[0].state, TW_PROCESS_EXITED);
	IS(st.failure, TW_FAILURE_NONE);
}

/*
 * A snapshot was taken while the page showed the largest priority, and the older
 * ones are gone. The process is killed where it was: the snapshot was not taken
 * to be before its position, and the domain failed for want of one.
 */
static void test_lost_at_a_claim(void)
{
	struct tw_process_page *page;

	begin(false);
	page = map(&st, 1);
	page->priority = U64_MAX;
	page->time = 8;
	snapshot(&st, 1);
	IS(receive_until(&st, 1, 20, 1, true), NOTHING);
	IS(receive(&st, 2, 1), WAIT);
	IS(gvt_round(&st), 20);
	leave(&st, 1, 9);
	IS(st.failure, TW_FAILURE_NONE);
	IS(park(&st, 1, 2), 0);
	IS(receive(&st, 1, 1), WAIT);
	IS(gvt_round(&st), TW_TIME_INF);
}

/* Process 1 has sent at 0 and at 20 when it is dropped at GVT 15: the first stands. */
static void test_dropped(void)
{
	struct tw_op op;

	stage_set(&st, 3, false);
	snapshot(&st, 1);
	snapshot(&st, 2);
	snapshot(&st, 3);
	IS(send_at(&st, 1, 2, 0, 40, 1), 0);
	IS(send_at(&st, 1, 1, 0, 20, 1), 0);
	IS(send_at(&st, 3, 3, 0, 15, 1), 0);
	IS(receive(&st, 3, 1), 15);
	IS(receive(&st, 1, 1), 20);
	IS(send_at(&st, 1, 2, 20, 50, 1), 0);
	IS(receive(&st, 2, 2), 40);
	IS(gvt_round(&st), 15);
	tw_op_begin(&op, &st.core);
	tw_drop(&op, proc(&st, 1));
	tw_op_end(&op);
	CHECK(!list_empty(&op.kills));
	stage_work(&op);
	IS(stat().rollbacks_secondary, 1);
	IS(stat().antimessages, 1);
	IS(stat().balance, 0);
	IS(proc(&st, 1)->state, TW_PROCESS_DEAD);
	IS(park(&st, 1, 1), -ECANCELED);
	IS(park(&st, 2, 1), 0);
	IS(receive(&st, 2, 2), 40);
	/* nobody is there for it, and it is no straggler */
	IS(send_at(&st, 3, 1, 15, 16, 1), 0);
	IS(st.failure, 0);
	IS(receive(&st, 3, 1), WAIT);
	IS(receive(&st, 2, 2), WAIT);
	IS(gvt_round(&st), TW_TIME_INF);
	IS(stat().balance, 0);
}

/* ---- whose turn it is ---- */

static u32 state(u64 id)
{
	struct tw_process_stat s = {};

	tw_proc_stat(proc(&st, id), &s);
	return s.state;
}

/* Three processes, of which so many may run; each has a message for itself. */
static void compete(int running, u64 window)
{
	u64 id;

	stage_limit(&st, 3, running, window, 1);
	for (id = 1; id <= 3; id++) {
		IS(send_at(&st, id, id, 0, 10 * id, 1), 0);
		snapshot(&st, id);
	}
}

/* One may run, and has come to 10. */
static void compete_for_one(void)
{
	compete(1, 0);
	IS(receive(&st, 3, 1), WAIT);
	IS(state(3), TW_PROCESS_HELD);
	IS(receive(&st, 2, 1), WAIT);
	IS(stat().held, 2);
	IS(receive(&st, 1, 1), 10);
}

/* The one that is farthest behind goes on, whoever asks first. */
static void test_lowest_first(void)
{
	compete_for_one();
	IS(send_at(&st, 1, 1, 10, 21, 1), 0);
	IS(send_at(&st, 1, 1, 10, 22, 1), 0);
	/* the slack is 1 */
	IS(receive(&st, 1, 1), 21);
	IS(receive(&st, 1, 1), WAIT);
	IS(receive(&st, 3, 1), WAIT);
	IS(receive(&st, 2, 1), 20);
	IS(receive(&st, 2, 1), WAIT);
	IS(receive(&st, 3, 1), WAIT);
	IS(receive(&st, 1, 1), 22);
	IS(receive(&st, 1, 1), WAIT);
	IS(receive(&st, 3, 1), 30);
	IS(receive(&st, 3, 1), WAIT);
	IS(stat().held, 0);
	IS(gvt_round(&st), TW_TIME_INF);
}

/* Who waits and is sent to is held without being woken, and in its place. */
static void test_held_asleep(void)
{
	u32 wakes;

	compete_for_one();
	IS(receive(&st, 1, 1), WAIT);
	IS(receive(&st, 2, 1), 20);
	IS(receive(&st, 2, 1), WAIT);
	IS(receive(&st, 3, 1), 30);
	wakes = tw_wakes(proc(&st, 2));
	IS(send_at(&st, 3, 2, 30, 45, 1), 0);
	IS(send_at(&st, 3, 2, 30, 35, 1), 0);
	IS(state(2), TW_PROCESS_HELD);
	IS(tw_wakes(proc(&st, 2)), wakes);
	CHECK(!tw_receive_ready(proc(&st, 2)));
	IS(send_at(&st, 3, 3, 30, 40, 1), 0);
	IS(receive(&st, 3, 1), WAIT);
	CHECK(tw_wakes(proc(&st, 2)) != wakes);
	CHECK(tw_receive_ready(proc(&st, 2)));
	IS(receive(&st, 2, 1), 35);
	IS(receive(&st, 2, 1), WAIT);
	IS(receive(&st, 3, 1), 40);
}

/* An event at GVT is not held, though another has not given up its turn. */
static void test_gvt_is_never_held(void)
{
	compete_for_one();
	IS(send_at(&st, 1, 1, 10, 20, 1), 0);
	IS(receive(&st, 1, 1), 20);
	IS(receive(&st, 2, 1), WAIT);
	IS(gvt_round(&st), 20);
	IS(receive(&st, 3, 1), WAIT);
	IS(receive(&st, 2, 1), 20);
}

/* One that sleeps in the middle of an event leaves its turn to others. */
static void test_sleepers_do_not_count(void)
{
	compete_for_one();
	IS(gvt_round(&st), 10);
	IS(receive(&st, 2, 1), WAIT);
	fall_asleep(&st, 1);
	IS(gvt_round(&st), 10);
	IS(receive(&st, 3, 1), WAIT);
	IS(receive(&st, 2, 1), 20);
}

/* What a rollback resumes runs at once; the other gives way when it asks. */
static void test_resumed_runs(void)
{
	struct flight f = {};

	compete_for_one();
	IS(send_begin(&st, &f, 1, 2, 10, 15, 1), 0);
	IS(receive(&st, 1, 1), WAIT);
	IS(receive(&st, 2, 1), 20);
	IS(receive(&st, 2, 1), WAIT);
	IS(receive(&st, 3, 1), 30);
	IS(send_at(&st, 3, 3, 30, 31, 1), 0);
	send_end(&st, &f);
	IS(state(2), TW_PROCESS_RUNNING);
	IS(receive(&st, 3, 1), WAIT);
	IS(park(&st, 2, 1), 0);
	IS(receive(&st, 2, 1), 15);
	IS(receive(&st, 2, 1), 20);
	IS(receive(&st, 3, 1), WAIT);
	IS(receive(&st, 2, 1), WAIT);
	IS(receive(&st, 3, 1), 31);
}

static void test_window(void)
{
	compete(3, 12);
	IS(receive(&st, 1, 1), 10);
	IS(receive(&st, 2, 1), WAIT);
	IS(receive(&st, 3, 1), WAIT);
	IS(stat().held, 2);
	IS(stat().window, 12);
	IS(send_at(&st, 1, 1, 10, 18, 1), 0);
	IS(gvt_round(&st), 10);
	IS(receive(&st, 3, 1), WAIT);
	IS(receive(&st, 2, 1), 20);
	IS(receive(&st, 1, 1), 18);
	IS(gvt_round(&st), 18);
	IS(receive(&st, 3, 1), 30);
	IS(stat().throttled, 2);
}

/* A vector ends where the window does. */
static void test_window_cuts_vectors(void)
{
	compete(3, 12);
	IS(receive(&st, 1, 1), 10);
	IS(send_at(&st, 1, 1, 10, 11, 1), 0);
	IS(send_at(&st, 1, 1, 10, 12, 1), 0);
	IS(send_at(&st, 1, 1, 10, 13, 1), 0);
	IS(receive(&st, 1, 8), 11);
	IS(proc(&st, 1)->now.key.recv_time, 12);
	IS(receive(&st, 1, 8), WAIT);
}

static void test_snapshot_bounds(void)
{
	struct tw_proc p = {};

	begin(false);
	IS(tw_proc_set_snapshots(&p, 0, 0, 0, 0), 0);
	CHECK(p.interval_min < p.interval_max && p.snaps_max >= 2);
	IS(tw_proc_set_snapshots(&p, 7, 0, 0, 0), 0);
	IS(p.interval, 7);
	IS(tw_proc_set_snapshots(&p, 0, 0, 3, 0), 0);
	IS(p.interval, 3);
	IS(tw_proc_set_snapshots(&p, 0, 2000000, 0, 2), 0);
	IS(p.interval, 2000000);
	IS(p.snaps_max, 2);
	IS(tw_proc_set_snapshots(&p, 0, 4, 4, 0), 0);
	IS(tw_proc_set_snapshots(&p, 0, 5, 4, 0), -EINVAL);
	IS(tw_proc_set_snapshots(&p, 7, 7, 0, 0), -EINVAL);
	IS(tw_proc_set_snapshots(&p, 7, 0, 7, 0), -EINVAL);
	IS(tw_proc_set_snapshots(&p, 0, 0, 0, 1), -EINVAL);
	IS(p.interval, 4);
}

#define AHEAD 1000

/* However far it is ahead, snapshots are few, and the denser the younger. */
static void test_thinning(void)
{
	const struct tw_snap *s, *before = NULL;
	u32 i, n = 0;

	stage_set(&st, 2, false);
	tw_proc_set_snapshots(&st.proc[0], 1, 0, 0, 16);
	snapshot(&st, 1);
	snapshot(&st, 2);
	for (i = 1; i <= AHEAD; i++) {
		IS(send_at(&st, 2, 1, 0, i, 1), 0);
		IS(receive(&st, 1, 1), i == 1 ? 1 : SNAPSHOT);
		if (i > 1) {
			snapshot(&st, 1);
			IS(receive(&st, 1, 1), i);
		}
	}
	list_for_each_entry(s, &st.proc[0].snaps, link) {
		if (before)
			CHECK(s->pos.events - before->pos.events <=
			      2 + 2 * (AHEAD - s->pos.events));
		before = s;
		n++;
	}
	IS(n, 16);
	IS(st.proc[0].stats.snapshots_live, 16);
	IS(st.proc[0].stats.snapshots_thinned, AHEAD - 16);
	s = list_first_entry(&st.proc[0].snaps, struct tw_snap, link);
	IS(s->pos.events, 0);
	IS(before->pos.events, AHEAD - 1);
	IS(send_at(&st, 2, 1, 0, AHEAD - 20, 1), 0);
	IS(stat().rollbacks_primary, 1);
	CHECK(st.proc[0].now.events >= AHEAD - 20 - 2 - 2 * 20);
	IS(st.failure, TW_FAILURE_NONE);
}

/* As many as can be, and a spare: the sum is not none. */
static void test_no_thinning(void)
{
	u32 i;

	stage_set(&st, 2, false);
	st.core.spare = true;
	tw_proc_set_snapshots(&st.proc[0], 1, 0, 0, U32_MAX);
	snapshot(&st, 1);
	for (i = 1; i <= 4; i++) {
		IS(send_at(&st, 2, 1, 0, i, 1), 0);
		IS(receive(&st, 1, 1), i);
		snapshot(&st, 1);
	}
	IS(st.proc[0].stats.snapshots_live, 5);
}

/* ---- who restores its states itself ---- */

/* Process 1 has handled 10 and 20, with a snapshot before each. */
static void begin_in_place(void)
{
	stage_set(&st, 2, false);
	st.proc[0].in_place = true;
	tw_proc_set_snapshots(&st.proc[0], 1, 0, 0, 0);
	IS(announce(&st, 1), 1);
	snapshot(&st, 2);
	IS(send_at(&st, 2, 1, 0, 10, 1), 0);
	IS(send_at(&st, 2, 1, 0, 20, 1), 0);
	IS(receive(&st, 1, 1), 10);
	IS(receive(&st, 1, 1), SNAPSHOT);
	IS(announce(&st, 1), 2);
	IS(receive(&st, 1, 1), 20);
	IS(stat().snapshots_live, 3);
}

static void test_in_place(void)
{
	struct tw_inc *inc;
	u64 token;

	begin_in_place();
	inc = st.proc[0].running;
	IS(restore(&st, 1, &token), -EINVAL);
	IS(park(&st, 1, 2), -EINVAL);
	IS(send_at(&st, 2, 1, 0, 15, 1), 0);
	IS(stat().rollbacks_primary, 1);
	CHECK(tw_receive_ready(proc(&st, 1)));
	/* no call does anything before it has gone back */
	IS(receive(&st, 1, 1), STALE);
	IS(send_at(&st, 1, 2, 20, 30, 1), -ESTALE);
	IS(announce(&st, 1), 0);
	IS(give_up(&st, 1, 1), -ESTALE);
	IS(stat().sends, 3);
	IS(restore(&st, 1, &token), 0);
	IS(token, 2);
	IS(restore(&st, 1, &token), -EINVAL);
	CHECK(st.proc[0].running == inc);
	IS(receive(&st, 1, 1), 15);
	IS(receive(&st, 1, 1), SNAPSHOT);
	IS(announce(&st, 1), 3);
	IS(receive(&st, 1, 1), 20);
	IS(receive(&st, 1, 1), WAIT);
	IS(receive(&st, 2, 1), WAIT);
	IS(gvt_round(&st), TW_TIME_INF);
	IS(st.failure, TW_FAILURE_NONE);
}

/* Rolled back again before it has noticed, and while it is told. */
static void test_in_place_again(void)
{
	struct tw_restore_to to;
	struct tw_who who;
	u64 token;

	begin_in_place();
	who = st.proc[0].running->who;
	IS(send_at(&st, 2, 1, 0, 15, 1), 0);
	IS(tw_restore(proc(&st, 1), &who, &to), 0);
	IS(to.token, 2);
	IS(send_at(&st, 2, 1, 0, 5, 1), 0);
	IS(tw_restored(proc(&st, 1), &who, &to), -ESTALE);
	IS(receive(&st, 1, 1), STALE);
	IS(restore(&st, 1, &token), 0);
	IS(token, 1);
	IS(receive(&st, 1, 1), 5);
}

/* What it writes to its page before it has noticed is not believed. */
static void test_in_place_page(void)
{
	struct tw_process_page *page;
	u64 token;

	stage_set(&st, 2, false);
	st.proc[0].in_place = true;
	page = map(&st, 1);
	IS(announce(&st, 1), 1);
	snapshot(&st, 2);
	page->time = 20;
	page->events = 3;
	IS(send_at(&st, 2, 1, 0, 10, 1), 0);
	IS(page->resumes, 1);
	page->time = 100;
	page->events = 50;
	page->hold = 3;
	IS(send_at(&st, 2, 1, 0, 15, 1), 0);
	IS(stat().rollbacks_primary, 1);
	IS(stat().events, 3);
	IS(receive(&st, 2, 1), WAIT);
	IS(gvt_round(&st), 10);
	IS(restore(&st, 1, &token), 0);
	IS(page->time, 0);
	IS(page->hold, TW_TIME_INF);
	IS(page->events, 0);
	IS(page->next, 10);
	IS(page->resumes, 1);
	IS(receive_until(&st, 1, 12, 2, true), 10);
}

/*
 * Two events of one sender, time and priority are one position, and two states.
 * The second was given the name of the first; a process that went back to it had
 * one event more than the core thought, and was asked for a snapshot for ever.
 */
static void test_one_position_two_states(void)
{
	struct tw_process_page *page;
	u64 first;

	stage_set(&st, 1, false);
	st.proc[0].in_place = true;
	page = map(&st, 1);
	page->time = 5;
	page->events = 1;
	first = announce(&st, 1);
	IS(announce(&st, 1), first);
	page->events = 2;
	CHECK(announce(&st, 1) != first);
}

/* A bad end of a wrong future is undone; else it is real when GVT has come to it. */
static void test_in_place_exit(void)
{
	u64 token;

	begin_in_place();
	IS(give_up(&st, 2, 1), -EINVAL);
	IS(give_up(&st, 1, 11), -EINPROGRESS);
	IS(receive(&st, 1, 1), REPLACED);
	IS(send_at(&st, 2, 1, 0, 15, 1), 0);
	IS(give_up(&st, 1, 11), -ESTALE);
	IS(restore(&st, 1, &token), 0);
	IS(token, 2);
	IS(receive(&st, 1, 1), 15);
	IS(give_up(&st, 1, 11), -EINPROGRESS);
	IS(receive(&st, 2, 1), WAIT);
	IS(gvt_round(&st), 15);
	IS(gvt_round(&st), 15);
	IS(st.failure, TW_FAILURE_PROCESS);
	IS(st.core.failed_status, 11);
	IS(st.core.failed_time, 15);
}

/* Its states are gone with it. */
static void test_in_place_lost(void)
{
	begin_in_place();
	leave(&st, 1, 9);
	IS(st.proc[0].state, TW_PROCESS_EXITED);
	IS(stat().snapshots_live, 1);
	IS(send_at(&st, 2, 1, 0, 15, 1), 0);
	IS(st.failure, TW_FAILURE_SNAPSHOT);
}

/* It is told which of its states it may forget. */
static void test_in_place_forgets(void)
{
	struct tw_announced out;
	struct tw_snap *s;
	struct tw_who who;
	struct tw_op op;
	u64 i;

	stage_set(&st, 2, false);
	st.proc[0].in_place = true;
	tw_proc_set_snapshots(&st.proc[0], 1, 0, 0, 3);
	snapshot(&st, 2);
	who = st.proc[0].running->who;
	for (i = 1; i <= 5; i++) {
		s = kmalloc(sizeof(*s), GFP_KERNEL);
		tw_op_begin(&op, &st.core);
		IS(tw_snapshot(&op, proc(&st, 1), &who, s, &out), 0);
		tw_op_end(&op);
		IS(out.token, i);
		IS(out.oldest, i == 5 ? 4 : 1);
		IS(out.thinned, i == 4 ? 2 : 0);
		if (i == 5)
			break;
		IS(send_at(&st, 2, 1, 0, 10 * i, 1), 0);
		IS(receive(&st, 1, 1), 10 * i);
		if (i < 4)
			continue;
		IS(receive(&st, 2, 1), WAIT);
		IS(gvt_round(&st), 40);
	}
}

#define MS 1000000

/* It shrinks by what is undone, and grows by what is waited for. */
static void test_window_learnt(void)
{
	u64 window;

	stage_limit(&st, 2, 2, TW_WINDOW_LEARNT, 1);
	IS(send_at(&st, 2, 1, 0, 100, 1), 0);
	snapshot(&st, 1);
	elapse(2 * MS);
	IS(receive(&st, 1, 1), 100);
	IS(stat().window, TW_TIME_INF);
	/* what is undone cost a snapshot, and that took two milliseconds */
	IS(send_at(&st, 2, 1, 0, 50, 1), 0);
	IS(park(&st, 1, 1), 0);
	IS(receive(&st, 1, 2), 50);
	IS(gvt_round(&st), 0);
	window = stat().window;
	IS(window, 75);
	IS(send_at(&st, 2, 2, 0, 90, 1), 0);
	snapshot(&st, 2);
	IS(receive(&st, 2, 1), WAIT);
	IS(state(2), TW_PROCESS_HELD);
	elapse(3 * MS);
	IS(receive(&st, 1, 1), WAIT);
	IS(gvt_round(&st), 90);
	IS(receive(&st, 2, 1), 90);
	gvt_round(&st);
	IS(stat().window, 101);
}

/*
 * A process is 100 ahead in one round, and is rolled back before the next. The
 * window shrinks from there: from where it was then it took dozens of rounds to grow
 * again, each of which everybody waited for.
 */
static void test_window_remembers(void)
{
	stage_limit(&st, 2, 2, TW_WINDOW_LEARNT, 1);
	IS(send_at(&st, 2, 1, 0, 100, 1), 0);
	snapshot(&st, 1);
	elapse(2 * MS);
	IS(receive(&st, 1, 1), 100);
	IS(gvt_round(&st), 0);
	IS(send_at(&st, 2, 1, 0, 10, 1), 0);
	IS(park(&st, 1, 1), 0);
	IS(receive(&st, 1, 1), 10);
	IS(gvt_round(&st), 0);
	IS(stat().window, 75);
}

/* What is for the time of a birth or before is missed, whichever comes first. */
static void test_missed(void)
{
	u64 kid = tw_spawn_id(1, 10, 0);

	stage_set(&st, 2, false);
	IS(send_at(&st, 2, kid, 0, 10, 1), 0);
	IS(send_at(&st, 2, kid, 0, 11, 2), 0);
	IS(send_at(&st, 2, 1, 0, 10, 3), 0);
	snapshot(&st, 1);
	IS(receive(&st, 1, 1), 10);
	IS(stat().missed, 0);
	IS(spawn(&st, 1), kid);
	IS(stat().missed, 1);
	IS(send_at(&st, 2, kid, 0, 10, 4), 0);
	IS(stat().missed, 2);
}

/* In place of the sink: 3 is a port. */
static void make_port(u64 promise)
{
	proc(&st, 3)->sink = false;
	proc(&st, 3)->port = true;
	proc(&st, 3)->lvt = promise;
}

static void begin_with_a_port(u64 promise)
{
	begin(false);
	make_port(promise);
}

/* Process 1 is at 10 and has a process with a task, which has sent for 50. */
static u64 begin_spawned(void)
{
	u64 kid;

	begin(false);
	IS(send_at(&st, 2, 1, 0, 10, 1), 0);
	IS(receive(&st, 1, 1), 10);
	kid = spawn(&st, 1);
	IS(embody(&st, kid), 0);
	IS(send_at(&st, kid, 2, 10, 50, 1), 0);
	return kid;
}

/*
 * A process waits for committed messages, and it is undone that it was created.
 * GVT passes where it waited. Expected: there is nothing to free. Seen: what it
 * had sent before that receive was freed again, from an empty queue.
 */
static void test_unspawned_committed(void)
{
	u64 kid = begin_spawned();

	IS(receive_committed(&st, kid), WAIT);
	IS(send_at(&st, 2, 1, 0, 5, 1), 0);
	IS(proc(&st, kid)->state, TW_PROCESS_UNBORN);
	IS(park(&st, 1, 1), 0);
	IS(receive(&st, 1, 1), 5);
	IS(receive(&st, 1, 1), 10);
	IS(send_at(&st, 1, 2, 10, 100, 1), 0);
	IS(receive(&st, 1, 1), WAIT);
	IS(receive(&st, 2, 1), 100);
	IS(gvt_round(&st), 100);
	IS(proc(&st, kid)->sends_freed, 0);
	IS(proc(&st, kid)->share.kept, 0);
}

/*
 * The domain fails in a GVT round, at whose end a process that nobody can reach
 * is taken out, while it keeps what it has sent to another one. Expected: both
 * are freed, and the message. Seen: the receiver was freed first, and the message
 * asked it for its domain.
 */
static void test_buried_sender(void)
{
	u64 kid[2];
	struct tw_proc *p;
	struct tw_op op;

	kid[0] = begin_spawned();
	kid[1] = spawn(&st, 1);
	IS(embody(&st, kid[1]), 0);
	IS(receive(&st, kid[1], 1), WAIT);
	IS(send_at(&st, kid[0], kid[1], 10, 60, 1), 0);
	IS(receive(&st, kid[0], 1), WAIT);
	IS(send_at(&st, 2, 1, 0, 20, 1), 0);
	IS(receive(&st, 1, 1), 20);
	snapshot(&st, 1);
	IS(receive(&st, 1, 1), WAIT);
	IS(receive(&st, 2, 1), 50);
	IS(gvt_round(&st), 50);
	st.core.state = TW_DOMAIN_FAILED;
	tw_op_begin(&op, &st.core);
	tw_core_for_each(&st.core, p)
		tw_drop_all(&op, p, false);
	tw_op_end(&op);
	stage_work(&op);
	tw_core_retire(&st.core);
	CHECK(st.core.retired);
}

/*
 * A creator coasts forward, creates otherwise than before, and is between the two
 * halves of that while GVT is published. The first creation is committed by it.
 * Expected: the domain fails, for who repeats history must repeat it. Seen: the new
 * process began another life with the task and the queues of its first.
 */
static void test_spawned_below_gvt(void)
{
	u64 kid = begin_spawned(), gvt;
	struct flight f;

	IS(send_at(&st, kid, 2, 10, 60, 1), 0);
	IS(receive(&st, kid, 1), WAIT);
	IS(send_at(&st, 2, 1, 0, 20, 1), 0);
	IS(receive(&st, 1, 1), 20);
	IS(send_at(&st, 2, 1, 0, 15, 1), 0);
	IS(park(&st, 1, 1), 0);
	IS(receive(&st, 1, 1), 10);
	IS(receive(&st, 2, 1), 50);
	tw_gvt_begin(&st.core);
	gvt = gvt_estimate(&st);
	IS(gvt, 15);
	spawn_begin(&st, &f, 1, 63);
	IS(gvt_commit(&st, gvt), 15);
	send_end(&st, &f);
	IS(st.failure, TW_FAILURE_CAUSALITY);
	IS(proc(&st, kid)->state, TW_PROCESS_WAITING);
	IS(proc(&st, kid)->now.sends, 2);
}

/* ---- the budget of memory ---- */

#define BUDGET (8 * TW_MEMORY_SNAPSHOT)
#define SINK 3

/* Send from process @id at @time until there is no room: how many were sent. */
static u32 fill(u64 id, u64 time)
{
	u32 n = 0;
	int err;

	while (!(err = send_at(&st, id, SINK, time, 2000 + n, n)))
		n++;
	IS(err, -ENOBUFS);
	return n;
}

/* Process 1 has come to 1000 and takes what it can get; 2 holds GVT at 0. */
static u32 begin_ahead(bool lazy)
{
	stage_set(&st, 2, lazy);
	tw_memory_set(&st.core, BUDGET);
	snapshot(&st, 1);
	snapshot(&st, 2);
	IS(send_at(&st, 2, 1, 0, 1000, 1), 0);
	IS(receive(&st, 1, 1), 1000);
	return fill(1, 1000);
}

static void cancelback(bool lazy)
{
	u32 ahead = begin_ahead(lazy), n;

	CHECK(stat().memory <= BUDGET - BUDGET / 8);
	for (n = 0; n < ahead; n++)
		while (send_at(&st, 2, SINK, 0, 3000 + n, n) == -ENOBUFS)
			IS(gvt_round(&st), 0);
	CHECK(stat().cancelbacks > 0);
	CHECK(stat().memory_peak <= BUDGET);
	IS(stat().resumes, 1);
	IS(stat().rollbacks_primary + stat().rollbacks_secondary, 0);
}

static void test_cancelback(void)
{
	cancelback(false);
}

static void test_cancelback_lazy(void)
{
	cancelback(true);
}

/* What it holds ahead of GVT is snapshots that nobody would miss. */
static void test_memory_thins(void)
{
	u32 n;

	stage_set(&st, 2, false);
	tw_memory_set(&st.core, BUDGET);
	snapshot(&st, 1);
	snapshot(&st, 2);
	for (n = 1; n < 4; n++) {
		IS(send_at(&st, 2, 1, 0, 10 * n, n), 0);
		IS(receive(&st, 1, 1), 10 * n);
		snapshot(&st, 1);
	}
	IS(stat().snapshots_live, 5);
	fill(2, 0);
	gvt_round(&st);
	IS(stat().snapshots_live, 3);
	IS(stat().cancelbacks, 0);
	IS(send_at(&st, 2, SINK, 0, 3000, n), 0);
	CHECK(stat().memory_peak <= BUDGET);
}

/* A process of a future that may be wrong takes nothing that is kept for others. */
static void test_memory_first_snapshot(void)
{
	u64 kid;

	stage_set(&st, 2, false);
	tw_memory_set(&st.core, BUDGET);
	snapshot(&st, 1);
	snapshot(&st, 2);
	IS(send_at(&st, 2, 1, 0, 1000, 1), 0);
	IS(receive(&st, 1, 1), 1000);
	kid = spawn(&st, 1);
	fill(1, 1000);
	IS(embody(&st, kid), -ENOBUFS);
	CHECK(stat().memory <= BUDGET - BUDGET / 8);
}

/* The same message is stamped again: it has found its receiver already. */
static void test_memory_spawn_waits(void)
{
	struct tw_proc *p;

	stage_set(&st, 2, false);
	tw_memory_set_proc(&st.proc[0], TW_MEMORY_SNAPSHOT + 10 * TW_MEMORY_MESSAGE);
	snapshot(&st, 1);
	snapshot(&st, 2);
	IS(send_at(&st, 2, 1, 0, 1000, 1), 0);
	IS(receive(&st, 1, 1), 1000);
	IS(fill(1, 1000), 10);
	IS(receive(&st, 2, 1), WAIT);
	p = tw_core_find(&st.core, spawn(&st, 1));
	IS(stat().gvt, 1000);
	IS(stat().spawned, 1);
	/* the table, the message, and this one */
	IS(refcount_read(&p->origin.refs), 3);
	tw_proc_put(p);
}

static bool port_waits(void)
{
	return atomic_read(&st.core.memory.waiters);
}

/*
 * A port is closed while an injection waits, whose task was killed. Memory was
 * looked for on its behalf, and rolled others back, until there was some.
 */
static void test_memory_port_closed(void)
{
	struct tw_op op;
	u32 wakes;
	u64 n = 0;

	stage_set(&st, 2, false);
	tw_memory_set(&st.core, BUDGET);
	snapshot(&st, 1);
	snapshot(&st, 2);
	make_port(0);
	IS(inject(&st, 3, 1, 5), 0);
	proc(&st, 3)->lvt = 5;
	while (n < BUDGET / TW_MEMORY_MESSAGE && !inject(&st, 3, 1, 1000 + n))
		n++;
	CHECK(n > 0);
	CHECK(port_waits());
	CHECK(!tw_send_ready(proc(&st, 3)));
	IS(stat().memory_waits, 1);
	wakes = tw_wakes(proc(&st, 3));
	tw_op_begin(&op, &st.core);
	IS(tw_promise(&op, proc(&st, 3), TW_TIME_INF), 0);
	tw_op_end(&op);
	CHECK(!port_waits());
	CHECK(tw_send_ready(proc(&st, 3)));
	/* another task may wait at the same port */
	CHECK(tw_wakes(proc(&st, 3)) != wakes);
	IS(inject(&st, 3, 1, 1000 + n), -ETIME);
	CHECK(!port_waits());
	IS(proc(&st, 3)->share.stock, 0);
}

/* ---- a sink whose reader is slow ---- */

/* GVT is 30, where process 1 is; 2 is at 35. Sink 3 is full with two records. */
static void fill_sink(bool lazy)
{
	begin(lazy);
	proc(&st, 3)->bound = 2 * RECORD_BYTES;
	IS(send_at(&st, 1, 1, 0, 30, 1), 0);
	IS(send_at(&st, 1, 2, 0, 35, 1), 0);
	IS(send_at(&st, 2, 3, 0, 10, 1), 0);
	IS(send_at(&st, 2, 3, 0, 11, 1), 0);
	IS(receive(&st, 1, 1), 30);
	IS(receive(&st, 2, 1), 35);
	/* what is not committed does not count */
	IS(send_at(&st, 2, 3, 35, 40, 1), 0);
	IS(gvt_round(&st), 30);
}

static bool woken(u64 id)
{
	u32 wakes = tw_wakes(proc(&st, id));

	IS(gvt_round(&st), 30);
	return tw_wakes(proc(&st, id)) != wakes;
}

static void test_pushback(void)
{
	fill_sink(false);
	IS(send_at(&st, 2, 3, 35, 50, 1), -ENOBUFS);
	CHECK(st.wanted);
	IS(send_at(&st, 2, 3, 35, 50, 1), -ENOBUFS);
	IS(stat().pushed_back, 1);
	IS(stat().held, 1);
	CHECK(!woken(2));
	CHECK(!tw_send_ready(proc(&st, 2)));
	/* the others go on, and so does it if it has something else to do */
	IS(send_at(&st, 1, 2, 30, 60, 1), 0);
	IS(send_at(&st, 2, 1, 35, 61, 1), 0);
	IS(send_at(&st, 2, 3, 35, 50, 1), -ENOBUFS);
	/* half of it is enough */
	IS(stage_read(&st, 3, 1), 1);
	CHECK(st.wanted);
	CHECK(tw_send_ready(proc(&st, 2)));
	CHECK(woken(2));
	IS(send_at(&st, 2, 3, 35, 50, 1), 0);
	IS(stat().pushed_back, 2);
	IS(stat().held, 0);
	IS(proc(&st, 3)->unread, RECORD_BYTES);
	IS(stage_read(&st, 3, 9), 1);
	CHECK(!st.wanted);
	IS(stat().balance, 0);
}

/* The first of the next records fills it again: none counts twice. */
static void test_pushback_again(void)
{
	fill_sink(false);
	IS(stage_read(&st, 3, 9), 2);
	IS(proc(&st, 3)->unread, 0);
	IS(send_at(&st, 2, 3, 35, 41, 1), 0);
	IS(receive(&st, 1, 1), WAIT);
	IS(gvt_round(&st), 35);
	IS(receive(&st, 2, 1), WAIT);
	IS(send_at(&st, 2, 3, 35, 42, 1), -EINVAL);
	IS(gvt_round(&st), TW_TIME_INF);
	IS(proc(&st, 3)->unread, 2 * RECORD_BYTES);
	IS(gvt_round(&st), TW_TIME_INF);
	IS(proc(&st, 3)->unread, 2 * RECORD_BYTES);
}

static void test_pushback_rolled_back(void)
{
	fill_sink(false);
	IS(send_at(&st, 2, 3, 35, 50, 1), -ENOBUFS);
	IS(send_at(&st, 1, 2, 30, 32, 1), 0);
	IS(stat().rollbacks_primary, 1);
	IS(stat().held, 0);
	IS(park(&st, 2, 1), 0);
	IS(send_at(&st, 2, 3, 0, 10, 1), 1);
	IS(send_at(&st, 2, 3, 0, 11, 1), 1);
	IS(receive(&st, 2, 1), 32);
	IS(send_at(&st, 2, 3, 32, 50, 1), -ENOBUFS);
	IS(stat().pushed_back, 2);
	IS(stage_read(&st, 3, 1), 1);
	IS(send_at(&st, 2, 3, 32, 50, 1), 0);
	IS(stat().balance, 0);
}

/* What was sent before the sink was full is not sent again. */
static void test_pushback_matched(void)
{
	fill_sink(true);
	IS(send_at(&st, 1, 2, 30, 32, 1), 0);
	IS(park(&st, 2, 1), 0);
	IS(send_at(&st, 2, 3, 0, 10, 1), 1);
	IS(send_at(&st, 2, 3, 0, 11, 1), 1);
	IS(receive(&st, 2, 1), 32);
	IS(receive(&st, 2, 1), 35);
	IS(send_at(&st, 2, 3, 35, 40, 1), 1);
	IS(send_at(&st, 2, 3, 35, 41, 1), -ENOBUFS);
	IS(stat().lazy_hits, 1);
}

static void test_pushback_closed(void)
{
	fill_sink(false);
	IS(send_at(&st, 2, 3, 35, 50, 1), -ENOBUFS);
	stage_close(&st, 3);
	/* nobody will read what is committed; 40 is not */
	IS(proc(&st, 3)->stats.messages, 1);
	CHECK(st.wanted);
	CHECK(woken(2));
	IS(send_at(&st, 2, 3, 35, 50, 1), 0);
	IS(proc(&st, 3)->stats.messages, 2);
	IS(stat().balance, 0);
}

/* Who holds GVT back, and why, once it has stood still for a second. */
static u32 stalled_by(u64 id)
{
	bool first;

	gvt_round(&st);
	first = tw_gvt_stalled(&st.core, SECOND);
	IS(first, false);
	IS(st.core.stall_process, 0);
	gvt_round(&st);
	elapse(SECOND);
	first = tw_gvt_stalled(&st.core, SECOND);
	IS(first, true);
	IS(st.core.stall_process, id);
	gvt_round(&st);
	first = tw_gvt_stalled(&st.core, SECOND);
	IS(first, false);
	return st.core.stall_reason;
}

static void stall_moves(void)
{
	gvt_round(&st);
	tw_gvt_stalled(&st.core, SECOND);
	IS(st.core.stall_process, 0);
	IS(st.core.stall_reason, TW_STALL_NONE);
}

static void test_stalled(void)
{
	begin(false);
	IS(receive(&st, 1, 1), WAIT);
	IS(send_at(&st, 2, 1, 0, 10, 1), 0);
	/* not without a limit, nor before it is over */
	gvt_round(&st);
	elapse(SECOND);
	IS(tw_gvt_stalled(&st.core, 0), false);
	IS(tw_gvt_stalled(&st.core, 100 * SECOND), false);
	st.core.gvt_since = 0;
	IS(stalled_by(2), TW_STALL_EVENT);
	stop_task(&st, 2, true);
	gvt_round(&st);
	tw_gvt_stalled(&st.core, SECOND);
	IS(st.core.stall_reason, TW_STALL_STOPPED);
	stop_task(&st, 2, false);
	IS(receive(&st, 2, 1), WAIT);
	stall_moves();
	IS(stalled_by(1), TW_STALL_MESSAGE);
	IS(stat().stalls, 2);
	IS(receive(&st, 1, 1), 10);
	IS(receive(&st, 1, 1), WAIT);
	stall_moves();
	IS(st.core.gvt, TW_TIME_INF);
}

static void test_stalled_by_output(void)
{
	struct tw_process_page *page;

	begin(false);
	page = map(&st, 1);
	page->time = 20;
	page->hold = 7;
	IS(receive(&st, 2, 1), WAIT);
	gvt_round(&st);
	IS(st.core.gvt, 7);
	IS(stalled_by(1), TW_STALL_UNSENT);
}

static void test_stalled_by_a_snapshot(void)
{
	stage_set(&st, 2, false);
	IS(send_at(&st, 2, 1, 0, 10, 1), 0);
	IS(receive(&st, 1, 1), SNAPSHOT);
	announce(&st, 1);
	IS(receive(&st, 1, 1), WAIT);
	IS(receive(&st, 2, 1), WAIT);
	proc(&st, 1)->lvt = 10;
	gvt_round(&st);
	IS(stalled_by(1), TW_STALL_SNAPSHOT);
}

static void test_stalled_by_a_port(void)
{
	begin_with_a_port(5);
	IS(receive(&st, 1, 1), WAIT);
	IS(receive(&st, 2, 1), WAIT);
	gvt_round(&st);
	IS(stalled_by(3), TW_STALL_PROMISE);
}

/* Process 1 exits badly at 10, and the port may yet inject what erases that. */
static void test_stalled_by_an_exit(void)
{
	begin_with_a_port(10);
	IS(send_at(&st, 2, 1, 0, 10, 1), 0);
	IS(receive(&st, 1, 1), 10);
	leave(&st, 1, 256);
	IS(receive(&st, 2, 1), WAIT);
	IS(gvt_round(&st), 10);
	IS(stalled_by(1), TW_STALL_EXIT);
	IS(st.failure, TW_FAILURE_NONE);
	proc(&st, 3)->lvt = 11;
	while (!st.failure && st.core.round < 100)
		gvt_round(&st);
	IS(st.failure, TW_FAILURE_PROCESS);
}

/*
 * Process 1 has a committed message for 5, and can send for 6 yet. When it does, and
 * goes on, in the middle of a round, that message is all that it holds GVT back by.
 */
static void test_stalled_by_a_flight(void)
{
	begin(false);
	IS(send_at(&st, 2, 1, 0, 5, 1), 0);
	IS(receive(&st, 2, 1), WAIT);
	IS(receive_committed(&st, 1), WAIT);
	IS(gvt_round(&st), 6);
	IS(receive_committed(&st, 1), 5);
	IS(stalled_by(1), TW_STALL_EVENT);
	tw_gvt_begin(&st.core);
	IS(send_at(&st, 1, 2, 5, 6, 1), 0);
	IS(receive_committed(&st, 1), WAIT);
	IS(gvt_finish(&st), 6);
	IS(tw_gvt_stalled(&st.core, SECOND), false);
	IS(st.core.stall_process, 1);
	IS(st.core.stall_reason, TW_STALL_FLIGHT);
	/* it is not in flight any more */
	IS(gvt_round(&st), 6);
	IS(tw_gvt_stalled(&st.core, SECOND), false);
	IS(st.core.stall_process, 2);
	IS(st.core.stall_reason, TW_STALL_MESSAGE);
	IS(receive(&st, 2, 1), 6);
	IS(receive(&st, 2, 1), WAIT);
	stall_moves();
}

static void test_stalled_before_it_attaches(void)
{
	begin(false);
	IS(receive(&st, 1, 1), WAIT);
	proc(&st, 2)->state = TW_PROCESS_NEW;
	IS(stalled_by(2), TW_STALL_UNATTACHED);
}

/*
 * Who has opened a port dies, and its processes are dropped. Expected: the port is
 * whoever's has its file. Seen: it was dropped as well, and counted as one process
 * less that runs, so that no round began when all others waited.
 */
static void test_port_is_not_dropped(void)
{
	struct tw_op op;

	begin_with_a_port(5);
	tw_op_begin(&op, &st.core);
	tw_drop(&op, proc(&st, 3));
	tw_op_end(&op);
	IS(receive(&st, 1, 1), WAIT);
	CHECK(!st.wanted);
	IS(receive(&st, 2, 1), WAIT);
	CHECK(st.wanted);
	IS(gvt_round(&st), 5);
}

static const struct {
	const char *name;
	void (*run)(void);
} tests[] = {
	{ "an antimessage for a message that waits", test_antimessage_pending },
	{ "an antimessage for a message handed over",
	  test_antimessage_delivered },
	{ "an antimessage before its message", test_antimessage_first },
	{ "send and receive times", test_send_times },
	{ "who calls", test_caller },
	{ "one attaches", test_attach_once },
	{ "one never attaches", test_abandoned },
	{ "nothing before the first snapshot", test_first_snapshot },
	{ "a snapshot that does not come is asked for again", test_ask_again },
	{ "a snapshot is asked for once", test_snapshot_due },
	{ "a bad exit is real when GVT has come to it", test_bad_exit },
	{ "a bad exit in a wrong future is erased", test_bad_exit_erased },
	{ "a good exit", test_good_exit },
	{ "lost too often", test_lost_too_often },
	{ "no snapshot left", test_no_snapshot_left },
	{ "a send that differs, above GVT", test_violation_above },
	{ "a send that differs, below GVT", test_violation_below },
	{ "a send that is left out, below GVT", test_violation_silent },
	{ "one snapshot older than GVT is kept", test_one_old_snapshot },
	{ "or two", test_spare },
	{ "many fossils", test_many_fossils },
	{ "a snapshot without a spare", test_alone },
	{ "killed at once: an older one serves", test_killed_at_once },
	{ "killed at once: none serves", test_all_killed_at_once },
	{ "killed at once: fossil collection", test_dying_spares },
	{ "killed while it waits", test_company_while_waiting },
	{ "a lie in the page", test_lie },
	{ "lazy cancellation: sent again", test_lazy_hit },
	{ "lazy cancellation: sent otherwise", test_lazy_miss },
	{ "a payload that is elsewhere", test_outside },
	{ "an aggressive message of a lazy process", test_choice_aggressive },
	{ "a lazy message of an aggressive process", test_choice_lazy },
	{ "a coast forward ends where messages wait",
	  test_floor_counts_pending },
	{ "lost while it waits", test_lost_while_waiting },
	{ "a message before the position in the page", test_page_lowered },
	{ "a position that moves on", test_position_moves },
	{ "a claim that was given up", test_claim_given_up },
	{ "a later part of a call comes earlier",
	  test_second_batch_is_earlier },
	{ "an exit with output unsent", test_exit_unsent },
	{ "equal messages keep their order", test_equal_messages },
	{ "lost at the end", test_lost_at_the_end },
	{ "lost after the end", test_lost_after_the_end },
	{ "lost where the last snapshot is", test_lost_at_a_claim },
	{ "dropped", test_dropped },
	{ "lowest timestamp first", test_lowest_first },
	{ "held without being woken", test_held_asleep },
	{ "an event at GVT is never held", test_gvt_is_never_held },
	{ "sleepers do not count", test_sleepers_do_not_count },
	{ "GVT moves on during a receive", test_committed_meanwhile },
	{ "what is resumed runs", test_resumed_runs },
	{ "a window", test_window },
	{ "a window cuts vectors", test_window_cuts_vectors },
	{ "bounds of the snapshot interval", test_snapshot_bounds },
	{ "snapshots are thinned out", test_thinning },
	{ "no limit of snapshots", test_no_thinning },
	{ "in place: rolled back", test_in_place },
	{ "in place: rolled back again", test_in_place_again },
	{ "in place: the page", test_in_place_page },
	{ "one position, two states", test_one_position_two_states },
	{ "in place: a bad end", test_in_place_exit },
	{ "in place: lost", test_in_place_lost },
	{ "in place: states that are not needed", test_in_place_forgets },
	{ "a window that is learnt", test_window_learnt },
	{ "a window that remembers", test_window_remembers },
	{ "before its birth", test_missed },
	{ "undone while it waits for GVT", test_unspawned_committed },
	{ "freed with its receiver", test_buried_sender },
	{ "created again below GVT", test_spawned_below_gvt },
	{ "memory: cancelback", test_cancelback },
	{ "memory: cancelback of what is kept for later", test_cancelback_lazy },
	{ "memory: snapshots of no use", test_memory_thins },
	{ "memory: the first snapshot of a new process",
	  test_memory_first_snapshot },
	{ "memory: a creation waits", test_memory_spawn_waits },
	{ "memory: a port is closed", test_memory_port_closed },
	{ "a full sink pushes back", test_pushback },
	{ "what a sink counts", test_pushback_again },
	{ "rolled back while it waits for a reader", test_pushback_rolled_back },
	{ "a full sink and what was sent before", test_pushback_matched },
	{ "a full sink is closed", test_pushback_closed },
	{ "GVT stalls", test_stalled },
	{ "GVT stalls: output unsent", test_stalled_by_output },
	{ "GVT stalls: a snapshot", test_stalled_by_a_snapshot },
	{ "GVT stalls: a port", test_stalled_by_a_port },
	{ "GVT stalls: a bad exit", test_stalled_by_an_exit },
	{ "GVT stalls: a message in flight", test_stalled_by_a_flight },
	{ "GVT stalls: nobody attaches", test_stalled_before_it_attaches },
	{ "a port is not dropped", test_port_is_not_dropped },
};

int main(void)
{
	size_t n = sizeof(tests) / sizeof(tests[0]), i;
	int bad = 0;

	printf("TAP version 13\n1..%zu\n", n);
	for (i = 0; i < n; i++) {
		failures = 0;
		tests[i].run();
		stage_clear(&st);
		printf("%s %zu - %s\n", failures ? "not ok" : "ok", i + 1,
		       tests[i].name);
		bad += failures;
	}
	return bad > 0;
}
