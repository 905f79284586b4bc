/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The commands of tw. Each gets its own arguments, argv[0] being the command's
 * full name ("tw trace"), and returns tw's exit status.
 */
#ifndef TW_COMMANDS_H
#define TW_COMMANDS_H

int tw_cmd_info(int argc, char **argv);
int tw_cmd_run(int argc, char **argv);
int tw_cmd_run_calls(int argc, char **argv);
int tw_cmd_run_logic(int argc, char **argv);
int tw_cmd_run_net(int argc, char **argv);
int tw_cmd_run_phold(int argc, char **argv);
int tw_cmd_run_desk(int argc, char **argv);
int tw_cmd_run_divide(int argc, char **argv);

/* tools/trace; absent from a tw that was built without it. */
int tw_cmd_trace(int argc, char **argv) __attribute__((weak));

#endif
