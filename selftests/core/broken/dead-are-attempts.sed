# SPDX-License-Identifier: GPL-2.0
# in: snapshot.c
# A snapshot that was killed before it was resumed counts as an attempt.
s/return !seen || /return /
