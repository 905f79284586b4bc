// SPDX-License-Identifier: GPL-2.0
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/logic/vcd.h"
#include "tw/cli.h"
#include "tw/version.h"

/* Identifiers are numbers in the printable characters, the lowest digit first. */
#define ID_FIRST '!'
#define ID_CHARS 94

static char *put_id(char *at, uint32_t n)
{
	do {
		*at++ = ID_FIRST + n % ID_CHARS;
		n /= ID_CHARS;
	} while (n);
	return at;
}

static int put_text(struct vcd *v, const char *text)
{
	return outfile_put(v->file, text, strlen(text));
}

static int put_value(struct vcd *v, uint32_t n, uint8_t value)
{
	char text[16], *at = text;

	*at++ = '0' + value;
	at = put_id(at, n);
	*at++ = '\n';
	return outfile_put(v->file, text, at - text);
}

static int put_time(struct vcd *v, uint64_t time)
{
	char text[32];

	snprintf(text, sizeof(text), "#%" PRIu64 "\n", time);
	return put_text(v, text);
}

static int put_net(struct vcd *v, uint32_t n)
{
	char id[8];

	*put_id(id, n) = 0;
	return put_text(v, "$var wire 1 ")	      ?:
		       put_text(v, id)		      ?:
		       put_text(v, " ")		      ?:
		       put_text(v, v->c->net[n].name) ?:
							put_text(v, " $end\n");
}

static int put_header(struct vcd *v)
{
	uint32_t n;
	int ret;

	ret = put_text(v, "$version tw " TW_VERSION " $end\n"
			  "$comment one unit of time is one gate delay $end\n"
			  "$timescale 1 ns $end\n"
			  "$scope module ") ?:
	      put_text(v, v->c->name) ?: put_text(v, " $end\n");
	for (n = 0; n < v->c->nets && !ret; n++)
		ret = put_net(v, n);
	return ret ?: put_text(v, "$upscope $end\n$enddefinitions $end\n");
}

int vcd_begin(struct vcd *v, struct outfile *file, const struct circuit *c)
{
	uint32_t n;

	*v = (struct vcd){ .file = file, .c = c };
	v->first = malloc(c->nets + 1);
	v->change = calloc(c->nets + 1, sizeof(*v->change));
	if (!v->first || !v->change)
		return cli_failed("out of memory for the waveform");
	for (n = 0; n < c->nets; n++)
		v->first[n] = c->net[n].rest;
	return put_header(v);
}

static int compare(const void *a, const void *b)
{
	change_t x = *(const change_t *)a, y = *(const change_t *)b;

	return x < y ? -1 : x > y;
}

/* Time 0: every net's value, changes at 0 made. */
static int dump_first(struct vcd *v)
{
	uint32_t n;
	int ret;

	if (!v->time)
		for (n = 0; n < v->changes; n++)
			v->first[change_net(v->change[n])] =
				change_value(v->change[n]);
	ret = put_text(v, "#0\n$dumpvars\n");
	for (n = 0; n < v->c->nets && !ret; n++)
		ret = put_value(v, n, v->first[n]);
	free(v->first);
	v->first = NULL;
	return ret ?: put_text(v, "$end\n");
}

/* The present time is over. */
static int put_changes(struct vcd *v)
{
	uint32_t n;
	int ret = 0;

	if (v->first)
		ret = dump_first(v);
	if (v->time && v->changes && !ret) {
		qsort(v->change, v->changes, sizeof(*v->change), compare);
		ret = put_time(v, v->time);
		for (n = 0; n < v->changes && !ret; n++)
			ret = put_value(v, change_net(v->change[n]),
					change_value(v->change[n]));
	}
	v->changes = 0;
	return ret;
}

int vcd_changes(struct vcd *v, tw_time tick, const change_t *change, size_t len)
{
	uint64_t time = logic_delay_of(tick);
	int ret = 0;

	if (time != v->time) {
		ret = put_changes(v);
		v->time = time;
	}
	memcpy(v->change + v->changes, change, len);
	v->changes += len / sizeof(*change);
	return ret;
}

int vcd_end(struct vcd *v, uint64_t end)
{
	return put_changes(v) ?: put_time(v, end);
}

void vcd_free(struct vcd *v)
{
	free(v->first);
	free(v->change);
}
