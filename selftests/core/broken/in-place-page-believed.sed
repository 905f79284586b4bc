# SPDX-License-Identifier: GPL-2.0
# in: snapshot.c
# The page of a process that has not restored yet goes on being read.
/^	inc->away = inc->page;$/,/^	inc->page = NULL;$/{
	s/^	inc->page = NULL;$//
}
