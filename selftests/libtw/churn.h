/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A model that takes all liberties: many events at one time, priorities,
 * payloads of all sizes, several sinks, sends near and far.
 */
#ifndef CHURN_H
#define CHURN_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <timewarp.h>

#define CHURN_LARGE_MAX (3 * TW_PAYLOAD_MAX)

struct churn {
	uint64_t objects;
	uint64_t seed;
	uint32_t starts; /* events that each object begins with */
	uint32_t spread; /* a send is 1 to so many ticks ahead */
	uint32_t far; /* of 256 sends so many go to any object */
	uint32_t large; /* largest payload, at most CHURN_LARGE_MAX */
	uint32_t sinks;
	uint32_t cancellation; /* of each event */
	uint32_t grain; /* loops of work in an event */
	char *out; /* what the sinks delivered, each in its own line */
	size_t out_len;
	size_t out_cap;
	uint64_t records;
	void *state; /* that setup has made in this process */
};

struct churn_object {
	uint64_t rng;
	uint64_t hash;
};

static inline uint64_t churn_mix(uint64_t x)
{
	x ^= x >> 33;
	x *= 0xff51afd7ed558ccdull;
	x ^= x >> 33;
	x *= 0xc4ceb9fe1a85ec53ull;
	return x ^ x >> 33;
}

static inline uint64_t churn_draw(struct churn_object *o)
{
	o->rng += 0x9e3779b97f4a7c15ull;
	return churn_mix(o->rng);
}

struct churn_state {
	const struct churn *churn;
	struct churn_object objects[];
};

static inline void *churn_setup(struct tw_ctx *c, void *arg)
{
	struct churn *churn = arg;
	struct churn_state *s =
		calloc(1, sizeof(*s) + churn->objects * sizeof(*s->objects));

	(void)c;
	if (s)
		s->churn = churn;
	churn->state = s;
	return s;
}

static inline void churn_send(struct tw_ctx *c, struct churn_state *s,
			      struct churn_object *o)
{
	const struct churn *churn = s->churn;
	static unsigned char payload[CHURN_LARGE_MAX];
	uint64_t r = churn_draw(o), to = tw_ctx_self(c);
	struct tw_send_attr attr = { r >> 50 & 3, churn->cancellation };
	uint32_t len = churn->large ? churn_draw(o) % (churn->large + 1) : 0;

	if ((r & 255) < churn->far)
		to = (r >> 8) % churn->objects;
	memset(payload, (int)(r >> 40), len);
	tw_ctx_send_with(c, to, tw_ctx_now(c) + 1 + (r >> 20) % churn->spread,
			 &attr, payload, len);
}

static inline void churn_write(struct tw_ctx *c, struct churn_state *s,
			       const struct churn_object *o)
{
	char line[96];
	int len = snprintf(line, sizeof(line), "%llu %llu %016llx",
			   (unsigned long long)tw_ctx_now(c),
			   (unsigned long long)tw_ctx_self(c),
			   (unsigned long long)o->hash);

	tw_ctx_write(c, o->hash % s->churn->sinks, o->hash >> 8 & 1, line, len);
}

static inline void churn_init(struct tw_ctx *c, uint64_t object)
{
	struct churn_state *s = tw_ctx_state(c);
	struct churn_object *o = &s->objects[object];

	o->rng = churn_mix(s->churn->seed + object);
	for (uint32_t i = 0; i < s->churn->starts; i++)
		churn_send(c, s, o);
	if (s->churn->sinks)
		churn_write(c, s, o);
}

static inline uint64_t churn_sum(uint64_t hash, const struct tw_event *ev)
{
	const unsigned char *data = ev->data;

	hash = churn_mix(hash ^ ev->time);
	hash = churn_mix(hash ^ ev->from << 20 ^ ev->priority);
	hash = churn_mix(hash ^ ev->send_time);
	for (uint32_t i = 0; i < ev->len; i++)
		hash = hash * 31 + data[i];
	return hash;
}

static inline void *churn_object(struct tw_ctx *c, uint64_t object, size_t *len)
{
	struct churn_state *s = tw_ctx_state(c);

	*len = sizeof(s->objects[object]);
	return &s->objects[object];
}

static inline void churn_reverse(struct tw_ctx *c, const struct tw_event *ev)
{
	struct churn_state *s = tw_ctx_state(c);
	struct churn_object *o = &s->objects[ev->to];

	o->hash = ev->memo[0];
	o->rng = ev->memo[1];
}

static inline void churn_event(struct tw_ctx *c, const struct tw_event *ev)
{
	struct churn_state *s = tw_ctx_state(c);
	struct churn_object *o = &s->objects[ev->to];

	ev->memo[0] = o->hash;
	ev->memo[1] = o->rng;
	o->hash = churn_sum(o->hash, ev);
	for (uint32_t i = 0; i < s->churn->grain; i++)
		o->hash = churn_mix(o->hash);
	o->rng ^= o->hash;
	churn_send(c, s, o);
	if (s->churn->sinks && !(churn_draw(o) & 3))
		churn_write(c, s, o);
}

static inline void churn_append(struct churn *churn, const void *data,
				size_t len)
{
	if (churn->out_len + len > churn->out_cap) {
		churn->out_cap = 2 * (churn->out_len + len);
		churn->out = realloc(churn->out, churn->out_cap);
		if (!churn->out)
			abort();
	}
	memcpy(churn->out + churn->out_len, data, len);
	churn->out_len += len;
}

static inline void churn_free(struct churn *churn)
{
	free(churn->out);
	free(churn->state);
}

/* Sinks are not ordered among each other, so each run looks at one of them. */
static inline int churn_output(void *arg, uint32_t sink, tw_time time,
			       const void *data, size_t len)
{
	struct churn *churn = arg;
	char head[64];

	churn->records++;
	if (sink)
		return 0;
	churn_append(churn, head,
		     snprintf(head, sizeof(head),
			      "%llu: ", (unsigned long long)time));
	churn_append(churn, data, len);
	churn_append(churn, "\n", 1);
	return 0;
}

static inline uint32_t churn_scatter(void *arg, uint64_t object)
{
	(void)arg;
	return churn_mix(object) % 3;
}

static inline struct tw_model churn_model(struct churn *churn,
					  uint32_t processes)
{
	return (struct tw_model){
		.objects = churn->objects,
		.processes = processes,
		.sinks = churn->sinks,
		.setup = churn_setup,
		.init = churn_init,
		.event = churn_event,
		.object = churn_object,
		.reverse = churn_reverse,
		.output = churn_output,
		.arg = churn,
	};
}

#endif /* CHURN_H */
