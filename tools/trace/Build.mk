# SPDX-License-Identifier: GPL-2.0
#
# The eBPF program is compiled once, for every kernel: see trace.bpf.c.

CLANG ?= clang
LLVM_STRIP ?= llvm-strip
# Where Debian keeps it, users do not search.
BPFTOOL ?= $(or $(shell command -v bpftool),/usr/sbin/bpftool)

tw-objs += $(OBJ)/trace/trace.o
tw-libs += $(call archive,bpf) -lelf -lz

# For -target bpf, clang does not look where Debian keeps <asm/types.h>.
bpf-include := -idirafter /usr/include/$(shell uname -m)-linux-gnu

$(OBJ)/trace/trace.bpf.o: trace/trace.bpf.c trace/trace.h
	@mkdir -p $(@D)
	$(CLANG) -g -O2 -Wall -Wextra -Werror -target bpf -I. $(bpf-include) -c -o $@ $<
	$(LLVM_STRIP) -g $@

$(OBJ)/trace/trace.skel.h: $(OBJ)/trace/trace.bpf.o
	$(BPFTOOL) gen skeleton $< name trace_bpf > $@

$(OBJ)/trace/trace.o: $(OBJ)/trace/trace.skel.h
$(OBJ)/trace/trace.o: CPPFLAGS += -I$(OBJ)
