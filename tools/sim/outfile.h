/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A file that is there whole or not at all: it is written without a name, or
 * beside its name, and gets its name at the end. What exists and is no regular
 * file (a device, a pipe) is written to directly.
 *
 * A file may instead be compared: what is put is held against what another
 * outfile has got.
 */
#ifndef SIM_OUTFILE_H
#define SIM_OUTFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct outfile {
	const char *name; /* as the user knows it */
	char *path; /* the name to get; NULL: none */
	char *temp; /* the name it has until then; NULL: none */
	int fd;
	bool compare, failed;
	uint64_t offset; /* of buf[0] */
	uint64_t differs; /* compare: offset of the first difference, or UINT64_MAX */
	size_t len;
	char buf[65536];
};

/* name NULL: a file that never gets a name. Prints what is wrong, returns CLI_BAD. */
int outfile_open(struct outfile *f, const char *name);
/* Whether outfile_compare() can be used: not with a device or a pipe. */
bool outfile_comparable(const struct outfile *f);
/* Compare with what `of` was given; that must be complete. */
int outfile_compare(struct outfile *f, struct outfile *of);
/* Nonzero after a failure, which is printed once. */
int outfile_put(struct outfile *f, const char *data, size_t len);
/* As outfile_put(), of formatted text. */
int outfile_printf(struct outfile *f, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* All was put: write it out, and in a comparison look for surplus. */
int outfile_flush(struct outfile *f);
/* Give it its name. */
int outfile_commit(struct outfile *f);
/* Close; what has not got its name is gone. */
void outfile_close(struct outfile *f);

#endif
