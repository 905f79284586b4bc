// SPDX-License-Identifier: GPL-2.0
/* Without the module every entrance says so, and leaves nothing behind. */
#include <dirent.h>
#include <errno.h>
#include <timewarp.h>

#include "churn.h"
#include "tap.h"

static int count_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int n = 0;

	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

static void names(void)
{
	struct tw_domain_attr attr = { .name = "0123456789abcdef" };
	struct tw_domain *d = NULL;

	is(tw_domain_create(&d, &attr), -EINVAL, "a name of 16 characters");
	ok(!d, "no domain");
}

static void no_device(void)
{
	struct churn churn = { .objects = 4, .spread = 3 };
	struct tw_run_attr attr = { .engine = TW_ENGINE_TIMEWARP, .end = 10 };
	struct tw_model m = churn_model(&churn, 2);
	struct tw_domain *d = NULL;
	struct tw_run_stat st;

	is(tw_domain_create(&d, NULL), -ENOENT, "a domain");
	ok(!d, "no domain");
	is(tw_model_run(&m, &attr, &st), -ENOENT, "a model");
	is(st.events, 0, "nothing was handled");
	m.owner = churn_scatter;
	is(tw_model_run(&m, &attr, &st), -EINVAL, "an owner out of range");
}

int main(void)
{
	int fds = count_fds();

	names();
	tw_domain_destroy(NULL);
	ok(true, "nothing can be destroyed");
	if (have_device())
		skip(5, "no device", "there is one");
	else
		no_device();
	is(count_fds(), fds, "no file is left open");
	return done();
}
