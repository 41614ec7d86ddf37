# SPDX-License-Identifier: BSD-2-Clause
# What `make bench` needs beside the system: baselines and helpers, plain programs of the host.

BENCH := $(BUILD)/bench
BENCH_FLAGS := -std=gnu17 -O2 -g -D_GNU_SOURCE $(WARN) $(PREFIX_MAP)
BENCH_SRC := $(wildcard tool/bench/*.c tool/bench/baseline/*.c)
BENCH_PROGRAMS := $(addprefix $(BENCH)/,$(notdir $(BENCH_SRC:.c=)) up)
DATABASE += $(BENCH_SRC)
DATABASE_FLAGS.tool/bench := $(BENCH_FLAGS)
DATABASE_FLAGS.tool/bench/baseline := $(BENCH_FLAGS)
BENCH_STAMP := $(call remember,bench-flags,$(CC) $(BENCH_FLAGS)) $(MAKE_FILES)

define bench_program
$(BENCH)/$(basename $(notdir $1)): $1 tool/bench/baseline/baseline.h $(BENCH_STAMP) \
		| $(BUILD)/stamp/setup.build
	$$(call say,HLD,bench/$$(@F))
	$$(Q)mkdir -p $$(@D) && $$(CC) $$(BENCH_FLAGS) -o $$@ $$<
endef
$(foreach s,$(BENCH_SRC),$(eval $(call bench_program,$s)))

# A static program without a libc: the least that a process can be.
$(BENCH)/up: tool/bench/baseline/static/up.c $(BENCH_STAMP) | $(BUILD)/stamp/setup.build
	$(call say,HLD,bench/$(@F))
	$(Q)mkdir -p $(@D) && $(CC) $(BENCH_FLAGS) -ffreestanding -fno-stack-protector -static \
		-nostdlib -o $@ $<

# What boots in place of the kernel, to tell the tick at which that begins.
$(BENCH)/pc_entry: tool/bench/pc_entry.S $(BENCH_STAMP) | $(BUILD)/stamp/setup.build
	$(call say,HLD,bench/$(@F))
	$(Q)mkdir -p $(@D) && $(CC) -nostdlib -static -no-pie -Wl,--build-id=none,-z,noexecstack \
		-Wl,-Ttext-segment=0x100000 -o $@ $<

ifeq ($(ON),pc)
bench: all $(BENCH)/pc_entry $(BUILD)/stamp/setup.pc
	$(Q)$(PYTHON) tool/bench/run_pc $(B)
else
bench: all $(BENCH_PROGRAMS)
	$(Q)$(PYTHON) tool/bench/run $(B)
endif
