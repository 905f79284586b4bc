// SPDX-License-Identifier: GPL-2.0
/*
 * The map: nodes where they are (equirectangular, cut where the network has the
 * widest gap, so that it may cross the Pacific), links coloured by load, each
 * direction on its right-hand side. Nodes without coordinates stand beside
 * their neighbours, and where nothing tells, in a row below.
 */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/need.h"
#include "sim/net/result.h"
#include "tw/cli.h"

#define WIDTH 1000.0
#define HEIGHT_MAX 900.0 /* of the part with the nodes */
#define MARGIN 50.0
#define HEAD 40.0
#define FOOT 60.0
#define LABELS_MAX 60 /* nodes; more names would cover each other */
#define GOLDEN 2.399963 /* radians: neighbours of one node do not coincide */

struct map {
	const struct result *r;
	const struct topology *t;
	struct outfile *f;
	double *x, *y; /* of each node; NAN: not placed */
	double height;
};

/* ---- where nodes are ---- */

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

/* The longitude after the widest gap: the map begins there. */
static double west_end(const struct topology *t)
{
	double *all = need(t->nodes, sizeof(*all));
	double west = -180, gap = -1;
	uint32_t n = 0, i;

	for (i = 0; i < t->nodes; i++)
		if (node_placed(&t->node[i]))
			all[n++] = remainder(t->node[i].longitude, 360);
	qsort(all, n, sizeof(*all), by_value);
	for (i = 0; i < n; i++) {
		double before = i ? all[i - 1] : all[n - 1] - 360;

		if (all[i] - before > gap) {
			gap = all[i] - before;
			west = all[i];
		}
	}
	free(all);
	return west;
}

/* In degrees as long as one of latitude is. */
static void project(struct map *m)
{
	double west = west_end(m->t), north = -90, south = 90, east;
	uint32_t i;

	for (i = 0; i < m->t->nodes; i++) {
		const struct node *n = &m->t->node[i];

		m->x[i] = m->y[i] = NAN;
		if (!node_placed(n))
			continue;
		east = fmod(n->longitude - west + 720, 360);
		m->x[i] = east;
		m->y[i] = -n->latitude;
		north = fmax(north, n->latitude);
		south = fmin(south, n->latitude);
	}
	for (i = 0; i < m->t->nodes; i++)
		m->x[i] *= fmax(cos((north + south) / 2 * M_PI / 180), 0.1);
}

static void fit(struct map *m)
{
	double left = INFINITY, right = -INFINITY, top = INFINITY;
	double bottom = -INFINITY, scale = INFINITY;
	uint32_t i;

	for (i = 0; i < m->t->nodes; i++) {
		left = fmin(left, m->x[i]);
		right = fmax(right, m->x[i]);
		top = fmin(top, m->y[i]);
		bottom = fmax(bottom, m->y[i]);
	}
	if (right > left)
		scale = (WIDTH - 2 * MARGIN) / (right - left);
	if (bottom > top)
		scale = fmin(scale, HEIGHT_MAX / (bottom - top));
	if (isinf(scale))
		scale = 1;
	for (i = 0; i < m->t->nodes; i++) {
		m->x[i] = WIDTH / 2 + (m->x[i] - (left + right) / 2) * scale;
		m->y[i] = HEAD + MARGIN + (m->y[i] - top) * scale;
	}
	m->height = HEAD + MARGIN + fmax(bottom - top, 0) * scale;
}

/* Nobody knows where anything is: a circle. */
static void place_all(struct map *m)
{
	double step = 2 * M_PI / m->t->nodes, radius = HEIGHT_MAX / 2;
	uint32_t i;

	for (i = 0; i < m->t->nodes; i++) {
		m->x[i] = WIDTH / 2 + radius * sin(i * step);
		m->y[i] = HEAD + MARGIN + radius * (1 - cos(i * step));
	}
	m->height = HEAD + MARGIN + 2 * radius;
}

