// SPDX-License-Identifier: GPL-2.0
#include "sim/sim.h"
#include "tw/cli.h"

void sim_progress(struct sim *s, double position,
		  const struct tw_domain_stat *st)
{
	progress_show(&s->progress, position,
		      s->engine == TW_ENGINE_TIMEWARP ? st : NULL);
}

double sim_double_ticks(double units, double end)
{
	return tw_time_from_double(end) - tw_time_from_double(end - units);
}

static tw_time window(const struct sim *s)
{
	double ticks = s->ticks(s, s->opt->window);

	if (s->opt->window_learnt)
		return TW_WINDOW_LEARNT;
	/* Who wants a window gets one, as far as there is such a time. */
	if (!(s->opt->window > 0) || ticks >= 0x1p64)
		return 0;
	return ticks < 1 ? 1 : ticks;
}

void sim_attr(struct sim *s, struct tw_run_attr *attr, uint64_t first,
	      uint64_t n)
{
	attr->engine = s->engine;
	attr->name = s->name;
	attr->running = s->opt->running;
	attr->memory = s->opt->memory;
	attr->window = window(s);
	attr->cancellation = s->opt->cancellation;
	attr->snapshot_interval = s->opt->snapshot_interval;
	attr->interval_min = s->opt->interval_min;
	attr->interval_max = s->opt->interval_max;
	attr->strict = s->opt->strict;
	if (!s->opt->kill_every)
		return;
	chaos_end(&s->chaos);
	chaos_begin(&s->chaos, s->opt->kill_every, s->opt->seed, first, n);
	attr->watch = chaos_turn;
	attr->watch_arg = &s->chaos;
	attr->watch_ms = s->opt->kill_every;
}

int sim_engine(struct sim *s, const struct tw_model *m,
	       struct tw_run_attr *attr, const char *unit, double end)
{
	struct tw_run_stat *stat = s->checking ? &s->check_stat : &s->stat;
	int ret;

	sim_attr(s, attr, 1 + m->sinks, m->processes);
	progress_begin(&s->progress, unit, end);
	ret = tw_model_run(m, attr, stat);
	progress_end(&s->progress);
	if (output_failed(s->output))
		return CLI_BAD;
	return ret < 0 ? summary_failure(ret, stat) : CLI_OK;
}

static int verify(struct sim *s)
{
	int ret = output_check(s->output);

	s->checking = true;
	s->engine = TW_ENGINE_SEQUENTIAL;
	if (!ret)
		ret = s->pass(s) ?: output_flush(s->output);
	if (ret)
		return ret;
	return s->compare ? s->compare(s) : output_difference(s->output);
}

static void print_text(const struct sim *s, bool verified)
{
	FILE *f = stdout;

	s->text(s, f);
	summary_print(f, s->opt->engine, &s->stat);
	if (!s->opt->verify)
		return;
	fprintf(f, "%-22s %.3f s\n", "sequential wall time",
		s->check_stat.wall_ns / 1e9);
	if (!verified)
		return;
	fprintf(f, "%-22s ", "verified");
	if (s->verified)
		s->verified(s, f);
	else
		output_print(s->output, f);
}

static void print_json(const struct sim *s, bool verified)
{
	struct json j;

	json_begin(&j, stdout);
	s->json(s, &j);
	summary_json(&j, s->opt->engine, &s->stat);
	if (s->opt->verify) {
		json_double(&j, "sequential_wall_s",
			    s->check_stat.wall_ns / 1e9);
		json_bool(&j, "verified", verified);
	}
	json_end(&j);
}

int sim_run(struct sim *s)
{
	int ret, difference = CLI_OK;

	s->engine = s->opt->engine;
	ret = s->pass(s) ?: output_flush(s->output);
	if (!ret && s->opt->verify)
		difference = verify(s);
	chaos_end(&s->chaos);
	if (ret || difference == CLI_BAD)
		return ret ?: difference;
	/* A wrong result is kept, so that one can see what is wrong with it. */
	ret = output_commit(s->output);
	if (ret)
		return ret;
	summary_warn(&s->stat);
	if (cli_json)
		print_json(s, !difference);
	else
		print_text(s, !difference);
	return difference;
}
