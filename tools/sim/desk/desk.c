// SPDX-License-Identifier: GPL-2.0
/* tw run desk */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "sim/desk/desk.h"
#include "sim/digest.h"
#include "sim/need.h"
#include "tw/cli.h"
#include "tw/commands.h"

/* One engine's result: how many steps were done, and a hash of their records. */
struct pass {
	uint64_t steps, digest;
	FILE *ledger;
};

struct run {
	struct sim_options opt;
	struct desk desk;
	const char *ledger;
	struct pass main, check;
	struct sim sim;
};

/* ---- options ---- */

enum { OPT_STATIONS = 256, OPT_DISORDER, OPT_BOUND, OPT_LEDGER };

static const struct argp_option table[] = {
	{ "stations", OPT_STATIONS, "N", 0, "Stations (default: 3)", 1 },
	{ "disorder", OPT_DISORDER, "T", 0,
	  "A line may be so much earlier than one before it (default: 0)", 1 },
	{ "bound", OPT_BOUND, "BYTES", 0,
	  "Committed results that may wait for their reader (default: 65536)",
	  1 },
	{ "ledger", OPT_LEDGER, "FILE", 0,
	  "Write what each job has cost, once that is certain", 1 },
	{ 0 },
};

static const char doc[] =
	"Serve jobs that come in while the simulation runs.\v"
	"Each line of INPUT (default: the standard input) is a job, TIME NAME STATION:WORK ...\n\n"
	"EXAMPLES\n"
	"  tw run desk jobs.txt --ledger ledger.txt --verify\n"
	"  tw run desk --disorder 10 --json\n"
	"  tw run desk jobs.txt --engine=sequential";

static int take(void *model, int key, char *arg)
{
	struct run *r = model;
	struct desk *d = &r->desk;

	switch (key) {
	case OPT_STATIONS:
		return cli_u64("--stations", arg, 1, DESK_STATIONS,
			       &d->stations);
	case OPT_DISORDER:
		return cli_u64("--disorder", arg, 0, DESK_TIME, &d->disorder);
	case OPT_BOUND:
		return cli_u64("--bound", arg, 1, UINT32_MAX, &d->bound);
	default:
		r->ledger = arg;
		return CLI_OK;
	}
}

static int check(const struct run *r)
{
	if (r->opt.procs)
		return cli_bad(
			"--procs: each station is a process; give --stations");
	return sim_options_check(&r->opt);
}

/* ---- lines ---- */

static void keep(struct desk *d, const struct desk_job *j)
{
	if (d->jobs == d->room) {
		d->room = d->room ? 2 * d->room : 64;
		d->kept = realloc(d->kept, d->room * sizeof(*j));
		if (!d->kept)
			no_memory();
	}
	d->kept[d->jobs] = *j;
}

/* *at is moved as tw_port_inject() moves it. */
static int inject(const struct desk *d, struct tw_port *port,
		  const struct desk_job *j, tw_time *at)
{
	if (port)
		return tw_port_inject(port, j->step[0].station, at, j->number,
				      j, sizeof(*j));
	if (*at >= d->promise)
		return 0;
	*at = d->promise;
	return -ETIME;
}

static int promise(struct desk *d, struct tw_port *port, tw_time time)
{
	tw_time to = time > d->disorder ? time - d->disorder : 0;

	if (to <= d->promise)
		return 0;
	d->promise = to;
	return port ? tw_port_promise(port, to) : 0;
}

int desk_take(struct desk *d, struct tw_port *port, const struct desk_job *j)
{
	tw_time at = j->time;
	int ret = j->steps ? inject(d, port, j, &at) : 0;

	if (ret == -ETIME) {
		fprintf(stderr,
			"tw: %s:%" PRIu32 ": %s comes too late: %" PRIu64
			" is past, jobs from %" PRIu64
			" on are taken; it is left out (see --disorder)\n",
			d->in.name, j->number, j->name, j->time, at);
		d->late++;
		return 0;
	}
	if (ret)
		return ret;
	if (j->steps) {
		if (d->keep)
			keep(d, j);
		d->jobs++;
	}
	return promise(d, port, j->time);
}

