// SPDX-License-Identifier: GPL-2.0
/*
 * net-oracle flows|packets|links FILE FLOWS RATE SIZE SECONDS BUFFER BANDWIDTH SEED
 *
 * What a network does, found out in another way than tw's: a reader of tags
 * instead of an XML parser, vectors instead of haversines, paths by relaxation
 * of all links (Bellman-Ford), queues that hold packets and have departures,
 * and one list of events that is searched for the first. Prints
 *
 *	flows	what --csv has
 *	packets	what --packets has
 *	links	what the map tells of each link
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX 100000

struct node {
	char id[64], label[256];
	double latitude, longitude;
};

struct edge {
	char source[64], target[64];
	int directed;
	double speed;
};

struct link {
	int from, to; /* from < 0: there is none */
	uint64_t delay, service, accepted, lost, busy;
	unsigned int peak;
	int *queue; /* packets; the first is being sent */
	int head, tail;
};

struct flow {
	int source, target, *path, links;
	uint64_t random, path_ns, sent, lost, next;
	uint64_t *delay;
	int received;
};

struct packet {
	int flow, hop, at;
	uint64_t number, sent;
	uint64_t decided; /* when tw sends it on: at its arrival */
};

/* ARRIVE at `where`, a node; LEAVE a link; SEND of a flow. */
struct event {
	enum { LEAVE, ARRIVE, SEND } kind;
	int where, packet;
	/* Which of two at one time comes first. */
	uint64_t time, sender, decided, number;
};

static struct node node[MAX];
static struct edge edge[MAX];
static struct link *link_;
static struct flow *flow;
static struct packet *packet;
static struct event *event;
static int nodes, edges, flows, packets, events, buffer;
static uint64_t end, numbers;
static double gap;
static const char *what;

static void die(const char *why)
{
	fprintf(stderr, "net-oracle: %s\n", why);
	exit(3);
}

static void *more(void *list, int n, size_t size)
{
	if (n & (n - 1))
		return list;
	list = realloc(list, (n ? 2 * n : 1) * size);
	if (!list)
		die("memory");
	return list;
}

/* ---- reading ---- */

static void decode(char *to, const char *from, size_t len, size_t room)
{
	static const struct {
		const char *name;
		char ch;
	} entity[] = { { "&amp;", '&' },
		       { "&lt;", '<' },
		       { "&gt;", '>' },
		       { "&quot;", '"' },
		       { "&apos;", '\'' } };
	const char *stop = from + len;
	size_t n = 0, i;

	while (from < stop && n + 3 < room) {
		for (i = 0; i < 5; i++)
			if (!strncmp(from, entity[i].name,
				     strlen(entity[i].name)))
				break;
		if (i < 5) {
			to[n++] = entity[i].ch;
			from += strlen(entity[i].name);
		} else if (!strncmp(from, "&#", 2)) {
			unsigned int code =
				strtoul(from + 2, (char **)&from, 10);

			if (code >= 0x80)
				to[n++] = 0xc0 | code >> 6;
			to[n++] = code < 0x80 ? code : 0x80 | (code & 0x3f);
			from++;
		} else {
			to[n++] = *from++;
		}
	}
	to[n] = 0;
}

/* One blank for many, none at the ends. */
static void squeeze(char *text)
{
	char *from = text, *to = text;

	for (; *from; from++) {
		if (!strchr(" \t\r\n", *from))
			*to++ = *from;
		else if (to > text && to[-1] != ' ')
			*to++ = ' ';
	}
	if (to > text && to[-1] == ' ')
		to--;
	*to = 0;
}

/* 0 if the tag has no such attribute. */
static int get(const char *tag, const char *name, char *value, size_t room)
{
	size_t len = strlen(name);
	const char *at;

	*value = 0;
	for (at = strchr(tag, '='); at; at = strchr(at + 1, '=')) {
		if (at - tag > (long)len && at[-(long)len - 1] == ' ' &&
		    !strncmp(at - len, name, len)) {
			const char *stop = strchr(at + 2, at[1]);

			decode(value, at + 2, stop - at - 2, room);
			return 1;
		}
	}
	return 0;
}

