# SPDX-License-Identifier: GPL-2.0

tw-objs += $(addprefix $(OBJ)/tw/, main.o cli.o json.o info.o run.o)

$(OBJ)/tw/%.o: CPPFLAGS += $(tw-flags)

pages += $(wildcard tw/man/*.1)
