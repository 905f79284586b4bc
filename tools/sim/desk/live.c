// SPDX-License-Identifier: GPL-2.0
/*
 * A co-simulation: what happens outside, line by line, comes in through a port;
 * stations run ahead of it and roll back; what is certain goes to the clerk, who
 * writes it down for good, and to a sink, whose reader may be slow.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>

#include "sim/desk/desk.h"
#include "sim/domain.h"
#include "tw/clock.h"

/* In each process, from the guardian. The ids of stations are 1 to `stations`. */
struct shop {
	uint64_t stations, sink;
	FILE *ledger;
};

/* In the guardian. */
struct live {
	struct desk *desk;
	struct tw_domain *d;
	struct tw_port *port;
	struct tw_sink *sink;
	struct desk_job job; /* the last line */
	bool held; /* it waits for memory */
};

/* ---- processes ---- */

/* -ESHUTDOWN: all that was to come has come. */
static int ended(ssize_t n)
{
	return n == -ESHUTDOWN ? 0 : 1;
}

static int station_main(struct tw_process *p, void *arg)
{
	const struct shop *shop = arg;
	struct desk_record r;
	struct desk_job j;
	tw_time free = 0;
	ssize_t n;

	while ((n = tw_recv(p, &j, sizeof(j), NULL)) == sizeof(j)) {
		desk_serve(&free, tw_now(p), &j, &r);
		/* Not tw_write(): jobs of one time have an order, here too. */
		if (tw_send_prio(p, shop->sink, tw_now(p) + 1, j.number, &r,
				 sizeof(r)) ||
		    tw_send_prio(p, desk_next(&j, shop->stations), r.end,
				 j.number, &j, sizeof(j)))
			return 1;
	}
	return ended(n);
}

/* Never rolled back, so it may do what cannot be undone. */
static int clerk_main(struct tw_process *p, void *arg)
{
	const struct shop *shop = arg;
	uint64_t balance = 0;
	struct desk_job j;
	ssize_t n;

	while ((n = tw_recv_committed(p, &j, sizeof(j), NULL)) == sizeof(j))
		if (desk_charge(shop->ledger, tw_now(p), &j, &balance))
			return 1;
	return ended(n);
}

/* ---- the guardian ---- */

/* Ids count from 1 in this order. */
static int setup(struct live *l, const struct tw_run_attr *attr, FILE *ledger)
{
	const struct tw_process_attr station =
		sim_process_attr(attr, "station");
	const struct tw_process_attr clerk = { .name = "clerk" };
	const struct tw_sink_attr sink = { .name = "results",
					   .bound = l->desk->bound };
	const struct tw_port_attr port = { .name = "jobs" };
	uint64_t n = l->desk->stations;
	struct shop shop = { .stations = n, .sink = n + 2, .ledger = ledger };
	int ret = 0;

	while (!ret && n--)
		ret = tw_spawn(l->d, &station, station_main, &shop, NULL);
	if (!ret)
		ret = tw_spawn(l->d, &clerk, clerk_main, &shop, NULL);
	if (!ret)
		ret = tw_sink_create(l->d, &sink, &l->sink);
	if (!ret)
		ret = tw_port_create(l->d, &port, &l->port);
	/* Whoever waits with a line reads no results meanwhile. */
	if (!ret && fcntl(tw_port_fd(l->port), F_SETFL, O_NONBLOCK))
		ret = -errno;
	return ret ? ret : tw_domain_start(l->d);
}

/* Whoever is at the other end of stdout may be slow. Then this waits, and so do they. */
static int drain(struct live *l, desk_output output, void *arg)
{
	struct desk_record r;
	ssize_t n;
	int ret = 0;

	while (!ret &&
	       (n = tw_sink_recv(l->sink, &r, sizeof(r), NULL)) == sizeof(r))
		ret = output(arg, &r);
	if (ret)
		return ret;
	return n == -EAGAIN || n == -ESHUTDOWN || n == -EIO ? 0 : -EPROTO;
}

/* Lines that are there, as far as there is memory. At their end nothing more can come. */
static int feed(struct live *l, bool ready)
{
	struct desk_input *in = &l->desk->in;
	int ret = ready ? desk_input_read(in) : 0;

	while (!ret &&
	       (l->held ||
		!(ret = desk_input_take(in, l->desk->stations, &l->job)))) {
		ret = desk_take(l->desk, l->port, &l->job);
		l->held = ret == -EAGAIN;
	}
	if (in->fd < 0 && !l->held)
		tw_port_close(l->port);
	return ret == -EAGAIN ? 0 : ret;
}

/*
 * One turn when there is something to read, or output to pass on, and at the latest
 * after 20 ms: tw_domain_poll() collects the dead, of whom no file tells. A line that
 * is wrong ends the input, not the jobs at hand.
 */
static int loop(struct live *l, const struct tw_run_attr *attr,
		desk_output output, void *arg)
{
	struct pollfd polls[] = {
		{ .events = POLLIN },
		{ .events = POLLOUT },
		{ .fd = tw_sink_fd(l->sink), .events = POLLIN },
		{ .fd = tw_domain_fd(l->d), .events = POLLIN },
	};
	int state, ret, bad = 0;

	do {
		polls[0].fd = l->held ? -1 : l->desk->in.fd;
		polls[1].fd = l->held ? tw_port_fd(l->port) : -1;
		ret = poll(polls, 4, 20) < 0 ? -errno : 0;
		if (!ret)
			ret = feed(l, polls[0].revents);
		if (ret > 0) {
			bad = ret;
			ret = 0;
		}
		state = tw_domain_poll(l->d, 0);
		if (!ret || ret == -EINTR)
			ret = drain(l, output, arg);
		if (attr->watch)
			attr->watch(attr->watch_arg, l->d);
	} while (!ret &&
		 (state == -EINTR || (state >= 0 && state < TW_DOMAIN_ENDED)));
	if (ret || state < 0)
		return ret ? ret : state;
	return state == TW_DOMAIN_FAILED ? -EIO : bad;
}

int desk_live(struct desk *desk, const struct tw_run_attr *attr, FILE *ledger,
	      desk_output output, void *arg, struct tw_run_stat *stat)
{
	struct live l = { .desk = desk };
	uint64_t start = clock_ns();
	int ret = sim_domain_create(&l.d, attr);

	if (ret)
		return ret;
	ret = setup(&l, attr, ledger);
	if (!ret)
		ret = loop(&l, attr, output, arg);
	sim_domain_end(l.d, stat);
	stat->wall_ns = clock_ns() - start;
	return ret;
}
