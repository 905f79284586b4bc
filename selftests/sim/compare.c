// SPDX-License-Identifier: GPL-2.0
/*
 * What --verify rests on: two outputs are held against each other byte by
 * byte, wherever the difference is and however the bytes come in.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/outfile.h"

#define LEN 150000

static char text[LEN + 1];
static int tests, failures;

static void check(const char *name, uint64_t got, uint64_t want)
{
	if (got != want) {
		failures++;
		printf("# got %llu, not %llu\n", (unsigned long long)got,
		       (unsigned long long)want);
	}
	printf("%s %d %s\n", got == want ? "ok" : "not ok", ++tests, name);
}

static void put_in_pieces(struct outfile *f, const char *data, size_t len)
{
	size_t piece, at;

	for (at = 0, piece = 1; at < len;
	     at += piece, piece = piece * 3 % 9973 + 1) {
		if (piece > len - at)
			piece = len - at;
		if (outfile_put(f, data + at, piece))
			exit(1);
	}
}

/* The offset at which `other` is found to differ from text[0..len). */
static uint64_t compare(size_t len, const char *other, size_t other_len)
{
	static struct outfile a, b;
	uint64_t differs;

	if (outfile_open(&a, NULL))
		exit(1);
	put_in_pieces(&a, text, len);
	if (outfile_flush(&a) || outfile_compare(&b, &a))
		exit(1);
	put_in_pieces(&b, other, other_len);
	if (outfile_flush(&b))
		exit(1);
	differs = b.differs;
	outfile_close(&a);
	outfile_close(&b);
	return differs;
}

int main(void)
{
	static const size_t at[] = { 0,	    1,	   4095,   4096,   65535,
				     65536, 65537, 131071, 131072, LEN - 1 };
	static char other[LEN + 1];
	char name[64];
	size_t i;

	for (i = 0; i < LEN; i++)
		text[i] = "0123456789\n"[i * 7 % 11];
	check("the same", compare(LEN, text, LEN), UINT64_MAX);
	check("the same, as long as the buffer", compare(65536, text, 65536),
	      UINT64_MAX);
	check("both empty", compare(0, text, 0), UINT64_MAX);
	for (i = 0; i < sizeof(at) / sizeof(*at); i++) {
		memcpy(other, text, LEN);
		other[at[i]] ^= 1;
		snprintf(name, sizeof(name), "a difference at byte %zu", at[i]);
		check(name, compare(LEN, other, LEN), at[i]);
	}
	check("the other is shorter", compare(LEN, text, LEN - 1), LEN - 1);
	check("the other is longer", compare(LEN - 1, text, LEN), LEN - 1);
	check("the other is empty", compare(LEN, text, 0), 0);
	check("the first is empty", compare(0, text, 1), 0);
	printf("1..%d\n", tests);
	return failures != 0;
}
