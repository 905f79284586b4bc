/* SPDX-License-Identifier: GPL-2.0 */
/* Test Anything Protocol: one line for each check, the plan at the end. */
#ifndef TAP_H
#define TAP_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int tap_checks, tap_failures;

__attribute__((unused, format(printf, 2, 3))) static bool
ok(bool good, const char *fmt, ...)
{
	va_list ap;

	printf("%sok %d - ", good ? "" : "not ", ++tap_checks);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	fflush(stdout);
	tap_failures += !good;
	return good;
}

/* Both are shown when they differ. */
__attribute__((unused)) static bool is(long long got, long long expected,
				       const char *what)
{
	if (got != expected)
		printf("# got %lld, expected %lld\n", got, expected);
	return ok(got == expected, "%s", what);
}

__attribute__((unused)) static void skip(int n, const char *what,
					 const char *why)
{
	while (n--)
		printf("ok %d - %s # SKIP %s\n", ++tap_checks, what, why);
}

__attribute__((unused)) static bool have_device(void)
{
	return !access("/dev/timewarp", F_OK);
}

__attribute__((unused)) static void need_device(void)
{
	if (have_device())
		return;
	puts("1..0 # SKIP no /dev/timewarp");
	exit(4);
}

static int done(void)
{
	printf("1..%d\n", tap_checks);
	return tap_failures ? 1 : 0;
}

#endif /* TAP_H */
