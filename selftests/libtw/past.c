// SPDX-License-Identifier: GPL-2.0
/*
 * Undoing in place against never having gone wrong: a process marks and goes back
 * at random, hears of events from outside early or late, and must come to what it
 * comes to when it knows them all from the beginning.
 */
#include "churn.h"
#include "object.h"
#include "tap.h"

#define OUTSIDE 400
#define RESTORES 300
#define MARKS 40
#define END 600

static uint64_t rng;

static uint64_t draw(void)
{
	rng ^= rng << 13;
	rng ^= rng >> 7;
	rng ^= rng << 17;
	return rng;
}

/* What comes from outside, and what went out. Both go back with the process. */
struct trip {
	struct tw_ctx ctx; /* first */
	struct tw_past past;
	tw_time outside[OUTSIDE];
	uint32_t heard;
	uint64_t *out;
	size_t out_len;
	size_t out_cap;
};

struct stop {
	uint64_t token;
	tw_time now;
	uint32_t heard;
	size_t out_len;
};

static void trip_write(struct tw_ctx *c, uint32_t sink, uint64_t word,
		       const void *data, uint32_t len)
{
	struct trip *t = (struct trip *)c;
	const unsigned char *bytes = data;
	uint64_t h = churn_mix(c->now ^ word << 8 ^ sink);

	for (uint32_t i = 0; i < len; i++)
		h = h * 31 + bytes[i];
	if (t->out_len == t->out_cap) {
		t->out_cap = 2 * t->out_cap + 64;
		t->out = realloc(t->out, t->out_cap * sizeof(*t->out));
	}
	t->out[t->out_len++] = h;
}

static const struct tw_ctx_ops ops = { .write = trip_write };

static void hear(struct trip *t)
{
	struct tw_ctx *c = &t->ctx;
	uint32_t i = t->heard++;

	if (tw_order_is_open(&c->order) && t->outside[i] < c->order.open_time)
		tw_order_close(&c->order);
	tw_ctx_insert(c, i % c->count, t->outside[i], tw_word(i % 3, c->count),
		      0, i, &i, sizeof(i));
}

static void begin(struct trip *t, const struct tw_model *m, uint64_t seed)
{
	tw_time time = 1;

	memset(t, 0, sizeof(*t));
	tw_ctx_init(&t->ctx, m, END);
	t->ctx.ops = &ops;
	rng = seed;
	for (int i = 0; i < OUTSIDE; i++)
		t->outside[i] = time += draw() % 3;
	tw_ctx_start(&t->ctx);
}

static void one_event(struct trip *t)
{
	struct tw_ctx *c = &t->ctx;

	if (!tw_order_is_open(&c->order))
		tw_order_open(&c->order);
	if (c->now != c->order.open_time) {
		c->now = c->order.open_time;
		c->index = 0;
	}
	if (c->past)
		tw_past_dispatch(c);
	else
		tw_ctx_dispatch(c);
}

/* Time of the next event from outside that it has not heard of. */
static tw_time unheard(const struct trip *t)
{
	return t->heard < OUTSIDE ? t->outside[t->heard] : TW_TIME_INF;
}

static void straight(struct trip *t)
{
	while (t->heard < OUTSIDE)
		hear(t);
	while (tw_order_time(&t->ctx.order) != TW_TIME_INF)
		one_event(t);
}

/* The process marks its state; the kernel may let go of others. */
static uint32_t stop_here(struct trip *t, struct stop *stops, uint32_t n,
			  uint64_t token)
{
	const struct tw_mark mark = {
		.token = token,
		.now = t->ctx.now,
		.index = t->ctx.index,
	};
	uint64_t thinned = 0;
	uint32_t old = 0;

	stops[n++] = (struct stop){ token, t->ctx.now, t->heard, t->out_len };
	/* It may yet have to go back to before what it has not heard of. */
	while (old + 1 < n && stops[old + 1].now < unheard(t) && draw() % 2)
		old++;
	n -= old;
	memmove(stops, stops + old, n * sizeof(*stops));
	if (n > 3 && (n == MARKS || draw() % 2)) {
		uint32_t i = 1 + draw() % (n - 2);

		thinned = stops[i].token;
		memmove(&stops[i], &stops[i + 1], (--n - i) * sizeof(*stops));
	}
	tw_past_mark(&t->ctx, &mark, stops[0].token, thinned);
	return n;
}

