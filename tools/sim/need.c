// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>

#include "sim/need.h"
#include "tw/cli.h"

void no_memory(void)
{
	exit(cli_failed(
		"out of memory; the model is too large for this machine"));
}

void *need(size_t n, size_t size)
{
	void *p = calloc(n + !n, size);

	if (!p)
		no_memory();
	return p;
}
