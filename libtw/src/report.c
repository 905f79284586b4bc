// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/* What went wrong in a domain, in words. */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "strict.h"
#include "sys.h"
#include "words.h"

/* Text that grows to the right, counted beyond the end of its room. */
struct text {
	char *buf;
	size_t room;
	size_t len;
};

__attribute__((format(printf, 2, 3))) static void add(struct text *t,
						      const char *fmt, ...)
{
	size_t left = t->len < t->room ? t->room - t->len : 0;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(left ? t->buf + t->len : NULL, left, fmt, ap);
	va_end(ap);
	if (n > 0)
		t->len += n;
}

/* By its number, and its name if it has one. */
static void add_process(struct text *t, struct tw_domain *d, uint64_t id)
{
	struct tw_process_stat st;

	add(t, "process %" PRIu64, id);
	if (!tw_process_stat(d, id, &st) && st.name[0])
		add(t, " (%.*s)", TW_NAME_LEN, st.name);
}

/* One that could not say why was in the middle of making another task. */
static void add_words(struct text *t, const struct tw_words *w,
		      const struct tw_domain_stat *st)
{
	const char *said = w ? tw_words_said(w, st->failed_pid) : NULL;

	if (said)
		add(t, ": %s", said);
	else if (w && w->strict && WIFSIGNALED(st->failed_status) &&
		 WTERMSIG(st->failed_status) == SIGSYS)
		add(t,
		    ": strict mode refuses clone(2), a thread or a child: " TW_STRICT_ADVICE);
}

static void add_exit(struct text *t, struct tw_domain *d,
		     const struct tw_domain_stat *st)
{
	int status = st->failed_status;

	add_process(t, d, st->failed_process);
	add(t, ", pid %d, ", st->failed_pid);
	if (WIFSIGNALED(status))
		add(t, "was killed by signal %d (%s)", WTERMSIG(status),
		    strsignal(WTERMSIG(status)));
	else
		add(t, "exited with %d", WEXITSTATUS(status));
	add(t, " at virtual time %" PRIu64, (uint64_t)st->failed_time);
	add_words(t, tw_words_find(d, st->failed_process, st->failed_pid), st);
}

static void add_failure(struct text *t, struct tw_domain *d,
			const struct tw_domain_stat *st)
{
	static const char *const why[] = {
		[TW_FAILURE_GUARDIAN] = "has lost its guardian",
		[TW_FAILURE_SNAPSHOT] = "has no snapshot left to go back to",
		[TW_FAILURE_CAUSALITY] = "has sent into the committed past",
	};

	if (st->failure == TW_FAILURE_PROCESS)
		return add_exit(t, d, st);
	if (st->failure == TW_FAILURE_CLOSED)
		return add(t, "the domain was closed before its end");
	add_process(t, d, st->failed_process);
	if (st->failure < sizeof(why) / sizeof(*why))
		add(t, " %s", why[st->failure]);
	else
		add(t, " failed for reason %u", st->failure);
	add(t, ", at virtual time %" PRIu64, (uint64_t)st->failed_time);
}

static void add_violation(struct text *t, struct tw_domain *d,
			  const struct tw_domain_stat *st)
{
	add_process(t, d, st->violation_process);
	add(t,
	    " is not deterministic: when it repeated virtual time %" PRIu64
	    " it %s message %u of that time, to %" PRIu64 " for %" PRIu64,
	    (uint64_t)st->violation_send_time,
	    st->violation_kind == TW_VIOLATION_SENT ?
		    "sent something else than before:" :
		    "did not send again what it had sent:",
	    st->violation_index, (uint64_t)st->violation_receiver,
	    (uint64_t)st->violation_recv_time);
	if (st->violations > 1)
		add(t, " (the first of %" PRIu64 " differences)",
		    (uint64_t)st->violations);
}

int tw_domain_report(struct tw_domain *d, char *buf, size_t len)
{
	struct text t = { .buf = buf, .room = len };
	struct tw_domain_stat st;
	int ret = tw_domain_stat(d, &st);

	if (ret)
		return ret;
	if (len)
		buf[0] = 0;
	if (st.failure)
		add_failure(&t, d, &st);
	if (st.failure && st.violations)
		add(&t, "; ");
	if (st.violations)
		add_violation(&t, d, &st);
	return t.len;
}
