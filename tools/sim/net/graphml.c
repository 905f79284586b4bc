// SPDX-License-Identifier: GPL-2.0
/*
 * The part of GraphML that the Internet Topology Zoo uses:
 *
 *	<graphml>
 *	  <key id="d33" for="node" attr.name="label" />
 *	  <graph edgedefault="undirected">
 *	    <node id="0"> <data key="d33">New York</data> </node>
 *	    <edge source="0" target="1"> <data key="d40">1e9</data> </edge>
 *
 * Of nodes, label, Latitude and Longitude count, of edges LinkSpeedRaw, in
 * bit/s. What else a file has is passed over; ports, hyperedges and graphs in
 * nodes are refused, since they would change the meaning of the rest.
 */
#include <errno.h>
#include <expat.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/need.h"
#include "sim/net/topology.h"
#include "tw/cli.h"

#define NODES_MAX (1u << 20)
#define EDGES_MAX (1u << 22)
#define TEXT_MAX 4096
#define CHUNK 65536

enum key { LABEL, LATITUDE, LONGITUDE, SPEED, KEYS };

static const struct {
	const char *of, *name;
} wanted[KEYS] = {
	[LABEL] = { "node", "label" },
	[LATITUDE] = { "node", "Latitude" },
	[LONGITUDE] = { "node", "Longitude" },
	[SPEED] = { "edge", "LinkSpeedRaw" },
};

enum place { OUTSIDE, IN_DOCUMENT, IN_KEY, IN_GRAPH, IN_NODE, IN_EDGE };

/* An edge as it is read: its nodes may come later. */
struct edge {
	const char *source, *target;
	uint32_t line;
	bool directed;
	double speed; /* NAN: not told */
};

struct parser {
	XML_Parser xml;
	struct topology *t;
	struct edge *edge;
	enum place place;
	bool directed; /* edges that do not say so themselves */
	const char *key[KEYS]; /* ids; NULL: the file has none */
	const char *fallback[KEYS]; /* values of those that have none */
	bool given[KEYS]; /* the node or edge has a value of its own */
	enum key now; /* whose value is read; KEYS: nobody's */
	char text[TEXT_MAX];
	size_t len;
	int status;
};

extern const char net_default[], net_default_end[];

/* ---- errors ---- */

static uint32_t line(const struct parser *p)
{
	return XML_GetCurrentLineNumber(p->xml);
}

#define refuse(p, ...) fail(p, cli_bad_at((p)->t->file, line(p), __VA_ARGS__))

static void fail(struct parser *p, int status)
{
	p->status = status;
	XML_StopParser(p->xml, XML_FALSE);
}

/* ---- values ---- */

static const char *attribute(const XML_Char **attributes, const char *name)
{
	for (; *attributes; attributes += 2)
		if (!strcmp(attributes[0], name))
			return attributes[1];
	return NULL;
}

static const char *keep(struct parser *p, const char *text)
{
	size_t size = strlen(text) + 1;

	return memcpy(arena_alloc(&p->t->arena, size, 1), text, size);
}

static void take_number(struct parser *p, const char *text, double min,
			double max, double *value)
{
	char *end;
	double v = strtod(text, &end);

	if (end == text || *end || !(v >= min && v <= max))
		refuse(p, "%s '%s'; give a number from %g to %g",
		       wanted[p->now].name, text, min, max);
	*value = v;
}

/* An empty value is none. */
static void take_value(struct parser *p, const char *text)
{
	struct topology *t = p->t;

	if (!*text)
		return;
	switch (p->now) {
	case LABEL:
		t->node[t->nodes - 1].label = keep(p, text);
		break;
	case LATITUDE:
		take_number(p, text, -90, 90, &t->node[t->nodes - 1].latitude);
		break;
	case LONGITUDE:
		take_number(p, text, -360, 360,
			    &t->node[t->nodes - 1].longitude);
		break;
	default:
		take_number(p, text, BANDWIDTH_MIN, BANDWIDTH_MAX,
			    &p->edge[t->edges - 1].speed);
	}
}

/* Blanks around a value, and the line ends of a file that was wrapped, are none of it. */
static void tidy(struct parser *p)
{
	size_t i, n = 0;

	for (i = 0; i < p->len; i++) {
		if (!strchr(" \t\r\n", p->text[i]))
			p->text[n++] = p->text[i];
		else if (n && p->text[n - 1] != ' ')
			p->text[n++] = ' ';
	}
	p->text[n - (n && p->text[n - 1] == ' ')] = 0;
}

static void use_fallbacks(struct parser *p, const char *of)
{
	for (p->now = 0; p->now < KEYS; p->now++)
		if (!strcmp(wanted[p->now].of, of) && !p->given[p->now] &&
		    p->fallback[p->now])
			take_value(p, p->fallback[p->now]);
}

/* ---- elements ---- */

