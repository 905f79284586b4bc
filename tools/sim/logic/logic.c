// SPDX-License-Identifier: GPL-2.0
/* tw run logic */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/logic/model.h"
#include "sim/logic/options.h"
#include "sim/logic/out.h"
#include "sim/logic/vcd.h"
#include "sim/outfile.h"
#include "sim/progress.h"
#include "sim/summary.h"
#include "tw/cli.h"
#include "tw/commands.h"

#define CYCLES 100

/* One engine's output: files, and what makes their text. */
struct pass {
	struct outfile out_file, vcd_file;
	struct out out;
	struct vcd vcd;
	struct tw_run_stat stat;
	enum tw_engine engine;
};

struct run {
	struct options opt;
	struct circuit circuit;
	struct stimulus stimulus;
	struct part part;
	struct logic logic;
	struct progress progress;
	struct pass main, check;
	struct pass *pass; /* the one that runs */
};

/* ---- callbacks of the model ---- */

static int on_output(void *arg, uint32_t sink, tw_time time, const void *data,
		     size_t len)
{
	struct pass *p = ((struct run *)((struct logic *)arg)->run)->pass;

	if (sink == SINK_OUT)
		return out_record(&p->out, time, data, len);
	return vcd_changes(&p->vcd, time, data, len);
}

static void on_progress(void *arg, tw_time gvt, const struct tw_domain_stat *st)
{
	struct run *r = ((struct logic *)arg)->run;

	progress_show(&r->progress,
		      (double)logic_delay_of(gvt) / r->logic.period,
		      r->pass->engine == TW_ENGINE_TIMEWARP ? st : NULL);
}

/* ---- one engine ---- */

static int pass_begin(struct run *r, struct pass *p)
{
	bool out = r->opt.out || r->opt.verify;

	return out_begin(&p->out, out ? &p->out_file : NULL, &r->logic, r->circuit.outs) ?:
	       (r->opt.vcd ? vcd_begin(&p->vcd, &p->vcd_file, &r->circuit) : CLI_OK);
}

static int pass_end(struct run *r, struct pass *p)
{
	int ret = out_end(&p->out);

	if (!ret && p->out.file)
		ret = outfile_flush(&p->out_file);
	if (!ret && r->opt.vcd)
		ret = vcd_end(&p->vcd, r->logic.cycles * r->logic.period) ?:
			      outfile_flush(&p->vcd_file);
	return ret;
}

static void pass_close(struct pass *p)
{
	outfile_close(&p->out_file);
	outfile_close(&p->vcd_file);
	out_free(&p->out);
	vcd_free(&p->vcd);
}

static int pass_engine(struct run *r, struct pass *p)
{
	struct tw_run_attr attr = {
		.engine = p->engine,
		.end = logic_end(&r->logic),
		.window = 2 * r->opt.window * r->logic.period,
		.cancellation = r->opt.cancellation,
		.snapshot_interval = r->opt.snapshot_interval,
		.name = "logic",
	};
	struct tw_model model;
	int ret;

	logic_model(&model, &r->logic);
	model.output = on_output;
	model.progress = on_progress;
	r->pass = p;
	progress_begin(&r->progress, "cycles", r->logic.cycles);
	ret = tw_model_run(&model, &attr, &p->stat);
	logic_release();
	progress_end(&r->progress);
	if (p->out_file.failed || p->vcd_file.failed)
		return CLI_BAD;
	return ret < 0 ? summary_failure(ret, &p->stat) : CLI_OK;
}

static int pass_run(struct run *r, struct pass *p)
{
	return pass_begin(r, p) ?: pass_engine(r, p) ?: pass_end(r, p);
}

/* ---- input ---- */

static int read_stimulus(struct run *r)
{
	const struct options *o = &r->opt;

	r->logic.cycles = o->cycles ? o->cycles : CYCLES;
	r->logic.stimulus = &r->stimulus;
	if (!o->stimulus) {
		stimulus_seed(&r->stimulus, o->seed);
		return CLI_OK;
	}
	if (stimulus_open(&r->stimulus, o->stimulus, r->circuit.ins, o->cycles))
		return CLI_BAD;
	if (!o->cycles)
		r->logic.cycles = r->stimulus.lines;
	return CLI_OK;
}

static uint32_t default_procs(const struct run *r)
{
	uint32_t elements = r->circuit.gates + r->circuit.dffs;
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);

	if (r->opt.engine == TW_ENGINE_SEQUENTIAL || cpus < 1)
		return 1;
	if (elements && cpus > elements)
		return elements;
	return elements ? cpus : 1;
}

static int cut(struct run *r)
{
	uint32_t procs = r->opt.procs ? r->opt.procs : default_procs(r);

	if (part_circuit(&r->circuit, procs, r->opt.clusters, &r->part))
		return CLI_BAD;
	r->logic.cluster = cluster_compile(&r->circuit, &r->part);
	r->logic.clusters = r->part.clusters;
	r->logic.procs = procs;
	r->logic.period = r->circuit.depth + 2;
	r->logic.write_out = r->opt.out || r->opt.verify;
	r->logic.write_vcd = r->opt.vcd;
	r->logic.run = r;
	arena_seal(&r->circuit.arena);
	return CLI_OK;
}

static bool same_file(const char *a, const char *b)
{
	struct stat x, y;

	return a && b && !stat(a, &x) && !stat(b, &y) && x.st_dev == y.st_dev &&
	       x.st_ino == y.st_ino && S_ISREG(x.st_mode);
}