static void take(const char *name, int in_node, int in_edge, const char *value)
{
	if (!*value)
		return;
	if (in_node && !strcmp(name, "label"))
		strcpy(node[nodes - 1].label, value);
	else if (in_node && !strcmp(name, "Latitude"))
		node[nodes - 1].latitude = atof(value);
	else if (in_node && !strcmp(name, "Longitude"))
		node[nodes - 1].longitude = atof(value);
	else if (in_edge && !strcmp(name, "LinkSpeedRaw"))
		edge[edges - 1].speed = atof(value);
}

static void read_network(char *text)
{
	static struct {
		char id[64], name[64], of[16];
	} key[100];
	char tag[1024], id[64], value[4096], *at = text;
	int keys = 0, in_node = 0, in_edge = 0, directed = 0, k;
	double speed = 0;

	while ((at = strchr(at, '<'))) {
		char *stop = strchr(at, '>'), *name;

		if (!strncmp(at, "<!--", 4)) {
			at = strstr(at, "-->");
			continue;
		}
		snprintf(tag, sizeof(tag), "%.*s", (int)(stop - at), at);
		for (k = 0; tag[k]; k++)
			if (strchr("\t\r\n", tag[k]))
				tag[k] = ' ';
		name = tag + 1 + (tag[1] == '/');
		if (!strncmp(name, "g:", 2))
			name += 2;
		at = stop + 1;
		if (tag[1] == '/') {
			in_node &= strcmp(name, "node") != 0;
			in_edge &= strcmp(name, "edge") != 0;
		} else if (!strncmp(name, "key ", 4)) {
			get(tag, "id", key[keys].id, 64);
			get(tag, "attr.name", key[keys].name, 64);
			get(tag, "for", key[keys].of, 16);
			keys++;
		} else if (!strncmp(name, "default", 7)) {
			if (!strcmp(key[keys - 1].name, "LinkSpeedRaw"))
				speed = atof(at);
		} else if (!strncmp(name, "graph ", 6)) {
			get(tag, "edgedefault", value, sizeof(value));
			directed = !strcmp(value, "directed");
		} else if (!strncmp(name, "node", 4)) {
			in_node = stop[-1] != '/';
			get(tag, "id", node[nodes].id, 64);
			strcpy(node[nodes].label, node[nodes].id);
			node[nodes].latitude = node[nodes].longitude = NAN;
			nodes++;
		} else if (!strncmp(name, "edge", 4)) {
			in_edge = stop[-1] != '/';
			get(tag, "source", edge[edges].source, 64);
			get(tag, "target", edge[edges].target, 64);
			edge[edges].directed = directed;
			if (get(tag, "directed", value, sizeof(value)))
				edge[edges].directed = !strcmp(value, "true");
			edge[edges].speed = speed;
			edges++;
		} else if (!strncmp(name, "data", 4)) {
			char *last = strstr(at, "data>");

			while (*last != '<')
				last--;
			get(tag, "key", id, sizeof(id));
			if (!strncmp(at, "<![CDATA[", 9))
				snprintf(value, sizeof(value), "%.*s",
					 (int)(last - at - 12), at + 9);
			else
				decode(value, at, last - at, sizeof(value));
			squeeze(value);
			for (k = 0; k < keys; k++)
				if (!strcmp(key[k].id, id) &&
				    strcmp(key[k].of, "graph"))
					take(key[k].name, in_node, in_edge,
					     value);
			at = last;
		}
	}
}

static void read_file(const char *name)
{
	FILE *f = fopen(name, "r");
	char *text = calloc(1, 4 << 20);

	if (!f || !text || fread(text, 1, (4 << 20) - 1, f) == 0)
		die(name);
	fclose(f);
	read_network(text);
	free(text);
}

/* ---- links ---- */

static int find(const char *id)
{
	int n;

	for (n = 0; n < nodes; n++)
		if (!strcmp(node[n].id, id))
			return n;
	die(id);
	return 0;
}

