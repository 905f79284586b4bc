// SPDX-License-Identifier: GPL-2.0
/* Exchanges are processes, and create a process for each call. */
#include <errno.h>

#include "sim/calls/model.h"
#include "sim/domain.h"
#include "tw/clock.h"

struct engine {
	struct calls_engine e;
	struct tw_process *p;
	uint64_t sink;
	int error;
};

static struct engine *engine(struct calls_engine *e)
{
	return (struct engine *)e;
}

/* A domain begins at -infinity, and the model at 0. */
static double now(struct calls_engine *e)
{
	double t = tw_time_to_double(tw_now(engine(e)->p));

	return t > 0 ? t : 0;
}

static uint64_t self(struct calls_engine *e)
{
	return tw_self(engine(e)->p);
}

static void note(struct calls_engine *e, int ret)
{
	if (ret && !engine(e)->error)
		engine(e)->error = ret;
}

static void send(struct calls_engine *e, uint64_t to, double at,
		 const struct calls_msg *m)
{
	note(e, tw_send_prio(engine(e)->p, to, tw_time_from_double(at), m->key,
			     m, sizeof(*m)));
}

static void record(struct calls_engine *e, const struct calls_record *r)
{
	note(e, tw_send_prio(engine(e)->p, engine(e)->sink,
			     tw_now(engine(e)->p) + 1, r->key, r, sizeof(*r)));
}

/* What a new process begins with: a copy of its creator. */
struct birth {
	struct engine engine;
	struct call call;
};

static int receive(struct engine *n, struct calls_msg *m)
{
	ssize_t len = tw_recv(n->p, m, sizeof(*m), NULL);

	return n->error ? n->error : len < 0 ? (int)len : 0;
}

static int ended(int ret)
{
	return ret == -ESHUTDOWN ? 0 : 1;
}

static int call_main(struct tw_process *p, void *arg)
{
	struct birth *b = arg;
	struct calls_msg m;
	int ret;

	b->engine.p = p;
	call_start(&b->call, &b->engine.e);
	do {
		ret = receive(&b->engine, &m);
		if (ret)
			return ended(ret);
	} while (call_event(&b->call, &b->engine.e, &m));
	return b->engine.error ? 1 : 0;
}

static void begin(struct calls_engine *e, const struct call *c)
{
	struct birth b = { .engine = *engine(e), .call = *c };
	const struct tw_process_attr attr = { .name = "call" };

	note(e, tw_process_spawn(engine(e)->p, &attr, call_main, &b, NULL));
}

static int exchange_main(struct tw_process *p, void *arg)
{
	struct engine *n = arg;
	struct exchange x;
	struct calls_msg m;
	int ret;

	n->p = p;
	exchange_start(&x, &n->e, tw_self(p));
	while (!(ret = receive(n, &m)))
		exchange_event(&x, &n->e, &m);
	return ended(ret);
}

static int drain(struct tw_sink *s, calls_output output, void *arg)
{
	struct calls_record r;
	ssize_t len;

	while ((len = tw_sink_recv(s, &r, sizeof(r), NULL)) == sizeof(r))
		output(arg, &r);
	return len == -EAGAIN || len == -ESHUTDOWN || len == -EIO ? 0 : -EPROTO;
}

static int loop(struct tw_domain *d, const struct tw_run_attr *attr,
		struct tw_sink *s, calls_output output, void *arg)
{
	int state, ret;

	do {
		state = tw_domain_poll(d, attr->watch ? attr->watch_ms : 100);
		ret = drain(s, output, arg);
		if (attr->watch)
			attr->watch(attr->watch_arg, d);
	} while (!ret &&
		 (state == -EINTR || (state >= 0 && state < TW_DOMAIN_ENDED)));
	if (ret || state < 0)
		return ret ? ret : state;
	return state == TW_DOMAIN_FAILED ? -EIO : 0;
}

static int setup(struct tw_domain *d, const struct calls *c,
		 const struct tw_run_attr *attr, struct tw_sink **s)
{
	const struct tw_process_attr process =
		sim_process_attr(attr, "exchange");
	const struct tw_sink_attr sink = { .name = "records" };
	struct engine n = {
		.e = { .model = c,
		       .now = now,
		       .self = self,
		       .send = send,
		       .begin = begin,
		       .record = record },
		.sink = c->exchanges + 1,
	};
	int ret = 0;

	for (uint64_t i = 0; !ret && i < c->exchanges; i++)
		ret = tw_spawn(d, &process, exchange_main, &n, NULL);
	if (!ret)
		ret = tw_sink_create(d, &sink, s);
	return ret ? ret : tw_domain_start(d);
}

int calls_timewarp(const struct calls *c, const struct tw_run_attr *attr,
		   calls_output output, void *arg, struct tw_run_stat *stat)
{
	uint64_t start = clock_ns();
	struct tw_domain *d;
	struct tw_sink *s;
	int ret = sim_domain_create(&d, attr);

	if (ret)
		return ret;
	ret = setup(d, c, attr, &s);
	if (!ret)
		ret = loop(d, attr, s, output, arg);
	sim_domain_end(d, stat);
	stat->wall_ns = clock_ns() - start;
	return ret;
}
