/* SPDX-License-Identifier: GPL-2.0 */
/* What Linux has to pass messages: POSIX message queues, sockets, pipes. */
#ifndef BENCH_CHANNEL_H
#define BENCH_CHANNEL_H

#define MESSAGE_LEN 64

enum channel_kind { CHANNEL_MQ, CHANNEL_UNIX, CHANNEL_PIPE, CHANNELS };

struct channel {
	enum channel_kind kind;
	int in, out;
};

extern const char *const channel_keys[CHANNELS];
extern const char *const channel_labels[CHANNELS];

void channel_open(struct channel *c, enum channel_kind kind);
void channel_close(struct channel *c);
void channel_send(const struct channel *c, const void *buf);
void channel_recv(const struct channel *c, void *buf);

#endif
