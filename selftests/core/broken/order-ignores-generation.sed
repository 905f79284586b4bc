# SPDX-License-Identifier: GPL-2.0
# in: types.h
# Equal messages of two lives of a sender are in no order.
s/c = tw_cmp_u64(a->generation, b->generation)/c = 0/
