# SPDX-License-Identifier: GPL-2.0
# in: memory.c
# There is push-back only.
s/n < TW_CANCELBACKS_MAX \&\&/0 \&\&/