/* The angle between two vectors, as Kahan computes it. */
static double distance(const struct node *a, const struct node *b)
{
	double r = M_PI / 180, sum = 0, difference = 0;
	double u[3] = { cos(a->latitude * r) * cos(a->longitude * r),
			cos(a->latitude * r) * sin(a->longitude * r),
			sin(a->latitude * r) };
	double v[3] = { cos(b->latitude * r) * cos(b->longitude * r),
			cos(b->latitude * r) * sin(b->longitude * r),
			sin(b->latitude * r) };
	int i;

	for (i = 0; i < 3; i++) {
		sum += (u[i] + v[i]) * (u[i] + v[i]);
		difference += (u[i] - v[i]) * (u[i] - v[i]);
	}
	return 6371008.8 * 2 * atan2(sqrt(difference), sqrt(sum));
}

static void make_links(double bandwidth, double size)
{
	uint64_t sum = 0, known = 0;
	int e, k;

	link_ = calloc(2 * edges, sizeof(*link_));
	for (e = 0; e < edges; e++) {
		int a = find(edge[e].source), b = find(edge[e].target);
		double metres = distance(&node[a], &node[b]);
		double speed = edge[e].speed > 0 ? edge[e].speed : bandwidth;

		for (k = 2 * e; k < 2 * e + 2; k++) {
			link_[k].from = k & 1 ? b : a;
			link_[k].to = k & 1 ? a : b;
			link_[k].service = ceil(size * 8e9 / speed);
			if (a == b || (k & 1 && edge[e].directed))
				link_[k].from = -1;
			if (!isnan(metres))
				link_[k].delay =
					metres * 5 < 1000 ?
						1000 :
						(uint64_t)(metres * 5 + 0.5);
		}
		if (a != b && link_[2 * e].delay) {
			sum += link_[2 * e].delay;
			known++;
		}
	}
	for (k = 0; k < 2 * edges; k++)
		if (!link_[k].delay)
			link_[k].delay = known ? sum / known : 1000000;
}

/* ---- flows ---- */

