# SPDX-License-Identifier: BSD-2-Clause
# The microkernel in two variants, and the programs of kernel/test that run on it alone.

KERNEL_DIR := $(call locate,kernel)
KERNEL_CORE := $(call sources,$(KERNEL_DIR)/core)
KERNEL_ARCH := $(patsubst $(KERNEL_DIR)/$(ARCH)/%,%,$(sort $(wildcard $(addprefix \
	$(KERNEL_DIR)/$(ARCH)/,*.c *.S))))
KERNEL_GEN := $(KERNEL_GEN_C) font.c
KERNEL_SCRIPT := $(KERNEL_DIR)/$(ARCH)/linker.ld

KERNEL_FLAGS := -std=c17 -O2 -g -ffreestanding -mcmodel=kernel -mno-red-zone -mgeneral-regs-only \
	-fno-pic -fno-pie -fno-stack-protector -fno-omit-frame-pointer \
	-fno-jump-tables -mindirect-branch=thunk -fno-asynchronous-unwind-tables $(WARN) \
	$(PREFIX_MAP) $(addprefix -I,$(TOPS)) -I$(KERNEL_DIR)/core \
	-I$(KERNEL_DIR)/$(ARCH) -I$(BUILD)/gen
KERNEL_LINK := -nostdlib -static -no-pie -Wl,--build-id=none,-z,noexecstack \
	-Wl,-z,max-page-size=4096,--orphan-handling=error
# What runs once, at boot or at the end: small rather than fast.
KERNEL_SMALL := acpi boot boot_info panic print screen smp
KERNEL_STAMP := $(call remember,kernel-flags,$(KERNEL_FLAGS) $(KERNEL_LINK) $(KERNEL_SMALL))

# ---------------------------------------------------------------- what is generated

$(BUILD)/gen/kernel/font.c: tool/font_table | $(BUILD)/stamp/setup.build
	$(call say,GEN,kernel/font.c)
	$(Q)mkdir -p $(@D) && $(PYTHON) tool/font_table --out $@

# ---------------------------------------------------------------- the kernel

# $(call kernel,folder in build/,flags): one variant.
kernel_objects = $(call object_names,$(BUILD)/obj/$1/core,$(KERNEL_CORE)) \
	$(call object_names,$(BUILD)/obj/$1/$(ARCH),$(KERNEL_ARCH)) \
	$(call object_names,$(BUILD)/obj/$1/gen,$(KERNEL_GEN))
define kernel
$(call compile,$(BUILD)/obj/$1/core,$(KERNEL_DIR)/core,$(KERNEL_CORE),,$(KERNEL_STAMP))
$(call compile,$(BUILD)/obj/$1/$(ARCH),$(KERNEL_DIR)/$(ARCH),$(KERNEL_ARCH),,$(KERNEL_STAMP))
$(call compile,$(BUILD)/obj/$1/gen,$(BUILD)/gen/kernel,$(KERNEL_GEN),,$(KERNEL_STAMP))
$(foreach d,$(KERNEL_DIR)/core $(KERNEL_DIR)/$(ARCH),
DATABASE_FLAGS.$d := $$(KERNEL_FLAGS))
$(call kernel_objects,$1): FLAGS = $$(KERNEL_FLAGS) $2
$(filter $(addsuffix .o,$(addprefix %/,$(KERNEL_SMALL))),$(call kernel_objects,$1)): FLAGS += -Os
$(call kernel_objects,$1): | $(addprefix $(BUILD)/gen/kernel/,$(KERNEL_GEN))
KERNEL_OBJECTS += $(call kernel_objects,$1)
KERNELS += $(BUILD)/$1/kernel.elf
$(BUILD)/$1/kernel.elf: $(call kernel_objects,$1) $(KERNEL_SCRIPT) $(KERNEL_STAMP) \
		$(call remember,$1,$(call kernel_objects,$1))
	$$(call say,LD,$1/kernel.elf)
	$$(Q)mkdir -p $$(@D) && $$(CC) $$(KERNEL_LINK) -Wl,-T,$(KERNEL_SCRIPT) -o $$@ \
		$$(filter %.o,$$^)
