// SPDX-License-Identifier: GPL-2.0
/*
 * The .bench format:
 *
 *	# comment
 *	INPUT(net)
 *	OUTPUT(net)
 *	net = KIND(net, ...)
 *	net = VDD
 *	net = GND
 *
 * Keywords are taken in any case, statements in any order; blanks and line
 * ends may stand between any two words.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/logic/circuit.h"
#include "sim/need.h"
#include "tw/cli.h"

struct token {
	const char *text;
	uint32_t len; /* 0: end of file */
	uint32_t line;
	bool word; /* else one of ( ) , = */
};

struct parser {
	struct circuit *c;
	const char *at, *end;
	uint32_t line;
	uint32_t last_line; /* of the token before the present one */
	struct token tok;
	uint32_t *bucket; /* net + 1 by hash of the name */
	uint32_t buckets;
};

static const struct kind {
	const char *word;
	enum op op;
	uint32_t max_pins;
} kinds[] = {
	{ "DFF", OP_DFF, 1 },	  { "AND", OP_AND, ~0u },
	{ "NAND", OP_NAND, ~0u }, { "OR", OP_OR, ~0u },
	{ "NOR", OP_NOR, ~0u },	  { "XOR", OP_XOR, ~0u },
	{ "XNOR", OP_XNOR, ~0u }, { "NOT", OP_NOT, 1 },
	{ "BUF", OP_BUF, 1 },	  { "BUFF", OP_BUF, 1 },
	/* Of no nets, all are 1, and none is. */
	{ "VDD", OP_AND, 0 },	  { "GND", OP_OR, 0 },
};

/* ---- words ---- */

static bool is_space(char ch)
{
	return ch == ' ' || (ch >= '\t' && ch <= '\r');
}

static bool is_mark(char ch)
{
	return ch == '(' || ch == ')' || ch == ',' || ch == '=';
}

static bool is_word(char ch)
{
	return (unsigned char)ch > ' ' && ch != 0x7f && ch != '#' &&
	       !is_mark(ch);
}

static void skip_blanks(struct parser *p)
{
	while (p->at < p->end) {
		if (*p->at == '#') {
			while (p->at < p->end && *p->at != '\n')
				p->at++;
		} else if (is_space(*p->at)) {
			p->line += *p->at++ == '\n';
		} else {
			break;
		}
	}
}

static int next(struct parser *p)
{
	const char *start;

	p->last_line = p->tok.line;
	skip_blanks(p);
	start = p->at;
	p->tok = (struct token){ .text = start, .line = p->line };
	if (p->at == p->end)
		return CLI_OK;
	if (is_mark(*p->at)) {
		p->at++;
	} else {
		while (p->at < p->end && is_word(*p->at))
			p->at++;
		p->tok.word = true;
	}
	p->tok.len = p->at - start;
	if (!p->tok.len)
		return cli_bad_at(p->c->file, p->line,
				  "character 0x%02x; a netlist is plain text",
				  (unsigned char)*start);
	return CLI_OK;
}

static bool at_mark(const struct parser *p, char mark)
{
	return p->tok.len && !p->tok.word && *p->tok.text == mark;
}

static int shown(const struct token *t)
{
	return t->len > 40 ? 40 : t->len;
}

/* The token is not what should stand here; what should is missing at the end of the one before. */
static int expected(struct parser *p, const char *what)
{
	const char *file = p->c->file;

	if (!p->tok.len)
		return cli_bad_at(
			file, p->last_line,
			"the file ends where %s should follow; is it truncated?",
			what);
	if (p->tok.line != p->last_line)
		return cli_bad_at(file, p->last_line,
				  "the line ends where %s should follow", what);
	return cli_bad_at(file, p->tok.line, "'%.*s' where %s should stand",
			  shown(&p->tok), p->tok.text, what);
}

static int take_mark(struct parser *p, char mark, const char *what)
{
	if (!at_mark(p, mark))
		return expected(p, what);
	return next(p);
}

/* ---- names ---- */