static uint64_t mix(uint64_t x)
{
	x ^= x >> 30;
	x *= UINT64_C(0xbf58476d1ce4e5b9);
	x ^= x >> 27;
	x *= UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

static uint64_t draw(struct flow *f)
{
	f->random += UINT64_C(0x9e3779b97f4a7c15);
	return mix(f->random);
}

static int pick(struct flow *f, const int *from, int n)
{
	return from[(int)((unsigned __int128)draw(f) * n >> 64)];
}

/* Which of the links that differ in nothing. */
static int nth_alike(int link, int n)
{
	const struct link *like = &link_[link];
	int alike[MAX], count = 0, k;

	for (k = 0; k < 2 * edges; k++)
		if (link_[k].from == like->from && link_[k].to == like->to &&
		    link_[k].delay == like->delay &&
		    link_[k].service == like->service)
			alike[count++] = k;
	return alike[n % count];
}

static void make_flow(struct flow *f, const int *sender, int senders)
{
	uint64_t *time = calloc(nodes, sizeof(*time));
	int *by = calloc(nodes, sizeof(*by)),
	    *reached = calloc(nodes, sizeof(int));
	int n, k, count = 0, changed = 1;

	f->source = pick(f, sender, senders);
	for (n = 0; n < nodes; n++)
		time[n] = n == f->source ? 0 : UINT64_MAX / 2;
	while (changed)
		for (k = changed = 0; k < 2 * edges; k++) {
			const struct link *l = &link_[k];
			uint64_t t;

			if (l->from < 0)
				continue;
			t = time[l->from] + l->delay + l->service;
			if (t < time[l->to]) {
				time[l->to] = t;
				changed = 1;
			}
		}
	for (n = 0; n < nodes; n++)
		if (n != f->source && time[n] < UINT64_MAX / 2)
			reached[count++] = n;
	f->target = pick(f, reached, count);
	for (k = 2 * edges - 1; k >= 0; k--) {
		const struct link *l = &link_[k];

		if (l->from >= 0 &&
		    time[l->to] == time[l->from] + l->delay + l->service)
			by[l->to] = k;
	}
	for (n = f->target; n != f->source; n = link_[by[n]].from)
		f->links++;
	f->path = calloc(f->links, sizeof(int));
	for (n = f->target, k = f->links; n != f->source; n = link_[by[n]].from)
		f->path[--k] = nth_alike(by[n], f - flow);
	f->path_ns = time[f->target];
	free(time);
	free(by);
	free(reached);
}

static void make_flows(uint64_t seed)
{
	int *sender = calloc(nodes, sizeof(int)), senders = 0, n, k;

	for (n = 0; n < nodes; n++) {
		for (k = 0; k < 2 * edges && link_[k].from != n; k++)
			;
		if (k < 2 * edges)
			sender[senders++] = n;
	}
	flow = calloc(flows, sizeof(*flow));
	for (n = 0; n < flows; n++) {
		flow[n].random = mix(mix(seed + 1) + n);
		make_flow(&flow[n], sender, senders);
	}
	free(sender);
}

/* ---- events ---- */

static void add(struct event e)
{
	if (e.time >= end)
		return;
	e.number = numbers++;
	event = more(event, events, sizeof(*event));
	event[events++] = e;
}

static int before(const struct event *a, const struct event *b)
{
	if (a->time != b->time)
		return a->time < b->time;
	if ((a->kind == LEAVE) != (b->kind == LEAVE))
		return a->kind == LEAVE;
	if (a->sender != b->sender)
		return a->sender < b->sender;
	if (a->decided != b->decided)
		return a->decided < b->decided;
	return a->number < b->number;
}

static struct event first(void)
{
	struct event e;
	int i, best = 0;

	for (i = 1; i < events; i++)
		if (before(&event[i], &event[best]))
			best = i;
	e = event[best];
	event[best] = event[--events];
	return e;
}

/* A flow decides on a packet when it has sent the one before. */
static void decide(int n, uint64_t now)
{
	struct flow *f = &flow[n];
	double u = ((draw(f) >> 11) + 1) / 9007199254740992.0;

	f->next = now + 1 + (uint64_t)(-log(u) * gap);
	add((struct event){ .kind = SEND,
			    .where = n,
			    .time = f->next,
			    .sender = nodes + n,
			    .decided = now });
}

static void begin_service(struct link *l, uint64_t now)
{
	if (now + l->service > end)
		l->busy += end - now;
	else
		l->busy += l->service;
	add((struct event){
		.kind = LEAVE, .where = l - link_, .time = now + l->service });
}

struct fate {
	uint64_t time, order;
	char text[200];
	int at;
};

static struct fate *fates;
static int fate_count;

static void tell(const struct packet *p, uint64_t now, int lost)
{
	struct fate *f;

	if (strcmp(what, "packets"))
		return;
	fates = more(fates, fate_count, sizeof(*fates));
	f = &fates[fate_count];
	f->time = now;
	f->at = p->at;
	f->order = fate_count++;
	snprintf(f->text, sizeof(f->text),
		 "%" PRIu64 ",%d,%" PRIu64 ",%" PRIu64 ",%s,\"%s\"\n", now,
		 p->flow, p->number, now - p->sent, lost ? "lost" : "received",
		 node[p->at].id);
}

static void arrive(int number, uint64_t now)
{
	struct packet *p = &packet[number];
	struct flow *f = &flow[p->flow];
	struct link *l;

	if (p->hop == f->links) {
		f->delay = more(f->delay, f->received, sizeof(*f->delay));
		f->delay[f->received++] = now - p->sent;
		return tell(p, now, 0);
	}
	l = &link_[f->path[p->hop]];
	if (l->tail - l->head > buffer) {
		l->lost++;
		f->lost++;
		return tell(p, now, 1);
	}
	if (l->tail - l->head > (int)l->peak)
		l->peak = l->tail - l->head;
	l->accepted++;
	l->queue = more(l->queue, l->tail, sizeof(*l->queue));
	l->queue[l->tail++] = number;
	p->decided = now;
	if (l->tail - l->head == 1)
		begin_service(l, now);
}

static void leave(struct link *l, uint64_t now)
{
	int number = l->queue[l->head++];

	packet[number].hop++;
	packet[number].at = l->to;
	add((struct event){ .kind = ARRIVE,
			    .where = l->to,
			    .packet = number,
			    .time = now + l->delay,
			    .sender = l->from,
			    .decided = packet[number].decided });
	if (l->tail > l->head)
		begin_service(l, now);
}

static void send(int n, uint64_t now)
{
	struct flow *f = &flow[n];

	packet = more(packet, packets, sizeof(*packet));
	packet[packets] = (struct packet){
		.flow = n, .at = f->source, .number = ++f->sent, .sent = now
	};
	arrive(packets++, now);
	decide(n, now);
}

static void simulate(void)
{
	int n;

	for (n = 0; n < flows; n++)
		decide(n, 0);
	while (events) {
		struct event e = first();

		if (e.kind == LEAVE)
			leave(&link_[e.where], e.time);
		else if (e.kind == ARRIVE)
			arrive(e.packet, e.time);
		else
			send(e.where, e.time);
	}
}

/* ---- results ---- */

static void print_quoted(const char *text)
{
	putchar('"');
	for (; *text; text++)
		printf(*text == '"' ? "\"\"" : "%c", *text);
	putchar('"');
}

static void print_flow(int n)
{
	const struct flow *f = &flow[n];
	uint64_t min = UINT64_MAX, max = 0;
	long double mean = 0, variance = 0;
	int i;

	printf("%d,", n);
	print_quoted(node[f->source].id);
	putchar(',');
	print_quoted(node[f->source].label);
	putchar(',');
	print_quoted(node[f->target].id);
	putchar(',');
	print_quoted(node[f->target].label);
	printf(",%d,%" PRIu64 ",%" PRIu64 ",%d,%" PRIu64 ",%" PRIu64 ",%.6f",
	       f->links, f->path_ns, f->sent, f->received, f->lost,
	       f->sent - f->received - f->lost,
	       f->sent ? (double)f->lost / f->sent : 0);
	if (!f->received) {
		puts(",,,,");
		return;
	}
	for (i = 0; i < f->received; i++) {
		min = f->delay[i] < min ? f->delay[i] : min;
		max = f->delay[i] > max ? f->delay[i] : max;
		mean += f->delay[i];
	}
	mean /= f->received;
	for (i = 0; i < f->received; i++)
		variance += (f->delay[i] - mean) * (f->delay[i] - mean) /
			    f->received;
	printf(",%" PRIu64 ",%.0Lf,%" PRIu64 ",%.0Lf\n", min, mean, max,
	       sqrtl(variance));
}

static int by_fate(const void *a, const void *b)
{
	const struct fate *x = a, *y = b;

	if (x->time != y->time)
		return x->time < y->time ? -1 : 1;
	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	return x->order < y->order ? -1 : 1;
}

static void print_links(void)
{
	int k;

	for (k = 0; k < 2 * edges; k++) {
		const struct link *l = &link_[k];

		if (l->from >= 0)
			printf("%s to %s: load %.1f %%, %" PRIu64
			       " packets, %" PRIu64 " lost, up to %u waiting\n",
			       node[l->from].label, node[l->to].label,
			       100 * ((double)l->busy / end), l->accepted,
			       l->lost, l->peak);
	}
}

int main(int argc, char **argv)
{
	int n;

	if (argc != 10)
		die("net-oracle flows|packets|links FILE FLOWS RATE SIZE SECONDS BUFFER BANDWIDTH SEED");
	what = argv[1];
	read_file(argv[2]);
	flows = atoi(argv[3]);
	gap = 1e9 / atof(argv[4]);
	end = llround(atof(argv[6]) * 1e9);
	buffer = atoi(argv[7]);
	make_links(atof(argv[8]), atof(argv[5]));
	make_flows(strtoull(argv[9], NULL, 0));
	simulate();
	if (!strcmp(what, "flows")) {
		puts("flow,source,source_label,target,target_label,links,path_ns,"
		     "sent,received,lost,in_flight,loss,"
		     "delay_min_ns,delay_mean_ns,delay_max_ns,delay_sd_ns");
		for (n = 0; n < flows; n++)
			print_flow(n);
	} else if (!strcmp(what, "packets")) {
		puts("time_ns,flow,packet,delay_ns,fate,node");
		qsort(fates, fate_count, sizeof(*fates), by_fate);
		for (n = 0; n < fate_count; n++)
			fputs(fates[n].text, stdout);
	} else {
		print_links();
	}
	return 0;
}
