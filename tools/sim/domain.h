/* SPDX-License-Identifier: GPL-2.0 */
/* For models that make their processes themselves: as tw_model_run() does it. */
#ifndef SIM_DOMAIN_H
#define SIM_DOMAIN_H

#include <timewarp.h>

int sim_domain_create(struct tw_domain **d, const struct tw_run_attr *attr);
struct tw_process_attr sim_process_attr(const struct tw_run_attr *attr,
					const char *name);
/* The run is over, in whatever way: what is to be said of it. Destroys the domain. */
void sim_domain_end(struct tw_domain *d, struct tw_run_stat *stat);

#endif