static uint32_t go_back(struct trip *t, const struct stop *stops, uint32_t n)
{
	if (!tw_past_restore(&t->ctx, stops[n - 1].token))
		abort();
	t->heard = stops[n - 1].heard;
	t->out_len = stops[n - 1].out_len;
	return n;
}

/* It hears of the next event from outside, in time or not. */
static uint32_t hear_now(struct trip *t, const struct stop *stops, uint32_t n)
{
	tw_time time = unheard(t);
	uint32_t heard = t->heard;

	if (t->ctx.now >= time) {
		while (stops[n - 1].now >= time)
			n--;
		go_back(t, stops, n);
	}
	while (t->heard <= heard)
		hear(t);
	return n;
}

static bool wander(struct trip *t, bool reverse)
{
	struct stop stops[MARKS + 1];
	uint64_t token = 1;
	uint32_t n, restores = 0;

	t->ctx.past = &t->past;
	t->ctx.order.pool = &t->ctx.pool;
	t->past.reverse = reverse;
	n = stop_here(t, stops, 0, token);
	while (tw_order_time(&t->ctx.order) != TW_TIME_INF ||
	       t->heard < OUTSIDE) {
		if (!(draw() % 16)) {
			n = stop_here(t, stops, n, ++token);
		} else if (!(draw() % 64) && restores < RESTORES) {
			restores++;
			n = go_back(t, stops, 1 + draw() % n);
		} else if (!(draw() % 64) && t->ctx.now < unheard(t)) {
			/* what it hears is taken back before it counts */
			n = stop_here(t, stops, n, ++token);
			if (t->heard < OUTSIDE)
				hear(t);
			n = go_back(t, stops, n);
		} else if (t->heard < OUTSIDE &&
			   (!(draw() % 32) ||
			    tw_order_time(&t->ctx.order) == TW_TIME_INF)) {
			n = hear_now(t, stops, n);
		} else {
			one_event(t);
		}
	}
	return restores > RESTORES / 10 && !t->ctx.order.dead;
}

static bool same(const struct trip *a, const struct trip *b)
{
	const struct churn_state *sa = a->ctx.state, *sb = b->ctx.state;

	return a->ctx.events == b->ctx.events && a->out_len == b->out_len &&
	       !memcmp(a->out, b->out, a->out_len * sizeof(*a->out)) &&
	       !memcmp(sa->objects, sb->objects,
		       a->ctx.count * sizeof(*sa->objects));
}

static void end(struct trip *t)
{
	free(t->ctx.state);
	free(t->out);
	tw_past_destroy(&t->past);
	tw_ctx_destroy(&t->ctx);
}

static void run(struct churn churn, const char *name, bool reverse)
{
	const struct tw_model m = churn_model(&churn, 1);
	static struct trip a, b;

	begin(&a, &m, churn.seed);
	straight(&a);
	begin(&b, &m, churn.seed);
	ok(wander(&b, reverse), "%s, %s: it went back, and to the end", name,
	   reverse ? "by reversal" : "by copy");
	ok(same(&a, &b), "%s, %s: nothing of it is left", name,
	   reverse ? "by reversal" : "by copy");
	end(&a);
	end(&b);
}

int main(void)
{
	static const struct {
		const char *name;
		struct churn churn;
	} rows[] = {
		{ "many events at one time",
		  { .objects = 40,
		    .seed = 1,
		    .starts = 2,
		    .spread = 4,
		    .far = 128,
		    .large = 40,
		    .sinks = 2 } },
		{ "few",
		  { .objects = 7,
		    .seed = 2,
		    .starts = 1,
		    .spread = 60,
		    .far = 200,
		    .large = 300,
		    .sinks = 1 } },
	};

	for (int i = 0; i < 2; i++) {
		run(rows[i].churn, rows[i].name, false);
		run(rows[i].churn, rows[i].name, true);
	}
	return done();
}
