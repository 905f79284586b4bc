// SPDX-License-Identifier: GPL-2.0
#include <fcntl.h>
#include <mqueue.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench/channel.h"
#include "bench/task.h"

const char *const channel_keys[CHANNELS] = { "mq", "unix", "pipe" };
const char *const channel_labels[CHANNELS] = { "POSIX mq", "AF_UNIX seqpacket",
					       "pipe" };

static void open_mq(struct channel *c)
{
	struct mq_attr attr = { .mq_maxmsg = 8, .mq_msgsize = MESSAGE_LEN };
	char name[32];

	snprintf(name, sizeof(name), "/tw-bench-%d", (int)getpid());
	c->in = mq_open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600,
			&attr);
	check(c->in, "mq_open");
	mq_unlink(name);
	c->out = c->in;
}

void channel_open(struct channel *c, enum channel_kind kind)
{
	int fd[2];

	c->kind = kind;
	if (kind == CHANNEL_MQ) {
		open_mq(c);
		return;
	}
	if (kind == CHANNEL_UNIX)
		check(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fd), "socketpair");
	else
		check(pipe(fd), "pipe");
	c->in = fd[0];
	c->out = fd[1];
}

void channel_close(struct channel *c)
{
	close(c->in);
	if (c->out != c->in)
		close(c->out);
}

void channel_send(const struct channel *c, const void *buf)
{
	if (c->kind == CHANNEL_MQ)
		check(mq_send(c->out, buf, MESSAGE_LEN, 0), "mq_send");
	else
		check(write(c->out, buf, MESSAGE_LEN), "write");
}

void channel_recv(const struct channel *c, void *buf)
{
	if (c->kind == CHANNEL_MQ)
		check(mq_receive(c->in, buf, MESSAGE_LEN, NULL), "mq_receive");
	else
		check(read(c->in, buf, MESSAGE_LEN), "read");
}
