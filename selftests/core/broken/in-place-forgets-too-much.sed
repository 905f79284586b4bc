# SPDX-License-Identifier: GPL-2.0
# in: snapshot.c
# The process is told to forget a state that is needed.
s/^	out->oldest = .*/	out->oldest = out->token;/
