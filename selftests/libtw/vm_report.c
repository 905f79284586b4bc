// SPDX-License-Identifier: GPL-2.0
/*
 * What a run says of itself at its end: the last of its output, who failed, and who
 * is not deterministic.
 */
#include <errno.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <timewarp.h>

#include "tap.h"

/* Memory that no rollback touches. */
struct outside {
	uint32_t lives; /* times that the event at 10 was handled */
	uint32_t at; /* time of the event that began last */
	uint32_t go;
};

static struct outside *outside;

static uint32_t get(uint32_t *word)
{
	return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}

static int await_end(struct tw_domain *d)
{
	int state;

	do
		state = tw_domain_poll(d, -1);
	while (state == TW_DOMAIN_RUNNING);
	return state;
}

static bool reports(struct tw_domain *d, const char *expected)
{
	char report[TW_REPORT_LEN] = "";
	int n = tw_domain_report(d, report, sizeof(report));

	if (n == (int)strlen(report) && strstr(report, expected))
		return true;
	printf("# %d: %s\n", n, report);
	return false;
}

/* ---- determinism: process 1 differs at 10 in each of its lives ---- */

struct script {
	tw_time sends_for; /* and one tick more in each life */
	bool leaves_out; /* sends in its first life only */
	tw_time straggler;
	tw_time guide; /* GVT comes to here before the straggler is sent */
};

static int fickle(struct tw_process *p, void *arg)
{
	const struct script *s = arg;
	uint32_t life;

	while (tw_recv(p, NULL, 0, NULL) >= 0) {
		__atomic_store_n(&outside->at, tw_now(p), __ATOMIC_RELEASE);
		if (tw_now(p) != 10)
			continue;
		life = outside->lives++;
		if (!s->leaves_out)
			tw_send(p, 3, s->sends_for + life, NULL, 0);
		else if (!life)
			tw_send(p, 3, s->sends_for, NULL, 0);
	}
	return 0;
}

/*
 * With the message for 5 process 1 gets the two snapshots that it wants, and has
 * none after 10: so a straggler makes it repeat that.
 */
static int driver(struct tw_process *p, void *arg)
{
	const struct script *s = arg;

	for (tw_time t = 5; t <= 40; t += t < 10 ? 5 : 30)
		tw_send(p, 1, t, NULL, 0);
	if (s->guide) {
		tw_send(p, tw_self(p), s->guide, NULL, 0);
		tw_recv(p, NULL, 0, NULL);
	}
	while (get(&outside->at) < 40 || tw_gvt(p) < s->guide)
		sched_yield();
	tw_send(p, 1, s->straggler, NULL, 0);
	while (tw_recv(p, NULL, 0, NULL) >= 0)
		;
	return 0;
}

static int listener(struct tw_process *p, void *arg)
{
	(void)arg;
	while (tw_recv(p, NULL, 0, NULL) >= 0)
		;
	return 0;
}

static void indeterminate(struct script s, int state, const char *report,
			  const char *name)
{
	struct tw_process_attr attr = { .name = "fickle",
					.snapshot_interval = 1000 };
	struct tw_domain_stat st;
	struct tw_domain *d;

	memset(outside, 0, sizeof(*outside));
	tw_domain_create(&d, NULL);
	tw_spawn(d, &attr, fickle, &s, NULL);
	tw_spawn(d, NULL, driver, &s, NULL);
	tw_spawn(d, NULL, listener, NULL, NULL);
	tw_domain_start(d);
	is(await_end(d), state, name);
	tw_domain_stat(d, &st);
	ok(st.violations > 0, "it is counted");
	is(st.failure, state == TW_DOMAIN_FAILED ? TW_FAILURE_CAUSALITY : 0,
	   "it is a failure if what is committed would have to change");
	ok(reports(d, report), "and reported: process, time, message");
	tw_domain_destroy(d);
}

/* ---- last words ---- */

/* Object 0 fails at 20, unless it hears of object 1 before. */
static void init(struct tw_ctx *c, uint64_t object)
{
	tw_ctx_send(c, object, object ? 1 : 20, 0, NULL, 0);
}

static bool heard;

static void event(struct tw_ctx *c, const struct tw_event *ev)
{
	bool real = tw_ctx_state(c);

	if (tw_ctx_self(c)) {
		while (!real && !get(&outside->go))
			sched_yield();
		if (!real)
			tw_ctx_send(c, 0, 10, 0, NULL, 0);
	} else if (ev->time == 10) {
		heard = true;
	} else if (!heard) {
		__atomic_store_n(&outside->go, 1, __ATOMIC_RELEASE);
		tw_ctx_send(c, 77, 21, 0, NULL, 0);
	}
}

static void *setup(struct tw_ctx *c, void *arg)
{
	(void)c;
	return arg;
}

