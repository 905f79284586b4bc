// SPDX-License-Identifier: GPL-2.0
/* tw trace */
#include <argp.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <timewarp.h>
#include <unistd.h>

#include "trace/trace.h"
#include "trace/trace.skel.h"
#include "tw/cli.h"
#include "tw/clock.h"
#include "tw/commands.h"
#include "tw/json.h"

#define POLL_MS 100

struct trace {
	/* options */
	uint64_t process, domain, duration, buffer_kib;
	uint32_t causes;
	bool totals_only, doubles;
	char **command;
	/* while it runs */
	struct trace_bpf *skel;
	struct ring_buffer *events;
	uint64_t began;
	pid_t child;
	int gate; /* closed: the child may begin */
	int status; /* of the child */
};

static volatile sig_atomic_t interrupted;
static bool verbose;

static const char *const cause_names[TRACE_CAUSES] = { "primary", "secondary",
						       "lost", "memory",
						       "other" };

/* ---- options ---- */

enum { OPT_DURATION = 256, OPT_JSON, OPT_TOTALS, OPT_DOUBLES, OPT_BUFFER };

static const struct argp_option table[] = {
	{ "process", 'p', "N", 0, "Only rollbacks of process N", 1 },
	{ "cause", 'c', "CAUSE", 0,
	  "Only rollbacks by CAUSE: primary (a message that came late), secondary (an "
	  "antimessage), lost (the task was killed from outside) or memory (others need it "
	  "first). May be repeated",
	  1 },
	{ "domain", 'd', "N", 0, "Only rollbacks in domain N", 1 },
	{ "duration", OPT_DURATION, "S", 0, "Stop after S seconds", 2 },
	{ "totals", OPT_TOTALS, NULL, 0,
	  "Print no single rollback, only the totals", 2 },
	{ "doubles", OPT_DOUBLES, NULL, 0,
	  "Print times as the doubles that tw_time_from_double() took them from",
	  2 },
	{ "json", OPT_JSON, NULL, 0, "Print JSON, an object a line", 2 },
	{ "buffer", OPT_BUFFER, "KIB", 0,
	  "Room for rollbacks that are not printed yet (default: 1024)", 3 },
	{ "verbose", 'v', NULL, 0, "Print what libbpf has to say", 3 },
	{ 0 },
};

static const char doc[] =
	"Print every rollback as it happens, and a histogram of their depths at the end: of\n"
	"COMMAND, of the duration, or when interrupted.\v"
	"Depth is the number of messages that the process has to be given again. BY is the\n"
	"process that sent the message or antimessage. Needs root.\n\n"
	"EXAMPLES\n"
	"  tw trace                                  # until Ctrl-C\n"
	"  tw trace --process 3 --cause secondary    # only of process 3, by antimessages\n"
	"  tw trace --totals --duration 10           # what happens in 10 seconds\n"
	"  tw trace --json -- tw run phold --procs 4 # all of one run";

static uint32_t cause_bit(const char *name)
{
	int i;

	for (i = 0; i < TRACE_OTHER; i++)
		if (!strcmp(name, cause_names[i]))
			return 1u << i;
	exit(cli_bad("--cause=%s: give primary, secondary, lost or memory",
		     name));
}