/* Between the neighbours that have a place. */
static bool place_between(struct map *m, uint32_t n)
{
	const struct topology *t = m->t;
	double x = 0, y = 0;
	uint32_t i, known = 0;

	for (i = t->at0[n]; i < t->at0[n + 1]; i++) {
		uint32_t to = link_from(t, t->at[i], n)->to;

		if (isnan(m->x[to]))
			continue;
		x += m->x[to];
		y += m->y[to];
		known++;
	}
	if (!known)
		return false;
	m->x[n] = x / known + 15 * cos(GOLDEN * n);
	m->y[n] = y / known + 15 * sin(GOLDEN * n);
	return true;
}

static void place_rest(struct map *m)
{
	uint32_t n, rest = 0;
	bool more = true;

	while (more)
		for (n = 0, more = false; n < m->t->nodes; n++)
			if (isnan(m->x[n]) && place_between(m, n))
				more = true;
	for (n = 0; n < m->t->nodes; n++) {
		if (!isnan(m->x[n]))
			continue;
		m->x[n] = MARGIN + fmod(20 * rest++, WIDTH - 2 * MARGIN);
		m->y[n] = m->height + MARGIN;
	}
	if (rest)
		m->height += MARGIN;
}

static void place(struct map *m)
{
	if (m->t->unplaced == m->t->nodes)
		return place_all(m);
	project(m);
	fit(m);
	place_rest(m);
}

/* ---- drawing ---- */

/* Of the load: 0 for none, then fifths. */
#define CLASSES 6

static const char style[] =
	"<style>"
	"text{font:12px sans-serif;fill:#333}"
	"line{stroke-width:2.5}"
	".l0{stroke:#ccc;stroke-width:1.5}"
	".l1{stroke:#fed976}"
	".l2{stroke:#feb24c}"
	".l3{stroke:#fd8d3c}"
	".l4{stroke:#e31a1c}"
	".l5{stroke:#800026}"
	".lost{stroke-dasharray:6 3}"
	"circle{fill:#fff;stroke:#333;stroke-width:1.2}"
	".name{font-size:11px;paint-order:stroke;stroke:#fff;stroke-width:3}"
	".left{text-anchor:end}"
	"</style>\n";

static int class_of(double load)
{
	return load > 0 ? fmin(1 + floor(load * 5), CLASSES - 1) : 0;
}

static int put_text(struct outfile *f, const char *text)
{
	static const char special[] = "<>&\"'";
	int ret = CLI_OK;
	size_t some;

	for (; !ret && *text; text += some) {
		some = strcspn(text, special);
		if (some)
			ret = outfile_put(f, text, some);
		else
			ret = outfile_printf(f, "&#%d;", text[some++]);
	}
	return ret;
}

static int put_load(struct map *m, const struct link *l, uint32_t number)
{
	const struct link_record *r = &m->r->link[number];

	return put_text(m->f, m->t->node[l->from].label)       ?:
		       outfile_printf(m->f, " to ")	       ?:
		       put_text(m->f, m->t->node[l->to].label) ?:
		       outfile_printf(m->f,
				      ": load %.1f %%, %" PRIu64
				      " packets, %" PRIu64
				      " lost, up to %" PRIu32 " waiting",
				      100 * result_load(m->r, number),
				      r->packets, r->lost, r->peak);
}

/* lane: 0, and more for a link beside another one between the same nodes. */
static int put_link(struct map *m, const struct link *l, uint32_t lane)
{
	uint32_t number = l - m->t->link;
	double dx = m->x[l->to] - m->x[l->from];
	double dy = m->y[l->to] - m->y[l->from];
	double length = hypot(dx, dy),
	       beside = 1.6 + fmin(6.4 * lane, length / 4);
	double right = length > 0 ? -dy / length * beside : 0;
	double down = length > 0 ? dx / length * beside : beside;

	return outfile_printf(
		       m->f,
		       "<line class=\"l%d%s\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"><title>",
		       class_of(result_load(m->r, number)),
		       m->r->link[number].lost ? " lost" : "",
		       m->x[l->from] + right, m->y[l->from] + down,
		       m->x[l->to] + right, m->y[l->to] + down) ?:
	       put_load(m, l, number) ?:
	       outfile_printf(m->f, "</title></line>\n");
}

