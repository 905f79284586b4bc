// SPDX-License-Identifier: GPL-2.0
/* One thread drives all tasks, the GVT thread and what else happens, at random. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shim.h"
#include "sim.h"

#define STEPS_MAX 400000
#define ROUNDS_IDLE_MAX 300 /* memory.c is patient */

bool verbose;

/* ---- user mode ---- */

static struct sim *running;

/* Does the next step stay out of the core? */
static bool user_step(struct task *t)
{
	switch (t->pc) {
	case PC_NEXT:
	case PC_BEGIN:
	case PC_EVENT:
	case PC_MOVE:
	case PC_BACK:
	case PC_HOLD:
	case PC_UNHOLD:
		return t->page && !t->killed;
	default:
		return false;
	}
}

/* What the core reads of a page may change while it reads. */
void shim_between(void)
{
	struct sim *sim = running;
	struct task *t;
	u32 n;

	if (!shim_locks_held || !rnd_one_in(&sim->rnd, 4))
		return;
	list_for_each_entry(t, &sim->tasks, link)
		for (n = rnd_below(&sim->rnd, 6); n && user_step(t); n--) {
			int held = shim_locks_held;

			shim_locks_held = 0;
			task_step(t);
			shim_locks_held = held;
		}
}

/* ---- the GVT thread ---- */

static void gvt_begin(struct sim *sim)
{
	sim->gvt_floor = true_gvt_low(sim);
	sim->gvt_wanted = false;
	tw_gvt_begin(&sim->core);
	sim->gvt_step = GVT_FLIP;
}

static void gvt_check(struct sim *sim, u64 gvt, u64 before)
{
	if (gvt > true_gvt_high(sim) && gvt > before)
		shim_bug("GVT %llu, the true one is at most %llu",
			 (long long)gvt, (long long)true_gvt_high(sim));
}

static void gvt_scan(struct sim *sim)
{
	struct tw_op op;

	synchronize_srcu(&sim->core.srcu);
	tw_core_bury(&sim->core);
	op_begin(sim, &op);
	sim->gvt = tw_gvt_scan(&op, &sim->core);
	op_end(sim, &op);
	sim->gvt_step = GVT_PUBLISH;
	/* What is being injected the publication takes into account. */
	gvt_check(sim, min(sim->gvt, injected_in_flight(sim)), sim->core.gvt);
	if (sim->gvt < sim->gvt_floor && !sim->lost)
		shim_bug("GVT %llu, the true one was %llu before the round",
			 (long long)sim->gvt, (long long)sim->gvt_floor);
}

static u32 reader_takes(struct sim *sim)
{
	return sim->setup.slow_reader ? rnd_below(&sim->rnd, 3) : U32_MAX;
}

/* A sink has something, and a buffer that is too small takes nothing of it. */
static void sinks_probe(struct sim *sim)
{
	struct tw_message *m;
	struct tw_op op;
	u32 i, need;

	for (i = 0; i < sim->setup.sinks; i++) {
		struct tw_proc *p = &sim->sink[i]->proc;

		op_begin(sim, &op);
		m = tw_sink_receive(&op, p, 1, &need);
		op_end(sim, &op);
		if (m && m != ERR_PTR(-EMSGSIZE))
			shim_bug("a record came into too small a buffer");
		if (!m != !tw_sink_ready(p))
			shim_bug(
				"a sink is ready and has nothing, or the reverse");
	}
}

static void reader_turn(struct sim *sim)
{
	sinks_probe(sim);
	sinks_read(sim, reader_takes(sim));
}

static void gvt_publish(struct sim *sim)
{
	struct tw_op op;

	op_begin(sim, &op);
	sim->gvt = tw_gvt_publish(&op, &sim->core, sim->gvt);
	op_end(sim, &op);
	tw_core_retire(&sim->core);
	sim->gvt_step = GVT_IDLE;
	/* One that was lost since the scan is behind; what it repeats is not new. */
	if (!sim->lost)
		gvt_check(sim, sim->gvt, sim->core.gvt_before);
	check_sinks(sim);
	if (rnd_one_in(&sim->rnd, 2))
		reader_turn(sim);
	if (op.failed)
		sim_end(sim, TW_DOMAIN_FAILED);
	else if (sim->gvt == TW_TIME_INF)
		sim_end(sim, TW_DOMAIN_ENDED);
}

