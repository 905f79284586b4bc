/* SPDX-License-Identifier: GPL-2.0 */
#ifndef NET_OPTIONS_H
#define NET_OPTIONS_H

#include "sim/net/topology.h"
#include "sim/options.h"

struct net_options {
	struct sim_options sim; /* without a file: the network that is built in */
	const char *csv, *svg, *packets;
	uint64_t flows, buffer, size;
	double rate; /* packets per second and flow */
	double duration; /* seconds */
	double bandwidth; /* bit/s of links that do not tell */
};

/* Prints what is wrong and exits with CLI_BAD. */
void net_options_parse(struct net_options *o, int argc, char **argv);

#endif
