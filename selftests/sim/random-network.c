// SPDX-License-Identifier: GPL-2.0
/*
 * random-network SEED [NODES] - a legal GraphML file with all that the files of
 * the Internet Topology Zoo have: nodes without coordinates, equal and odd
 * labels, several edges between two nodes, edges from a node to itself, nodes
 * without any; and what GraphML allows: directed edges, defaults, edges before
 * their nodes, other data, prefixes, comments.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static uint64_t state;

static unsigned int rnd(unsigned int n)
{
	state = state * UINT64_C(6364136223846793005) + 1442695040888963407;
	return (state >> 33) % n;
}

static const char *label(void)
{
	static const char *const labels[] = { "Here",
					      "There",
					      "There",
					      "A &amp; B",
					      "&lt;none&gt;",
					      "say &quot;hi&quot;, twice",
					      "O&apos;Hare",
					      "Z&#252;rich",
					      "  wrapped\n        name ",
					      "<![CDATA[a <b> & c]]>" };

	return labels[rnd(sizeof(labels) / sizeof(*labels))];
}

static void node(unsigned int n, const char *prefix)
{
	printf("    <%snode id='n%u'>\n", prefix, n);
	if (rnd(8)) {
		printf("      <%sdata key='lat'>%.5f</%sdata>\n", prefix,
		       rnd(1300000) / 1e4 - 60, prefix);
		if (rnd(12))
			printf("      <%sdata key='lon'> %.5f </%sdata>\n",
			       prefix, rnd(3600000) / 1e4 - 180, prefix);
	}
	if (rnd(5))
		printf("      <%sdata key=\"name\">%s</%sdata>\n", prefix,
		       label(), prefix);
	printf("      <%sdata key=\"other\">7</%sdata>\n", prefix, prefix);
	printf("    </%snode>\n", prefix);
}

static void edge(unsigned int nodes, const char *prefix)
{
	static const char *const directed[] = { "", "", "",
						" directed=\"true\"",
						" directed=\"false\"" };
	unsigned int a = rnd(nodes), b = rnd(6) ? rnd(nodes) : a;

	/* The last nodes have no edges but to themselves. */
	if (nodes > 6 && a != b) {
		a = rnd(nodes - 2);
		b = rnd(nodes - 2);
	}
	printf("    <%sedge source=\"n%u\" target=\"n%u\"%s", prefix, a, b,
	       directed[rnd(5)]);
	if (rnd(3)) {
		puts("/>");
		return;
	}
	printf(">\n      <%sdata key=\"speed\">%u.0</%sdata></%sedge>\n",
	       prefix, 1000000 * (1 + rnd(20)), prefix, prefix);
}

int main(int argc, char **argv)
{
	unsigned int nodes, edges, i, n = 0, e = 0;
	const char *prefix;

	state = argc > 1 ? strtoull(argv[1], NULL, 0) : 1;
	nodes = argc > 2 ? strtoul(argv[2], NULL, 0) : 2 + rnd(30);
	edges = nodes + rnd(2 * nodes);
	prefix = rnd(4) ? "" : "g:";
	printf("<?xml version=\"1.0\" encoding=\"utf-8\"?><%sgraphml"
	       " xmlns%s=\"http://graphml.graphdrawing.org/xmlns\">\n",
	       prefix, *prefix ? ":g" : "");
	printf("  <%skey id=\"gname\" for=\"graph\" attr.name=\"label\"/>\n",
	       prefix);
	printf("  <%skey id=\"name\" for=\"node\" attr.name=\"label\"/>\n",
	       prefix);
	printf("  <%skey attr.name=\"Latitude\" for=\"%s\" id=\"lat\"/>\n",
	       prefix, rnd(2) ? "node" : "all");
	printf("  <%skey attr.name=\"Longitude\" for=\"node\" id=\"lon\"/>\n",
	       prefix);
	printf("  <%skey attr.name=\"LinkSpeedRaw\" for=\"edge\" id=\"speed\">",
	       prefix);
	if (!rnd(3))
		printf("<%sdefault>3e6</%sdefault>", prefix, prefix);
	printf("</%skey>\n  <!-- <node id='no'/> -->\n", prefix);
	printf("  <%sgraph edgedefault=\"%s\">\n", prefix,
	       rnd(5) ? "undirected" : "directed");
	printf("    <%sdata key=\"gname\">any &amp; all</%sdata>\n", prefix,
	       prefix);
	/* There is one edge that is no loop. */
	printf("    <%sedge source=\"n0\" target=\"n1\" directed=\"false\"/>\n",
	       prefix);
	for (i = 0; i < nodes + edges; i++) {
		if (n < nodes && (rnd(2) || e == edges)) {
			node(n++, prefix);
		} else {
			edge(nodes, prefix);
			e++;
		}
	}
	while (n < nodes)
		node(n++, prefix);
	printf("  </%sgraph>\n</%sgraphml>\n", prefix, prefix);
	return 0;
}
