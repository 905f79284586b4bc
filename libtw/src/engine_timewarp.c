// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * The Time Warp engine, in a process: objects whose local events never enter
 * the kernel, merged with the messages that other processes send.
 *
 * TW_POSITION_BARRIER
 *
 *	this process, before an event at t	the kernel, when a message comes
 *	----------------------------------	--------------------------------
 *	page->priority = TW_TIME_INF		page->next = its receive time
 *	page->time = t				full barrier
 *	full barrier				read page->time, page->priority
 *	read page->next				before them? roll back
 *	not above t? take it first
 *	else page->priority = the event's
 *
 * Whoever is second sees what the other has stored, so no message is missed by
 * both. While a time is only claimed its priority is the largest. So when a
 * message has to go first the claim can be taken back: a reader who mixes the
 * claim and what was before or comes after sees a position that is later than
 * the true one, which may cost a rollback, but never an earlier one. It is
 * taken back before the message is handed over, because from then on GVT rests
 * on the position alone. Within one time, priorities only grow.
 *
 * Sends wait in a buffer. page->hold says how old the oldest is, stored before
 * the position moves on, and taken back after the kernel has them. A call that
 * can block takes no sends along, or it would hold GVT back while it waits.
 *
 * An event that is too large for a message goes as a file, object and payload as in
 * a record. It is sent at once: a buffer that is given up has no files to close.
 */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>

#include "engine.h"
#include "engine_timewarp.h"
#include "lead.h"
#include "memfd.h"
#include "object.h"
#include "rescue.h"
#include "sys.h"
#include "words.h"

#define SENDS_BYTES (128u << 10)
#define RECVS_BYTES (128u << 10)
/*
 * A batch is sent when it has so many messages, or so many events after its
 * first, or about so long after it: a late message costs its receiver a
 * rollback, a call costs us a microsecond.
 */
#define FLUSH_MESSAGES 32u
#define FLUSH_EVENTS 32u
#define FLUSH_NS 10000u

#define GRAIN_EVENTS 8u /* between two looks at the clock */

#define RECV_MAX 64u

#define SPIN_MAX_NS 50000u /* about two wake-ups */
#define SPIN_MIN_NS 2000u
#define SPIN_PROBE 16u

#define RETRIES 1000
#define RETRY_NS 1000000

#define ENDED 1 /* beside 0 and -errno */

/**
 * struct timewarp - the process
 * @ctx: its objects
 * @p: its endpoint
 * @job: the run
 * @time: position: time of the last event begun
 * @word: position: its order within that time
 * @claimed: the page is ahead of @time and @word
 * @must_call: the next event waits until the kernel was called
 * @asked: up to this time the kernel has let it go on
 * @sends: messages that the kernel has not got yet
 * @sends_len: bytes of them
 * @sends_n: how many
 * @flush_at: number of the event by which they are sent
 * @flush_events: how many events they may wait
 * @grain_at: number of the event at which the clock is looked at
 * @grain_ns: when it was looked at last, 0: a wait came between
 * @recvs: messages just received
 * @spin_ns: how long to poll before a sleep
 * @spin_misses: polls in a row that were in vain
 * @rescue: for events that do not return
 * @lead: how far ahead of GVT it may be
 * @past: what undoes its events, if it restores in place
 * @resumes: rollbacks in place that it knows of
 */
struct timewarp {
	struct tw_ctx ctx;
	struct tw_process *p;
	const struct tw_job *job;
	tw_time time;
	uint64_t word;
	bool claimed;
	bool must_call;
	tw_time asked;
	char *sends;
	uint32_t sends_len;
	uint32_t sends_n;
	uint64_t flush_at;
	uint32_t flush_events;
	uint64_t grain_at;
	uint64_t grain_ns;
	char *recvs;
	uint32_t spin_ns;
	uint32_t spin_misses;
	struct tw_rescue rescue;
	struct tw_lead lead;
	struct tw_past past;
	uint64_t resumes;
};