/* ---- the sequential engine: the same as objects, all lines known before ---- */

static struct {
	const struct run *run;
	FILE *ledger;
	tw_time free[DESK_STATIONS + 1]; /* by number */
	uint64_t balance;
	int error;
} office;

static void note(int error)
{
	if (!office.error)
		office.error = error;
}

/* Object 0 is nobody, so that stations have the numbers that they have in lines. */
static void object_init(struct tw_ctx *c, uint64_t object)
{
	const struct desk *d = &office.run->desk;

	for (uint64_t i = 0; !object && i < d->jobs; i++)
		tw_ctx_send(c, d->kept[i].step[0].station, d->kept[i].time,
			    d->kept[i].number, &d->kept[i], sizeof(*d->kept));
}

static void object_event(struct tw_ctx *c, const struct tw_event *ev)
{
	uint64_t stations = office.run->desk.stations;
	struct desk_job j = *(const struct desk_job *)ev->data;
	struct desk_record r;

	if (ev->to > stations) {
		note(desk_charge(office.ledger, ev->time, &j, &office.balance));
		return;
	}
	desk_serve(&office.free[ev->to], ev->time, &j, &r);
	tw_ctx_write(c, 0, j.number, &r, sizeof(r));
	tw_ctx_send(c, desk_next(&j, stations), r.end, j.number, &j, sizeof(j));
}

/* ---- results ---- */

static void print(const struct desk_record *r)
{
	struct json j;

	if (!cli_json) {
		printf("%" PRIu64 " station %" PRIu32 ": %s, %" PRIu64
		       " to %" PRIu64 "\n",
		       r->came, r->station, r->name, r->begin, r->end);
		return;
	}
	json_begin(&j, stdout);
	json_u64(&j, "time", r->came);
	json_u64(&j, "station", r->station);
	json_str(&j, "job", r->name);
	json_u64(&j, "from", r->begin);
	json_u64(&j, "to", r->end);
	json_end(&j);
}

static int on_record(void *arg, const struct desk_record *rec)
{
	struct run *r = arg;
	struct pass *p = r->sim.checking ? &r->check : &r->main;

	p->digest = digest_add(p->digest, rec, sizeof(*rec));
	p->steps++;
	if (r->sim.checking)
		return 0;
	print(rec);
	return fflush(stdout) ? -errno : 0;
}

static int on_output(void *arg, uint32_t sink, tw_time time, const void *data,
		     size_t len)
{
	(void)sink;
	(void)time;
	if (len != sizeof(struct desk_record))
		return -1;
	note(on_record(arg, data));
	return office.error;
}

/* To its end. */
static int read_input(struct desk *d)
{
	struct desk_job j;
	int ret = 0;

	while (!ret && d->in.fd >= 0) {
		ret = desk_input_read(&d->in);
		while (!ret)
			ret = desk_input_take(&d->in, d->stations, &j) ?:
				      desk_take(d, NULL, &j);
		if (ret == -EAGAIN)
			ret = 0;
	}
	return ret;
}

static int sequential(struct run *r, FILE *ledger, struct tw_run_stat *stat)
{
	const struct tw_run_attr attr = { .engine = TW_ENGINE_SEQUENTIAL,
					  .end = TW_TIME_INF };
	const struct tw_model model = {
		.objects = r->desk.stations + 2,
		.processes = 1,
		.sinks = 1,
		.init = object_init,
		.event = object_event,
		.output = on_output,
		.arg = r,
	};
	int bad = read_input(&r->desk), ret;

	office.run = r;
	office.ledger = ledger;
	ret = tw_model_run(&model, &attr, stat);
	if (office.error)
		ret = office.error;
	return ret ? ret : bad;
}

static double ticks(const struct sim *s, double units)
{
	(void)s;
	return units;
}

