// SPDX-License-Identifier: GPL-2.0
/*
 * random-circuit SEED [GATES] - a legal netlist in an ugly hand: statements in
 * any order, keywords in any case, blanks, line ends and comments anywhere,
 * outputs that are inputs or come twice, gates that nobody reads.
 */
#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t state;

static unsigned int rnd(unsigned int n)
{
	state = state * UINT64_C(6364136223846793005) + 1442695040888963407;
	return (state >> 33) % n;
}

static const char *blank(void)
{
	static const char *const blanks[] = {
		"", "", "", " ", "\t", "  ", "\n", " # (x = y)\n ", "\r\n"
	};

	return blanks[rnd(sizeof(blanks) / sizeof(*blanks))];
}

static const char *any_case(const char *word)
{
	static char text[16];
	unsigned int how = rnd(3), i;

	for (i = 0; word[i]; i++)
		text[i] = how == 0 || (how == 1 && rnd(2)) ? word[i] :
							     tolower(word[i]);
	text[i] = 0;
	return text;
}

static const char *name(unsigned int n)
{
	static char text[4][16];
	static unsigned int turn;
	static const char *const shape[] = { "G%u", "%u", "n[%u]", "a.b_%u" };

	turn = (turn + 1) % 4;
	snprintf(text[turn], sizeof(text[turn]), shape[n % 4], n);
	return text[turn];
}

static void declare(char *to, const char *word, unsigned int n)
{
	int len = sprintf(to, "%s%s", blank(), any_case(word));

	len += sprintf(to + len, "%s(", blank());
	len += sprintf(to + len, "%s%s", blank(), name(n));
	sprintf(to + len, "%s)", blank());
}

/* A flip-flop may read any net, a gate only those before it. */
static void drive(char *to, unsigned int n, unsigned int nets,
		  unsigned int roots)
{
	static const char *const kind[] = {
		"DFF",	"NOT", "BUF", "BUFF", "AND",
		"NAND", "OR",  "NOR", "XOR",  "XNOR"
	};
	unsigned int k = n < roots ? 0 : 1 + rnd(9);
	unsigned int pins = k < 4 ? 1 : 1 + rnd(5), i;
	int len = sprintf(to, "%s%s%s=", blank(), name(n), blank());

	if (k && !rnd(12)) {
		sprintf(to + len, "%s%s", blank(), any_case(rnd(2) ? "VDD" : "GND"));
		return;
	}
	len += sprintf(to + len, "%s%s", blank(), any_case(kind[k]));
	len += sprintf(to + len, "%s(", blank());
	for (i = 0; i < pins; i++) {
		len += sprintf(to + len, "%s%s%s", i ? "," : "", blank(),
			       name(rnd(k ? n : nets)));
		len += sprintf(to + len, "%s", blank());
	}
	strcpy(to + len, ")");
}

int main(int argc, char **argv)
{
	unsigned int gates, ins, roots, outs, nets, n, i;
	char(*line)[512];

	state = argc > 1 ? strtoul(argv[1], NULL, 10) * 2654435761u + 1 : 1;
	gates = argc > 2 ? strtoul(argv[2], NULL, 10) : 1 + rnd(120);
	ins = rnd(12);
	roots = ins + rnd(12) + !ins; /* inputs, then flip-flops */
	nets = roots + gates;
	outs = 1 + rnd(16);
	line = calloc(nets + outs, sizeof(*line));
	if (!line)
		return 1;
	for (n = 0; n < nets; n++) {
		if (n < ins)
			declare(line[n], "INPUT", n);
		else
			drive(line[n], n, nets, roots);
	}
	for (n = 0; n < outs; n++)
		declare(line[nets + n], "OUTPUT", rnd(nets));
	for (n = nets + outs; n > 1; n--) {
		char swap[512];

		i = rnd(n);
		memcpy(swap, line[i], sizeof(swap));
		memcpy(line[i], line[n - 1], sizeof(swap));
		memcpy(line[n - 1], swap, sizeof(swap));
	}
	puts("# made at random");
	for (n = 0; n < nets + outs; n++)
		printf("%s\n", line[n]);
	printf("# no line end here");
	return 0;
}