static void take_u64(const char *option, const char *arg, uint64_t max,
		     uint64_t *value)
{
	int ret = cli_u64(option, arg, 1, max, value);

	if (ret)
		exit(ret);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct trace *t = state->input;

	switch (key) {
	case 'p':
		take_u64("--process", arg, UINT64_MAX, &t->process);
		return 0;
	case 'd':
		take_u64("--domain", arg, UINT32_MAX, &t->domain);
		return 0;
	case 'c':
		t->causes |= cause_bit(arg);
		return 0;
	case 'v':
		verbose = true;
		return 0;
	case OPT_DURATION:
		take_u64("--duration", arg, 1000000000, &t->duration);
		return 0;
	case OPT_BUFFER:
		take_u64("--buffer", arg, 1 << 20, &t->buffer_kib);
		return 0;
	case OPT_TOTALS:
		t->totals_only = true;
		return 0;
	case OPT_DOUBLES:
		t->doubles = true;
		return 0;
	case OPT_JSON:
		cli_json = true;
		return 0;
	case ARGP_KEY_ARGS:
		t->command = state->argv + state->next;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* ---- the child ---- */

/* It waits at the gate until the probe is in place. */
static int child_start(struct trace *t)
{
	int gate[2];
	char c;

	if (!t->command)
		return CLI_OK;
	fflush(NULL);
	if (pipe(gate) || (t->child = fork()) < 0)
		return cli_failed("cannot start '%s': %s", t->command[0],
				  strerror(errno));
	if (t->child) {
		close(gate[0]);
		t->gate = gate[1];
		return CLI_OK;
	}
	close(gate[1]);
	if (read(gate[0], &c, 1) != 1)
		_exit(CLI_FAILED);
	close(gate[0]);
	execvp(t->command[0], t->command);
	cli_failed("cannot run '%s': %s", t->command[0], strerror(errno));
	_exit(127);
}

static void child_go(struct trace *t)
{
	if (t->child && write(t->gate, "", 1) != 1)
		cli_failed("'%s' is gone", t->command[0]);
}

static bool child_ended(struct trace *t, int flags)
{
	int status;

	if (!t->child || waitpid(t->child, &status, flags) != t->child)
		return false;
	t->status = WIFEXITED(status) ? WEXITSTATUS(status) :
					128 + WTERMSIG(status);
	t->child = 0;
	return true;
}

/* What still runs when the trace is over is asked to end. */
static void child_end(struct trace *t)
{
	if (!t->child)
		return;
	close(t->gate);
	kill(t->child, SIGTERM);
	child_ended(t, 0);
}

/* ---- output ---- */

static void print_time(struct trace *t, uint64_t time)
{
	if (time == TW_TIME_INF)
		printf(" %20s", "inf");
	else if (t->doubles)
		printf(" %20.12g", tw_time_to_double(time));
	else
		printf(" %20" PRIu64, time);
}

static double seconds(const struct trace *t, uint64_t ns)
{
	return ((double)ns - t->began) / 1e9;
}

static void print_rollback(struct trace *t, const struct trace_rollback *r)
{
	printf("%12.6f %6" PRIu32 " %8" PRIu64 " %-9s", seconds(t, r->ns),
	       r->domain, (uint64_t)r->process, cause_names[r->cause]);
	print_time(t, r->from);
	print_time(t, r->to);
	printf(" %8" PRIu64 " %8" PRIu64 "\n", (uint64_t)r->depth,
	       (uint64_t)r->by);
}

static void json_time(struct trace *t, struct json *j, const char *key,
		      uint64_t time)
{
	if (t->doubles)
		json_double(j, key, tw_time_to_double(time));
	else
		json_u64(j, key, time);
}

static void print_rollback_json(struct trace *t, const struct trace_rollback *r)
{
	struct json j;

	json_begin(&j, stdout);
	json_str(&j, "type", "rollback");
	json_double(&j, "seconds", seconds(t, r->ns));
	json_u64(&j, "domain", r->domain);
	json_u64(&j, "process", r->process);
	json_str(&j, "cause", cause_names[r->cause]);
	json_time(t, &j, "from", r->from);
	json_time(t, &j, "to", r->to);
	json_u64(&j, "depth", r->depth);
	json_u64(&j, "by", r->by);
	json_end(&j);
}

static int on_event(void *arg, void *data, size_t size)
{
	struct trace *t = arg;

	(void)size;
	if (cli_json)
		print_rollback_json(t, data);
	else
		print_rollback(t, data);
	return 0;
}

/* Whoever reads this knows that nothing is missed from now on. */
static void print_start(const struct trace *t)
{
	struct json j;

	if (cli_json) {
		json_begin(&j, stdout);
		json_str(&j, "type", "start");
		json_end(&j);
	} else if (t->totals_only) {
		puts("Tracing rollbacks...");
	} else {
		printf("%12s %6s %8s %-9s %20s %20s %8s %8s\n", "SECONDS",
		       "DOMAIN", "PROCESS", "CAUSE", "FROM", "TO", "DEPTH",
		       "BY");
	}
	fflush(stdout);
}

static uint64_t rollbacks(const struct trace_totals *s)
{
	uint64_t n = 0;
	int i;

	for (i = 0; i < TRACE_CAUSES; i++)
		n += s->cause[i];
	return n;
}

static uint64_t slot_first(int slot)
{
	return slot ? UINT64_C(1) << (slot - 1) : 0;
}

static uint64_t slot_last(int slot)
{
	return slot ? (UINT64_C(1) << slot) - 1 : 0;
}

static void print_slot(int slot, uint64_t n, uint64_t most)
{
	static const char stars[] = "****************************************";
	int width = sizeof(stars) - 1;

	printf("%10" PRIu64 " -> %-10" PRIu64 " : %-10" PRIu64 " |%-*.*s|\n",
	       slot_first(slot), slot_last(slot), n, width,
	       (int)(n * width / most), stars);
}

static void print_histogram(const struct trace_totals *s)
{
	uint64_t most = 0;
	int i, last = 0;

	for (i = 0; i < TRACE_SLOTS; i++) {
		if (s->depth[i])
			last = i;
		if (s->depth[i] > most)
			most = s->depth[i];
	}
	if (!most)
		return;
	printf("%24s : %-10s\n", "depth", "rollbacks");
	for (i = 0; i <= last; i++)
		print_slot(i, s->depth[i], most);
}

static void print_totals(const struct trace_totals *s)
{
	uint64_t n = rollbacks(s);
	int i;

	printf("\n%" PRIu64 " rollbacks", n);
	for (i = 0; i < TRACE_CAUSES; i++)
		if (s->cause[i])
			printf(", %" PRIu64 " %s", (uint64_t)s->cause[i],
			       cause_names[i]);
	printf("; mean depth %.2f\n", n ? (double)s->undone / n : 0);
	print_histogram(s);
	if (s->lost)
		printf("%" PRIu64
		       " rollbacks are not listed: the buffer was full (--buffer)\n",
		       (uint64_t)s->lost);
}

static void print_totals_json(const struct trace_totals *s)
{
	struct json j;
	char key[24];
	int i;

	json_begin(&j, stdout);
	json_str(&j, "type", "totals");
	json_u64(&j, "rollbacks", rollbacks(s));
	for (i = 0; i < TRACE_CAUSES; i++)
		json_u64(&j, cause_names[i], s->cause[i]);
	json_u64(&j, "undone", s->undone);
	json_u64(&j, "not_listed", s->lost);
	json_open(&j, "depth");
	for (i = 0; i < TRACE_SLOTS; i++) {
		snprintf(key, sizeof(key), "%" PRIu64, slot_first(i));
		if (s->depth[i])
			json_u64(&j, key, s->depth[i]);
	}
	json_close(&j);
	json_end(&j);
}

/* ---- the probe ---- */

static int on_libbpf(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	(void)level;
	return verbose ? vfprintf(stderr, fmt, ap) : 0;
}

/* libbpf's own words are for its developers. */
static int probe_failed(int err)
{
	if (access("/dev/timewarp", F_OK))
		return cli_failed("the timewarp module is not loaded");
	if (err == -EPERM || geteuid())
		return cli_failed("tracing needs root");
	if (access("/sys/kernel/btf/vmlinux", F_OK))
		return cli_failed(
			"this kernel was built without BTF, which tracing needs");
	return cli_failed("cannot trace: %s (--verbose tells more)",
			  strerror(-err));
}

/* A ring buffer's size is a power of two, and a page at least. */
static uint32_t buffer_size(uint64_t kib)
{
	uint32_t size = sysconf(_SC_PAGESIZE);

	while (size < kib * 1024)
		size *= 2;
	return size;
}

static int probe_start(struct trace *t)
{
	struct trace_bpf *skel = trace_bpf__open();
	bool has_btf;
	int err;

	if (!skel)
		return -errno;
	t->skel = skel;
	skel->rodata->only_process = t->process;
	skel->rodata->only_domain = t->domain;
	skel->rodata->only_causes = t->causes;
	skel->rodata->only_totals = t->totals_only;
	has_btf = !access("/sys/kernel/btf/timewarp", F_OK);
	bpf_program__set_autoload(skel->progs.on_rollback, has_btf);
	bpf_program__set_autoload(skel->progs.on_rollback_plain, !has_btf);
	err = bpf_map__set_max_entries(skel->maps.rollbacks,
				       buffer_size(t->buffer_kib));
	if (!err)
		err = trace_bpf__load(skel);
	if (!err)
		err = trace_bpf__attach(skel);
	if (err)
		return err;
	t->events = ring_buffer__new(bpf_map__fd(skel->maps.rollbacks),
				     on_event, t, NULL);
	return t->events ? 0 : -errno;
}

/* ---- the run ---- */

static void on_signal(int sig)
{
	(void)sig;
	interrupted = 1;
}

static bool over(struct trace *t)
{
	return interrupted || child_ended(t, WNOHANG) ||
	       (t->duration && seconds(t, clock_ns()) >= t->duration);
}

static int follow(struct trace *t)
{
	int n;

	while (!over(t)) {
		n = ring_buffer__poll(t->events, POLL_MS);
		if (n < 0 && n != -EINTR)
			return cli_failed("cannot read rollbacks: %s",
					  strerror(-n));
		if (fflush(stdout))
			return cli_failed("cannot write: %s", strerror(errno));
	}
	trace_bpf__detach(t->skel);
	ring_buffer__consume(t->events);
	return CLI_OK;
}

static int trace(struct trace *t)
{
	struct sigaction sa = { .sa_handler = on_signal };
	int ret;

	ret = child_start(t);
	if (ret)
		return ret;
	ret = probe_start(t);
	if (ret)
		return probe_failed(ret);
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	t->began = clock_ns();
	print_start(t);
	child_go(t);
	ret = follow(t);
	if (ret)
		return ret;
	child_end(t);
	if (cli_json)
		print_totals_json(&t->skel->bss->totals);
	else
		print_totals(&t->skel->bss->totals);
	return fflush(stdout) ?
		       cli_failed("cannot write: %s", strerror(errno)) :
		       t->status;
}

int tw_cmd_trace(int argc, char **argv)
{
	static const struct argp argp = { table, parse, "[-- COMMAND...]",
					  doc,	 NULL,	NULL,
					  NULL };
	struct trace t = { .buffer_kib = 1024 };
	int ret;

	libbpf_set_print(on_libbpf);
	argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &t);
	ret = trace(&t);
	child_end(&t);
	ring_buffer__free(t.events);
	trace_bpf__destroy(t.skel);
	return ret;
}
