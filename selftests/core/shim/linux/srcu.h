/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Two builds: over liburcu, whose read sections belong to a thread; and
 * counted, for the simulated host, where one thread has many operations open.
 */
#ifndef _LINUX_SRCU_H
#define _LINUX_SRCU_H

struct srcu_struct {
	int parity;
	long readers[2];
};

int init_srcu_struct(struct srcu_struct *ssp);
void cleanup_srcu_struct(struct srcu_struct *ssp);
int srcu_read_lock(struct srcu_struct *ssp);
void srcu_read_unlock(struct srcu_struct *ssp, int idx);
void synchronize_srcu(struct srcu_struct *ssp);

#endif /* _LINUX_SRCU_H */
