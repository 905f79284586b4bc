// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/logic/stimulus.h"
#include "sim/random.h"
#include "tw/cli.h"

static int check_line(const struct stimulus *s, const char *file, uint64_t line)
{
	const char *at = s->text + line * (s->width + 1);
	size_t left = s->size - (at - s->text);
	uint32_t i;

	for (i = 0; i < s->width && i < left && at[i] != '\n'; i++)
		if (at[i] != '0' && at[i] != '1')
			return cli_bad_at(
				file, line + 1,
				"character %u is neither 0 nor 1; a line is %u bits, one for each INPUT",
				i + 1, s->width);
	if (i < s->width)
		return cli_bad_at(
			file, line + 1,
			"%u bits; a line has %u, one for each INPUT of the circuit",
			i, s->width);
	if (i < left && at[i] != '\n')
		return cli_bad_at(
			file, line + 1,
			"more than %u characters; a line is %u bits, one for each INPUT",
			s->width, s->width);
	return CLI_OK;
}

static int check(struct stimulus *s, const char *file, uint64_t cycles)
{
	uint64_t line;
	int ret;

	/* The line end after the last line may be missing. */
	s->lines = (s->size + s->width) / (s->width + 1);
	if (!s->lines)
		return cli_bad_at(
			file, 1,
			"there is no line; give one line of bits for each cycle");
	for (line = 0; line < s->lines; line++) {
		ret = check_line(s, file, line);
		if (ret)
			return ret;
	}
	if (cycles > s->lines)
		return cli_bad_at(file, s->lines,
				  "the stimulus ends here; --cycles=%" PRIu64
				  " needs as many lines",
				  cycles);
	return CLI_OK;
}

int stimulus_open(struct stimulus *s, const char *file, uint32_t width,
		  uint64_t cycles)
{
	struct stat st;
	int fd;

	*s = (struct stimulus){ .width = width, .text = "" };
	fd = open(file, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st)) {
		cli_bad("%s: %s; name a stimulus file that can be read", file,
			strerror(errno));
		goto out;
	}
	if (!S_ISREG(st.st_mode)) {
		cli_bad("%s: no regular file; the stimulus is read at random",
			file);
		goto out;
	}
	s->size = st.st_size;
	if (s->size)
		s->text = mmap(NULL, s->size, PROT_READ, MAP_SHARED, fd, 0);
	close(fd);
	if (s->text == MAP_FAILED) {
		s->text = NULL;
		return cli_bad("%s: %s; it cannot be mapped", file,
			       strerror(errno));
	}
	return check(s, file, cycles);
out:
	if (fd >= 0)
		close(fd);
	s->text = NULL;
	return CLI_BAD;
}

void stimulus_seed(struct stimulus *s, uint64_t seed)
{
	*s = (struct stimulus){ .seed = seed };
}

void stimulus_close(struct stimulus *s)
{
	if (s->text && s->size)
		munmap((void *)s->text, s->size);
}

static uint64_t mix(uint64_t x)
{
	return random_mix(x + RANDOM_STEP);
}

uint8_t stimulus_bit(const struct stimulus *s, uint64_t cycle, uint32_t input)
{
	if (s->text)
		return s->text[cycle * (s->width + 1) + input] - '0';
	return mix(mix(mix(s->seed) + cycle) + input) & 1;
}
