// SPDX-License-Identifier: GPL-2.0
/*
 * The same domains as in ../core, but real threads run the tasks against a
 * real GVT thread, which waits for liburcu's readers.
 *
 *	torture [--seed S] [--seconds N]
 *
 * The last line is SUCCESS or FAILURE, as rcutorture has it. A seed chooses the
 * domain; what happens in it is up to the machine.
 */
#include <getopt.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <urcu.h>

#include "shim.h"
#include "sim.h"

#define WORKERS 4
#define STALL_SECONDS 60

bool verbose;

static u64 seed = 1;
static u64 seconds = 10;

void shim_bug(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	printf("# seed %llu: ", (long long)seed);
	vprintf(fmt, ap);
	printf("\nnot ok 1 - threads\n# FAILURE\n");
	va_end(ap);
	fflush(stdout);
	_exit(1);
}

/* At a barrier of the core another thread may well come between. */
void shim_between(void)
{
	if (rnd_mine && rnd_one_in(rnd_mine, 16))
		sched_yield();
}

static void stalled(int sig)
{
	(void)sig;
	shim_bug("no end after %d s", STALL_SECONDS);
}

/* ---- workers ---- */

struct worker {
	pthread_t thread;
	struct sim *sim;
	struct rnd rnd;
};

/* A random task that can go on and that no other thread is at. */
static struct task *task_take(struct sim *sim)
{
	struct task *t, *ready[64];
	u32 n = 0;

	pthread_mutex_lock(&sim->lock);
	list_for_each_entry(t, &sim->tasks, link)
		if (n < 64 && !t->busy && task_ready(t))
			ready[n++] = t;
	t = n ? ready[rnd_below(rnd_mine, n)] : NULL;
	if (t)
		t->busy = true;
	pthread_mutex_unlock(&sim->lock);
	return t;
}

static void task_put(struct task *t)
{
	struct sim *sim = t->proc->sim;

	pthread_mutex_lock(&sim->lock);
	t->busy = false;
	pthread_mutex_unlock(&sim->lock);
}

/* An operation of the core is ended by the thread that began it. */
static void task_run(struct task *t)
{
	u32 steps = rnd_below(rnd_mine, 200);

	do {
		if (!t->in_op && !task_ready(t))
			break;
		if (!task_step(t))
			return;
		if (t->in_op && rnd_one_in(rnd_mine, 8))
			usleep(rnd_below(rnd_mine, 100));
	} while (t->in_op || steps-- > 0);
	task_put(t);
}

static u32 tasks_left(struct sim *sim)
{
	u32 n;

	pthread_mutex_lock(&sim->lock);
	n = sim->tasks_n;
	pthread_mutex_unlock(&sim->lock);
	return n;
}

static void *worker_run(void *arg)
{
	struct worker *w = arg;
	struct task *t;

	rnd_mine = &w->rnd;
	rcu_register_thread();
	while (READ_ONCE(w->sim->core.state) == TW_DOMAIN_RUNNING ||
	       tasks_left(w->sim)) {
		t = task_take(w->sim);
		if (t)
			task_run(t);
		else
			usleep(20);
	}
	rcu_unregister_thread();
	return NULL;
}

/* ---- the GVT thread, which reads the sinks and kills tasks, too ---- */

static void gvt_round(struct sim *sim)
{
	struct tw_op op;
	u64 gvt;

	tw_gvt_begin(&sim->core);
	synchronize_srcu(&sim->core.srcu);
	tw_core_bury(&sim->core);
	op_begin(sim, &op);
	gvt = tw_gvt_scan(&op, &sim->core);
	op_end(sim, &op);
	op_begin(sim, &op);
	gvt = tw_gvt_publish(&op, &sim->core, gvt);
	op_end(sim, &op);
	tw_core_retire(&sim->core);
	if (op.failed)
		sim_end(sim, TW_DOMAIN_FAILED);
	else if (gvt == TW_TIME_INF)
		sim_end(sim, TW_DOMAIN_ENDED);
}

static struct task *victim_take(struct sim *sim)
{
	struct task *t, *victim = NULL;

	pthread_mutex_lock(&sim->lock);
	list_for_each_entry(t, &sim->tasks, link)
		if (!t->busy && t->inc && t->pc != PC_PARKED &&
		    !t->proc->proc.in_place && t->proc->lost < 7 &&
		    rnd_one_in(rnd_mine, 8))
			victim = t;
	if (victim)
		victim->busy = true;
	pthread_mutex_unlock(&sim->lock);
	return victim;
}

