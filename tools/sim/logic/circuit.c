// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <stdlib.h>

#include "sim/logic/circuit.h"
#include "sim/need.h"
#include "tw/cli.h"

#define LOOP_SHOWN 20

static int check_driven(struct circuit *c)
{
	uint32_t n;

	for (n = 0; n < c->nets; n++)
		if (!c->net[n].op)
			return cli_bad_at(
				c->file, c->net[n].line,
				"net '%s' is used but not driven; add a gate or an INPUT of that name",
				c->net[n].name);
	return CLI_OK;
}

static void link_fan(struct circuit *c)
{
	uint32_t n, i, *fill;

	c->fan0 = arena_alloc(&c->arena, c->nets + 2, sizeof(*c->fan0));
	c->fan = arena_alloc(&c->arena, c->pins, sizeof(*c->fan));
	/* While it fills, fan0[n + 1] is where n's next reader goes. */
	fill = c->fan0 + 1;
	for (i = 0; i < c->pins; i++)
		fill[c->pin[i] + 1]++;
	for (n = 0; n < c->nets; n++)
		fill[n + 1] += fill[n];
	for (n = 0; n < c->nets; n++)
		for (i = 0; i < c->net[n].pins; i++)
			c->fan[fill[c->pin[c->net[n].pin0 + i]]++] = n;
}

static void settle(const struct circuit *c, struct net *gate)
{
	uint32_t i, ones = 0;

	for (i = 0; i < gate->pins; i++)
		ones += c->net[c->pin[gate->pin0 + i]].rest;
	gate->rest = op_value(gate->op, ones, gate->pins);
}

/* The nets of a loop in the direction of the signals, or as many as one can read. */
static char *loop_text(struct circuit *c, const uint32_t *net, uint32_t n)
{
	uint32_t some = n > LOOP_SHOWN ? LOOP_SHOWN : n, i;
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		no_memory();
	for (i = 0; i < some; i++)
		fprintf(f, "%s -> ", c->net[net[n - 1 - i]].name);
	if (some < n)
		fprintf(f, "... (%u nets) -> ", n);
	fputs(c->net[net[n - 1]].name, f);
	if (fclose(f))
		no_memory();
	return text;
}

/*
 * Walk back from a gate that has no level: it waits for another such gate,
 * and so on, so the walk must meet itself. It runs against the signals.
 */
static int report_loop(struct circuit *c, const uint32_t *waits, uint32_t n)
{
	uint32_t *met = arena_alloc(&c->arena, c->nets, sizeof(*met));
	uint32_t *walk = arena_alloc(&c->arena, c->nets, sizeof(*walk));
	uint32_t steps = 0, start;
	char *text;
	int ret;

	while (!met[n]) {
		const uint32_t *pin = c->pin + c->net[n].pin0;

		walk[steps++] = n;
		met[n] = steps;
		while (!waits[*pin])
			pin++;
		n = *pin;
	}
	start = met[n] - 1;
	text = loop_text(c, walk + start, steps - start);
	ret = cli_bad_at(c->file, c->net[walk[steps - 1]].line,
			 "combinational loop: %s; break it with a DFF", text);
	free(text);
	return ret;
}

/*
 * Level by level from the inputs and flip-flops. `waits` counts the pins of a
 * gate whose level is not known yet; in a loop it never falls to zero.
 */
static int find_levels(struct circuit *c)
{
	uint32_t *waits = arena_alloc(&c->arena, c->nets, sizeof(*waits));
	uint32_t *ready = arena_alloc(&c->arena, c->nets, sizeof(*ready));
	uint32_t n, i, head = 0, tail = 0;

	for (n = 0; n < c->nets; n++) {
		if (op_is_gate(c->net[n].op))
			waits[n] = c->net[n].pins;
		if (waits[n])
			continue;
		if (op_is_gate(c->net[n].op))
			settle(c, &c->net[n]);
		ready[tail++] = n;
	}
	while (head < tail) {
		n = ready[head++];
		for (i = c->fan0[n]; i < c->fan0[n + 1]; i++) {
			struct net *gate = &c->net[c->fan[i]];

			if (!op_is_gate(gate->op))
				continue;
			if (gate->level <= c->net[n].level)
				gate->level = c->net[n].level + 1;
			if (--waits[c->fan[i]])
				continue;
			settle(c, gate);
			ready[tail++] = c->fan[i];
		}
		if (c->net[n].level > c->depth)
			c->depth = c->net[n].level;
	}
	for (n = 0; n < c->nets; n++)
		if (waits[n])
			return report_loop(c, waits, n);
	return CLI_OK;
}

int circuit_finish(struct circuit *c)
{
	uint32_t n;
	int ret;

	ret = check_driven(c);
	if (ret)
		return ret;
	link_fan(c);
	for (n = 0; n < c->nets; n++) {
		c->gates += op_is_gate(c->net[n].op);
		c->dffs += c->net[n].op == OP_DFF;
	}
	return find_levels(c);
}

void circuit_free(struct circuit *c)
{
	arena_free(&c->arena);
}