/* Operations that began before the round have all ended. */
static bool gvt_quiet(struct sim *sim)
{
	return !sim->core.srcu.readers[!sim->core.srcu.parity];
}

static bool gvt_ready(struct sim *sim)
{
	return sim->core.state == TW_DOMAIN_RUNNING &&
	       (sim->gvt_step != GVT_QUIESCE || gvt_quiet(sim));
}

static void gvt_turn(struct sim *sim)
{
	switch (sim->gvt_step) {
	case GVT_IDLE:
		gvt_begin(sim);
		break;
	case GVT_FLIP:
		sim->core.srcu.parity ^= 1;
		sim->gvt_step = GVT_QUIESCE;
		break;
	case GVT_QUIESCE:
		gvt_scan(sim);
		break;
	case GVT_PUBLISH:
		gvt_publish(sim);
	}
}

/* ---- what else happens ---- */

/* An older snapshot than the one of @inc serves if that is lost. */
static bool snap_has_older(struct proc *p, const struct tw_inc *inc)
{
	struct tw_snap *s;

	list_for_each_entry(s, &p->proc.snaps, link) {
		if (s->inc == inc)
			return false;
		if (s->inc && !tw_host_dying(s->inc))
			return true;
	}
	return false;
}

/* May a task be killed from outside, and the domain still get to its end? */
static bool task_expendable(struct task *t)
{
	if (t->killed || t->in_op || t->pc == PC_START || t->pc == PC_KID ||
	    t->pc == PC_EXIT)
		return false;
	if (t->proc->proc.in_place)
		return false;
	if (t->pc == PC_PARKED)
		return snap_has_older(t->proc, &t->inc->inc);
	if (t->pc == PC_PARK)
		return !t->must_fork && proc_has_parked(t->proc);
	if (t != proc_task(t->proc) || !proc_has_parked(t->proc))
		return false;
	return t->proc->lost < 7;
}

static void kill_one(struct sim *sim)
{
	u32 n = rnd_below(&sim->rnd, sim->tasks_n);
	struct task *t;

	list_for_each_entry(t, &sim->tasks, link)
		if (!n--)
			break;
	if (!sim->tasks_n || !task_expendable(t))
		return;
	sim->kills++;
	sim->lost = true;
	t->proc->lost += t == proc_task(t->proc);
	if (t->pc == PC_PARKED && rnd_one_in(&sim->rnd, 2)) {
		t->inc->dying = true;
		t->killed = true;
	} else {
		task_die(t, 9);
	}
}

/* In one breath, perhaps. */
static void kill_some(struct sim *sim)
{
	do
		kill_one(sim);
	while (rnd_one_in(&sim->rnd, 2));
}

/* ---- whose turn it is ---- */

static bool task_slow(struct task *t)
{
	switch (t->proc->sim->setup.slow) {
	case SLOW_INSERT:
		return t->pc == PC_INSERT;
	case SLOW_PARK:
		return t->pc == PC_PARK;
	case SLOW_DEATH:
		return t->killed && !t->in_op;
	default:
		return false;
	}
}

static u32 task_weight(struct task *t)
{
	if (!task_ready(t))
		return 0;
	return task_slow(t) ? 1 : t->proc->weight;
}

static bool task_turn(struct sim *sim)
{
	struct task *t, *chosen = NULL;
	u32 sum = 0;
	u32 burst;

	list_for_each_entry(t, &sim->tasks, link)
		sum += task_weight(t);
	if (!sum)
		return false;
	sum = rnd_below(&sim->rnd, sum);
	list_for_each_entry(t, &sim->tasks, link) {
		chosen = t;
		if (sum < task_weight(t))
			break;
		sum -= task_weight(t);
	}
	for (burst = rnd_below(&sim->rnd, 4);
	     burst && chosen->pc < PC_WAIT && !chosen->killed &&
	     !task_slow(chosen);
	     burst--) {
		sim->steps++;
		task_step(chosen);
		if (!task_ready(chosen))
			return true;
	}
	task_step(chosen);
	return true;
}

