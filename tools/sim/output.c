// SPDX-License-Identifier: GPL-2.0
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "sim/output.h"
#include "tw/cli.h"

/* Files that are not there yet are the same if their names are. */
static bool same_file(const char *a, const char *b)
{
	struct stat x, y;

	if (!a || !b)
		return false;
	if (stat(a, &x) || stat(b, &y))
		return !strcmp(a, b);
	return x.st_dev == y.st_dev && x.st_ino == y.st_ino &&
	       S_ISREG(x.st_mode);
}

static int check_name(const struct output *first, const struct output *o,
		      const char *const *read)
{
	const struct output *other;

	for (; *read; read++)
		if (same_file(o->name, *read))
			return cli_bad(
				"%s: '%s' is read too; name another file",
				o->option, o->name);
	for (other = first; other < o; other++)
		if (same_file(o->name, other->name))
			return cli_bad("%s and %s are the same file; name two",
				       other->option, o->option);
	return CLI_OK;
}

static int open_one(struct output *o, bool verify)
{
	if (outfile_open(&o->file, o->name))
		return CLI_BAD;
	o->to = &o->file;
	if (verify && !outfile_comparable(&o->file))
		return cli_bad(
			"%s: '%s' cannot be read back for --verify; name a regular file",
			o->option, o->name);
	return CLI_OK;
}

int output_open(struct output *first, const char *const *read, bool verify)
{
	struct output *o;
	int ret = CLI_OK;

	for (o = first; !ret && o->option; o++)
		ret = check_name(first, o, read);
	for (o = first; !ret && o->option; o++)
		if (o->name || (o->compared && verify))
			ret = open_one(o, verify);
	return ret;
}

bool output_failed(const struct output *o)
{
	for (; o->option; o++)
		if (o->to && o->to->failed)
			return true;
	return false;
}

int output_flush(struct output *o)
{
	int ret = CLI_OK;

	for (; !ret && o->option; o++)
		if (o->to)
			ret = outfile_flush(o->to);
	return ret;
}

int output_check(struct output *o)
{
	int ret = CLI_OK;

	for (; !ret && o->option; o++) {
		if (!o->to)
			continue;
		ret = outfile_compare(&o->check, &o->file);
		o->to = &o->check;
	}
	return ret;
}

int output_difference(const struct output *o)
{
	for (; o->option; o++)
		if (o->to && o->to->differs != UINT64_MAX)
			return cli_failed(
				"--verify: %s '%s' differs from the sequential engine's at byte %" PRIu64,
				o->option, o->to->name, o->to->differs);
	return CLI_OK;
}

void output_print(const struct output *o, FILE *f)
{
	const char *comma = "";

	for (; o->option; o++) {
		if (!o->to)
			continue;
		fprintf(f, "%s%s: %" PRIu64 " bytes", comma, o->option + 2,
			o->file.offset);
		comma = ", ";
	}
	fputs(", identical to the sequential engine's\n", f);
}

int output_commit(struct output *o)
{
	int ret = CLI_OK;

	for (; !ret && o->option; o++)
		if (o->to)
			ret = outfile_commit(&o->file);
	return ret;
}

void output_close(struct output *o)
{
	for (; o->option; o++) {
		if (o->to)
			outfile_close(&o->file);
		if (o->to == &o->check)
			outfile_close(&o->check);
		o->to = NULL;
	}
}
