// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/need.h"
#include "sim/outfile.h"
#include "tw/cli.h"

static int bad(struct outfile *f)
{
	return cli_bad("%s: %s; name an output that can be written", f->name,
		       strerror(errno));
}

static char *directory_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		return strdup(".");
	return strndup(path, slash == path ? 1 : slash - path);
}

static char *beside(const char *path)
{
	char *temp;

	return asprintf(&temp, "%s.tw-XXXXXX", path) < 0 ? NULL : temp;
}

static int open_nameless(const char *path)
{
	char *dir = directory_of(path);
	int fd = dir ? open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0666) : -1;

	free(dir);
	/* It gets its name through /proc. */
	if (fd >= 0 && access("/proc/self/fd", X_OK)) {
		close(fd);
		errno = EOPNOTSUPP;
		return -1;
	}
	return fd;
}

static int open_beside(struct outfile *f)
{
	mode_t mask = umask(0);

	umask(mask);
	f->temp = beside(f->path);
	if (!f->temp)
		return -1;
	f->fd = mkostemp(f->temp, O_CLOEXEC);
	if (f->fd < 0) {
		free(f->temp);
		f->temp = NULL;
		return -1;
	}
	return fchmod(f->fd, 0666 & ~mask);
}

static bool no_nameless(int error)
{
	return error == EOPNOTSUPP || error == EISDIR || error == EINVAL ||
	       error == ENOENT;
}

static int open_new(struct outfile *f)
{
	f->fd = open_nameless(f->path);
	if (f->fd >= 0 || !no_nameless(errno))
		return f->fd;
	return open_beside(f);
}

static int open_anonymous(struct outfile *f)
{
	const char *dir = getenv("TMPDIR");
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/tw-XXXXXX",
		 dir && *dir ? dir : "/tmp");
	f->name = "temporary file";
	f->fd = mkostemp(path, O_CLOEXEC);
	if (f->fd >= 0)
		unlink(path);
	return f->fd;
}

/* A regular file is replaced, so no open tells that it must not be. */
static int check_replaceable(struct outfile *f)
{
	char *real = realpath(f->path, NULL);

	if (!real || access(real, W_OK)) {
		free(real);
		return -1;
	}
	free(f->path);
	f->path = real;
	return 0;
}

int outfile_open(struct outfile *f, const char *name)
{
	struct stat st;
	int ret;

	memset(f, 0, offsetof(struct outfile, buf));
	f->differs = UINT64_MAX;
	f->name = name;
	f->fd = -1;
	if (!name)
		return open_anonymous(f) < 0 ? bad(f) : CLI_OK;
	f->path = strdup(name);
	if (!f->path)
		return bad(f);
	if (stat(name, &st)) {
		ret = errno == ENOENT ? open_new(f) : -1;
	} else if (S_ISREG(st.st_mode)) {
		ret = check_replaceable(f) ?: open_new(f);
	} else {
		free(f->path);
		f->path = NULL;
		ret = f->fd = open(name, O_WRONLY | O_CLOEXEC);
	}
	if (ret >= 0)
		return CLI_OK;
	bad(f);
	outfile_close(f);
	return CLI_BAD;
}

bool outfile_comparable(const struct outfile *f)
{
	return lseek(f->fd, 0, SEEK_CUR) >= 0 &&
	       (fcntl(f->fd, F_GETFL) & O_ACCMODE) == O_RDWR;
}

int outfile_compare(struct outfile *f, struct outfile *of)
{
	memset(f, 0, offsetof(struct outfile, buf));
	f->compare = true;
	f->name = of->name;
	f->differs = UINT64_MAX;
	f->fd = dup(of->fd);
	return f->fd < 0 ? bad(f) : CLI_OK;
}

static int write_all(struct outfile *f)
{
	size_t done = 0;
	ssize_t n;

	while (done < f->len) {
		n = write(f->fd, f->buf + done, f->len - done);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return bad(f);
		done += n;
	}
	return CLI_OK;
}

/* Bytes read at f->offset, at most len: fewer only at the end of the file. */
static ssize_t read_back(struct outfile *f, char *buf, size_t len)
{
	size_t done = 0;
	ssize_t n;

	while (done < len) {
		n = pread(f->fd, buf + done, len - done, f->offset + done);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (!n)
			break;
		done += n;
	}
	return done;
}

static int compare_all(struct outfile *f)
{
	char other[4096];
	size_t at = 0, i, len;
	ssize_t n;

	for (; at < f->len && f->differs == UINT64_MAX;
	     at += len, f->offset += len) {
		len = f->len - at < sizeof(other) ? f->len - at : sizeof(other);
		n = read_back(f, other, len);
		if (n < 0)
			return bad(f);
		for (i = 0;
		     i < len && i < (size_t)n && other[i] == f->buf[at + i];
		     i++)
			;
		if (i < len)
			f->differs = f->offset + i;
	}
	f->offset += f->len - at;
	f->len = 0;
	return CLI_OK;
}

static int drain(struct outfile *f)
{
	int ret;

	if (f->failed)
		return CLI_BAD;
	if (f->compare) {
		ret = compare_all(f);
	} else {
		ret = write_all(f);
		f->offset += f->len;
		f->len = 0;
	}
	f->failed = ret;
	return ret;
}

int outfile_put(struct outfile *f, const char *data, size_t len)
{
	size_t some;

	for (; len; len -= some, data += some) {
		some = sizeof(f->buf) - f->len;
		if (some > len)
			some = len;
		memcpy(f->buf + f->len, data, some);
		f->len += some;
		if (f->len == sizeof(f->buf) && drain(f))
			return CLI_BAD;
	}
	return f->failed ? CLI_BAD : CLI_OK;
}

int outfile_printf(struct outfile *f, const char *fmt, ...)
{
	va_list ap;
	char *text;
	int len, ret;

	va_start(ap, fmt);
	len = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (len < 0)
		no_memory();
	ret = outfile_put(f, text, len);
	free(text);
	return ret;
}

int outfile_flush(struct outfile *f)
{
	char surplus;
	int ret = drain(f);

	if (!ret && f->compare && f->differs == UINT64_MAX &&
	    read_back(f, &surplus, 1) == 1)
		f->differs = f->offset;
	return ret;
}

/* A name cannot be taken from another file in one step, so take a new one and rename. */
static int link_beside(struct outfile *f)
{
	char proc[32], *temp;
	int i, fd;

	snprintf(proc, sizeof(proc), "/proc/self/fd/%d", f->fd);
	for (i = 0; i < 100; i++) {
		temp = beside(f->path);
		fd = temp ? mkostemp(temp, O_CLOEXEC) : -1;
		if (fd < 0)
			break;
		close(fd);
		unlink(temp);
		if (!linkat(AT_FDCWD, proc, AT_FDCWD, temp,
			    AT_SYMLINK_FOLLOW)) {
			f->temp = temp;
			return 0;
		}
		if (errno != EEXIST)
			break;
		free(temp);
	}
	free(temp);
	return -1;
}

int outfile_commit(struct outfile *f)
{
	if (!f->path)
		return CLI_OK;
	if (!f->temp && link_beside(f))
		return bad(f);
	if (rename(f->temp, f->path))
		return bad(f);
	free(f->temp);
	f->temp = NULL;
	return CLI_OK;
}

void outfile_close(struct outfile *f)
{
	if (f->fd >= 0)
		close(f->fd);
	if (f->temp)
		unlink(f->temp);
	free(f->temp);
	free(f->path);
	f->temp = NULL;
	f->path = NULL;
	f->fd = -1;
}