static int put_links(struct map *m)
{
	const struct topology *t = m->t;
	uint32_t *lanes = need(t->nodes, sizeof(*lanes));
	uint32_t n, i;
	int ret = CLI_OK;

	for (n = 0; n < t->nodes; n++) {
		for (i = t->at0[n]; i < t->at0[n + 1]; i++)
			lanes[link_from(t, t->at[i], n)->to] = 0;
		for (i = t->at0[n]; !ret && i < t->at0[n + 1]; i++) {
			const struct link *l = link_from(t, t->at[i], n);

			if (l->service)
				ret = put_link(m, l, lanes[l->to]++);
		}
	}
	free(lanes);
	return ret;
}

static int put_name(struct map *m, uint32_t n)
{
	/* To its right, where that does not leave the map. */
	bool left = m->x[n] > WIDTH - 2 * MARGIN;

	return outfile_printf(m->f, "<text class=\"name%s\" x=\"%.1f\" y=\"%.1f\">", left ? " left" : "", m->x[n] + (left ? -7 : 7), m->y[n] - 7) ?:
		       put_text(m->f, m->t->node[n].label) ?:
		       outfile_printf(m->f, "</text>\n");
}

static int put_node(struct map *m, uint32_t n)
{
	bool named = m->t->nodes <= LABELS_MAX;
	int ret = outfile_printf(m->f,
				 "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%g\">"
				 "<title>",
				 m->x[n], m->y[n], named ? 4.5 : 2.5) ?:
		  put_text(m->f, m->t->node[n].label) ?:
		  outfile_printf(m->f, "</title></circle>\n");

	return ret || !named ? ret : put_name(m, n);
}

static int put_head(struct map *m)
{
	const struct net *n = m->r->net;

	return outfile_printf(
		       m->f,
		       "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %.0f %.0f\">\n"
		       "%s<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n"
		       "<text x=\"%g\" y=\"28\" style=\"font-size:16px\">",
		       WIDTH, m->height + FOOT, style, MARGIN / 2) ?:
	       put_text(m->f, m->t->name) ?:
	       outfile_printf(m->f,
			      ": load of the links, %" PRIu32
			      " flows, %g s</text>\n",
			      n->flows->n, n->end / 1e9);
}

static int put_legend(struct map *m)
{
	static const char *const label[CLASSES] = {
		"no packets",	"below 20 %",	"20 % to 40 %",
		"40 % to 60 %", "60 % to 80 %", "80 % and more"
	};
	double y = m->height + FOOT - 16, step = 135, x = MARGIN / 2;
	int i, ret = CLI_OK;

	for (i = 0; !ret && i < CLASSES; i++, x += step)
		ret = outfile_printf(
			m->f,
			"<line class=\"l%d\" x1=\"%g\" y1=\"%.1f\" x2=\"%g\" y2=\"%.1f\"/>"
			"<text x=\"%g\" y=\"%.1f\">%s</text>\n",
			i, x, y - 4, x + 24, y - 4, x + 30, y, label[i]);
	return ret   ?:
		       outfile_printf(
			       m->f,
			       "<line class=\"l4 lost\" x1=\"%g\" y1=\"%.1f\" x2=\"%g\" y2=\"%.1f\"/>"
			       "<text x=\"%g\" y=\"%.1f\">packets lost</text>\n</svg>\n",
			       x, y - 4, x + 24, y - 4, x + 30, y);
}

int map_write(const struct result *r, struct outfile *f)
{
	const struct topology *t = r->net->t;
	struct map m = {
		.r = r,
		.t = t,
		.f = f,
		.x = need(t->nodes, sizeof(*m.x)),
		.y = need(t->nodes, sizeof(*m.y)),
	};
	uint32_t n;
	int ret;

	place(&m);
	ret = put_head(&m) ?: put_links(&m);
	for (n = 0; !ret && n < t->nodes; n++)
		ret = put_node(&m, n);
	ret = ret ?: put_legend(&m);
	free(m.x);
	free(m.y);
	return ret;
}