/* A record or a file that carries an event: the object, then its payload. */
struct event_header {
	uint64_t to;
};

static void store(__u64 *field, uint64_t value)
{
	__atomic_store_n(field, value, __ATOMIC_RELEASE);
}

static uint64_t load(const __u64 *field)
{
	return __atomic_load_n(field, __ATOMIC_RELAXED);
}

/* TW_POSITION_BARRIER */
static void publish_time(struct timewarp *w, tw_time time)
{
	store(&w->p->page->priority, TW_TIME_INF);
	store(&w->p->page->time, time);
}

/* ---- sending ---- */

static void sent(struct timewarp *w)
{
	w->sends_len = 0;
	w->sends_n = 0;
	store(&w->p->page->hold, TW_TIME_INF);
}

/* Hand in what is buffered. What was not taken stays, if there was an error. */
static int hand_in(struct timewarp *w, struct tw_step *arg)
{
	int ret;

	arg->sends = (uintptr_t)w->sends;
	arg->sends_len = w->sends_len;
	ret = tw_process_step(w->p, arg);
	if (!w->sends_n)
		return ret;
	if (arg->sends_len) {
		memmove(w->sends, (void *)(uintptr_t)arg->sends,
			arg->sends_len);
		w->sends_len = arg->sends_len;
	} else {
		sent(w);
	}
	return ret;
}

/* What GVT sets free. */
static bool is_shortage(int ret)
{
	return ret == -ENOMEM || ret == -EDQUOT;
}

/* A step that outlasts a shortage of memory in the kernel. */
static int step(struct timewarp *w, struct tw_step *arg)
{
	const struct timespec pause = { .tv_nsec = RETRY_NS };
	int ret, n = 0;

	while (is_shortage(ret = hand_in(w, arg)) && n++ < RETRIES)
		nanosleep(&pause, NULL);
	return ret;
}

static int flush(struct timewarp *w)
{
	struct tw_step arg = { 0 };

	return w->sends_n ? step(w, &arg) : 0;
}

/* The event that runs may not return (rescue.c). */
static void rescue_send(void *arg)
{
	struct timewarp *w = arg;
	struct tw_step one = { 0 };

	if (w->sends_n)
		hand_in(w, &one);
}

/*
 * In the middle of an event. The domain's failure has been reported already. If
 * the event is void, so is what it sends; it may as well come to its end.
 */
static void must_flush(struct timewarp *w)
{
	int ret = flush(w);

	if (ret == -ESTALE) {
		w->sends_len = 0;
		w->sends_n = 0;
		return;
	}
	if (ret == -EIO)
		_exit(1);
	if (ret)
		tw_ctx_fatal(&w->ctx, "cannot send: %s", strerror(-ret));
}

/* Room for one more record, its header filled in; record_done() comes next. */
static struct tw_msg *record(struct timewarp *w, uint64_t peer, tw_time at,
			     uint64_t word, uint32_t flags, uint32_t len)
{
	uint32_t size = (sizeof(struct tw_msg) + len + 7) & ~7u;
	struct tw_msg *msg;

	w->rescue.in_event = false;
	if (w->sends_len + size > SENDS_BYTES)
		must_flush(w);
	if (!w->sends_n) {
		store(&w->p->page->hold, w->ctx.now);
		w->flush_at = w->ctx.events + w->flush_events;
	}
	msg = (struct tw_msg *)(w->sends + w->sends_len);
	*msg = (struct tw_msg){
		.size = size,
		.len = len,
		.peer = peer,
		.recv_time = at,
		.send_time = w->ctx.now,
		.priority = word,
		.flags = flags,
	};
	return msg;
}

/* Its payload is there. */
static void record_done(struct timewarp *w, const struct tw_msg *msg)
{
	w->sends_n++;
	w->sends_len += msg->size;
	w->rescue.in_event = true;
}