/* A ledger that nobody asked for is still there to be compared. */
static int open_ledger(struct run *r, struct pass *p)
{
	bool named = r->ledger && p == &r->main;

	p->ledger = named ? fopen(r->ledger, "w+e") : tmpfile();
	if (!p->ledger)
		return cli_bad("%s: %s; name a ledger that can be written",
			       named ? r->ledger : "temporary file",
			       strerror(errno));
	if (r->opt.verify && fseek(p->ledger, 0, SEEK_SET))
		return cli_bad(
			"--ledger=%s cannot be read back for --verify; name a regular file",
			r->ledger);
	return CLI_OK;
}

static void close_ledger(struct pass *p)
{
	if (p->ledger)
		fclose(p->ledger);
}

static int pass(struct sim *s)
{
	struct run *r = s->run;
	struct pass *p = s->checking ? &r->check : &r->main;
	struct tw_run_stat *stat = s->checking ? &s->check_stat : &s->stat;
	struct tw_run_attr attr = { 0 };
	int ret = open_ledger(r, p);

	if (ret)
		return ret;
	p->digest = DIGEST;
	sim_attr(s, &attr, 1, r->desk.stations);
	if (s->engine == TW_ENGINE_SEQUENTIAL)
		ret = sequential(r, p->ledger, stat);
	else
		ret = desk_live(&r->desk, &attr, p->ledger, on_record, r, stat);
	return ret < 0 ? summary_failure(ret, stat) : ret;
}

static bool same(FILE *a, FILE *b)
{
	int c;

	rewind(a);
	rewind(b);
	do
		c = getc(a);
	while (c == getc(b) && c != EOF);
	return c == EOF && !ferror(a) && !ferror(b) && feof(b);
}

static int compare(const struct sim *s)
{
	const struct run *r = s->run;

	if (r->main.steps != r->check.steps ||
	    r->main.digest != r->check.digest)
		return cli_failed(
			"--verify: other results than under the sequential engine");
	if (!same(r->main.ledger, r->check.ledger))
		return cli_failed(
			"--verify: another ledger than under the sequential engine");
	return CLI_OK;
}

static void verified(const struct sim *s, FILE *f)
{
	const struct run *r = s->run;

	fprintf(f,
		"%" PRIu64
		" steps, and the ledger, as under the sequential engine\n",
		r->main.steps);
}

static void text(const struct sim *s, FILE *f)
{
	const struct run *r = s->run;

	fprintf(f, "\n%-22s %" PRIu64 ", %" PRIu64 " came too late\n", "jobs",
		r->desk.jobs, r->desk.late);
	fprintf(f, "%-22s %" PRIu64 " at %" PRIu64 " stations\n", "steps",
		r->main.steps, r->desk.stations);
	if (s->opt->engine == TW_ENGINE_TIMEWARP)
		fprintf(f, "%-22s %" PRIu64 "\n", "waits for the reader",
			(uint64_t)s->stat.domain.pushed_back);
}

static void json(const struct sim *s, struct json *j)
{
	const struct run *r = s->run;

	json_u64(j, "jobs", r->desk.jobs);
	json_u64(j, "late", r->desk.late);
	json_u64(j, "steps", r->main.steps);
	json_u64(j, "stations", r->desk.stations);
	json_u64(j, "pushed_back", s->stat.domain.pushed_back);
}

int tw_cmd_run_desk(int argc, char **argv)
{
	const struct sim_command command = { table, doc, "[INPUT]", take };
	static struct output none;
	struct run run = {
		.opt = { .seed = 1, .cancellation = TW_CANCEL_AGGRESSIVE },
		.desk = { .stations = 3, .bound = 65536 },
		.sim = { .name = "desk", .opt = &run.opt, .output = &none, .run = &run,
			 .ticks = ticks, .pass = pass, .compare = compare,
			 .verified = verified, .text = text, .json = json },
	}, *r = &run;
	int ret;

	sim_options_parse(&command, argc, argv, &r->opt, r);
	ret = check(r) ?: desk_input_open(&r->desk.in, r->opt.file);
	if (ret)
		return ret;
	r->desk.keep = r->opt.verify || r->opt.engine == TW_ENGINE_SEQUENTIAL;
	ret = sim_run(&r->sim);
	close_ledger(&r->main);
	close_ledger(&r->check);
	desk_input_close(&r->desk.in);
	free(r->desk.kept);
	return ret;
}
