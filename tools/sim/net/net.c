// SPDX-License-Identifier: GPL-2.0
/* tw run net */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "sim/net/options.h"
#include "sim/net/part.h"
#include "sim/net/result.h"
#include "sim/sim.h"
#include "tw/cli.h"
#include "tw/commands.h"

enum { CSV, SVG, PACKETS, OUTPUTS };

struct run {
	struct net_options opt;
	struct output output[OUTPUTS + 1];
	struct topology topology;
	struct flows flows;
	struct net net;
	uint32_t cut; /* edges between processes */
	struct result main, check;
	struct sim sim;
};

/* ---- one engine ---- */

static struct result *result_now(struct run *r)
{
	return r->sim.checking ? &r->check : &r->main;
}

static int on_output(void *arg, uint32_t sink, tw_time time, const void *data,
		     size_t len)
{
	struct run *r = ((struct net *)arg)->run;

	(void)len;
	return result_record(result_now(r), sink, time, data);
}

static void on_progress(void *arg, tw_time gvt, const struct tw_domain_stat *st)
{
	struct run *r = ((struct net *)arg)->run;

	sim_progress(&r->sim, gvt / 1e9, st);
}

static int engine(struct run *r)
{
	struct tw_run_attr attr = { .end = r->net.end };
	struct tw_model model;
	int ret;

	net_model(&model, &r->net);
	model.output = on_output;
	model.progress = on_progress;
	ret = sim_engine(&r->sim, &model, &attr, "s", r->opt.duration);
	net_release();
	return ret;
}

static double ticks(const struct sim *s, double seconds)
{
	(void)s;
	return seconds * 1e9;
}

static int pass(struct sim *s)
{
	struct run *r = s->run;
	struct result *result = result_now(r);
	int ret = result_begin(result, &r->net, r->output[PACKETS].to) ?:
			  engine(r);

	if (!ret && r->output[CSV].to)
		ret = csv_write(result, r->output[CSV].to);
	if (!ret && r->output[SVG].to)
		ret = map_write(result, r->output[SVG].to);
	return ret;
}

/* ---- input ---- */

static int read_network(struct run *r)
{
	struct traffic traffic = { .bandwidth = r->opt.bandwidth,
				   .size = r->opt.size };

	return topology_read(&r->topology, r->opt.sim.file) ?:
		       topology_finish(&r->topology, &traffic);
}

static int cut(struct run *r)
{
	struct topology *t = &r->topology;

	if (r->opt.sim.procs > t->nodes)
		return cli_bad(
			"--procs=%" PRIu64
			": '%s' has %u nodes; use at most as many processes",
			r->opt.sim.procs, t->file, t->nodes);
	flows_draw(&r->flows, t, r->opt.flows, r->opt.sim.seed);
	r->net = (struct net){
		.t = t,
		.flows = &r->flows,
		.procs = sim_procs(&r->opt.sim, t->nodes),
		.buffer = r->opt.buffer,
		.gap = 1e9 / r->opt.rate,
		.end = llround(r->opt.duration * 1e9),
		.write_packets = r->opt.packets,
		.run = r,
	};
	r->net.part = part_net(t, &r->flows, r->net.procs, &r->cut);
	arena_seal(&t->arena);
	return CLI_OK;
}

static int open_outputs(struct run *r)
{
	const char *read[] = { r->opt.sim.file, NULL };

	r->output[CSV] = (struct output){ .option = "--csv",
					  .name = r->opt.csv,
					  .compared = true };
	r->output[SVG] =
		(struct output){ .option = "--svg", .name = r->opt.svg };
	r->output[PACKETS] = (struct output){ .option = "--packets",
					      .name = r->opt.packets };
	return output_open(r->output, read, r->opt.sim.verify);
}

/* ---- the result ---- */

static uint32_t busiest(const struct result *r)
{
	uint32_t i, most = 0;

	for (i = 1; i < 2 * r->net->t->edges; i++)
		if (result_load(r, i) > result_load(r, most))
			most = i;
	return most;
}