static void start_key(struct parser *p, const XML_Char **attributes)
{
	const char *id = attribute(attributes, "id");
	const char *of = attribute(attributes, "for");
	const char *name = attribute(attributes, "attr.name");
	enum key k;

	p->place = IN_KEY;
	p->now = KEYS;
	if (!id)
		return refuse(p, "a key without an id");
	for (k = 0; k < KEYS; k++) {
		if (!name || strcmp(name, wanted[k].name) || p->key[k])
			continue;
		if (of && strcmp(of, "all") && strcmp(of, wanted[k].of))
			continue;
		p->key[k] = keep(p, id);
		p->now = k;
	}
}

static void start_graph(struct parser *p, const XML_Char **attributes)
{
	const char *edges = attribute(attributes, "edgedefault");

	if (p->t->nodes)
		return refuse(p, "a second graph; give one in a file");
	p->place = IN_GRAPH;
	p->directed = edges && !strcmp(edges, "directed");
}

static void start_node(struct parser *p, const XML_Char **attributes)
{
	const char *id = attribute(attributes, "id");
	struct topology *t = p->t;

	if (!id)
		return refuse(p, "a node without an id");
	if (t->nodes == NODES_MAX)
		return refuse(p, "more than %u nodes", NODES_MAX);
	id = keep(p, id);
	t->node = arena_grow(&t->arena, t->node, t->nodes, sizeof(*t->node));
	t->node[t->nodes++] = (struct node){ .id = id,
					     .label = id,
					     .latitude = NAN,
					     .longitude = NAN,
					     .line = line(p) };
	p->place = IN_NODE;
	memset(p->given, 0, sizeof(p->given));
}

static void start_edge(struct parser *p, const XML_Char **attributes)
{
	const char *source = attribute(attributes, "source");
	const char *target = attribute(attributes, "target");
	const char *directed = attribute(attributes, "directed");
	struct topology *t = p->t;

	if (!source || !target)
		return refuse(p, "an edge without a %s",
			      source ? "target" : "source");
	if (t->edges == EDGES_MAX)
		return refuse(p, "more than %u edges", EDGES_MAX);
	p->edge = arena_grow(&t->arena, p->edge, t->edges, sizeof(*p->edge));
	p->edge[t->edges++] = (struct edge){
		.source = keep(p, source),
		.target = keep(p, target),
		.line = line(p),
		.directed = directed ? !strcmp(directed, "true") : p->directed,
		.speed = NAN,
	};
	p->place = IN_EDGE;
	memset(p->given, 0, sizeof(p->given));
}

static void start_data(struct parser *p, const XML_Char **attributes)
{
	const char *id = attribute(attributes, "key");
	const char *of = p->place == IN_NODE ? "node" :
			 p->place == IN_EDGE ? "edge" :
					       "";

	if (!id)
		return refuse(p, "data without a key");
	p->len = 0;
	for (p->now = 0; p->now < KEYS; p->now++)
		if (p->key[p->now] && !strcmp(p->key[p->now], id) &&
		    !strcmp(wanted[p->now].of, of))
			break;
}

/* Whether an element stands where GraphML has it. */
static bool is(const struct parser *p, const char *name, const char *element,
	       enum place place)
{
	return p->place == place && !strcmp(name, element);
}

static void XMLCALL on_start(void *arg, const XML_Char *name,
			     const XML_Char **attributes)
{
	struct parser *p = arg;
	const char *colon = strrchr(name, ':');

	if (p->status)
		return;
	name = colon ? colon + 1 : name;
	if (is(p, name, "graphml", OUTSIDE))
		p->place = IN_DOCUMENT;
	else if (p->place == OUTSIDE)
		refuse(p, "<%s>; this is no GraphML", name);
	else if (is(p, name, "key", IN_DOCUMENT))
		start_key(p, attributes);
	else if (is(p, name, "graph", IN_DOCUMENT))
		start_graph(p, attributes);
	else if (is(p, name, "node", IN_GRAPH))
		start_node(p, attributes);
	else if (is(p, name, "edge", IN_GRAPH))
		start_edge(p, attributes);
	else if (!strcmp(name, "data"))
		start_data(p, attributes);
	else if (is(p, name, "default", IN_KEY))
		p->len = 0;
	else if (!strcmp(name, "node") || !strcmp(name, "edge") ||
		 !strcmp(name, "graph") || !strcmp(name, "hyperedge") ||
		 !strcmp(name, "port"))
		refuse(p, "<%s> is not understood here; give one flat graph",
		       name);
}

static void end_data(struct parser *p)
{
	if (p->now == KEYS)
		return;
	tidy(p);
	p->given[p->now] = true;
	take_value(p, p->text);
	p->now = KEYS;
}

static void XMLCALL on_end(void *arg, const XML_Char *name)
{
	struct parser *p = arg;
	const char *colon = strrchr(name, ':');

	if (p->status)
		return;
	name = colon ? colon + 1 : name;
	if (!strcmp(name, "data")) {
		end_data(p);
	} else if (is(p, name, "default", IN_KEY) && p->now < KEYS) {
		tidy(p);
		p->fallback[p->now] = keep(p, p->text);
	} else if (is(p, name, "node", IN_NODE) ||
		   is(p, name, "edge", IN_EDGE)) {
		use_fallbacks(p, name);
		p->place = IN_GRAPH;
	} else if (is(p, name, "key", IN_KEY) ||
		   is(p, name, "graph", IN_GRAPH)) {
		p->now = KEYS;
		p->place = IN_DOCUMENT;
	}
}

