# SPDX-License-Identifier: GPL-2.0
#
# make demo		simulate a circuit in the test machine and show the result
# make check		build everything, run all tests
# make check-debug	run the device's tests under a kernel full of checks
# make bench		measure, in the test machine
# make shell		a shell in the test machine, the module loaded
# make all module libtw tools selftests lint format install clean
#
# KERNEL=6.12|6.1|debug	the kernel for the module and the machine
# O=DIR			where everything is built ($(CURDIR)/build)

KERNEL ?= 6.12
O ?= $(CURDIR)/build
override O := $(abspath $(O))
# Only what the user set may reach the parts' own installation.
PREFIX ?= /usr/local
export O

# Where Debian keeps modprobe and bpftool, which users do not search.
export PATH := $(PATH):/usr/sbin:/sbin

vm := tools/vm
KSRC := $(O)/linux-source
module := $(O)/kmod-$(KERNEL)
# The machine's programs are run, not linked with: they wait for nothing.
setup := $(O)/.packages $(KSRC)/.complete

all: module libtw tools selftests

# ---- what the build needs

$(O)/.packages: tools/setup/packages
	@mkdir -p $(O)
	@$<
	@touch $@

$(KSRC)/.complete: tools/setup/source | $(O)/.packages
	@$< $(KSRC)
	@touch $@

setup: $(setup)

# ---- the parts

# W=1 and sparse speak up at every build; "make lint" makes them errors.
module: $(setup)
	@$(vm)/build-module $(KERNEL) $(CURDIR) $(module) W=1 C=1

libtw: $(setup)
	@$(MAKE) --no-print-directory -C libtw O=$(O)

# The tools' eBPF programs want the types of the kernel that they run on.
tools: libtw
	@tools/setup/kernel 6.12 $(O)/kernels/6.12
	@$(MAKE) --no-print-directory -C tools O=$(O) VMLINUX=$(O)/kernels/6.12/build/vmlinux

selftests: libtw tools
	@$(MAKE) --no-print-directory -C selftests O=$(O)

# The same user space by the other compiler, beside the first.
clang: $(setup)
	@mkdir -p $(O)/clang
	@ln -sfn ../linux-source $(O)/clang/linux-source
	@ln -sfn ../kernels $(O)/clang/kernels
	@$(MAKE) --no-print-directory -C libtw O=$(O)/clang CC=clang
	@$(MAKE) --no-print-directory -C tools O=$(O)/clang CC=clang \
		VMLINUX=$(O)/kernels/6.12/build/vmlinux
	@$(MAKE) --no-print-directory -C selftests O=$(O)/clang CC=clang

# ---- tests

check-native: libtw tools
	@$(MAKE) --no-print-directory -C selftests check-native O=$(O)

check: $(setup)
	@KERNEL=$(KERNEL) $(vm)/check build build-clang lint native machine kselftest

check-debug: $(setup)
	@$(vm)/check build-debug machine-debug kselftest-debug

lints := checkpatch kernel-doc uapi kbuild-strict scripts spdx manpages

lint: $(lints:%=lint-%)

kernel_code := $(shell find kmod uapi $(vm)/faults -name '*.[ch]' 2>/dev/null)

checkpatch = perl $(KSRC)/scripts/checkpatch.pl --strict --no-tree --no-summary --terse --ignore

# LINUX_VERSION_CODE is what compat is for; a type has no side effects. Headers for user space have no BIT(),
# and put a command's number right under its struct; trace events are laid out as
# data: both here as in the kernel.
ignored := LINUX_VERSION_CODE,CONSTANT_COMPARISON,FILE_PATH_CHANGES,MACRO_ARG_REUSE
ignored_uapi := $(ignored),BIT_MACRO,LINE_SPACING
ignored_trace := $(ignored),PARENTHESIS_ALIGNMENT,OPEN_ENDED_LINE