/* From outside, and so that the process can be resumed. */
static void kill_one(struct sim *sim)
{
	struct task *t = victim_take(sim);

	if (!t)
		return;
	if (t->in_op || t->pc == PC_EXIT || !proc_has_parked(t->proc)) {
		task_put(t);
		return;
	}
	sim->kills++;
	t->proc->lost++;
	task_die(t, 9);
}

static void *gvt_run(void *arg)
{
	struct worker *w = arg;
	struct sim *sim = w->sim;
	u32 pause;

	rnd_mine = &w->rnd;
	pause = 1u << rnd_below(rnd_mine, 10);
	rcu_register_thread();
	while (READ_ONCE(sim->core.state) == TW_DOMAIN_RUNNING) {
		usleep(rnd_below(rnd_mine, pause));
		gvt_round(sim);
		sinks_read(sim, sim->setup.slow_reader ? rnd_below(rnd_mine, 3) :
							 U32_MAX);
		if (sim->setup.closes && !sim->closed &&
		    rnd_one_in(rnd_mine, 16))
			sink_close(sim);
		if (sim->kills < sim->setup.kills && rnd_one_in(rnd_mine, 8))
			kill_one(sim);
	}
	rcu_unregister_thread();
	return NULL;
}

/* ---- who injects ---- */

static void *port_run(void *arg)
{
	struct worker *w = arg;
	struct sim *sim = w->sim;

	rnd_mine = &w->rnd;
	rcu_register_thread();
	while (sim->setup.ports &&
	       (sim->in_flight ||
		READ_ONCE(sim->core.state) == TW_DOMAIN_RUNNING)) {
		port_turn(sim, false);
		if (!sim->in_flight)
			usleep(rnd_below(rnd_mine, 200));
	}
	rcu_unregister_thread();
	return NULL;
}

/* ---- runs ---- */

/* What a live port injects depends on the moment, and no oracle can know it. */
static void ports_promise(struct setup *s)
{
	u32 i;

	for (i = 0; i < s->ports; i++) {
		s->port_live[i] = false;
		s->injects[i] = s->port_len[i];
	}
}

static void run_threads(struct sim *sim)
{
	static void *(*const others[])(void *) = { gvt_run, port_run };
	struct worker w[WORKERS + 2];
	u32 i;

	for (i = 0; i < WORKERS + 2; i++) {
		w[i].sim = sim;
		w[i].rnd = (struct rnd){ .state = mix(seed, i) };
		if (pthread_create(&w[i].thread, NULL,
				   i < 2 ? others[i] : worker_run, &w[i]))
			shim_bug("no threads");
	}
	for (i = 0; i < WORKERS + 2; i++)
		pthread_join(w[i].thread, NULL);
}

static void run_domain(const struct setup *s, struct oracle *o)
{
	struct sim sim;

	memset(&sim, 0, sizeof(sim));
	sim.setup = *s;
	sim.oracle = o;
	rcu_register_thread();
	sim_init(&sim);
	alarm(STALL_SECONDS);
	run_threads(&sim);
	sinks_read(&sim, U32_MAX);
	check_end(&sim);
	sim_destroy(&sim);
	rcu_unregister_thread();
}

static void options(int argc, char **argv)
{
	static const struct option names[] = {
		{ "seed", required_argument, NULL, 's' },
		{ "seconds", required_argument, NULL, 'n' },
		{}
	};
	int c;

	while ((c = getopt_long(argc, argv, "", names, NULL)) != -1) {
		if (c == 's') {
			seed = strtoull(optarg, NULL, 0);
		} else if (c == 'n') {
			seconds = strtoull(optarg, NULL, 0);
		} else {
			fprintf(stderr,
				"usage: torture [--seed S] [--seconds N]\n");
			exit(2);
		}
	}
}

int main(int argc, char **argv)
{
	static struct oracle oracle;
	u64 events = 0, runs = 0;
	time_t end;
	u32 i;

	options(argc, argv);
	setvbuf(stdout, NULL, _IOLBF, 0);
	signal(SIGALRM, stalled);
	printf("TAP version 13\n1..1\n# seed %llu, %llu s\n", (long long)seed,
	       (long long)seconds);
	end = time(NULL) + seconds;
	for (; time(NULL) < end; seed++, runs++) {
		struct rnd rnd = { .state = seed };
		struct setup setup;

		do {
			setup_random(&setup, seed, &rnd);
			ports_promise(&setup);
		} while (!oracle_run(&setup, &oracle));
		for (i = 0; i < setup.procs; i++)
			events += oracle.program[i].events;
		run_domain(&setup, &oracle);
	}
	printf("# %llu domains, %llu events\nok 1 - threads\n# SUCCESS\n",
	       (long long)runs, (long long)events);
	return 0;
}