/* An event to another process, as a file. */
static void send_file(struct timewarp *w, uint64_t peer, tw_time at,
		      uint64_t word, uint32_t flags,
		      struct event_header *header, const void *data,
		      uint32_t len)
{
	const struct iovec parts[] = { { header, sizeof(*header) },
				       { (void *)data, len } };
	struct tw_memfd memfd = { .fd = tw_memfd_parts(parts, 2) };
	struct tw_msg *msg;

	if (memfd.fd < 0)
		tw_ctx_fatal(&w->ctx, "cannot make a file: %s",
			     strerror(-memfd.fd));
	msg = record(w, peer, at, word, flags | TW_SEND_MEMFD, sizeof(memfd));
	memcpy(msg + 1, &memfd, sizeof(memfd));
	record_done(w, msg);
	w->rescue.in_event = false;
	must_flush(w);
	w->rescue.in_event = true;
	close(memfd.fd);
}

static void timewarp_send(struct tw_ctx *c, uint64_t to, tw_time at,
			  uint64_t word, uint32_t flags, const void *data,
			  uint32_t len)
{
	struct timewarp *w = (struct timewarp *)c;
	uint64_t peer = tw_job_process_id(w->job, tw_job_owner(w->job, to));
	struct event_header *header;
	struct tw_msg *msg;

	if (tw_unlikely(len > TW_EVENT_INLINE))
		return send_file(w, peer, at, word, flags,
				 &(struct event_header){ to }, data, len);
	msg = record(w, peer, at, word, flags, sizeof(*header) + len);
	header = (struct event_header *)(msg + 1);
	header->to = to;
	if (len)
		memcpy(header + 1, data, len);
	record_done(w, msg);
}

static void timewarp_write(struct tw_ctx *c, uint32_t sink, uint64_t word,
			   const void *data, uint32_t len)
{
	struct timewarp *w = (struct timewarp *)c;
	struct tw_msg *msg = record(w, tw_job_sink_id(w->job, sink), c->now + 1,
				    word, 0, len);

	if (len)
		memcpy(msg + 1, data, len);
	record_done(w, msg);
}

static const struct tw_ctx_ops timewarp_ops = {
	.send = timewarp_send,
	.write = timewarp_write,
};

/* ---- receiving ---- */

static void insert(struct timewarp *w, const struct tw_msg *msg,
		   const struct event_header *header, uint64_t len)
{
	struct tw_ctx *c = &w->ctx;

	if (len < sizeof(*header) || len - sizeof(*header) > TW_EVENT_MAX ||
	    header->to >= c->model->objects || !tw_ctx_owns(c, header->to))
		tw_ctx_fatal(c, "message of process %llu went astray",
			     (unsigned long long)msg->peer);
	if (tw_order_is_open(&c->order) &&
	    msg->recv_time < c->order.open_time && tw_order_close(&c->order))
		tw_ctx_fatal(c, "no memory for the event list");
	tw_ctx_insert(c, header->to, msg->recv_time, msg->priority,
		      msg->send_time, msg->index, header + 1,
		      len - sizeof(*header));
}

/* Its seals see to it that it neither changes nor shrinks. */
static void insert_file(struct timewarp *w, const struct tw_msg *msg)
{
	struct tw_memfd memfd;
	void *bytes;

	memcpy(&memfd, msg + 1, sizeof(memfd));
	bytes = mmap(NULL, memfd.bytes, PROT_READ, MAP_PRIVATE, memfd.fd, 0);
	close(memfd.fd);
	if (bytes == MAP_FAILED)
		tw_ctx_fatal(&w->ctx, "no memory for an event");
	insert(w, msg, bytes, memfd.bytes);
	munmap(bytes, memfd.bytes);
}

static int mark(struct timewarp *w)
{
	struct tw_mark mark = {
		.now = w->ctx.now,
		.index = w->ctx.index,
		.time = w->time,
		.word = w->word,
		.lead = w->lead,
	};
	struct tw_snapshot arg = { 0 };
	int ret = tw_process_announce(w->p, &arg);

	mark.token = arg.token;
	if (!ret)
		tw_past_mark(&w->ctx, &mark, arg.oldest, arg.thinned);
	return ret;
}

