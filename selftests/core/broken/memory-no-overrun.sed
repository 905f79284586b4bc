# SPDX-License-Identifier: GPL-2.0
# in: memory.c
# With too small a budget all wait for ever.
s/^\t\ttw_overrun(core);/\t\t;/
