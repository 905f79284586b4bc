/* SPDX-License-Identifier: GPL-2.0 */
/* What the commands share: tables, messages, numbers in arguments. */
#ifndef TW_CLI_H
#define TW_CLI_H

#include <stdbool.h>
#include <stdint.h>

#define CLI_OK 0
#define CLI_FAILED \
	1 /* the work was done and came out wrong, or could not be done */
#define CLI_BAD 2 /* the user's input cannot be used */

struct cli_cmd {
	const char *name;
	int (*run)(int argc, char **argv); /* NULL: not in this build */
	const char *help;
};

/* Set by --json before or after the command. */
extern bool cli_json;

/*
 * Print "tw: <message>" and return the exit status. A message says what is
 * wrong, where, and what to do.
 */
int cli_bad(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
int cli_bad_at(const char *file, uint32_t line, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
int cli_failed(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Dispatch argv[1] by a table that ends with a NULL name; "help" prints it. */
int cli_select(const struct cli_cmd *table, const char *name, int argc,
	       char **argv);

/* An argument's number in [min, max]; prints and returns CLI_BAD otherwise. */
int cli_u64(const char *option, const char *arg, uint64_t min, uint64_t max,
	    uint64_t *value);
int cli_double(const char *option, const char *arg, double min, double max,
	       double *value);

#endif
