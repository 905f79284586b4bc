// SPDX-License-Identifier: GPL-2.0
/* debugfs: timewarp/<domain>/{stat,processes,gvt,gvt_delay_us} */
#include <linux/debugfs.h>
#include <linux/seq_file.h>

#include "incarnation.h"

static struct dentry *tw_debugfs_root;

/* Names are their creators': none may look like another field, or move a cursor. */
static void tw_name_show(struct seq_file *s, const char *name)
{
	if (name[0])
		seq_escape(s, name, " \t\n\v\f\r\033\\");
	else
		seq_putc(s, '-');
}

static int stat_show(struct seq_file *s, void *unused)
{
	struct tw_domain *d = s->private;
	struct tw_domain_stat st = {};

	tw_domain_collect(d, &st);
	seq_puts(s, "name ");
	tw_name_show(s, d->name);
	seq_printf(s, "\nstate %u\nfailure %u\ngvt %llu\ngvt_rounds %llu\n",
		   st.state, st.failure, st.gvt, st.gvt_rounds);
	seq_printf(s, "processes %llu\nsinks %llu\nmessages %llu\nmessage_bytes %llu\n",
		   st.processes, st.sinks, st.messages, st.message_bytes);
	seq_printf(s, "message_bytes_peak %llu\nbalance %lld\nsends %llu\ndelivered %llu\n",
		   st.message_bytes_peak, st.balance, st.sends, st.delivered);
	seq_printf(s, "committed %llu\nevents %llu\nevents_committed %llu\n",
		   st.committed, st.events, st.events_committed);
	seq_printf(s, "rollbacks_primary %llu\nrollbacks_secondary %llu\nrollback_depth %llu\n",
		   st.rollbacks_primary, st.rollbacks_secondary, st.rollback_depth);
	seq_printf(s, "antimessages %llu\nannihilated_pending %llu\nannihilated_early %llu\n",
		   st.antimessages, st.annihilated_pending, st.annihilated_early);
	seq_printf(s, "lazy_hits %llu\ncoasted %llu\nsnapshots %llu\nsnapshots_live %llu\n",
		   st.lazy_hits, st.coasted, st.snapshots, st.snapshots_live);
	seq_printf(s, "resumes %llu\nfossils %llu\nviolations %llu\ncommitted_bytes %llu\n",
		   st.resumes, st.fossils, st.violations, st.committed_bytes);
	seq_printf(s, "failures %llu\nlost %llu\n", st.failures, st.lost);
	seq_printf(s, "ports %llu\ninjected %llu\n", st.ports, st.injected);
	seq_printf(s, "held %llu\nthrottled %llu\nwindow %llu\nslack %llu\n",
		   st.held, st.throttled, st.window, st.slack);
	seq_printf(s, "spawned %llu\nunspawned %llu\nmissed %llu\n", st.spawned, st.unspawned,
		   st.missed);
	seq_printf(s, "memory_budget %llu\nmemory %llu\nmemory_peak %llu\n",
		   st.memory_budget, st.memory, st.memory_peak);
	seq_printf(s, "cancelbacks %llu\nmemory_waits %llu\npushed_back %llu\n",
		   st.cancelbacks, st.memory_waits, st.pushed_back);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(stat);

static const char * const tw_state_names[] = {
	[TW_PROCESS_NEW] = "new",
	[TW_PROCESS_RUNNING] = "running",
	[TW_PROCESS_WAITING] = "waiting",
	[TW_PROCESS_EXITED] = "exited",
	[TW_PROCESS_DEAD] = "dead",
	[TW_PROCESS_HELD] = "held",
	[TW_PROCESS_UNBORN] = "unborn",
};

static void tw_port_show(struct seq_file *s, struct tw_process *p)
{
	seq_printf(s, "%llu ", p->proc.id);
	tw_name_show(s, p->proc.name);
	seq_printf(s, " %sport promise=%llu injected=%llu\n", p->proc.live ? "live " : "",
		   READ_ONCE(p->proc.lvt), READ_ONCE(p->proc.stats.sends));
}

static void tw_process_show(struct seq_file *s, struct tw_process *p)
{
	struct tw_process_stat st = {};

	if (p->proc.port) {
		tw_port_show(s, p);
		return;
	}
	tw_proc_stat(&p->proc, &st);
	seq_printf(s, "%llu ", st.id);
	tw_name_show(s, st.name);
	seq_printf(s, " %s pid=%d lvt=%llu pending=%llu delivered=%llu snapshots=%u",
		   tw_state_names[st.state], tw_running_pid(p), st.lvt, st.pending,
		   st.delivered, st.snapshots_live);
	seq_printf(s, " rollbacks=%llu+%llu depth=%llu\n", st.rollbacks_primary,
		   st.rollbacks_secondary, st.rollback_depth);
}

static int processes_show(struct seq_file *s, void *unused)
{
	struct tw_domain *d = s->private;
	struct tw_proc *p;
	int srcu;

	mutex_lock(&d->mutex);
	srcu = srcu_read_lock(&d->core.srcu);
	tw_core_for_each(&d->core, p)
		if (!p->sink)
			tw_process_show(s, tw_proc_process(p));
	srcu_read_unlock(&d->core.srcu, srcu);
	mutex_unlock(&d->mutex);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(processes);

/* Where the GVT thread is, and who holds GVT back, and why. */
static int gvt_show(struct seq_file *s, void *unused)
{
	struct tw_domain *d = s->private;
	struct tw_proc *holder;

	seq_printf(s, "state %s\nround %llu\ngvt %llu\n", READ_ONCE(d->gvt_state),
		   READ_ONCE(d->core.round), READ_ONCE(d->core.gvt));
	mutex_lock(&d->mutex);
	holder = tw_core_find(&d->core, READ_ONCE(d->core.gvt_holder));
	if (holder) {
		seq_puts(s, "holder ");
		tw_process_show(s, tw_proc_process(holder));
		tw_proc_put(holder);
	}
	mutex_unlock(&d->mutex);
	seq_printf(s, "stalls %llu\n", READ_ONCE(d->core.stalls));
	if (READ_ONCE(d->core.stall_process))
		seq_printf(s, "stalled by %llu: %s\n", READ_ONCE(d->core.stall_process),
			   tw_gvt_stall_reason(d));
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(gvt);

void tw_debugfs_add(struct tw_domain *d)
{
	char name[16];

	snprintf(name, sizeof(name), "%u", d->core.id);
	d->debugfs = debugfs_create_dir(name, tw_debugfs_root);
	debugfs_create_file("stat", 0400, d->debugfs, d, &stat_fops);
	debugfs_create_file("processes", 0400, d->debugfs, d, &processes_fops);
	debugfs_create_file("gvt", 0400, d->debugfs, d, &gvt_fops);
	debugfs_create_u32("gvt_delay_us", 0600, d->debugfs, &d->gvt_delay_us);
}

void tw_debugfs_remove(struct tw_domain *d)
{
	debugfs_remove_recursive(d->debugfs);
}

void tw_debugfs_init(void)
{
	tw_debugfs_root = debugfs_create_dir("timewarp", NULL);
}

void tw_debugfs_exit(void)
{
	debugfs_remove_recursive(tw_debugfs_root);
}
