// SPDX-License-Identifier: GPL-2.0
/* The event list against a plain sort. */
#include "order.h"
#include "tap.h"

#define EVENTS 20000

static uint64_t rng;

static uint64_t draw(void)
{
	rng ^= rng << 13;
	rng ^= rng >> 7;
	rng ^= rng << 17;
	return rng;
}

static int before(const struct tw_node *a, const struct tw_node *b)
{
	if (a->time != b->time)
		return a->time < b->time;
	if (a->word != b->word)
		return a->word < b->word;
	if (a->send_time != b->send_time)
		return a->send_time < b->send_time;
	return a->index < b->index;
}

static struct tw_node *make(struct tw_pool *pool, tw_time now, uint32_t spread,
			    uint32_t index)
{
	struct tw_node *n = tw_pool_get(pool, 8);

	*n = (struct tw_node){
		.time = now + 1 + draw() % spread,
		.word = tw_word(draw() % 3, draw() % 50),
		.send_time = now,
		.index = index,
		.len = 8,
	};
	return n;
}

/* Hold model: each event taken brings a new one, at a time that is not over. */
static bool churn(uint32_t spread, uint32_t at_once)
{
	struct tw_node last = { 0 };
	struct tw_pool pool = { 0 };
	struct tw_order o;
	bool good = true;
	uint32_t i;

	tw_order_init(&o);
	for (i = 0; i < at_once; i++)
		tw_order_push(&o, make(&pool, 0, spread, i));
	while (tw_order_time(&o) != TW_TIME_INF) {
		struct tw_node *n;

		if (!tw_order_is_open(&o))
			tw_order_open(&o);
		/* A message came: what was opened goes back, sometimes. */
		if (!(draw() & 15)) {
			tw_order_close(&o);
			tw_order_open(&o);
		}
		n = tw_order_take(&o);
		if (!before(&last, n))
			good = false;
		last = *n;
		tw_pool_put(&pool, n);
		if (i < EVENTS)
			tw_order_push(&o, make(&pool, last.time, spread, i++));
	}
	tw_order_destroy(&o);
	tw_pool_destroy(&pool);
	return good;
}

/* Messages for the time that is open, and for earlier ones after a close. */
static void late(void)
{
	struct tw_pool pool = { 0 };
	struct tw_order o;
	uint32_t got = 0;
	bool good = true;
	tw_time last = 0;

	tw_order_init(&o);
	for (uint32_t i = 0; i < 100; i++) {
		struct tw_node *n = make(&pool, 9, 1, i);

		n->word = 2 * i;
		tw_order_push(&o, n);
	}
	tw_order_open(&o);
	for (uint32_t i = 0; i < 50; i++)
		tw_pool_put(&pool, tw_order_take(&o));
	for (uint32_t i = 50; i < 100; i++) {
		struct tw_node *n = make(&pool, 9, 1, i);

		n->word = 2 * i + 1;
		tw_order_push(&o, n);
	}
	for (; tw_order_is_open(&o); got++) {
		struct tw_node *n = tw_order_take(&o);

		good = good && n->word == 100 + got;
		tw_pool_put(&pool, n);
		if (got == 30) {
			n = make(&pool, 4, 1, 0);
			tw_order_close(&o);
			tw_order_push(&o, n);
			tw_order_open(&o);
			last = tw_order_take(&o)->time;
			tw_order_open(&o);
		}
	}
	ok(good, "late events of the open time come in their order");
	ok(got == 100, "all of them");
	ok(last == 5, "an earlier one comes first after a close");
	tw_order_destroy(&o);
	tw_pool_destroy(&pool);
}

static void sizes(void)
{
	struct tw_pool pool = { 0 };
	struct tw_node *n[64];
	bool good = true;

	for (int i = 0; i < 64; i++) {
		uint32_t len = i < 32 ? (uint32_t)i * 7 : 65536u - i;

		n[i] = tw_pool_get(&pool, len);
		n[i]->len = len;
		good = good && !((uintptr_t)n[i] % 64);
		memset(n[i]->data, i, len);
	}
	for (int i = 0; i < 64; i++)
		for (uint32_t j = 0; j < n[i]->len; j++)
			good = good && n[i]->data[j] == i;
	ok(good, "nodes of all sizes, aligned and apart");
	tw_pool_put(&pool, n[5]);
	ok(tw_pool_get(&pool, n[5]->len) == n[5],
	   "the last one freed is taken first");
	tw_pool_destroy(&pool);
}

int main(int argc, char **argv)
{
	rng = argc > 1 ? strtoull(argv[1], NULL, 0) : 88172645463325252ull;
	printf("# seed %llu\n", (unsigned long long)rng);
	ok(churn(1, 500), "all events at one time");
	ok(churn(3, 500), "few times");
	ok(churn(40, 500), "more times than recent runs");
	ok(churn(1u << 30, 3000), "each event at a time of its own");
	ok(churn(10, 1), "one event");
	late();
	sizes();
	return done();
}
