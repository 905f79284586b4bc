// SPDX-License-Identifier: GPL-2.0
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "sim/progress.h"
#include "tw/clock.h"

void progress_begin(struct progress *p, const char *unit, double end)
{
	*p = (struct progress){
		.on = isatty(STDERR_FILENO),
		.unit = unit,
		.end = end,
		.start_ns = clock_ns(),
	};
}

void progress_show(struct progress *p, double position,
		   const struct tw_domain_stat *st)
{
	double seconds = (clock_ns() - p->start_ns) / 1e9;
	double rate;

	if (!p->on)
		return;
	if (position > p->end)
		position = p->end;
	rate = seconds > 0 ? position / seconds : 0;
	fprintf(stderr, "\rGVT %.6g of %.6g %s (%.0f%%)  %.4g/s", position,
		p->end, p->unit, p->end > 0 ? 100 * position / p->end : 100,
		rate);
	if (st)
		fprintf(stderr, "  %" PRIu64 " rollbacks",
			(uint64_t)(st->rollbacks_primary +
				   st->rollbacks_secondary));
	if (rate > 0)
		fprintf(stderr, "  ETA %.0f s", (p->end - position) / rate);
	fputs("\033[K", stderr);
	p->shown = true;
}

void progress_end(struct progress *p)
{
	if (p->shown)
		fputs("\r\033[K", stderr);
	p->shown = false;
}
