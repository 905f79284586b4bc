// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>

#include "sim/net/options.h"
#include "tw/cli.h"

enum {
	OPT_FLOWS = 256,
	OPT_RATE,
	OPT_SIZE,
	OPT_DURATION,
	OPT_BUFFER,
	OPT_BANDWIDTH,
	OPT_CSV,
	OPT_SVG,
	OPT_PACKETS
};

static const struct argp_option table[] = {
	{ "flows", OPT_FLOWS, "N", 0,
	  "Flows, each between two routers drawn at random (default: 100)", 1 },
	{ "rate", OPT_RATE, "R", 0,
	  "Packets per second of a flow, on average (default: 100)", 1 },
	{ "size", OPT_SIZE, "BYTES", 0, "Size of a packet (default: 1000)", 1 },
	{ "duration", OPT_DURATION, "T", 0, "Simulate T seconds (default: 10)",
	  1 },
	{ "buffer", OPT_BUFFER, "N", 0,
	  "Packets that can wait at each end of a link (default: 50)", 1 },
	{ "bandwidth", OPT_BANDWIDTH, "B", 0,
	  "Bits per second of links of which the file does not tell (default: 1e7)",
	  1 },
	{ "csv", OPT_CSV, "FILE", 0, "Write delay and loss of each flow", 2 },
	{ "svg", OPT_SVG, "FILE", 0, "Draw a map with the load of each link",
	  2 },
	{ "packets", OPT_PACKETS, "FILE", 0,
	  "Write when each packet was received, or where it was lost", 2 },
	{ 0 },
};

static const char doc[] =
	"Simulate the packets of a network, cut into processes that roll back.\v"
	"TOPOLOGY is a GraphML file as those of the Internet Topology Zoo. Without one a "
	"network that is built in is simulated.\n\n"
	"EXAMPLES\n"
	"  tw run net --procs 2 --svg map.svg\n"
	"  tw run net Abilene.graphml --procs 4 --csv flows.csv --verify\n"
	"  tw run net Kdl.graphml --flows 1000 --rate 20 --duration 2 --json";

static int take(void *model, int key, char *arg)
{
	struct net_options *o = model;

	switch (key) {
	case OPT_FLOWS:
		return cli_u64("--flows", arg, 1, 1000000, &o->flows);
	case OPT_RATE:
		return cli_double("--rate", arg, 1e-6, 1e9, &o->rate);
	case OPT_SIZE:
		return cli_u64("--size", arg, 1, 65535, &o->size);
	case OPT_DURATION:
		return cli_double("--duration", arg, 1e-6, 1e6, &o->duration);
	case OPT_BUFFER:
		return cli_u64("--buffer", arg, 0, 1000000, &o->buffer);
	case OPT_BANDWIDTH:
		return cli_double("--bandwidth", arg, BANDWIDTH_MIN,
				  BANDWIDTH_MAX, &o->bandwidth);
	case OPT_CSV:
		o->csv = arg;
		return CLI_OK;
	case OPT_SVG:
		o->svg = arg;
		return CLI_OK;
	default:
		o->packets = arg;
		return CLI_OK;
	}
}

void net_options_parse(struct net_options *o, int argc, char **argv)
{
	const struct sim_command command = { table, doc, "[TOPOLOGY]", take };
	int ret;

	*o = (struct net_options){
		.sim = { .seed = 1, .cancellation = TW_CANCEL_LAZY },
		.flows = 100,
		.buffer = 50,
		.size = 1000,
		.rate = 100,
		.duration = 10,
		.bandwidth = 1e7,
	};
	sim_options_parse(&command, argc, argv, &o->sim, o);
	ret = sim_options_check(&o->sim);
	if (ret)
		exit(ret);
}