/* The call after it tells the kernel how long the snapshot has taken. */
static int snapshot(struct timewarp *w)
{
	int ret = flush(w);

	if (!ret)
		ret = w->ctx.past ? mark(w) : tw_process_snapshot(w->p);
	w->must_call = true;
	w->grain_ns = 0;
	if (ret > 0) {
		tw_rescue_arm();
		tw_lead_rolled_back(&w->lead);
	}
	if (ret == -ESHUTDOWN)
		return ENDED;
	return ret > 0 || (ret == -ENOMEM && w->p->has_snapshot) ? 0 : ret;
}

static bool stale(const struct timewarp *w)
{
	return w->ctx.past && load(&w->p->page->resumes) != w->resumes;
}

/* Rolled back in place: what it does without the kernel is void since then. */
static int restore(struct timewarp *w)
{
	struct tw_restore arg = { 0 };
	const struct tw_mark *mark;
	int ret = tw_process_restore(w->p, &arg);

	if (ret)
		return ret;
	mark = tw_past_restore(&w->ctx, arg.token);
	if (!mark)
		tw_ctx_fatal(&w->ctx, "the kernel asks for a lost state");
	w->resumes = arg.resumes;
	w->time = mark->time;
	w->word = mark->word;
	w->lead = mark->lead;
	w->claimed = false;
	w->must_call = true;
	w->sends_len = 0;
	w->sends_n = 0;
	w->grain_ns = 0;
	w->grain_at = w->ctx.events + GRAIN_EVENTS;
	tw_lead_rolled_back(&w->lead);
	return 0;
}

/* Back to the last event begun. */
static void give_up_claim(struct timewarp *w)
{
	if (!w->claimed)
		return;
	w->claimed = false;
	if (w->p->page->time != w->time)
		publish_time(w, w->time);
	store(&w->p->page->priority, w->word);
}

/* Hand in what is buffered, take what has come up to @until. */
static int exchange(struct timewarp *w, tw_time until, tw_time hold,
		    uint32_t flags)
{
	struct tw_step arg = {
		.flags = flags,
		.recvs = (uintptr_t)w->recvs,
		.recvs_len = RECVS_BYTES,
		.recv_max = RECV_MAX,
		.until = until,
		.hold = hold,
	};
	int ret;

	give_up_claim(w);
	w->must_call = false;
	ret = step(w, &arg);
	/* One that does not wait may have found no room for what it sends. */
	if (ret == -EAGAIN)
		ret = flush(w) ?: ret;
	if (ret)
		return ret;
	if (arg.status & TW_STATUS_END)
		return ENDED;
	if (arg.status & TW_STATUS_SNAPSHOT)
		return snapshot(w);
	if (!arg.recv_count)
		w->asked = until;
	for (uint32_t at = 0; at < arg.recvs_done;) {
		const struct tw_msg *msg =
			(const struct tw_msg *)(w->recvs + at);

		if (tw_unlikely(msg->flags & TW_SEND_MEMFD))
			insert_file(w, msg);
		else
			insert(w, msg, (const struct event_header *)(msg + 1),
			       msg->len);
		at += msg->size;
	}
	return 0;
}

static void cpu_relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	__asm__ volatile("yield");
#endif
}

/* Poll for a message a short while; the longer, the more often it pays. */
static bool spin(struct timewarp *w)
{
	const __u64 *next = &w->p->page->next;
	uint64_t end;

	if (w->spin_ns < SPIN_MIN_NS && ++w->spin_misses % SPIN_PROBE)
		return false;
	end = tw_clock_ns() +
	      (w->spin_ns < SPIN_MIN_NS ? SPIN_MIN_NS : w->spin_ns);
	do {
		for (int i = 0; i < 32; i++) {
			if (load(next) != TW_TIME_INF) {
				w->spin_ns = SPIN_MAX_NS;
				return true;
			}
			cpu_relax();
		}
	} while (tw_clock_ns() < end);
	w->spin_ns /= 2;
	return false;
}

