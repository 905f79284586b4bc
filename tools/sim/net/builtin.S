/* SPDX-License-Identifier: GPL-2.0 */
/* The network that is built in: the file itself, as data. */
	.section .rodata
	.global net_default, net_default_end
net_default:
	.incbin "sim/net/europe.graphml"
net_default_end:
	.section .note.GNU-stack, "", %progbits