static void weights(struct sim *sim)
{
	u32 i;

	for (i = 0; i < sim->setup.procs; i++)
		sim->proc[i]->weight = 16u << rnd_below(&sim->rnd, 7);
}

/* Who waits for what, before a hang is reported. */
static void dump(struct sim *sim)
{
	struct tw_snap *s;
	struct tw_proc *p;
	struct task *t;

	tw_core_for_each(&sim->core, p) {
		printf("# process %llu: state %u, turn %u, lvt %llu, contribution %llu%s, snapshots",
		       (long long)p->id, p->state, p->turn, (long long)p->lvt,
		       (long long)tw_gvt_contribution(p),
		       p->deferred.set ? ", to be rolled back" : "");
		list_for_each_entry(s, &p->snaps, link)
			printf(" %llu%s", (long long)s->token,
			       s->inc ? "" : "?");
		if (p->share.waits)
			printf(", wants %llu bytes at %llu",
			       (long long)p->share.wait_bytes,
			       (long long)p->share.wait_time);
		printf("\n");
	}
	printf("# memory: %llu of %llu bytes\n",
	       (long long)atomic64_read(&sim->core.memory.used),
	       (long long)sim->core.memory.budget);
	list_for_each_entry(t, &sim->tasks, link)
		printf("# task %llu of process %llu: step %d then %d, wakes %u%s\n",
		       (long long)t->id, (long long)t->proc->proc.id, t->pc, t->again,
		       t->wakes, t == proc_task(t->proc) ? ", runs" : "");
}

static bool anybody_ready(struct sim *sim)
{
	struct task *t;

	list_for_each_entry(t, &sim->tasks, link)
		if (task_ready(t))
			return true;
	return false;
}

static void one_turn(struct sim *sim, u32 gvt_rate)
{
	struct rnd *r = &sim->rnd;

	check_schedule(sim);
	if (rnd_one_in(r, 64))
		weights(sim);
	if (sim->kills < sim->setup.kills && sim->tasks_n &&
	    rnd_one_in(r, 128))
		kill_some(sim);
	if (rnd_one_in(r, 32))
		reader_turn(sim);
	if (sim->setup.closes && !sim->closed && rnd_one_in(r, 512))
		sink_close(sim);
	if (sim->setup.ports && rnd_one_in(r, 16))
		port_turn(sim, true);
	if (!rnd_one_in(r, gvt_rate) && task_turn(sim))
		return;
	if (!gvt_ready(sim))
		return;
	gvt_turn(sim);
	if (sim->gvt_step != GVT_IDLE)
		return;
	if (anybody_ready(sim) || ports_open(sim) || sinks_wait(sim)) {
		sim->rounds_idle = 0;
	} else if (++sim->rounds_idle > ROUNDS_IDLE_MAX) {
		dump(sim);
		shim_bug("nobody can go on, GVT is %llu",
			 (long long)sim->core.gvt);
	}
}

/**
 * run_schedule() - one domain from the begin to the end
 * @s: what it is
 * @o: what must come out
 * @bytes: of a fuzzer, that choose the schedule until they are used up
 * @len: so many
 */
void run_schedule(const struct setup *s, struct oracle *o, const uint8_t *bytes,
		  size_t len)
{
	struct sim sim;
	u32 gvt_rate;

	memset(&sim, 0, sizeof(sim));
	sim.setup = *s;
	sim.oracle = o;
	sim.alone = true;
	sim.rnd = (struct rnd){ .state = mix(s->seed, 99),
				.bytes = bytes,
				.left = len };
	gvt_rate = 2u << rnd_below(&sim.rnd, 7);
	/* An earlier schedule may have left what its live ports injected. */
	if (s->port_live[0] || s->port_live[1])
		oracle_run(s, o);
	running = &sim;
	sim_init(&sim);
	weights(&sim);
	while (sim.tasks_n || sim.core.state == TW_DOMAIN_RUNNING) {
		if (++sim.steps <= STEPS_MAX) {
			one_turn(&sim, gvt_rate);
			continue;
		}
		dump(&sim);
		shim_bug("no end, GVT is %llu", (long long)sim.core.gvt);
	}
	while (sim.in_flight)
		port_turn(&sim, true);
	sinks_read(&sim, U32_MAX);
	check_end(&sim);
	sim_destroy(&sim);
}
