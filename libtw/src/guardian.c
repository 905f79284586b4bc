// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/* The guardian's loop: reap, pass committed output on, see the end. */
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "domain.h"
#include "sys.h"

#define COPY_BYTES (1u << 16)
#define SLICE_MS 20

void tw_domain_reap(struct tw_domain *d, bool wait)
{
	int flags = wait ? __WALL : __WALL | WNOHANG;
	pid_t pid;

	if (!d->group)
		return;
	do
		pid = waitpid(-d->group, NULL, flags);
	while (pid > 0 || (pid < 0 && errno == EINTR));
	/* The number of an empty group may become somebody else's. */
	if (pid < 0)
		d->group = 0;
}

/* Committed standard output. 0: no more now; 1: no more ever; -errno. */
static int copy_out(struct tw_domain *d)
{
	char buf[COPY_BYTES];
	ssize_t n;

	if (!d->out)
		return 1;
	while ((n = tw_sink_read(d->out, buf, sizeof(buf))) > 0)
		if (fwrite(buf, 1, n, stdout) != (size_t)n)
			return -EIO;
	if (fflush(stdout))
		return -EIO;
	/* That the domain has failed is told by its state. */
	if (n == -EIO)
		return 1;
	return n == -EAGAIN ? 0 : n < 0 ? n : 1;
}

/* What is copied after the end was seen is all that there is. */
static int turn(struct tw_domain *d, struct pollfd *polls, unsigned int n,
		int timeout_ms)
{
	int state, ret = 0;

	if (tw_domain_state(d) < TW_DOMAIN_ENDED &&
	    poll(polls, n, timeout_ms) < 0)
		ret = -errno;
	tw_domain_reap(d, false);
	state = tw_domain_state(d);
	if (!ret)
		ret = copy_out(d);
	return ret < 0 ? ret : state;
}

static bool any_ready(const struct pollfd *polls, unsigned int n)
{
	while (n--)
		if (polls[n].revents)
			return true;
	return false;
}

static uint64_t rounds_done(const struct tw_domain *d)
{
	return __atomic_load_n(&d->page->gvt_rounds, __ATOMIC_RELAXED);
}

/* The dead of a domain announce themselves to nobody: so it is done in slices. */
int tw_domain_poll(struct tw_domain *d, int timeout_ms)
{
	uint64_t rounds = rounds_done(d);
	int state, slice;

	do {
		slice = SLICE_MS;
		if (timeout_ms >= 0 && timeout_ms < slice)
			slice = timeout_ms;
		state = turn(d, d->polls, d->polls_len, slice);
		if (timeout_ms > 0)
			timeout_ms -= slice;
	} while (timeout_ms && state >= 0 && state < TW_DOMAIN_ENDED &&
		 !any_ready(d->polls, d->polls_len) &&
		 rounds_done(d) == rounds);
	return state;
}

static void complain(struct tw_domain *d)
{
	char text[TW_REPORT_LEN];

	if (tw_domain_report(d, text, sizeof(text)) > 0)
		fprintf(stderr, "libtw: %s\n", text);
}

/* Not all sinks: one that nobody reads here would keep the loop busy. */
int tw_run(struct tw_domain *d)
{
	struct pollfd polls[2] = { { .fd = d->fd, .events = POLLIN } };
	int state = TW_DOMAIN_NEW, ret = 0;

	if (!d->shared->started)
		ret = tw_domain_start(d);
	polls[1] = (struct pollfd){ .fd = d->out ? d->out->fd : -1,
				    .events = POLLIN };
	while (!ret && state < TW_DOMAIN_ENDED) {
		state = turn(d, polls, 2, SLICE_MS);
		if (state < 0)
			ret = state;
	}
	if (ret)
		return ret;
	tw_domain_reap(d, true);
	complain(d);
	return state == TW_DOMAIN_FAILED ? -EIO : 0;
}

int tw_process_stat(struct tw_domain *d, uint64_t id,
		    struct tw_process_stat *st)
{
	memset(st, 0, sizeof(*st));
	st->size = sizeof(*st);
	st->id = id;
	return tw_ioctl(d->fd, TW_PROCESS_STAT, st);
}

/* Of a domain that failed only the process at fault has one. */
static int failed_status(struct tw_domain *d, uint64_t id, int *status)
{
	struct tw_domain_stat st;
	int ret = tw_domain_stat(d, &st);

	if (ret)
		return ret;
	if (st.failure != TW_FAILURE_PROCESS || st.failed_process != id)
		return -EIO;
	*status = st.failed_status;
	return 0;
}

int tw_exit_status(struct tw_domain *d, uint64_t id, int *status)
{
	struct tw_process_stat st;
	int ret = tw_process_stat(d, id, &st);

	if (ret)
		return ret;
	if (tw_domain_state(d) == TW_DOMAIN_FAILED)
		return failed_status(d, id, status);
	if (st.state != TW_PROCESS_DEAD)
		return -EAGAIN;
	*status = st.exit_status;
	return 0;
}