lint-checkpatch: $(setup)
	@status=0; \
	$(checkpatch) $(ignored) -f $(filter-out uapi/% %/trace.h,$(kernel_code)) || status=1; \
	$(checkpatch) $(ignored_uapi) -f $(filter uapi/%,$(kernel_code)) || status=1; \
	$(checkpatch) $(ignored_trace) -f $(filter %/trace.h,$(kernel_code)) || status=1; \
	exit $$status

lint-kernel-doc: $(setup)
	@perl $(KSRC)/scripts/kernel-doc -none -Wall -Werror $(kernel_code)

# The header alone, as the oldest languages take it; and every offset is the same for
# programs of 32 bits, for which there is no compat layer.
lint-uapi:
	@echo '#include <linux/timewarp.h>' | \
		$(CC) -std=c90 -pedantic -Wall -Wextra -Werror -fsyntax-only -Iuapi -x c -
	@echo '#include <linux/timewarp.h>' | \
		$(CXX) -std=c++98 -pedantic -Wall -Wextra -Werror -fsyntax-only -Iuapi -x c++ -
	@sed '/build_bug.h/d' kmod/abi.c | gcc -m32 -std=gnu11 -fsyntax-only -include stddef.h \
		'-Dstatic_assert(x)=_Static_assert(x, #x)' -Iuapi \
		-I/usr/include/$(shell gcc -print-multiarch) -x c -

lint-kbuild-strict: $(setup)
	@rm -rf $(O)/lint
	@$(vm)/build-module $(KERNEL) $(CURDIR) $(O)/lint/kmod W=1 C=2 \
		KCFLAGS=-Werror CF=-Wsparse-error -j$(shell nproc)

# What belongs to the project, also where it is no git checkout.
files := find . \( -name .git -o -path ./build -o -path ./LICENSES \) -prune -o -type f -print

# Both excluded checks guess, and guess wrong about traps and sourced files.
lint-scripts: $(setup)
	@$(files) | xargs grep -lEm 1 '^#!.*(/|env )(ba)?sh' | while read -r f; do \
		! head -n 1 "$$f" | grep -qE '^#!.*(/|env )(ba)?sh' || echo "$$f"; \
	done | xargs -r shellcheck -e SC2153,SC2317

# The licence of a file must be where a program finds it.
lint-spdx:
	@! { $(files) | xargs grep -L SPDX-License-Identifier | grep .; }

lint-manpages: $(setup)
	@$(MAKE) --no-print-directory -C libtw lint

# The kernel's code has checkpatch instead.
format:
	@find libtw tools selftests -name '*.[ch]' ! -name '*.bpf.c' ! -path '$(vm)/faults/*' | \
		xargs clang-format -i

# ---- use

CIRCUIT ?=
PROCS ?= 4
CYCLES ?= 100

demo: all
	@O=$(O) KERNEL=$(KERNEL) CIRCUIT=$(CIRCUIT) PROCS=$(PROCS) CYCLES=$(CYCLES) $(vm)/demo

bench: all
	@mkdir -p $(O)/bench
	@$(vm)/run --kernel $(KERNEL) --mem 2048 --results $(O)/bench --timeout 3600 -- \
		sh -c 'tw-bench --json /results/bench.json'
	@echo "$(O)/bench/bench.json"

shell: all
	@$(vm)/run --kernel $(KERNEL) --shell

# Nobody but Debian has the key that would sign the module.
install: all
	@$(MAKE) --no-print-directory -C libtw install O=$(O) PREFIX=$(PREFIX) DESTDIR=$(DESTDIR)
	@$(MAKE) --no-print-directory -C tools install O=$(O) PREFIX=$(PREFIX) DESTDIR=$(DESTDIR)
	@$(MAKE) -s -C $(O)/kernels/$(KERNEL)/build M=$(module) \
		INSTALL_MOD_PATH=$(DESTDIR) CONFIG_MODULE_SIG_ALL= O= modules_install

# The debug kernel stays in its cache.
clean:
	rm -rf $(O)

.PHONY: all setup module libtw tools selftests clang check check-native check-debug \
	lint $(lints:%=lint-%) format demo bench shell install clean
