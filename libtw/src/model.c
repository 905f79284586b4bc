// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
#include <errno.h>
#include <string.h>

#include "engine.h"

static bool model_ok(const struct tw_model *m)
{
	return m->event && m->processes &&
	       m->objects <= (uint64_t)1 << TW_WORD_SHIFT &&
	       (!m->sinks || m->output);
}

static bool state_ok(const struct tw_model *m, enum tw_state state)
{
	switch (state) {
	case TW_STATE_BY_FORK:
		return true;
	case TW_STATE_BY_COPY:
		return m->object;
	case TW_STATE_BY_REVERSE:
		return m->reverse;
	default:
		return false;
	}
}

int tw_model_run(const struct tw_model *m, const struct tw_run_attr *attr,
		 struct tw_run_stat *stat)
{
	struct tw_run_stat dummy;
	uint64_t start = tw_clock_ns();
	int ret;

	if (!stat)
		stat = &dummy;
	memset(stat, 0, sizeof(*stat));
	if (!model_ok(m) || !state_ok(m, attr->state))
		return -EINVAL;
	switch (attr->engine) {
	case TW_ENGINE_TIMEWARP:
		ret = tw_run_timewarp(m, attr, stat);
		break;
	case TW_ENGINE_SEQUENTIAL:
		ret = tw_run_sequential(m, attr, stat);
		break;
	default:
		return -EINVAL;
	}
	stat->wall_ns = tw_clock_ns() - start;
	return ret;
}
