# SPDX-License-Identifier: GPL-2.0

bench-objs := $(addprefix $(OBJ)/bench/, main.o table.o report.o task.o device.o \
	channel.o message.o pingpong.o snapshot.o straggler.o model.o)
targets += $(OUT)/tw-bench

$(OUT)/tw-bench: $(bench-objs) $(OBJ)/tw/json.o $(OBJ)/sim/phold/model.o $(LIBTW)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ -lm -lrt $(LIBTW_LIBS)

-include $(bench-objs:.o=.d)
