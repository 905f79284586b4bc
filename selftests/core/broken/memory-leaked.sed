# SPDX-License-Identifier: GPL-2.0
# in: message.c
# What is freed in an operation stays charged.
s/op->freed += tw_message_drop(m);/tw_message_drop(m);/
