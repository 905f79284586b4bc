# SPDX-License-Identifier: GPL-2.0

tw-objs += $(addprefix $(OBJ)/sim/, arena.o chaos.o domain.o graph.o need.o \
	options.o outfile.o output.o progress.o sim.o summary.o)
tw-objs += $(addprefix $(OBJ)/sim/logic/, bench.o circuit.o part.o stimulus.o \
	cluster.o model.o options.o out.o vcd.o logic.o)
tw-objs += $(addprefix $(OBJ)/sim/calls/, model.o timewarp.o sequential.o calls.o)
tw-objs += $(addprefix $(OBJ)/sim/phold/, model.o phold.o)
tw-objs += $(OBJ)/sim/divide/divide.o
tw-objs += $(addprefix $(OBJ)/sim/desk/, model.o input.o live.o desk.o)
tw-objs += $(addprefix $(OBJ)/sim/net/, topology.o graphml.o flow.o part.o \
	model.o result.o csv.o map.o options.o net.o builtin.o)

$(OBJ)/sim/net/builtin.o: sim/net/builtin.S sim/net/europe.graphml
	@mkdir -p $(@D)
	$(CC) -c -o $@ $<

gen-objs := $(addprefix $(OBJ)/sim/gen/, gen.o main.o)
targets += $(OUT)/tw-gen-circuit

$(OUT)/tw-gen-circuit: $(gen-objs) $(OBJ)/tw/cli.o
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^

-include $(gen-objs:.o=.d)
