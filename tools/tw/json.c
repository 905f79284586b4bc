// SPDX-License-Identifier: GPL-2.0
#include <inttypes.h>
#include <math.h>

#include "tw/json.h"

/* Bytes of the character at s; 0: it is none of UTF-8 (RFC 3629). */
static int utf8_bytes(const char *s)
{
	const unsigned char *u = (const unsigned char *)s;
	unsigned char least = 0x80, most = 0xbf;
	int n = u[0] < 0x80 ? 1 : u[0] < 0xe0 ? 2 : u[0] < 0xf0 ? 3 : 4, i;

	if ((u[0] >= 0x80 && u[0] < 0xc2) || u[0] > 0xf4)
		return 0;
	/* Nothing longer than it need be, no surrogates, nothing above 0x10ffff. */
	if (u[0] == 0xe0)
		least = 0xa0;
	else if (u[0] == 0xed)
		most = 0x9f;
	else if (u[0] == 0xf0)
		least = 0x90;
	else if (u[0] == 0xf4)
		most = 0x8f;
	for (i = 1; i < n; i++, least = 0x80, most = 0xbf)
		if (u[i] < least || u[i] > most)
			return 0;
	return n;
}

static void put_string(FILE *f, const char *s)
{
	int n;

	putc('"', f);
	for (; *s; s += n + !n) {
		n = utf8_bytes(s);
		if (!n)
			fputs("\\ufffd", f);
		else if (*s == '"' || *s == '\\')
			fprintf(f, "\\%c", *s);
		else if ((unsigned char)*s < 0x20)
			fprintf(f, "\\u%04x", *s);
		else
			fwrite(s, n, 1, f);
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
