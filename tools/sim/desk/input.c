// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/desk/desk.h"
#include "tw/cli.h"

#define BLANKS " \t\r"

int desk_input_open(struct desk_input *in, const char *name)
{
	in->name = name ? name : "stdin";
	in->fd = name ? open(name, O_RDONLY | O_CLOEXEC) : dup(STDIN_FILENO);
	if (in->fd < 0)
		return cli_bad("%s: %s; name a file of jobs that can be read",
			       in->name, strerror(errno));
	return CLI_OK;
}

void desk_input_close(struct desk_input *in)
{
	if (in->fd >= 0)
		close(in->fd);
	in->fd = -1;
}

/* The digits at text, up to one of `ends` or the end; 0 if it is no such number. */
static uint64_t number(const char *text, uint64_t most, char end,
		       const char **rest)
{
	uint64_t n = 0;

	for (; *text >= '0' && *text <= '9' && n <= most; text++)
		n = 10 * n + (*text - '0');
	*rest = text + 1;
	return *text == end && n <= most ? n : 0;
}

static int parse_step(const struct desk_input *in, uint64_t stations,
		      const char *word, struct desk_job *j)
{
	struct desk_step *step = &j->step[j->steps];
	const char *rest;

	if (j->steps++ == DESK_STEPS)
		return cli_bad_at(in->name, in->line,
				  "'%s': a job has %d steps at most", word,
				  DESK_STEPS);
	step->station = number(word, stations, ':', &rest);
	step->work = step->station ? number(rest, DESK_WORK, 0, &rest) : 0;
	if (!step->work)
		return cli_bad_at(
			in->name, in->line,
			"'%s': give a step as STATION:WORK, a station from 1 to %" PRIu64
			" (--stations), work from 1 to %d",
			word, stations, DESK_WORK);
	return CLI_OK;
}

static int parse(const struct desk_input *in, uint64_t stations, char *text,
		 struct desk_job *j)
{
	char *save, *word = strtok_r(text, BLANKS, &save);
	const char *rest;
	int ret = CLI_OK;

	j->time = number(word, DESK_TIME, 0, &rest);
	if (!j->time)
		return cli_bad_at(
			in->name, in->line,
			"'%s': begin with a time, a whole number from 1 to %" PRId64,
			word, DESK_TIME);
	word = strtok_r(NULL, BLANKS, &save);
	if (!word)
		return CLI_OK;
	if (strlen(word) >= DESK_NAME)
		return cli_bad_at(in->name, in->line,
				  "'%s': a name has %d bytes at most", word,
				  DESK_NAME - 1);
	strcpy(j->name, word);
	while (!ret && (word = strtok_r(NULL, BLANKS, &save)))
		ret = parse_step(in, stations, word, j);
	if (!ret && !j->steps)
		return cli_bad_at(
			in->name, in->line,
			"'%s': give at least one step as STATION:WORK after it",
			j->name);
	return ret;
}

int desk_input_read(struct desk_input *in)
{
	ssize_t n;
	int ret = 0;

	memmove(in->buf, in->buf + in->at, in->len - in->at);
	in->len -= in->at;
	in->at = 0;
	if (in->len == sizeof(in->buf) - 1) {
		desk_input_close(in);
		return cli_bad_at(
			in->name, in->line + 1,
			"a line of more than %zu bytes; make it shorter",
			sizeof(in->buf) - 2);
	}
	n = read(in->fd, in->buf + in->len, sizeof(in->buf) - 1 - in->len);
	if (n < 0 && errno == EINTR)
		return 0;
	if (n < 0)
		ret = cli_bad("%s: %s; name a file of jobs that can be read",
			      in->name, strerror(errno));
	if (n <= 0)
		desk_input_close(in);
	/* The last line may lack its end. */
	if (!n && in->len)
		in->buf[in->len++] = '\n';
	if (n > 0)
		in->len += n;
	return ret;
}

/* The next line that says something, without its end; NULL: none is complete. */
static char *next_line(struct desk_input *in, size_t *len)
{
	char *text, *end;

	for (;;) {
		text = in->buf + in->at;
		end = memchr(text, '\n', in->len - in->at);
		if (!end)
			return NULL;
		*end++ = 0;
		in->at = end - in->buf;
		in->line++;
		text += strspn(text, BLANKS);
		*len = end - 1 - text;
		if (*len && *text != '#')
			return text;
	}
}

int desk_input_take(struct desk_input *in, uint64_t stations,
		    struct desk_job *j)
{
	size_t len;
	char *text = next_line(in, &len);
	int ret;

	if (!text)
		return -EAGAIN;
	*j = (struct desk_job){ .number = in->line };
	if (strlen(text) != len)
		ret = cli_bad_at(in->name, in->line,
				 "a zero byte; give lines of text");
	else
		ret = parse(in, stations, text, j);
	if (ret) {
		desk_input_close(in);
		in->at = in->len;
	}
	return ret;
}
