// SPDX-License-Identifier: GPL-2.0
/* tw run logic */
#include <inttypes.h>
#include <stdio.h>

#include "sim/logic/model.h"
#include "sim/logic/options.h"
#include "sim/logic/out.h"
#include "sim/logic/vcd.h"
#include "sim/sim.h"
#include "tw/cli.h"
#include "tw/commands.h"

#define CYCLES 100

enum { OUT, VCD, OUTPUTS };

struct run {
	struct options opt;
	struct output output[OUTPUTS + 1];
	struct circuit circuit;
	struct stimulus stimulus;
	struct part part;
	struct logic logic;
	struct out out;
	struct vcd vcd;
	uint64_t evaluations;
	struct sim sim;
};

/* ---- callbacks of the model ---- */

static int on_output(void *arg, uint32_t sink, tw_time time, const void *data,
		     size_t len)
{
	struct run *r = ((struct logic *)arg)->run;

	if (sink == SINK_OUT)
		return out_record(&r->out, time, data, len);
	return vcd_changes(&r->vcd, time, data, len);
}

static void on_progress(void *arg, tw_time gvt, const struct tw_domain_stat *st)
{
	struct run *r = ((struct logic *)arg)->run;

	sim_progress(&r->sim, (double)logic_delay_of(gvt) / r->logic.period,
		     st);
}

/* ---- one engine ---- */

static int begin(struct run *r)
{
	int ret = out_begin(&r->out, r->output[OUT].to, &r->logic,
			    r->circuit.outs);

	if (!ret && r->output[VCD].to)
		ret = vcd_begin(&r->vcd, r->output[VCD].to, &r->circuit);
	return ret;
}

static int engine(struct run *r)
{
	struct tw_run_attr attr = { .end = logic_end(&r->logic) };
	struct tw_model model;
	int ret;

	logic_model(&model, &r->logic);
	model.output = on_output;
	model.progress = on_progress;
	ret = sim_engine(&r->sim, &model, &attr, "cycles", r->logic.cycles);
	logic_release();
	return ret;
}

static int end(struct run *r)
{
	int ret = out_end(&r->out);

	if (!r->sim.checking)
		r->evaluations = r->out.evaluations;
	if (!ret && r->output[VCD].to)
		ret = vcd_end(&r->vcd, r->logic.cycles * r->logic.period);
	return ret;
}

static double ticks(const struct sim *s, double cycles)
{
	const struct run *r = s->run;

	return 2 * cycles * r->logic.period;
}

static int pass(struct sim *s)
{
	struct run *r = s->run;
	int ret;

	r->out = (struct out){ 0 };
	r->vcd = (struct vcd){ 0 };
	ret = begin(r) ?: engine(r) ?: end(r);

	out_free(&r->out);
	vcd_free(&r->vcd);
	return ret;
}

/* ---- input ---- */

static int read_stimulus(struct run *r)
{
	const struct options *o = &r->opt;

	r->logic.cycles = o->cycles ? o->cycles : CYCLES;
	r->logic.stimulus = &r->stimulus;
	if (!o->stimulus) {
		stimulus_seed(&r->stimulus, o->sim.seed);
		return CLI_OK;
	}
	if (stimulus_open(&r->stimulus, o->stimulus, r->circuit.ins, o->cycles))
		return CLI_BAD;
	if (!o->cycles)
		r->logic.cycles = r->stimulus.lines;
	return CLI_OK;
}

static int cut(struct run *r)
{
	uint32_t elements = r->circuit.gates + r->circuit.dffs;
	uint32_t procs = sim_procs(&r->opt.sim, elements);

	if (part_circuit(&r->circuit, procs, r->opt.clusters, &r->part))
		return CLI_BAD;
	r->logic.cluster = cluster_compile(&r->circuit, &r->part);
	r->logic.clusters = r->part.clusters;
	r->logic.procs = procs;
	r->logic.period = r->circuit.depth + 2;
	r->logic.write_out = r->opt.out || r->opt.sim.verify;
	r->logic.write_vcd = r->opt.vcd;
	r->logic.run = r;
	arena_seal(&r->circuit.arena);
	return CLI_OK;
}

static int open_outputs(struct run *r)
{
	const char *read[] = { r->opt.sim.file, r->opt.stimulus, NULL };

	r->output[OUT] = (struct output){ .option = "--out",
					  .name = r->opt.out,
					  .compared = true };
	r->output[VCD] =
		(struct output){ .option = "--vcd", .name = r->opt.vcd };
	return output_open(r->output, read, r->opt.sim.verify);
}

/* ---- the result ---- */

static void text(const struct sim *s, FILE *f)
{
	const struct run *r = s->run;
	const struct circuit *c = &r->circuit;

	fprintf(f, "%-22s %s: %u inputs, %u outputs, %u flip-flops, %u gates\n",
		"circuit", c->name, c->ins, c->outs, c->dffs, c->gates);
	fprintf(f,
		"%-22s %" PRIu64 " of %" PRIu64
		" gate delays (critical path: %u)\n",
		"cycles", r->logic.cycles, r->logic.period, c->depth);
	fprintf(f, "%-22s %u (%" PRIu64 " nets cross)\n", "processes",
		r->logic.procs, r->part.cut);
	fprintf(f, "%-22s %" PRIu64 "\n", "gate evaluations", r->evaluations);
}

static void json(const struct sim *s, struct json *j)
{
	const struct run *r = s->run;
	const struct circuit *c = &r->circuit;

	json_str(j, "circuit", c->name);
	json_u64(j, "inputs", c->ins);
	json_u64(j, "outputs", c->outs);
	json_u64(j, "flip_flops", c->dffs);
	json_u64(j, "gates", c->gates);
	json_u64(j, "critical_path", c->depth);
	json_u64(j, "period", r->logic.period);
	json_u64(j, "cycles", r->logic.cycles);
	json_u64(j, "processes", r->logic.procs);
	json_u64(j, "nets_cut", r->part.cut);
	json_u64(j, "evaluations", r->evaluations);
}

int tw_cmd_run_logic(int argc, char **argv)
{
	static struct run run;
	struct run *r = &run;
	int ret;

	options_parse(&r->opt, argc, argv);
	r->sim = (struct sim){
		.name = "logic",
		.opt = &r->opt.sim,
		.output = r->output,
		.run = r,
		.ticks = ticks,
		.pass = pass,
		.text = text,
		.json = json,
	};
	ret = circuit_read(&r->circuit, r->opt.sim.file);
	if (!ret)
		ret = read_stimulus(r) ?: cut(r) ?: open_outputs(r);
	if (!ret)
		ret = sim_run(&r->sim);
	output_close(r->output);
	stimulus_close(&r->stimulus);
	circuit_free(&r->circuit);
	return ret;
}
