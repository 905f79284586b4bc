// SPDX-License-Identifier: GPL-2.0
/*
 * Row i adds a * b_i to the upper part of the sum of the rows before. Its
 * lowest bit is bit i of the product, the others and the carry are the upper
 * part for the next row.
 *
 * Nets are named after what they carry and the row that made them, or the
 * stage of the register that holds them.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "sim/gen/gen.h"

#define NAME 16

struct row {
	const struct gen *g;
	FILE *f;
	/* The present names of what is alive between two rows. */
	char (*a)[NAME], (*b)[NAME], (*sum)[NAME], (*low)[NAME];
	uint64_t made; /* rows so far: bits of the product that are final */
	uint64_t stage;
};

__attribute__((format(printf, 2, 3))) static void name(char *to,
						       const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(to, NAME, fmt, ap);
	va_end(ap);
}

static uint64_t stages(const struct gen *g)
{
	return (g->bits + g->rows - 1) / g->rows;
}

uint64_t gen_latency(const struct gen *g)
{
	return stages(g) + 1;
}

/* Put one net through a flip-flop, and go on with its output. */
static void hold(struct row *r, char *net, const char *what, uint64_t i)
{
	char q[NAME];

	name(q, "%s%" PRIu64 "r%" PRIu64, what, i, r->stage);
	fprintf(r->f, "%s = DFF(%s)\n", q, net);
	strcpy(net, q);
}

/* A register for all that later rows need. */
static void registers(struct row *r)
{
	uint64_t i;

	if (r->made < r->g->bits) {
		for (i = 0; i < r->g->bits; i++)
			hold(r, r->a[i], "a", i);
		for (i = r->made; i < r->g->bits; i++)
			hold(r, r->b[i], "b", i);
	}
	for (i = 0; i < r->made; i++)
		hold(r, r->low[i], "p", i);
	for (i = 0; i < r->g->bits && r->made; i++)
		hold(r, r->sum[i], "s", i);
	r->stage++;
}

static void half_adder(struct row *r, const char *x, const char *y, char *sum,
		       char *carry)
{
	fprintf(r->f, "%s = XOR(%s, %s)\n", sum, x, y);
	fprintf(r->f, "%s = AND(%s, %s)\n", carry, x, y);
}

/* The carry is read before its name is given to the carry that goes out. */
static void full_adder(struct row *r, uint64_t j, const char *x, const char *y,
		       char *sum, char *carry)
{
	char h[NAME], g[NAME], k[NAME], out[NAME];

	name(h, "h%" PRIu64 "_%" PRIu64, r->made, j);
	name(g, "g%" PRIu64 "_%" PRIu64, r->made, j);
	name(k, "k%" PRIu64 "_%" PRIu64, r->made, j);
	name(out, "c%" PRIu64 "_%" PRIu64, r->made, j);
	fprintf(r->f, "%s = XOR(%s, %s)\n", h, x, y);
	fprintf(r->f, "%s = XOR(%s, %s)\n", sum, h, carry);
	fprintf(r->f, "%s = AND(%s, %s)\n", g, x, y);
	fprintf(r->f, "%s = AND(%s, %s)\n", k, h, carry);
	fprintf(r->f, "%s = OR(%s, %s)\n", out, g, k);
	strcpy(carry, out);
}

/* The partial products a_j * b_row. */
static void products(struct row *r, char (*to)[NAME])
{
	uint64_t j;

	for (j = 0; j < r->g->bits; j++) {
		name(to[j], "m%" PRIu64 "_%" PRIu64, r->made, j);
		fprintf(r->f, "%s = AND(%s, %s)\n", to[j], r->a[j],
			r->b[r->made]);
	}
}

/*
 * The first row is a * b_0 alone, with no carry. Its upper part is made as
 * long as the others by a bit that is 0: the AND of a net and its inverse.
 */
static void first_row(struct row *r)
{
	uint64_t j, last = r->g->bits - 1;
	char(*m)[NAME] = r->sum;

	products(r, m);
	strcpy(r->low[0], m[0]);
	for (j = 0; j < last; j++)
		memmove(r->sum[j], m[j + 1], NAME);
	fprintf(r->f, "na = NOT(%s)\nzero = AND(%s, na)\n", r->a[0], r->a[0]);
	name(r->sum[last], "zero");
	r->made = 1;
}

static void next_row(struct row *r, char (*m)[NAME])
{
	uint64_t j, last = r->g->bits - 1;
	char sum[NAME], carry[NAME];

	products(r, m);
	for (j = 0; j <= last; j++) {
		name(sum, "t%" PRIu64 "_%" PRIu64, r->made, j);
		if (j) {
			full_adder(r, j, r->sum[j], m[j], sum, carry);
			strcpy(r->sum[j - 1], sum);
		} else {
			name(carry, "c%" PRIu64 "_0", r->made);
			half_adder(r, r->sum[0], m[0], sum, carry);
			strcpy(r->low[r->made], sum);
		}
	}
	strcpy(r->sum[last], carry);
	r->made++;
}

static void declare(struct row *r)
{
	uint64_t i, n = r->g->bits;

	fprintf(r->f,
		"# %" PRIu64 " x %" PRIu64
		" bit multiplier, registers every %" PRIu64
		" rows, latency %" PRIu64 "\n",
		n, n, r->g->rows, gen_latency(r->g));
	for (i = 0; i < n; i++) {
		name(r->a[i], "a%" PRIu64, i);
		fprintf(r->f, "INPUT(%s)\n", r->a[i]);
	}
	for (i = 0; i < n; i++) {
		name(r->b[i], "b%" PRIu64, i);
		fprintf(r->f, "INPUT(%s)\n", r->b[i]);
	}
	for (i = 0; i < 2 * n; i++)
		fprintf(r->f, "OUTPUT(p%" PRIu64 ")\n", i);
}

static void outputs(struct row *r)
{
	uint64_t i, n = r->g->bits;

	for (i = 0; i < n; i++)
		fprintf(r->f, "p%" PRIu64 " = BUF(%s)\n", i, r->low[i]);
	for (i = 0; i < n; i++)
		fprintf(r->f, "p%" PRIu64 " = BUF(%s)\n", n + i, r->sum[i]);
}

int gen_write(const struct gen *g, FILE *f)
{
	char(*names)[NAME] = calloc(5 * g->bits, NAME);
	struct row r = { .g = g, .f = f };
	uint64_t i;

	if (!names)
		return -ENOMEM;
	r.a = names;
	r.b = names + g->bits;
	r.sum = names + 2 * g->bits;
	r.low = names + 3 * g->bits;
	declare(&r);
	registers(&r);
	for (i = 0; i < g->bits; i++) {
		if (i)
			next_row(&r, names + 4 * g->bits);
		else
			first_row(&r);
		if (r.made == g->bits || !(r.made % g->rows))
			registers(&r);
	}
	outputs(&r);
	free(names);
	return fflush(f) || ferror(f) ? -EIO : 0;
}
