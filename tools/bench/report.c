// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "bench/bench.h"
#include "tw/json.h"

static bool met(const struct row *r, const struct summary *ratio)
{
	return ratio->median <= r->target;
}

static void row_text(const struct table *t, const struct row *r)
{
	struct summary s = table_samples(t, r), ratio;

	printf("  %-38s %10.5g %10.5g %10.5g", r->label, s.median, s.min,
	       s.max);
	if (r->base) {
		ratio = table_ratios(t, r);
		printf("  %7.3f of %s", ratio.median, r->base->label);
		if (r->target > 0)
			printf(", target %.2g: %s", r->target,
			       met(r, &ratio) ? "met" : "missed");
	}
	putchar('\n');
}

void report_text(const struct table *t)
{
	unsigned int i;

	printf("%s (%u rounds)\n  %-38s %10s %10s %10s  %7s\n", t->title,
	       t->rounds, t->unit, "median", "least", "most", "ratio");
	for (i = 0; i < t->nrows; i++)
		row_text(t, &t->rows[i]);
	putchar('\n');
	fflush(stdout);
}

static void json_summary(struct json *j, const char *key,
			 const struct summary *s)
{
	json_open(j, key);
	json_double(j, "median", s->median);
	json_double(j, "min", s->min);
	json_double(j, "max", s->max);
	json_close(j);
}

static void row_json(struct json *j, const struct table *t, const struct row *r)
{
	struct summary s = table_samples(t, r), ratio;

	json_open(j, r->key);
	json_str(j, "label", r->label);
	json_summary(j, t->unit, &s);
	if (r->base) {
		ratio = table_ratios(t, r);
		json_str(j, "base", r->base->key);
		json_summary(j, "ratio", &ratio);
		if (r->target > 0) {
			json_double(j, "target", r->target);
			json_bool(j, "met", met(r, &ratio));
		}
	}
	json_close(j);
}

static void table_json(struct json *j, const struct table *t)
{
	unsigned int i;

	json_open(j, t->key);
	json_str(j, "title", t->title);
	json_str(j, "unit", t->unit);
	json_u64(j, "rounds", t->rounds);
	json_open(j, "rows");
	for (i = 0; i < t->nrows; i++)
		row_json(j, t, &t->rows[i]);
	json_close(j);
	json_close(j);
}

int report_json(const char *path, struct table *const *tables, size_t n)
{
	FILE *f = strcmp(path, "-") ? fopen(path, "w") : stdout;
	struct utsname uts;
	struct json j;
	size_t i;

	if (!f)
		return -errno;
	json_begin(&j, f);
	if (!uname(&uts)) {
		json_str(&j, "kernel", uts.release);
		json_str(&j, "machine", uts.machine);
	}
	json_u64(&j, "cpus", sysconf(_SC_NPROCESSORS_ONLN));
	json_open(&j, "tables");
	for (i = 0; i < n; i++)
		table_json(&j, tables[i]);
	json_close(&j);
	json_end(&j);
	return (f == stdout ? fflush(f) : fclose(f)) ? -errno : 0;
}
