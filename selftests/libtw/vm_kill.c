// SPDX-License-Identifier: GPL-2.0
/*
 * Tasks killed at random while a domain runs, by hand or for want of memory:
 * incarnations and snapshots are survived, with the same bytes; without their
 * guardian all of them end.
 */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <timewarp.h>

#include "tap.h"

#define RACERS 3
#define LAPS 400
#define KILLS 12
/* A process is not so far ahead of GVT, so what it has saved since is behind. */
#define APART 100
#define SLACK 20

/* No process goes beyond, so that a fast machine leaves time to kill. Untouched by
 * rollbacks. */
static tw_time *allowed;

static uint64_t mix(uint64_t x)
{
	x ^= x >> 31;
	x *= 0x7fb5d329728ea185ull;
	return x ^ x >> 27;
}

/* ---- want of memory ---- */

#define GROUPS "/sys/fs/cgroup"
#define GROUP GROUPS "/timewarp-vm_kill"
#define LIMIT (48 << 20)

/* Who is to take more memory than there is, once; 0: nobody. No rollback touches it. */
static uint64_t *hungry;

static void feed(uint64_t self)
{
	volatile char *memory;

	if (!__atomic_compare_exchange_n(hungry, &self, 0, false,
					 __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		return;
	memory = mmap(NULL, 2 * LIMIT, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	for (size_t at = 0; at < 2 * LIMIT; at += 4096)
		memory[at] = 1;
}

static bool put(const char *path, const char *text)
{
	FILE *f = fopen(path, "we");
	bool good = f && fputs(text, f) >= 0;

	return f && !fclose(f) && good;
}

static bool group_create(void)
{
	char limit[16];

	snprintf(limit, sizeof(limit), "%d", LIMIT);
	put(GROUPS "/cgroup.subtree_control", "+memory");
	if (mkdir(GROUP, 0755))
		return false;
	put(GROUP "/memory.swap.max", "0");
	return put(GROUP "/memory.max", limit);
}

static unsigned long oom_kills(void)
{
	FILE *f = fopen(GROUP "/memory.events", "re");
	unsigned long n = 0, value;
	char key[32];

	while (f && fscanf(f, "%31s %lu", key, &value) == 2)
		if (!strcmp(key, "oom_kill"))
			n = value;
	if (f)
		fclose(f);
	return n;
}

/* Everybody sends to everybody, at times that depend on all that came before. */
static int racer(struct tw_process *p, void *arg)
{
	uint64_t hash = mix(tw_self(p) + 77), got;
	int laps = 0;

	(void)arg;
	tw_send(p, 1 + hash % RACERS, 1 + hash % 9, &hash, sizeof(hash));
	while (tw_recv(p, &got, sizeof(got), NULL) >= 0) {
		while (__atomic_load_n(allowed, __ATOMIC_RELAXED) < tw_now(p))
			sched_yield();
		for (int i = 0; i < 500; i++)
			hash = mix(hash + got);
		feed(tw_self(p));
		tw_printf(p, "%llu %llu %016llx\n",
			  (unsigned long long)tw_now(p),
			  (unsigned long long)tw_self(p),
			  (unsigned long long)hash);
		if (laps++ < LAPS)
			tw_send(p, 1 + hash % RACERS,
				tw_now(p) + 1 + (hash >> 9) % 9, &hash,
				sizeof(hash));
	}
	return 0;
}

/* Processes that we make in a group stay there, and their snapshots. */
static struct tw_domain *domain_new(const char *group)
{
	struct tw_process_attr attr = { .snapshot_interval = 5 };
	struct tw_domain *d;

	if (tw_domain_create(&d, NULL) || (group && !put(group, "0")))
		return NULL;
	for (int i = 0; i < RACERS; i++)
		if (tw_spawn(d, &attr, racer, NULL, NULL))
			return NULL;
	if (group && !put(GROUPS "/cgroup.procs", "0"))
		return NULL;
	return d;
}

/* ---- whom to kill ---- */

static uint64_t rng;

static uint64_t draw(uint64_t n)
{
	rng += 0x9e3779b97f4a7c15ull;
	return mix(rng) % n;
}

/* Does everybody run, and have a snapshot to spare? */
static bool all_well(struct tw_domain *d, pid_t *running)
{
	struct tw_process_stat st;

	for (int i = 0; i < RACERS; i++) {
		if (tw_process_stat(d, i + 1, &st) || st.snapshots_live < 2 ||
		    !st.pid)
			return false;
		running[i] = st.pid;
	}
	return true;
}

static bool lives(pid_t pid)
{
	char path[64], state = 'Z';
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	f = fopen(path, "re");
	if (!f)
		return false;
	if (fscanf(f, "%*d (%*[^)]) %c", &state) != 1)
		state = 'Z';
	fclose(f);
	return state != 'Z';
}

/* Any child that is not the running incarnation of a process; 0: none. */
static pid_t some_snapshot(const pid_t *running)
{
	pid_t found[64], pid;
	uint64_t n = 0;
	char path[64];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/task/%d/children", getpid());
	f = fopen(path, "re");
	while (f && n < 64 && fscanf(f, "%d", &pid) == 1) {
		bool runs = false;

		for (int i = 0; i < RACERS; i++)
			runs = runs || pid == running[i];
		if (!runs)
			found[n++] = pid;
	}
	if (f)
		fclose(f);
	pid = n ? found[draw(n)] : 0;
	return pid && lives(pid) ? pid : 0;
}

enum victims { NOBODY, INCARNATIONS, SNAPSHOTS, ANYBODY, THE_GREEDY };

/*
 * A process that goes back twice in a row has for a moment but one task, and nobody
 * could survive its death. To look for a victim may take longer than such a moment,
 * so all must be well still, and nobody have gone back, when it is found.
 */
static int kill_one(struct tw_domain *d, enum victims victims)
{
	bool snapshot = victims == SNAPSHOTS || (victims == ANYBODY && draw(2));
	pid_t running[RACERS], now[RACERS], pid;

	if (!all_well(d, running))
		return 0;
	if (victims == THE_GREEDY) {
		*hungry = 1 + draw(RACERS);
		return 1;
	}
	pid = snapshot ? some_snapshot(running) : running[draw(RACERS)];
	return pid && all_well(d, now) && !memcmp(now, running, sizeof(now)) &&
	       !kill(pid, SIGKILL);
}

/* ---- a run, and what comes out of it ---- */

struct outcome {
	char *text;
	size_t len;
	int kills;
	int state;
	struct tw_domain_stat stat;
	char report[TW_REPORT_LEN];
};

static void allow(tw_time time)
{
	__atomic_store_n(allowed, time, __ATOMIC_RELAXED);
}

static void watch(struct tw_domain *d, enum victims victims, struct outcome *o)
{
	tw_time next = APART;

	allow(victims ? next + SLACK : TW_TIME_INF);
	tw_domain_start(d);
	do {
		o->state = tw_domain_poll(d, 5);
		if (!victims || o->kills == KILLS || tw_domain_gvt(d) < next ||
		    o->state != TW_DOMAIN_RUNNING)
			continue;
		if (kill_one(d, victims)) {
			o->kills++;
			next = tw_domain_gvt(d) + APART;
			allow(o->kills < KILLS ? next + SLACK : TW_TIME_INF);
		} else {
			/* Who lacks a snapshot goes on to one. */
			allow(*allowed + 1);
		}
	} while (o->state == TW_DOMAIN_RUNNING);
	tw_domain_stat(d, &o->stat);
	tw_domain_report(d, o->report, sizeof(o->report));
}

/* The domain's standard output is kept here instead of going to ours. */
static struct outcome run(enum victims victims)
{
	struct outcome o = { 0 };
	FILE *out = tmpfile();
	int saved = dup(1);
	struct tw_domain *d = domain_new(
		victims == THE_GREEDY ? GROUP "/cgroup.procs" : NULL);

	if (!d)
		return o;
	fflush(stdout);
	dup2(fileno(out), 1);
	watch(d, victims, &o);
	tw_domain_destroy(d);
	fflush(stdout);
	dup2(saved, 1);
	close(saved);
	o.len = lseek(fileno(out), 0, SEEK_END);
	o.text = malloc(o.len + 1);
	if (!o.text || pread(fileno(out), o.text, o.len, 0) != (ssize_t)o.len)
		o.len = 0;
	fclose(out);
	return o;
}

static struct tw_domain_stat survive(const struct outcome *calm,
				     enum victims victims, const char *name)
{
	struct outcome o = run(victims);

	printf("# %d kills, %llu lost, %llu resumes, %llu snapshots\n", o.kills,
	       (unsigned long long)o.stat.lost,
	       (unsigned long long)o.stat.resumes,
	       (unsigned long long)o.stat.snapshots);
	if (o.report[0])
		printf("# %s\n", o.report);
	is(o.state, TW_DOMAIN_ENDED, name);
	ok(o.kills >= KILLS / 2, "many were killed");
	ok(o.len == calm->len && !memcmp(o.text, calm->text, o.len),
	   "the same bytes");
	is(o.stat.violations, 0, "no violation");
	is(o.stat.failures, 0, "none of it was taken for a failure");
	is(o.stat.balance, 0, "the sum of all messages is zero");
	free(o.text);
	return o.stat;
}

static void survive_want(const struct outcome *calm)
{
	struct tw_domain_stat st;

	if (!group_create()) {
		skip(8, "processes without memory",
		     "memory cgroups are for root, where there are any");
		return;
	}
	st = survive(calm, THE_GREEDY, "processes without memory");
	printf("# %lu killed by the kernel\n", oom_kills());
	ok(oom_kills() > 0 && st.lost > 0, "some were killed by the kernel");
	while (rmdir(GROUP) && errno == EBUSY)
		usleep(1000);
	ok(access(GROUP, F_OK), "all of them are gone");
}

/* ---- the guardian ---- */

struct seen {
	tw_time gvt;
};

static void guardian(struct seen *seen)
{
	struct tw_domain *d = domain_new(NULL);

	if (!d || !freopen("/dev/null", "w", stdout))
		_exit(1);
	tw_domain_start(d);
	while (tw_domain_poll(d, 5) == TW_DOMAIN_RUNNING)
		__atomic_store_n(&seen->gvt, tw_domain_gvt(d),
				 __ATOMIC_RELAXED);
	_exit(2);
}

/* Its orphans come here, and end by themselves: this would hang otherwise. */
static void orphans(tw_time at)
{
	struct seen *seen = mmap(NULL, sizeof(*seen), PROT_READ | PROT_WRITE,
				 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int status = -1, tasks = 0;
	pid_t pid, child;

	fflush(stdout);
	child = fork();
	if (!child)
		guardian(seen);
	while (__atomic_load_n(&seen->gvt, __ATOMIC_RELAXED) < at)
		usleep(1000);
	kill(child, SIGKILL);
	while ((pid = waitpid(-1, &status, __WALL)) > 0) {
		if (pid == child)
			is(status, SIGKILL, "the guardian was killed");
		else
			tasks++;
	}
	ok(tasks > RACERS, "%d tasks of its processes have ended", tasks);
	munmap(seen, sizeof(*seen));
}

/* [SEED] */
int main(int argc, char **argv)
{
	struct outcome calm;

	need_device();
	hungry = mmap(NULL, sizeof(*hungry), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	allowed = mmap(NULL, sizeof(*allowed), PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	rng = argc > 1 ? strtoull(argv[1], NULL, 0) : (uint64_t)getpid();
	printf("# seed %llu\n", (unsigned long long)rng);
	calm = run(NOBODY);
	ok(calm.state == TW_DOMAIN_ENDED && calm.len > 1000,
	   "nobody is killed");
	survive(&calm, INCARNATIONS, "running incarnations are killed");
	survive(&calm, SNAPSHOTS, "snapshots are killed");
	survive(&calm, ANYBODY, "any of them");
	survive_want(&calm);
	free(calm.text);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	alarm(200);
	allow(TW_TIME_INF);
	for (int i = 0; i < 3; i++)
		orphans(1 + draw(300));
	return done();
}
