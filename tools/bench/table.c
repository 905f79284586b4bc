// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>

#include "bench/bench.h"
#include "bench/task.h"

struct table *table_new(const char *key, const char *title, const char *unit,
			unsigned int rounds)
{
	struct table *t = shared_alloc(sizeof(*t));

	t->key = key;
	t->title = title;
	t->unit = unit;
	t->rounds = rounds;
	return t;
}

struct row *table_row(struct table *t, const char *key, const char *label)
{
	return table_compared(t, key, label, NULL, 0);
}

struct row *table_compared(struct table *t, const char *key, const char *label,
			   const struct row *base, double target)
{
	struct row *r = &t->rows[t->nrows++];

	if (t->nrows > ROWS_MAX)
		abort();
	r->key = key;
	r->label = label;
	r->base = base;
	r->target = target;
	return r;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static struct summary summarize(double *v, unsigned int n)
{
	struct summary s;

	qsort(v, n, sizeof(*v), compare);
	s.min = v[0];
	s.max = v[n - 1];
	s.median = n % 2 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2;
	return s;
}

struct summary table_samples(const struct table *t, const struct row *r)
{
	double v[ROUNDS_MAX];

	memcpy(v, r->samples, t->rounds * sizeof(*v));
	return summarize(v, t->rounds);
}

struct summary table_ratios(const struct table *t, const struct row *r)
{
	double v[ROUNDS_MAX];
	unsigned int i;

	for (i = 0; i < t->rounds; i++)
		v[i] = r->samples[i] / r->base->samples[i];
	return summarize(v, t->rounds);
}
