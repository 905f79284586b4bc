/* SPDX-License-Identifier: GPL-2.0 */
#ifndef NET_PART_H
#define NET_PART_H

#include "sim/net/flow.h"

/*
 * The process of each node, in the topology's arena: about as many packets for
 * each process, few between them. cut: edges between processes.
 */
uint32_t *part_net(struct topology *t, const struct flows *f, uint32_t procs,
		   uint32_t *cut);

#endif
