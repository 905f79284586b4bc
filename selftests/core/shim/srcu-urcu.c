// SPDX-License-Identifier: GPL-2.0
/* Read sections of liburcu. Every thread that runs operations registers itself. */
#include <linux/srcu.h>
#include <urcu.h>

int init_srcu_struct(struct srcu_struct *ssp)
{
	(void)ssp;
	return 0;
}

void cleanup_srcu_struct(struct srcu_struct *ssp)
{
	(void)ssp;
}

int srcu_read_lock(struct srcu_struct *ssp)
{
	(void)ssp;
	rcu_read_lock();
	return 0;
}

void srcu_read_unlock(struct srcu_struct *ssp, int idx)
{
	(void)ssp;
	(void)idx;
	rcu_read_unlock();
}

void synchronize_srcu(struct srcu_struct *ssp)
{
	(void)ssp;
	synchronize_rcu();
}