/* No event here: LVT is +infinity until a message comes. */
static int idle(struct timewarp *w)
{
	int ret;

	w->grain_ns = 0;
	if (w->sends_n || w->job->spin) {
		ret = exchange(w, TW_TIME_INF, 0, TW_STEP_NONBLOCK);
		if (ret != -EAGAIN)
			return ret;
		if (w->job->spin && spin(w))
			return 0;
	}
	return exchange(w, TW_TIME_INF, 0, 0);
}

/* Another's turn, perhaps, or too far ahead of GVT: the kernel knows. */
static int ask(struct timewarp *w, tw_time t)
{
	int ret = flush(w);

	w->grain_ns = 0;
	return ret ? ret : exchange(w, t, 0, 0);
}

/* ---- running ---- */

/* Publish that t is next. False: a message has to be taken first. */
static bool claim(struct timewarp *w, tw_time t)
{
	struct tw_order *o = &w->ctx.order;
	struct tw_process_page *page = w->p->page;

	if (!tw_order_is_open(o) && tw_order_open(o))
		tw_ctx_fatal(&w->ctx, "no memory for the event list");
	if (page->time != t)
		publish_time(w, t);
	else
		store(&page->priority, tw_order_first(o)->word);
	w->claimed = true;
	__atomic_thread_fence(__ATOMIC_SEQ_CST); /* TW_POSITION_BARRIER */
	return load(&page->next) > t;
}

static void run_event(struct timewarp *w, tw_time t)
{
	struct tw_ctx *c = &w->ctx;

	if (c->now != t) {
		c->now = t;
		c->index = 0;
	}
	w->time = t;
	w->word = tw_order_first(&c->order)->word;
	w->claimed = false;
	store(&w->p->page->priority, w->word);
	store(&w->p->page->events, c->events + 1);
	w->rescue.event = c->events;
	w->rescue.in_event = true;
	if (c->past)
		tw_past_dispatch(c);
	else
		tw_ctx_dispatch(c);
	w->rescue.in_event = false;
}

/* How many events are FLUSH_NS? */
static void tune_flush(struct timewarp *w)
{
	uint64_t now = tw_clock_ns();

	if (w->grain_ns) {
		uint64_t events = FLUSH_NS * GRAIN_EVENTS;

		events /= now - w->grain_ns + 1;
		w->flush_events = events < FLUSH_EVENTS ? events : FLUSH_EVENTS;
	}
	w->grain_ns = now;
	w->grain_at = w->ctx.events + GRAIN_EVENTS;
}

static bool must_ask(const struct timewarp *w, tw_time t)
{
	return t > load(&w->p->domain->until) && t > w->asked;
}

/* Too many events ahead of GVT? */
static int keep_lead(struct timewarp *w, tw_time t)
{
	int ret;

	if (w->lead.old <= w->p->gvt) {
		tw_lead_mark(&w->lead, w->ctx.events, w->time);
		return 0;
	}
	ret = flush(w);
	if (!ret)
		ret = exchange(w, t, w->lead.old, TW_STEP_NONBLOCK);
	if (ret != -EAGAIN)
		return ret;
	w->grain_ns = 0;
	tw_lead_waited(&w->lead);
	return exchange(w, t, w->lead.old, 0);
}

static bool must_send(const struct timewarp *w)
{
	return w->sends_n &&
	       (w->sends_n >= FLUSH_MESSAGES || w->ctx.events >= w->flush_at);
}

