// SPDX-License-Identifier: GPL-2.0
/*
 * oracle out CIRCUIT STIMULUS
 * oracle wave CIRCUIT STIMULUS PERIOD
 *
 * What a circuit does, found out in two ways that have nothing in common with
 * tw's: no events, no queues, no code of its own.
 *
 *	out	the outputs at the end of each cycle: each net's value by
 *		recursion into the gate that drives it
 *	wave	every change of every net as "time net value": all gates at each
 *		time from all values at the time before
 */
#include <ctype.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define FAN_IN 1024

struct net {
	char *name;
	char kind[8]; /* "" for an input */
	int pins, *pin;
	int value, next;
	int known; /* out: value is of this cycle */
};

static struct net *net;
static int nets, *in, ins, *out, outs;
static void *names;

static void die(const char *why)
{
	fprintf(stderr, "oracle: %s\n", why);
	exit(3);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int find(const char *name)
{
	struct entry {
		char *name;
		int n;
	} *e = malloc(sizeof(*e)), **found;

	e->name = strdup(name);
	e->n = nets;
	found = tsearch(e, &names, by_name);
	if (*found != e) {
		free(e->name);
		free(e);
		return (*found)->n;
	}
	net = realloc(net, (nets + 1) * sizeof(*net));
	memset(&net[nets], 0, sizeof(*net));
	net[nets].name = e->name;
	return nets++;
}

static void add(int **list, int *n, int value)
{
	*list = realloc(*list, (*n + 1) * sizeof(**list));
	(*list)[(*n)++] = value;
}

/* ---- reading: everything but names, kinds and order is noise ---- */

static void read_pins(int gate, char *text)
{
	char *word;
	int n;

	for (word = strtok(text, "(), \t\r\n"); word;
	     word = strtok(NULL, "(), \t\r\n")) {
		n = find(word);
		add(&net[gate].pin, &net[gate].pins, n);
	}
}

static void read_statement(char *text)
{
	char *equals = strchr(text, '=');
	char kind[8], name[256], used;

	if (equals) {
		*equals = ' ';
		if (sscanf(text, " %255s %7[A-Za-z]", name, kind) != 2)
			die("no gate");
		int gate = find(name);

		strcpy(net[gate].kind, kind);
		read_pins(gate, strchr(text, '('));
	} else if (sscanf(text, " %7[A-Za-z] ( %255[^) \t\r\n] %c", kind, name,
			  &used) >= 2) {
		if (!strcasecmp(kind, "INPUT"))
			add(&in, &ins, find(name));
		else
			add(&out, &outs, find(name));
	}
}

static int is_constant(const char *kind)
{
	return !strcasecmp(kind, "VDD") || !strcasecmp(kind, "GND");
}

/* "net = VDD" has come to its end. */
static int read_constant(const char *text)
{
	char kind[8], name[256];
	int gate;

	if (sscanf(text, " %255[^= \t\r\n] = %7[A-Za-z]", name, kind) != 2 ||
	    !is_constant(kind))
		return 0;
	gate = find(name);
	strcpy(net[gate].kind, kind);
	return 1;
}

/* Other statements end with a parenthesis, comments with their line. */
static void read_circuit(const char *file)
{
	FILE *f = fopen(file, "r");
	char *text = malloc(1 << 20);
	size_t len = 0;
	int ch;

	if (!f)
		die(file);
	while ((ch = getc(f)) != EOF) {
		text[len] = 0;
		if ((ch == '#' || isspace(ch)) && read_constant(text))
			len = 0;
		if (ch == '#') {
			while ((ch = getc(f)) != EOF && ch != '\n')
				;
			continue;
		}
		text[len++] = ch;
		if (ch == ')') {
			text[len] = 0;
			read_statement(text);
			len = 0;
		}
	}
	text[len] = 0;
	read_constant(text);
	fclose(f);
	free(text);
}

/* ---- what gates do ---- */

static int is(const struct net *n, const char *kind)
{
	return !strcasecmp(n->kind, kind);
}

static int gate_value(const struct net *n, const int *v)
{
	int all = 1, any = 0, odd = 0, i;

	for (i = 0; i < n->pins; i++) {
		all &= v[i];
		any |= v[i];
		odd ^= v[i];
	}
	if (is_constant(n->kind))
		return is(n, "VDD");
	if (is(n, "AND") || is(n, "BUF") || is(n, "BUFF"))
		return all;
	if (is(n, "NAND") || is(n, "NOT"))
		return !all;
	if (is(n, "OR"))
		return any;
	if (is(n, "NOR"))
		return !any;
	if (is(n, "XOR"))
		return odd;
	if (is(n, "XNOR"))
		return !odd;
	die(n->kind);
	return 0;
}

static int read_line(FILE *f, int *bit)
{
	int i, ch;

	for (i = 0; i < ins; i++) {
		ch = getc(f);
		if (ch == EOF)
			return 0;
		bit[i] = ch - '0';
	}
	return getc(f) != EOF || ins;
}

/* ---- out ---- */

static int settle(int n, int cycle)
{
	int v[FAN_IN], i;

	if (net[n].known == cycle || !*net[n].kind || is(&net[n], "DFF"))
		return net[n].value;
	for (i = 0; i < net[n].pins; i++)
		v[i] = settle(net[n].pin[i], cycle);
	net[n].known = cycle;
	return net[n].value = gate_value(&net[n], v);
}

static void run_out(FILE *stimulus)
{
	int *bit = calloc(ins + 1, sizeof(*bit)), cycle, i;

	for (cycle = 1; read_line(stimulus, bit); cycle++) {
		for (i = 0; i < ins; i++)
			net[in[i]].value = bit[i];
		for (i = 0; i < outs; i++)
			putchar('0' + settle(out[i], cycle));
		putchar('\n');
		for (i = 0; i < nets; i++)
			if (is(&net[i], "DFF"))
				net[i].next = settle(net[i].pin[0], cycle);
		for (i = 0; i < nets; i++)
			if (is(&net[i], "DFF"))
				net[i].value = net[i].next;
	}
}

/* ---- wave ---- */

/* Let one gate delay pass; returns how many gates changed. */
static int pass(void)
{
	int v[FAN_IN], i, k, changed = 0;

	for (i = 0; i < nets; i++) {
		net[i].next = net[i].value;
		if (!*net[i].kind || is(&net[i], "DFF"))
			continue;
		for (k = 0; k < net[i].pins; k++)
			v[k] = net[net[i].pin[k]].value;
		net[i].next = gate_value(&net[i], v);
		changed += net[i].next != net[i].value;
	}
	return changed;
}

static void step(long time)
{
	int i;

	for (i = 0; i < nets; i++) {
		if (time >= 0 && net[i].next != net[i].value)
			printf("%ld %s %d\n", time, net[i].name, net[i].next);
		net[i].value = net[i].next;
	}
}

static void edge(long cycle, const int *bit)
{
	int i;

	for (i = 0; i < nets; i++)
		if (is(&net[i], "DFF"))
			net[i].next = cycle ? net[net[i].pin[0]].value : 0;
	for (i = 0; i < ins; i++)
		net[in[i]].next = bit[i];
}

static void run_wave(FILE *stimulus, long period)
{
	int *bit = calloc(ins + 1, sizeof(*bit)), i;
	long cycle, t;

	while (pass())
		step(-1);
	for (i = 0; i < nets; i++)
		printf("rest %s %d\n", net[i].name, net[i].value);
	for (cycle = 0; read_line(stimulus, bit); cycle++)
		for (t = 0; t < period; t++) {
			pass();
			if (!t)
				edge(cycle, bit);
			step(cycle * period + t);
		}
}

int main(int argc, char **argv)
{
	FILE *stimulus;

	if (argc < 4)
		die("oracle out|wave CIRCUIT STIMULUS [PERIOD]");
	read_circuit(argv[2]);
	stimulus = fopen(argv[3], "r");
	if (!stimulus)
		die(argv[3]);
	if (argc > 4)
		run_wave(stimulus, atol(argv[4]));
	else
		run_out(stimulus);
	return 0;
}
