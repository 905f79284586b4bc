// SPDX-License-Identifier: GPL-2.0
/*
 * libFuzzer chooses the domain by the first bytes and the schedule by the rest:
 * it looks for inputs that reach code of the core that none before has reached.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shim.h"
#include "sim.h"

/* Bytes that choose the domain. */
#define HEAD 48

void shim_bug(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	printf("# fuzz: ");
	vprintf(fmt, ap);
	printf("\n");
	va_end(ap);
	fflush(stdout);
	abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct oracle oracle;
	size_t head = size < HEAD ? size : HEAD;
	struct rnd rnd = { .bytes = data, .left = head };
	struct setup setup;
	u64 seed = 0;

	memcpy(&seed, data, size < 2 ? size : 2);
	setup_random(&setup, seed, &rnd);
	if (!oracle_run(&setup, &oracle))
		return -1;
	run_schedule(&setup, &oracle, data + head, size - head);
	return 0;
}
