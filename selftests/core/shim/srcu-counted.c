// SPDX-License-Identifier: GPL-2.0
/* Read sections counted, as one thread with many operations open needs it. */
#include <linux/err.h>
#include <linux/slab.h>
#include <linux/srcu.h>

#include "shim.h"

int init_srcu_struct(struct srcu_struct *ssp)
{
	void *probe = kmalloc(1, GFP_KERNEL);

	if (!probe)
		return -ENOMEM;
	kfree(probe);
	ssp->parity = 0;
	ssp->readers[0] = 0;
	ssp->readers[1] = 0;
	return 0;
}

void cleanup_srcu_struct(struct srcu_struct *ssp)
{
	if (ssp->readers[0] || ssp->readers[1])
		shim_bug("an operation was not ended");
}

int srcu_read_lock(struct srcu_struct *ssp)
{
	ssp->readers[ssp->parity]++;
	return ssp->parity;
}

void srcu_read_unlock(struct srcu_struct *ssp, int idx)
{
	ssp->readers[idx]--;
}

/* The caller sees to it that the sections that it waits for have ended. */
void synchronize_srcu(struct srcu_struct *ssp)
{
	if (ssp->readers[!ssp->parity])
		shim_bug("a grace period has not ended");
}
