/* SPDX-License-Identifier: GPL-2.0 */
/*
 * --out: a line of bits for each cycle, put together from the records of the
 * clusters that have outputs.
 */
#ifndef LOGIC_OUT_H
#define LOGIC_OUT_H

#include "sim/logic/model.h"
#include "sim/outfile.h"

struct out {
	struct outfile *file; /* NULL: nobody wants the lines */
	const struct logic *l;
	char *line; /* of the present cycle, its end included */
	uint32_t outs;
	uint64_t cycle;
	uint64_t evaluations; /* of all clusters, known after the last cycle */
};

int out_begin(struct out *o, struct outfile *file, const struct logic *l,
	      uint32_t outs);
/* data: a struct out_record and its bits, not aligned */
int out_record(struct out *o, tw_time tick, const void *data, size_t len);
int out_end(struct out *o);
void out_free(struct out *o);

#endif
