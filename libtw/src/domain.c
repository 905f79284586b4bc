// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/* Domains: made, looked at, started, gone. */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "domain.h"
#include "sys.h"
#include "words.h"

/* So that a new process can close what belongs to its guardian. */
static struct tw_domain *all_domains;

int tw_name_copy(char *to, const char *name)
{
	if (!name)
		name = "";
	if (strlen(name) >= TW_NAME_LEN)
		return -EINVAL;
	strcpy(to, name);
	return 0;
}

static int device_call(unsigned long request, void *arg)
{
	int dev = open(TW_DEVICE, O_RDWR | O_CLOEXEC);
	int ret;

	if (dev < 0)
		return -errno;
	ret = tw_ioctl(dev, request, arg);
	close(dev);
	return ret;
}

/*
 * The page is a reference to the domain. A process must not keep the domain
 * alive, so it does not inherit it.
 */
static int domain_map(struct tw_domain *d)
{
	size_t len = sysconf(_SC_PAGESIZE);
	void *page = mmap(NULL, len, PROT_READ, MAP_SHARED, d->fd, 0);

	if (page == MAP_FAILED)
		return -errno;
	d->page = page;
	if (madvise(page, len, MADV_DONTFORK))
		return -errno;
	page = mmap(NULL, len, PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (page == MAP_FAILED)
		return -errno;
	d->shared = page;
	return 0;
}

static int domain_pipe(struct tw_domain *d)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC))
		return -errno;
	d->start_rd = fds[0];
	d->start_wr = fds[1];
	return 0;
}

static int domain_polls(struct tw_domain *d)
{
	d->polls = malloc(sizeof(*d->polls));
	if (!d->polls)
		return -ENOMEM;
	d->polls[0] = (struct pollfd){ .fd = d->fd, .events = POLLIN };
	d->polls_len = 1;
	return 0;
}

static void domain_unlink(struct tw_domain *d)
{
	struct tw_domain **link = &all_domains;

	while (*link && *link != d)
		link = &(*link)->next;
	if (*link)
		*link = d->next;
}

static void domain_close(struct tw_domain *d)
{
	for (struct tw_sink *s = d->sinks; s; s = s->next)
		tw_close(&s->fd);
	for (struct tw_port *p = d->ports; p; p = p->next)
		tw_close(&p->fd);
	tw_close(&d->start_wr);
	tw_close(&d->start_rd);
	tw_close(&d->fd);
}

/* The handle of a file, which is given away. */
static int domain_handle(struct tw_domain **dp, int fd, bool opened)
{
	struct tw_domain *d = calloc(1, sizeof(*d));
	int ret;

	if (!d) {
		close(fd);
		return -ENOMEM;
	}
	d->fd = fd;
	d->opened = opened;
	d->start_rd = d->start_wr = -1;
	ret = domain_map(d);
	if (!ret)
		ret = domain_pipe(d);
	if (!ret)
		ret = domain_polls(d);
	if (ret) {
		tw_domain_destroy(d);
		return ret;
	}
	d->next = all_domains;
	all_domains = d;
	*dp = d;
	return 0;
}

int tw_domain_create(struct tw_domain **d, const struct tw_domain_attr *attr)
{
	struct tw_domain_create arg = { .size = sizeof(arg),
					.flags = TW_DOMAIN_SPARE };
	int ret;

	if (attr) {
		arg.cancellation = attr->cancellation;
		arg.gvt_interval_us = attr->gvt_interval_us;
		arg.flags |= attr->flags;
		arg.mode = attr->mode;
		arg.running = attr->running;
		arg.window = attr->window;
		arg.slack = attr->slack;
		arg.memory = attr->memory;
		ret = tw_name_copy(arg.name, attr->name);
		if (ret)
			return ret;
	}
	ret = device_call(TW_DOMAIN_CREATE, &arg);
	return ret ? ret : domain_handle(d, arg.fd, false);
}

int tw_domain_open(struct tw_domain **d, const char *name, uint32_t access)
{
	struct tw_domain_open arg = { .size = sizeof(arg), .flags = access };
	int ret = tw_name_copy(arg.name, name);

	if (ret)
		return ret;
	/* Without its page there is no handle. */
	if (!(access & TW_OPEN_READ))
		return -EINVAL;
	ret = device_call(TW_DOMAIN_OPEN, &arg);
	return ret ? ret : domain_handle(d, arg.fd, true);
}

void tw_domain_destroy(struct tw_domain *d)
{
	size_t len = sysconf(_SC_PAGESIZE);

	if (!d)
		return;
	domain_unlink(d);
	if (d->page)
		munmap((void *)d->page, len);
	domain_close(d);
	/* The kernel spares those that run when the domain has ended. */
	if (d->group)
		kill(-d->group, SIGKILL);
	tw_domain_reap(d, true);
	if (d->shared)
		munmap(d->shared, len);
	while (d->sinks) {
		struct tw_sink *s = d->sinks;

		d->sinks = s->next;
		free(s);
	}
	while (d->ports) {
		struct tw_port *p = d->ports;

		d->ports = p->next;
		free(p);
	}
	tw_words_free(d);
	free(d->polls);
	free(d);
}

void tw_domain_leave_all(void)
{
	for (struct tw_domain *d = all_domains; d; d = d->next)
		domain_close(d);
	all_domains = NULL;
}

int tw_domain_fd(const struct tw_domain *d)
{
	return d->fd;
}

int tw_domain_stat(struct tw_domain *d, struct tw_domain_stat *st)
{
	memset(st, 0, sizeof(*st));
	st->size = sizeof(*st);
	return tw_ioctl(d->fd, TW_DOMAIN_STAT, st);
}

tw_time tw_domain_gvt(const struct tw_domain *d)
{
	return __atomic_load_n(&d->page->gvt, __ATOMIC_ACQUIRE);
}

uint32_t tw_domain_state(const struct tw_domain *d)
{
	return __atomic_load_n(&d->page->state, __ATOMIC_ACQUIRE);
}

int tw_domain_start_bare(struct tw_domain *d)
{
	struct tw_domain_start arg = { .size = sizeof(arg) };
	int ret = d->opened ? 0 : tw_ioctl(d->fd, TW_DOMAIN_START, &arg);

	if (ret)
		return ret;
	__atomic_store_n(&d->shared->started, 1, __ATOMIC_RELEASE);
	tw_close(&d->start_wr);
	return 0;
}

int tw_domain_start(struct tw_domain *d)
{
	if (!d->shared->started && !d->out) {
		const struct tw_sink_attr attr = { .name = "stdout" };
		int ret = tw_sink_create(d, &attr, &d->out);

		if (ret)
			return ret;
		d->shared->out = d->out->id;
	}
	return tw_domain_start_bare(d);
}
