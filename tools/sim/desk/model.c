// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "sim/desk/desk.h"

void desk_serve(tw_time *free, tw_time now, struct desk_job *j,
		struct desk_record *r)
{
	const struct desk_step *step = &j->step[j->done++];

	memset(r, 0, sizeof(*r));
	r->came = now;
	r->begin = now > *free ? now : *free;
	r->end = *free = r->begin + step->work;
	r->station = step->station;
	memcpy(r->name, j->name, sizeof(r->name));
}

uint64_t desk_next(const struct desk_job *j, uint64_t stations)
{
	return j->done < j->steps ? j->step[j->done].station : stations + 1;
}

int desk_charge(FILE *ledger, tw_time now, const struct desk_job *j,
		uint64_t *balance)
{
	uint64_t price = 0;

	for (uint32_t i = 0; i < j->steps; i++)
		price += j->step[i].work;
	*balance += price;
	if (fprintf(ledger, "%" PRIu64 " %s %" PRIu64 " balance %" PRIu64 "\n",
		    now, j->name, price, *balance) < 0 ||
	    fflush(ledger))
		return -errno;
	return 0;
}