static int turn(struct timewarp *w)
{
	tw_time t = tw_order_time(&w->ctx.order);

	if (tw_unlikely(stale(w)))
		return -ESTALE;
	if (t == TW_TIME_INF)
		return idle(w);
	if (tw_unlikely(w->ctx.events >= load(&w->p->page->snapshot_at)))
		return snapshot(w);
	if (tw_unlikely(must_ask(w, t)))
		return ask(w, t);
	if (tw_unlikely(tw_lead_due(&w->lead, w->ctx.events)))
		return keep_lead(w, t);
	if (w->must_call || !claim(w, t))
		return exchange(w, t, 0, 0);
	run_event(w, t);
	if (tw_unlikely(w->ctx.events >= w->grain_at))
		tune_flush(w);
	return must_send(w) ? flush(w) : 0;
}

/* ---- in place ---- */

/* Can the event that runs be left, its object restored from a copy? */
static bool may_leave(const struct timewarp *w)
{
	return w->rescue.in_event && !w->ctx.inside && w->ctx.model->object;
}

static bool rescue_stale(void *arg)
{
	struct timewarp *w = arg;

	return stale(w) && may_leave(w);
}

/* The event has come to a bad end. Returns if that is final. */
static bool rescue_end(void *arg, int status)
{
	struct timewarp *w = arg;

	return may_leave(w) && tw_process_leave(w->p, status) == -ESTALE;
}

static void in_place_init(struct timewarp *w)
{
	w->ctx.past = &w->past;
	w->ctx.order.pool = &w->ctx.pool;
	w->past.reverse = w->job->attr->state == TW_STATE_BY_REVERSE;
	w->rescue.stale = rescue_stale;
	w->rescue.end = rescue_end;
}

/* An event of a wrong future was left in its midst. */
static void event_left(struct timewarp *w)
{
	w->rescue.in_event = false;
	w->past.broken = true;
	tw_no_words();
}

static int timewarp_init(struct timewarp *w, struct tw_process *p,
			 const struct tw_job *job)
{
	struct tw_ctx *c = &w->ctx;
	int ret;

	memset(w, 0, sizeof(*w));
	w->p = p;
	w->job = job;
	ret = tw_process_map_page(p);
	if (!ret)
		ret = tw_process_map_scratch(p, SENDS_BYTES + RECVS_BYTES);
	if (ret)
		return ret;
	w->sends = p->scratch;
	w->recvs = w->sends + SENDS_BYTES;
	w->flush_events = FLUSH_EVENTS;
	tw_lead_init(&w->lead, &job->reports[job->process].lead, job->attr);
	w->rescue.send = rescue_send;
	w->rescue.arg = w;
	tw_ctx_init(c, job->model, job->attr->end);
	if (job->attr->state)
		in_place_init(w);
	c->ops = &timewarp_ops;
	c->process = job->process;
	c->owner = job->owner;
	c->first = tw_job_first(job, job->process);
	c->count = tw_job_first(job, job->process + 1) - c->first;
	return 0;
}

static void report(const struct timewarp *w)
{
	struct rusage ru;

	if (!getrusage(RUSAGE_SELF, &ru))
		w->job->reports[w->job->process].memory_peak =
			(uint64_t)ru.ru_maxrss * 1024;
}

static int timewarp_run(struct timewarp *w)
{
	int ret;

	tw_rescue_start(&w->rescue);
	tw_ctx_start(&w->ctx);
	w->rescue.in_event = false;
	/* Local events need a snapshot to return to before any message does. */
	ret = snapshot(w);
	if (sigsetjmp(w->rescue.back, 1)) {
		event_left(w);
		ret = 0;
	}
	while (!ret) {
		ret = turn(w);
		if (ret == -ESTALE)
			ret = restore(w);
	}
	report(w);
	return ret;
}

int tw_object_main(struct tw_process *p, void *job)
{
	static struct timewarp w;
	int ret = timewarp_init(&w, p, job);

	if (!ret)
		ret = timewarp_run(&w);
	/* The failure of the domain is the guardian's to report. */
	if (ret < 0 && ret != -EIO)
		tw_last_words("%s", strerror(-ret));
	return ret == ENDED ? 0 : 1;
}
