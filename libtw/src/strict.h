/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
#ifndef TW_STRICT_H
#define TW_STRICT_H

#define TW_STRICT_ADVICE                                                          \
	"a rollback would not undo it; what is to come out goes by tw_write(3), " \
	"tw_printf(3) or tw_ctx_write(3)"

/**
 * tw_strict_enter() - from now on, refuse what a rollback would not undo
 * @endpoint: of the process, on which all is allowed
 *
 * For this task, and all that it forks; it may be called again there. A process that
 * is created has its endpoint under the same number.
 *
 * Return: 0 or -errno: -ENOMEM, or what the kernel says.
 */
int tw_strict_enter(int endpoint);

#endif /* TW_STRICT_H */
