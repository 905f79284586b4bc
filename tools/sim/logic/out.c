// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>

#include "sim/logic/out.h"
#include "tw/cli.h"

int out_begin(struct out *o, struct outfile *file, const struct logic *l,
	      uint32_t outs)
{
	*o = (struct out){ .file = file, .l = l, .outs = outs };
	o->line = malloc(outs + 1);
	if (!o->line)
		return cli_failed("out of memory for a line of output");
	memset(o->line, '0', outs);
	o->line[outs] = '\n';
	return CLI_OK;
}

/* Lines of the cycles before this one are complete. */
static int advance(struct out *o, uint64_t cycle)
{
	for (; o->cycle < cycle; o->cycle++)
		if (o->file && outfile_put(o->file, o->line, o->outs + 1))
			return CLI_BAD;
	return CLI_OK;
}

int out_record(struct out *o, tw_time tick, const void *data, size_t len)
{
	uint64_t cycle = logic_delay_of(tick) / o->l->period;
	const struct cluster *cl;
	struct out_record r;
	const uint8_t *bit;
	uint32_t i;
	int ret;

	memcpy(&r, data, sizeof(r));
	bit = (const uint8_t *)data + sizeof(r);
	cl = &o->l->cluster[r.cluster];
	ret = advance(o, cycle);
	for (i = 0; i < len - sizeof(r); i++)
		o->line[cl->out_index[i]] = '0' + bit[i];
	if (cycle + 1 == o->l->cycles)
		o->evaluations += r.evaluations;
	return ret;
}

int out_end(struct out *o)
{
	return advance(o, o->l->cycles);
}

void out_free(struct out *o)
{
	free(o->line);
}
