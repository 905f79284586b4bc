/* SPDX-License-Identifier: GPL-2.0 */
/*
 * tw-bench: what the parts of tw-bench share.
 *
 * A table's rows are things to compare. Every round takes one sample of each,
 * one after the other, so that what disturbs the machine disturbs all of them;
 * a sample is the mean over a batch. Ratios are taken within a round.
 */
#ifndef BENCH_H
#define BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct options {
	unsigned int rounds; /* 0: as many as each group finds enough */
	const char *json;
	const char *only; /* one group, or NULL */
};

/* ---- table.c ---- */

#define ROWS_MAX 16
#define ROUNDS_MAX 1000

struct row {
	const char *key; /* in JSON */
	const char *label;
	const struct row *base; /* what it is compared with, or NULL */
	double target; /* the ratio wanted at most; 0: none */
	double samples[ROUNDS_MAX];
};

/* Lies in memory that all tasks of the benchmark share. */
struct table {
	const char *key;
	const char *title;
	const char *unit; /* of the samples */
	unsigned int rounds;
	unsigned int nrows;
	struct row rows[ROWS_MAX];
};

struct summary {
	double median, min, max;
};

struct table *table_new(const char *key, const char *title, const char *unit,
			unsigned int rounds);
struct row *table_row(struct table *t, const char *key, const char *label);
struct row *table_compared(struct table *t, const char *key, const char *label,
			   const struct row *base, double target);
struct summary table_samples(const struct table *t, const struct row *r);
struct summary table_ratios(const struct table *t, const struct row *r);

/* ---- report.c ---- */

void report_text(const struct table *t);
int report_json(const char *path, struct table *const *tables, size_t n);

/* ---- groups: each appends its tables ---- */

struct results {
	struct table *tables[16];
	size_t n;
};

void bench_message(const struct options *o, struct results *r);
void bench_pingpong(const struct options *o, struct results *r);
void bench_snapshot(const struct options *o, struct results *r);
void bench_straggler(const struct options *o, struct results *r);
void bench_phold(const struct options *o, struct results *r);
void bench_many(const struct options *o, struct results *r);
void bench_schedule(const struct options *o, struct results *r);
void bench_memory(const struct options *o, struct results *r);

static inline unsigned int rounds_or(const struct options *o,
				     unsigned int rounds)
{
	return o->rounds ? o->rounds : rounds;
}

#endif