static int open_output(struct run *r, const char *option, const char *name,
		       struct outfile *f)
{
	if (same_file(name, r->opt.circuit) || same_file(name, r->opt.stimulus))
		return cli_bad("%s: '%s' is read too; name another file",
			       option, name);
	if (outfile_open(f, name))
		return CLI_BAD;
	if (r->opt.verify && !outfile_comparable(f))
		return cli_bad(
			"%s: '%s' cannot be read back for --verify; name a regular file",
			option, name);
	return CLI_OK;
}

static int open_outputs(struct run *r)
{
	const struct options *o = &r->opt;
	int ret;

	if (same_file(o->out, o->vcd))
		return cli_bad("--out and --vcd are the same file; name two");
	ret = o->out || o->verify ?
		      open_output(r, "--out", o->out, &r->main.out_file) :
		      CLI_OK;
	if (ret || !o->vcd)
		return ret;
	return open_output(r, "--vcd", o->vcd, &r->main.vcd_file);
}

/* ---- verification ---- */

static int difference(const struct outfile *f, const char *option)
{
	if (f->differs == UINT64_MAX)
		return CLI_OK;
	return cli_failed(
		"--verify: %s '%s' differs from the sequential engine's at byte %" PRIu64,
		option, f->name, f->differs);
}

static int verify(struct run *r)
{
	struct pass *p = &r->check;
	int ret;

	p->engine = TW_ENGINE_SEQUENTIAL;
	ret = outfile_compare(&p->out_file, &r->main.out_file);
	if (!ret && r->opt.vcd)
		ret = outfile_compare(&p->vcd_file, &r->main.vcd_file);
	if (!ret)
		ret = pass_run(r, p);
	if (!ret)
		ret = difference(&p->out_file, "--out");
	if (!ret && r->opt.vcd)
		ret = difference(&p->vcd_file, "--vcd");
	pass_close(p);
	return ret;
}

/* ---- the result ---- */

static void print_text(const struct run *r, int verified)
{
	const struct circuit *c = &r->circuit;
	FILE *f = stdout;

	fprintf(f, "%-22s %s: %u inputs, %u outputs, %u flip-flops, %u gates\n",
		"circuit", c->name, c->ins, c->outs, c->dffs, c->gates);
	fprintf(f,
		"%-22s %" PRIu64 " of %" PRIu64
		" gate delays (critical path: %u)\n",
		"cycles", r->logic.cycles, r->logic.period, c->depth);
	fprintf(f, "%-22s %u (%" PRIu64 " nets cross)\n", "processes",
		r->logic.procs, r->part.cut);
	fprintf(f, "%-22s %" PRIu64 "\n", "gate evaluations",
		r->main.out.evaluations);
	summary_print(f, r->opt.engine, &r->main.stat);
	if (!r->opt.verify)
		return;
	fprintf(f, "%-22s %.3f s\n", "sequential wall time",
		r->check.stat.wall_ns / 1e9);
	if (verified)
		return;
	fprintf(f, "%-22s out: %" PRIu64 " bytes", "verified",
		r->main.out_file.offset);
	if (r->opt.vcd)
		fprintf(f, ", vcd: %" PRIu64 " bytes", r->main.vcd_file.offset);
	fputs(", identical to the sequential engine's\n", f);
}

static void print_json(const struct run *r, int verified)
{
	const struct circuit *c = &r->circuit;
	struct json j;

	json_begin(&j, stdout);
	json_str(&j, "circuit", c->name);
	json_u64(&j, "inputs", c->ins);
	json_u64(&j, "outputs", c->outs);
	json_u64(&j, "flip_flops", c->dffs);
	json_u64(&j, "gates", c->gates);
	json_u64(&j, "critical_path", c->depth);
	json_u64(&j, "period", r->logic.period);
	json_u64(&j, "cycles", r->logic.cycles);
	json_u64(&j, "processes", r->logic.procs);
	json_u64(&j, "nets_cut", r->part.cut);
	json_u64(&j, "evaluations", r->main.out.evaluations);
	summary_json(&j, r->opt.engine, &r->main.stat);
	if (r->opt.verify) {
		json_double(&j, "sequential_wall_s",
			    r->check.stat.wall_ns / 1e9);
		json_bool(&j, "verified", !verified);
	}
	json_end(&j);
}

static int commit(struct run *r)
{
	int ret = CLI_OK;

	if (r->opt.out)
		ret = outfile_commit(&r->main.out_file);
	if (!ret && r->opt.vcd)
		ret = outfile_commit(&r->main.vcd_file);
	return ret;
}

static int simulate(struct run *r)
{
	int ret, verified = CLI_OK;

	r->main.engine = r->opt.engine;
	ret = pass_run(r, &r->main);
	if (ret)
		return ret;
	if (r->opt.verify) {
		verified = verify(r);
		if (verified == CLI_BAD)
			return verified;
	}
	/* A wrong result is kept, so that one can see what is wrong with it. */
	ret = commit(r);
	if (ret)
		return ret;
	if (cli_json)
		print_json(r, verified);
	else
		print_text(r, verified);
	return verified;
}

int tw_cmd_run_logic(int argc, char **argv)
{
	static struct run run;
	struct run *r = &run;
	int ret;

	options_parse(&r->opt, argc, argv);
	r->main.out_file.fd = r->main.vcd_file.fd = -1;
	r->check.out_file.fd = r->check.vcd_file.fd = -1;
	ret = circuit_read(&r->circuit, r->opt.circuit);
	if (!ret)
		ret = read_stimulus(r) ?: cut(r) ?: open_outputs(r);
	if (!ret)
		ret = simulate(r);
	pass_close(&r->main);
	stimulus_close(&r->stimulus);
	circuit_free(&r->circuit);
	return ret;
}
