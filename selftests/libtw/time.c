// SPDX-License-Identifier: GPL-2.0
/* Doubles as virtual time: order, inverse, the ends. */
#include <float.h>
#include <math.h>
#include <stdint.h>
#include <timewarp.h>

#include "tap.h"

static const double rising[] = {
	-INFINITY, -DBL_MAX, -1e300,  -2,	-1,  -DBL_MIN, -4.9e-324,
	0,	   4.9e-324, DBL_MIN, 1e-9,	0.5, 1,	       1 + DBL_EPSILON,
	2,	   1e300,    DBL_MAX, INFINITY,
};
#define N ((int)(sizeof(rising) / sizeof(*rising)))

static void ends(void)
{
	ok(tw_time_from_double(INFINITY) == TW_TIME_INF,
	   "+infinity is the largest time");
	ok(tw_time_from_double(NAN) == TW_TIME_INF, "so is NaN");
	ok(tw_time_from_double(-NAN) == TW_TIME_INF, "and -NaN");
	ok(tw_time_to_double(TW_TIME_INF) == INFINITY, "and back");
	ok(tw_time_to_double(0) == -INFINITY, "time 0 is -infinity");
	ok(tw_time_from_double(-0.0) == tw_time_from_double(0.0),
	   "-0.0 is 0.0");
	ok(tw_time_from_double(-INFINITY) > 0, "-infinity can be sent at");
	ok(tw_time_from_double(DBL_MAX) < TW_TIME_INF - 1,
	   "so can the largest number");
}

static void order(void)
{
	bool rises = true, returns = true;

	for (int i = 0; i < N; i++) {
		tw_time t = tw_time_from_double(rising[i]);

		if (i && tw_time_from_double(rising[i - 1]) >= t)
			rises = false;
		if (tw_time_to_double(t) != rising[i])
			returns = false;
	}
	ok(rises, "order is kept");
	ok(returns, "every number comes back");
	ok(tw_time_from_double(1) + 1 == tw_time_from_double(1 + DBL_EPSILON),
	   "a tick is the next number");
}

/* Neighbours all over the range. */
static void sweep(void)
{
	double last = -INFINITY;
	bool rises = true;

	for (uint64_t t = 0; t < TW_TIME_INF - (1ull << 44);
	     t += (1ull << 44) + 12345) {
		double d = tw_time_to_double(t);

		if (isnan(d) || d < last || tw_time_from_double(d) < t)
			rises = isnan(d) ? false :
					   d >= last && (isinf(d) || rises);
		last = d;
	}
	ok(rises, "a million times from 0 to +infinity rise");
}

int main(void)
{
	ends();
	order();
	sweep();
	return done();
}
