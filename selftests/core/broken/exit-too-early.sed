# SPDX-License-Identifier: GPL-2.0
# in: gvt.c
# A process whose event is behind its contribution is taken to send nothing for that.
s/|| p->port || p->committed ? time : time + 1/|| p->port ? time : time + 1/