static uint32_t hash(const char *s, uint32_t len)
{
	uint32_t h = 2166136261u;

	while (len--)
		h = (h ^ (unsigned char)*s++) * 16777619u;
	return h;
}

static uint32_t *slot(struct parser *p, const char *name, uint32_t len)
{
	uint32_t i = hash(name, len);
	const char *other;

	for (;; i++) {
		uint32_t *b = &p->bucket[i & (p->buckets - 1)];

		if (!*b)
			return b;
		other = p->c->net[*b - 1].name;
		if (!strncmp(other, name, len) && !other[len])
			return b;
	}
}

static void rehash(struct parser *p)
{
	uint32_t i;

	p->buckets = p->buckets ? 2 * p->buckets : 1024;
	free(p->bucket);
	p->bucket = need(p->buckets, sizeof(*p->bucket));
	for (i = 0; i < p->c->nets; i++)
		*slot(p, p->c->net[i].name, strlen(p->c->net[i].name)) = i + 1;
}

/* The net of that name, a new one if need be. */
static uint32_t net_of(struct parser *p, const struct token *t)
{
	struct circuit *c = p->c;
	uint32_t *b;
	char *name;

	if (2 * c->nets >= p->buckets)
		rehash(p);
	b = slot(p, t->text, t->len);
	if (*b)
		return *b - 1;
	c->net = arena_grow(&c->arena, c->net, c->nets, sizeof(*c->net));
	name = arena_alloc(&c->arena, t->len + 1, 1);
	memcpy(name, t->text, t->len);
	c->net[c->nets] = (struct net){ .name = name, .line = t->line };
	*b = ++c->nets;
	return c->nets - 1;
}

/* ---- statements ---- */

static int drive(struct parser *p, uint32_t n, enum op op, uint32_t line)
{
	struct net *net = &p->c->net[n];

	if (net->op)
		return cli_bad_at(
			p->c->file, line,
			"net '%s' is driven twice, first in line %u; remove one driver",
			net->name, net->line);
	net->op = op;
	net->line = line;
	return CLI_OK;
}

static void append(struct circuit *c, uint32_t **array, uint32_t *n,
		   uint32_t value)
{
	*array = arena_grow(&c->arena, *array, *n, sizeof(**array));
	(*array)[(*n)++] = value;
}

/* INPUT(net) and OUTPUT(net), the keyword being read. */
static int declaration(struct parser *p, const struct token *word)
{
	bool in = word->len == 5 && !strncasecmp(word->text, "INPUT", 5);
	bool out = word->len == 6 && !strncasecmp(word->text, "OUTPUT", 6);
	struct circuit *c = p->c;
	uint32_t n, line;
	int ret;

	if (!in && !out)
		return cli_bad_at(
			c->file, word->line,
			"'%.*s(' starts no statement; INPUT, OUTPUT or 'net =' does",
			shown(word), word->text);
	ret = next(p);
	if (ret)
		return ret;
	if (!p->tok.word)
		return expected(p, "the name of a net");
	n = net_of(p, &p->tok);
	line = p->tok.line;
	if (in)
		append(c, &c->in, &c->ins, n);
	else
		append(c, &c->out, &c->outs, n);
	ret = next(p) ?: take_mark(p, ')', "')'");
	if (!ret && in)
		ret = drive(p, n, OP_INPUT, line);
	return ret;
}

static int find_kind(struct parser *p, const struct kind **kind)
{
	const struct token *t = &p->tok;
	size_t i;

	if (!t->word)
		return expected(p, "a kind of gate");
	for (i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		*kind = &kinds[i];
		if (strlen(kinds[i].word) == t->len &&
		    !strncasecmp(kinds[i].word, t->text, t->len))
			return next(p);
	}
	return cli_bad_at(
		p->c->file, t->line,
		"'%.*s' is no kind of gate; DFF, AND, NAND, OR, NOR, XOR, XNOR, NOT, BUF, BUFF, VDD and GND are",
		shown(t), t->text);
}