static double percent(uint64_t n, uint64_t of)
{
	return of ? 100.0 * n / of : 0;
}

static void text(const struct sim *s, FILE *f)
{
	const struct run *r = s->run;
	const struct topology *t = &r->topology;
	uint32_t most = busiest(&r->main);
	const struct link *l = &t->link[most];
	struct flow_result sum;
	uint64_t received;

	result_total(&r->main, &sum);
	received = sum.received.packets;
	fprintf(f, "%-22s %s: %u nodes, %u edges", "network", t->name, t->nodes,
		t->edges);
	fprintf(f,
		" (%u loops, %u nodes without an edge, %u without a place)\n",
		t->loops, t->isolated, t->unplaced);
	fprintf(f, "%-22s %u, of %g packets of %" PRIu64 " bytes per second\n",
		"flows", r->flows.n, r->opt.rate, r->opt.size);
	fprintf(f, "%-22s %u (%u edges cross)\n", "processes", r->net.procs,
		r->cut);
	fprintf(f, "%-22s %" PRIu64 " in %g s\n", "packets sent", sum.sent,
		r->opt.duration);
	fprintf(f, "%-22s %" PRIu64 ", after %.3f ms on average\n", "received",
		received, received_mean(&sum.received) / 1e6);
	fprintf(f, "%-22s %" PRIu64 " (%.3f %%)\n", "lost", sum.lost,
		percent(sum.lost, sum.sent));
	fprintf(f, "%-22s %" PRIu64 "\n", "in flight at the end",
		sum.sent - received - sum.lost);
	fprintf(f, "%-22s %s to %s, %.1f %%\n", "busiest link",
		t->node[l->from].label, t->node[l->to].label,
		100 * result_load(&r->main, most));
}

static void json(const struct sim *s, struct json *j)
{
	const struct run *r = s->run;
	const struct topology *t = &r->topology;
	struct flow_result sum;

	result_total(&r->main, &sum);
	json_str(j, "network", t->name);
	json_u64(j, "nodes", t->nodes);
	json_u64(j, "edges", t->edges);
	json_u64(j, "loops", t->loops);
	json_u64(j, "isolated", t->isolated);
	json_u64(j, "unplaced", t->unplaced);
	json_u64(j, "flows", r->flows.n);
	json_double(j, "rate", r->opt.rate);
	json_u64(j, "size", r->opt.size);
	json_double(j, "duration", r->opt.duration);
	json_u64(j, "buffer", r->opt.buffer);
	json_double(j, "bandwidth", r->opt.bandwidth);
	json_u64(j, "seed", r->opt.sim.seed);
	json_u64(j, "processes", r->net.procs);
	json_u64(j, "edges_cut", r->cut);
	json_u64(j, "packets_sent", sum.sent);
	json_u64(j, "packets_received", sum.received.packets);
	json_u64(j, "packets_lost", sum.lost);
	json_double(j, "delay_mean_ns", received_mean(&sum.received));
	json_double(j, "delay_sd_ns", received_deviation(&sum.received));
	json_double(j, "load_max", result_load(&r->main, busiest(&r->main)));
}

int tw_cmd_run_net(int argc, char **argv)
{
	static struct run run;
	struct run *r = &run;
	int ret;

	net_options_parse(&r->opt, argc, argv);
	r->sim = (struct sim){
		.name = "net",
		.opt = &r->opt.sim,
		.output = r->output,
		.run = r,
		.ticks = ticks,
		.pass = pass,
		.text = text,
		.json = json,
	};
	ret = read_network(r);
	if (!ret)
		ret = cut(r) ?: open_outputs(r) ?: sim_run(&r->sim);
	output_close(r->output);
	result_free(&r->main);
	result_free(&r->check);
	topology_free(&r->topology);
	return ret;
}
