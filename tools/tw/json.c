// SPDX-License-Identifier: GPL-2.0
#include <inttypes.h>
#include <math.h>

#include "tw/json.h"

static void put_string(FILE *f, const char *s)
{
	putc('"', f);
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			fprintf(f, "\\%c", *s);
		else if ((unsigned char)*s < 0x20)
			fprintf(f, "\\u%04x", *s);
		else
			putc(*s, f);
	}
	putc('"', f);
}

static void put_key(struct json *j, const char *key)
{
	if (j->comma)
		putc(',', j->f);
	put_string(j->f, key);
	putc(':', j->f);
	j->comma = true;
}

void json_begin(struct json *j, FILE *f)
{
	j->f = f;
	j->comma = false;
	putc('{', f);
}

void json_end(struct json *j)
{
	fputs("}\n", j->f);
}

void json_open(struct json *j, const char *key)
{
	put_key(j, key);
	putc('{', j->f);
	j->comma = false;
}

void json_close(struct json *j)
{
	putc('}', j->f);
	j->comma = true;
}

void json_str(struct json *j, const char *key, const char *value)
{
	put_key(j, key);
	put_string(j->f, value);
}

void json_u64(struct json *j, const char *key, uint64_t value)
{
	put_key(j, key);
	fprintf(j->f, "%" PRIu64, value);
}

void json_double(struct json *j, const char *key, double value)
{
	put_key(j, key);
	if (isfinite(value))
		fprintf(j->f, "%.9g", value);
	else
		fputs("null", j->f);
}

void json_bool(struct json *j, const char *key, bool value)
{
	put_key(j, key);
	fputs(value ? "true" : "false", j->f);
}
