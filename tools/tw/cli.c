// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tw/cli.h"

bool cli_json;

static void say(const char *fmt, va_list ap)
{
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
}

int cli_bad(const char *fmt, ...)
{
	va_list ap;

	fputs("tw: ", stderr);
	va_start(ap, fmt);
	say(fmt, ap);
	va_end(ap);
	return CLI_BAD;
}

int cli_bad_at(const char *file, uint32_t line, const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "tw: %s:%" PRIu32 ": ", file, line);
	va_start(ap, fmt);
	say(fmt, ap);
	va_end(ap);
	return CLI_BAD;
}

int cli_failed(const char *fmt, ...)
{
	va_list ap;

	fputs("tw: ", stderr);
	va_start(ap, fmt);
	say(fmt, ap);
	va_end(ap);
	return CLI_FAILED;
}

static void usage(FILE *f, const struct cli_cmd *table, const char *name)
{
	const struct cli_cmd *c;

	fprintf(f, "Usage: %s COMMAND [ARGUMENTS]\n\nCommands:\n", name);
	for (c = table; c->name; c++)
		fprintf(f, "  %-10s %s\n", c->name, c->help);
	fprintf(f, "\n'%s COMMAND --help' tells about one of them.\n", name);
}

static bool is_help(const char *arg)
{
	return !strcmp(arg, "help") || !strcmp(arg, "--help") ||
	       !strcmp(arg, "-h") || !strcmp(arg, "-?");
}

int cli_select(const struct cli_cmd *table, const char *name, int argc,
	       char **argv)
{
	const struct cli_cmd *c;
	char full[64];

	if (argc < 2) {
		usage(stderr, table, name);
		return CLI_BAD;
	}
	if (is_help(argv[1])) {
		usage(stdout, table, name);
		return CLI_OK;
	}
	for (c = table; c->name; c++) {
		if (strcmp(c->name, argv[1]))
			continue;
		if (!c->run)
			return cli_failed("'%s %s' is not in this build of tw",
					  name, c->name);
		snprintf(full, sizeof(full), "%s %s", name, c->name);
		argv[1] = full;
		return c->run(argc - 1, argv + 1);
	}
	return cli_bad("unknown command '%s'; '%s help' lists the commands",
		       argv[1], name);
}

int cli_u64(const char *option, const char *arg, uint64_t min, uint64_t max,
	    uint64_t *value)
{
	char *end;

	errno = 0;
	*value = strtoull(arg, &end, 0);
	if (errno || end == arg || *end || strchr(arg, '-') || *value < min ||
	    *value > max)
		return cli_bad("%s=%s: give a whole number from %" PRIu64
			       " to %" PRIu64,
			       option, arg, min, max);
	return CLI_OK;
}

int cli_double(const char *option, const char *arg, double min, double max,
	       double *value)
{
	char *end;

	errno = 0;
	*value = strtod(arg, &end);
	if (errno || end == arg || *end || !(*value >= min && *value <= max))
		return cli_bad("%s=%s: give a number from %g to %g", option,
			       arg, min, max);
	return CLI_OK;
}