/* (net, net, ...) */
static int pins(struct parser *p, struct net *gate)
{
	struct circuit *c = p->c;
	int ret;

	gate->pin0 = c->pins;
	ret = take_mark(p, '(', "'('");
	while (!ret) {
		if (!p->tok.word)
			return expected(p, "the name of a net");
		append(c, &c->pin, &c->pins, net_of(p, &p->tok));
		gate->pins++;
		ret = next(p);
		if (ret || !at_mark(p, ','))
			break;
		ret = next(p);
	}
	return ret ?: take_mark(p, ')', "',' or ')'");
}

/* net = KIND(net, ...) or net = VDD, the first net being read. */
static int gate(struct parser *p, const struct token *word)
{
	struct net shape = { 0 }, *net;
	const struct kind *kind = NULL;
	uint32_t n = net_of(p, word);
	int ret;

	ret = next(p) ?: find_kind(p, &kind);
	if (!ret && kind->max_pins)
		ret = pins(p, &shape);
	if (!ret)
		ret = drive(p, n, kind->op, word->line);
	if (ret)
		return ret;
	net = &p->c->net[n];
	net->pin0 = shape.pin0;
	net->pins = shape.pins;
	if (net->pins > kind->max_pins)
		return cli_bad_at(p->c->file, word->line,
				  "%s takes one net, not %u", kind->word,
				  net->pins);
	return CLI_OK;
}

static int statement(struct parser *p)
{
	struct token word = p->tok;
	int ret;

	if (!word.word)
		return cli_bad_at(p->c->file, word.line,
				  "'%.*s' where a statement should start",
				  shown(&word), word.text);
	ret = next(p);
	if (ret)
		return ret;
	if (at_mark(p, '('))
		return declaration(p, &word);
	if (at_mark(p, '='))
		return gate(p, &word);
	return expected(p, "'(' or '='");
}

static int parse(struct parser *p)
{
	int ret = next(p);

	if (!ret && !p->tok.len)
		return cli_bad("%s: there is no circuit in this file",
			       p->c->file);
	while (!ret && p->tok.len)
		ret = statement(p);
	return ret;
}

/* ---- the file ---- */

static char *slurp(const char *file, size_t *len)
{
	struct stat st;
	char *text = NULL;
	ssize_t n = 0;
	int fd;

	fd = open(file, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st))
		goto fail;
	*len = 0;
	for (size_t room = 0;; *len += n) {
		if (*len == room) {
			room = room ? 2 * room : (size_t)st.st_size + 4096;
			text = realloc(text, room);
			if (!text)
				goto fail;
		}
		n = read(fd, text + *len, room - *len);
		if (n < 0)
			goto fail;
		if (!n)
			break;
	}
	close(fd);
	return text;
fail:
	cli_bad("%s: %s; name a netlist that can be read", file,
		strerror(errno));
	if (fd >= 0)
		close(fd);
	free(text);
	return NULL;
}

/* "s27" for "dir/s27.bench", with nothing in it that is no part of a word. */
static void name_circuit(struct circuit *c)
{
	const char *base = strrchr(c->file, '/');
	size_t n;

	base = base ? base + 1 : c->file;
	for (n = 0; n < sizeof(c->name) - 1 && base[n] &&
		    strcasecmp(base + n, ".bench");
	     n++)
		c->name[n] = is_word(base[n]) ? base[n] : '_';
	if (!n)
		strcpy(c->name, "circuit");
}

int circuit_read(struct circuit *c, const char *file)
{
	struct parser p = { .c = c, .line = 1 };
	char *text;
	size_t len;
	int ret;

	memset(c, 0, sizeof(*c));
	c->file = file;
	name_circuit(c);
	text = slurp(file, &len);
	if (!text)
		return CLI_BAD;
	p.at = text;
	p.end = text + len;
	/* Some editors begin a text so. */
	if (len >= 3 && !memcmp(text, "\xef\xbb\xbf", 3))
		p.at += 3;
	p.tok.line = 1;
	ret = parse(&p);
	free(p.bucket);
	free(text);
	return ret ?: circuit_finish(c);
}