endef
KERNELS :=
KERNEL_OBJECTS :=
ifneq ($(and $(KERNEL_DIR),$(KERNEL_ARCH),$(KERNEL_CALLS)),)
$(eval $(call kernel,kernel))
$(eval $(call kernel,kernel-release,-DNDEBUG))
endif

# ---------------------------------------------------------------- programs that run on it alone

# kernel/test/NAME.c, or all of kernel/test/NAME/, with what it takes from kernel/test/lib.
KERNEL_TEST := $(KERNEL_DIR)/test
KERNEL_TEST_FLAGS := -std=c17 -O2 -g -ffreestanding -fno-pic -fno-pie -fno-stack-protector \
	-fno-omit-frame-pointer -fno-asynchronous-unwind-tables -ffunction-sections \
	-fdata-sections $(WARN) $(PREFIX_MAP) $(addprefix -I,$(TOPS)) -I$(KERNEL_TEST)/lib \
	-I$(BUILD)/gen
KERNEL_TEST_SCRIPT := $(KERNEL_TEST)/lib/program.ld
KERNEL_TEST_LINK := -nostdlib -static -no-pie -Wl,--gc-sections,--build-id=none \
	-Wl,-z,noexecstack,-z,max-page-size=4096,-z,norelro,-T,$(KERNEL_TEST_SCRIPT)
KERNEL_TEST_STAMP := $(call remember,kernel-test-flags,$(KERNEL_TEST_FLAGS) $(KERNEL_TEST_LINK))
KERNEL_TEST_LIB := $(BUILD)/lib/libkernel_test.a

KERNEL_TEST_NAMES := $(if $(KERNEL_DIR),$(sort \
	$(patsubst $(KERNEL_TEST)/%.c,%,$(wildcard $(KERNEL_TEST)/*.c)) \
	$(filter-out lib,$(patsubst $(KERNEL_TEST)/%/,%,$(sort $(dir $(wildcard \
		$(KERNEL_TEST)/*/*.c)))))))
kernel_test_sources = $(patsubst $(KERNEL_TEST)/%,%,$(sort $(wildcard $(addprefix \
	$(KERNEL_TEST)/$1,.c /*.c /*.S))))

# $(call kernel_test_compile,sources)
define kernel_test_compile
$(call compile,$(BUILD)/obj/kernel/test,$(KERNEL_TEST),$1,,$(KERNEL_TEST_STAMP))
$(foreach d,$(sort $(dir $(addprefix $(KERNEL_TEST)/,$1))),
DATABASE_FLAGS.$(d:/=) := $$(KERNEL_TEST_FLAGS))
$(call object_names,$(BUILD)/obj/kernel/test,$1): FLAGS = $$(KERNEL_TEST_FLAGS)
KERNEL_OBJECTS += $(call object_names,$(BUILD)/obj/kernel/test,$1)
endef
define kernel_test
$(call kernel_test_compile,$(call kernel_test_sources,$1))
KERNEL_TESTS += $(BUILD)/kernel-test/$1.elf
$(BUILD)/kernel-test/$1.elf: $(call object_names,$(BUILD)/obj/kernel/test,\
		$(call kernel_test_sources,$1)) $(KERNEL_TEST_LIB) $(KERNEL_TEST_SCRIPT) \
		$(KERNEL_TEST_STAMP)
	$$(call say,LD,kernel-test/$1.elf)
	$$(Q)mkdir -p $$(@D) && $$(CC) $$(KERNEL_TEST_LINK) -o $$@ $$(filter %.o %.a,$$^)
endef
KERNEL_TESTS :=
ifneq ($(strip $(KERNEL_TEST_NAMES)),)
$(eval $(call kernel_test_compile,$(call kernel_test_sources,lib)))
$(eval $(call archive,$(KERNEL_TEST_LIB),\
	$(call object_names,$(BUILD)/obj/kernel/test,$(call kernel_test_sources,lib))))
$(foreach n,$(KERNEL_TEST_NAMES),$(eval $(call kernel_test,$n)))
endif
export OSIER_KERNEL_TESTS := $(KERNEL_TESTS)

# ---------------------------------------------------------------- everything

ifneq ($(ON),linux)
all: $(KERNELS) $(KERNEL_TESTS)
endif

-include $(KERNEL_OBJECTS:.o=.d)