static struct tw_run_stat run(bool real, int *ret)
{
	struct tw_model m = { .objects = 2,
			      .processes = 2,
			      .init = init,
			      .event = event,
			      .setup = setup,
			      .arg = real ? "" : NULL };
	struct tw_run_attr attr = { .engine = TW_ENGINE_TIMEWARP, .end = 100 };
	struct tw_run_stat st;

	memset(outside, 0, sizeof(*outside));
	*ret = tw_model_run(&m, &attr, &st);
	return st;
}

static void last_words(void)
{
	struct tw_run_stat st;
	int ret;

	st = run(false, &ret);
	is(ret, 0, "a fault in a wrong future");
	ok(!st.report[0], "what it said is not reported");
	if (st.report[0])
		printf("# %s\n", st.report);
	st = run(true, &ret);
	is(ret, -EIO, "a fault in the true history");
	ok(strstr(st.report, "process 1 (0), pid ") &&
		   strstr(st.report,
			  "was killed by signal 6 (Aborted) at virtual time 20: ") &&
		   strstr(st.report, "object 0 at time 20: send to object 77"),
	   "process, pid, signal, time and what it said");
	printf("# %s\n", st.report);
}

static int quits(struct tw_process *p, void *arg)
{
	(void)arg;
	tw_send(p, tw_self(p), 4, NULL, 0);
	tw_recv(p, NULL, 0, NULL);
	return 9;
}

static void status(void)
{
	struct tw_domain *d;
	char report[8];

	tw_domain_create(&d, NULL);
	tw_spawn(d, NULL, quits, NULL, NULL);
	is(tw_domain_report(d, report, sizeof(report)), 0, "nothing yet");
	tw_domain_start(d);
	is(await_end(d), TW_DOMAIN_FAILED, "an exit");
	ok(reports(d, ", exited with 9 at virtual time 4"), "is reported");
	ok(tw_domain_report(d, report, sizeof(report)) > 20 &&
		   strlen(report) == sizeof(report) - 1,
	   "as much of it as there is room");
	tw_domain_destroy(d);
}

/* ---- output that is committed while the guardian is busy ---- */

/*
 * The guardian finds no more to copy; the domain commits more, and ends; the
 * guardian sees the end. It returned that, and what was committed in between was
 * never copied. Here the first line is written for as long as that takes.
 */
static int late(struct tw_process *p, void *arg)
{
	(void)arg;
	tw_printf(p, "first\n");
	tw_send(p, tw_self(p), 7, NULL, 0);
	tw_recv(p, NULL, 0, NULL);
	while (!get(&outside->go))
		sched_yield();
	tw_printf(p, "last\n");
	return 0;
}

struct slow {
	struct tw_domain *d;
	char text[64];
	size_t len;
};

static ssize_t slow_write(void *cookie, const char *buf, size_t len)
{
	struct slow *s = cookie;
	struct tw_domain_stat st;

	__atomic_store_n(&outside->go, 1, __ATOMIC_RELEASE);
	while (!tw_domain_stat(s->d, &st) && st.state == TW_DOMAIN_RUNNING)
		sched_yield();
	if (len > sizeof(s->text) - s->len)
		return 0;
	memcpy(s->text + s->len, buf, len);
	s->len += len;
	return len;
}

static void busy_guardian(void)
{
	const cookie_io_functions_t io = { .write = slow_write };
	struct slow slow = { .len = 0 };
	FILE *saved = stdout;

	memset(outside, 0, sizeof(*outside));
	tw_domain_create(&slow.d, NULL);
	tw_spawn(slow.d, NULL, late, NULL, NULL);
	tw_domain_start(slow.d);
	stdout = fopencookie(&slow, "w", io);
	await_end(slow.d);
	fclose(stdout);
	stdout = saved;
	ok(slow.len == 11 && !memcmp(slow.text, "first\nlast\n", 11),
	   "all output is there when the end is");
	tw_domain_destroy(slow.d);
}

int main(void)
{
	need_device();
	outside = mmap(NULL, sizeof(*outside), PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	indeterminate(
		(struct script){ .sends_for = 50, .straggler = 20 },
		TW_DOMAIN_ENDED,
		"process 1 (fickle) is not deterministic: when it repeated "
		"virtual time 10 it sent something else than before: "
		"message 0 of that time, to 3 for 51",
		"something else");
	indeterminate(
		(struct script){
			.sends_for = 50, .leaves_out = true, .straggler = 20 },
		TW_DOMAIN_ENDED,
		"it did not send again what it had sent: message 0 of that "
		"time, to 3 for 50",
		"nothing");
	indeterminate(
		(struct script){
			.sends_for = 12, .straggler = 30, .guide = 25 },
		TW_DOMAIN_FAILED,
		"process 1 (fickle) has sent into the committed past, at "
		"virtual time 10; process 1 (fickle) is not deterministic",
		"something else, below GVT");
	last_words();
	status();
	busy_guardian();
	return done();
}