static void XMLCALL on_text(void *arg, const XML_Char *text, int len)
{
	struct parser *p = arg;

	if (p->status || p->now == KEYS)
		return;
	if (p->len + len >= TEXT_MAX)
		return refuse(p, "a %s of more than %d bytes",
			      wanted[p->now].name, TEXT_MAX - 1);
	memcpy(p->text + p->len, text, len);
	p->len += len;
}

/* ---- the file ---- */

static int parse(struct parser *p, const void *data, int len, bool last)
{
	if (XML_Parse(p->xml, data, len, last) == XML_STATUS_OK)
		return CLI_OK;
	if (p->status)
		return p->status;
	if (XML_GetErrorCode(p->xml) == XML_ERROR_NO_MEMORY)
		no_memory();
	return cli_bad_at(p->t->file, line(p), "%s; this is no whole XML",
			  XML_ErrorString(XML_GetErrorCode(p->xml)));
}

static int parse_file(struct parser *p, const char *file)
{
	static char chunk[CHUNK];
	int ret = CLI_OK, fd = open(file, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : 1;

	while (!ret && n > 0) {
		n = read(fd, chunk, sizeof(chunk));
		if (n >= 0)
			ret = parse(p, chunk, n, !n);
	}
	if (n < 0)
		ret = cli_bad("%s: %s; name a GraphML file that can be read",
			      file, strerror(errno));
	if (fd >= 0)
		close(fd);
	return ret;
}

/* ---- from names to numbers ---- */

static int by_id(const void *a, const void *b)
{
	const struct node *x = *(const struct node *const *)a;
	const struct node *y = *(const struct node *const *)b;

	return strcmp(x->id, y->id);
}

static int find(const struct topology *t, struct node **sorted, const char *id,
		const struct edge *e, uint32_t *number)
{
	const struct node key = { .id = id }, *of = &key;
	struct node **found =
		bsearch(&of, sorted, t->nodes, sizeof(*sorted), by_id);

	if (!found)
		return cli_bad_at(t->file, e->line,
				  "an edge to '%s'; there is no such node", id);
	*number = *found - t->node;
	return CLI_OK;
}

static int check_ids(const struct topology *t, struct node **sorted)
{
	uint32_t n;

	for (n = 0; n < t->nodes; n++)
		sorted[n] = &t->node[n];
	qsort(sorted, t->nodes, sizeof(*sorted), by_id);
	for (n = 1; n < t->nodes; n++) {
		const struct node *a = sorted[n - 1], *b = sorted[n];

		if (!strcmp(a->id, b->id))
			return cli_bad_at(
				t->file, a->line > b->line ? a->line : b->line,
				"node '%s' is there twice, first in line %u",
				a->id, a->line > b->line ? b->line : a->line);
	}
	return CLI_OK;
}

static int make_links(struct parser *p, struct node **sorted)
{
	struct topology *t = p->t;
	uint32_t e;

	t->link =
		arena_alloc(&t->arena, 2 * (size_t)t->edges, sizeof(*t->link));
	for (e = 0; e < t->edges; e++) {
		const struct edge *edge = &p->edge[e];
		struct link *l = &t->link[2 * e];

		if (find(t, sorted, edge->source, edge, &l->from) ||
		    find(t, sorted, edge->target, edge, &l->to))
			return CLI_BAD;
		l[0].bandwidth = edge->speed;
		l[1] = (struct link){ .from = l->to,
				      .to = l->from,
				      .bandwidth = edge->directed ?
							   0 :
							   edge->speed };
	}
	return CLI_OK;
}

static int number(struct parser *p)
{
	struct topology *t = p->t;
	struct node **sorted;
	int ret;

	if (!t->nodes)
		return cli_bad("%s: there are no nodes", t->file);
	sorted = need(t->nodes, sizeof(*sorted));
	ret = check_ids(t, sorted) ?: make_links(p, sorted);
	free(sorted);
	return ret;
}

static void take_name(struct topology *t, const char *file)
{
	const char *slash = strrchr(file, '/');
	char *dot;

	strncpy(t->name, slash ? slash + 1 : file, sizeof(t->name) - 1);
	dot = strrchr(t->name, '.');
	if (dot && dot != t->name)
		*dot = 0;
}

int topology_read(struct topology *t, const char *file)
{
	struct parser *p = need(1, sizeof(*p));
	int ret;

	t->file = file ? file : "built-in network";
	take_name(t, t->file);
	p->t = t;
	p->now = KEYS;
	p->xml = XML_ParserCreate(NULL);
	if (!p->xml)
		no_memory();
	XML_SetUserData(p->xml, p);
	XML_SetElementHandler(p->xml, on_start, on_end);
	XML_SetCharacterDataHandler(p->xml, on_text);
	ret = file ? parse_file(p, file) :
		     parse(p, net_default, net_default_end - net_default, true);
	if (!ret)
		ret = number(p);
	XML_ParserFree(p->xml);
	free(p);
	return ret;
}
