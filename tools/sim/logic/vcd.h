/* SPDX-License-Identifier: GPL-2.0 */
/*
 * --vcd: the waveform of every net, in units of gate delays.
 *
 * Changes come in the order of time; those of one time are kept until it is
 * over and put in the order of nets, so that the file does not depend on how
 * the circuit was cut.
 */
#ifndef LOGIC_VCD_H
#define LOGIC_VCD_H

#include "sim/logic/model.h"
#include "sim/outfile.h"

struct vcd {
	struct outfile *file;
	const struct circuit *c;
	uint8_t *first; /* values until the first time is written, then NULL */
	change_t *change; /* at the present time */
	uint32_t changes;
	uint64_t time;
};

int vcd_begin(struct vcd *v, struct outfile *file, const struct circuit *c);
int vcd_changes(struct vcd *v, tw_time tick, const change_t *change,
		size_t len);
int vcd_end(struct vcd *v, uint64_t end);
void vcd_free(struct vcd *v);

#endif
