# SPDX-License-Identifier: BSD-2-Clause
# How sources become libraries and components. Included by the Makefile, never run alone.
#
# A folder's key is its path inside a repository ("app/hello"). Its build.mk may set LIBS, SRC,
# CFLAGS and what is named below; it is read once, into variables "LIBS.app/hello" and so on.

# ---------------------------------------------------------------- finding folders

# $(call locate,path): the path in the first repository that has it.
locate = $(patsubst ./%,%,$(firstword $(wildcard $(addsuffix /$1,$(TOPS)))))
# $(call locate_sources,key): the same for a folder that is built. A repository may have just some
# headers of a library, or of base: then the rest is that of the next one.
locate_sources = $(or $(if $(filter lib/% base core,$1),$(patsubst %/src,%,$(call locate,$1/src))),\
	$(call locate,$1))
# $(call folders,kind): the keys of all folders of a kind ("app": "app/a app/b").
folders = $(sort $(foreach t,$(TOPS),$(patsubst $t/%/.,%,$(wildcard $t/$1/*/.))))
# $(call sources,dir): C and assembler files of a folder and of its CPU's, relative to it.
ARCH := x86_64
sources = $(patsubst $1/%,%,$(sort $(wildcard $(foreach d,$1 $1/$(ARCH),$d/*.c $d/*.S))))

# Third-party software: libraries with a recipe, or with glue alone, as port/shim.
PORT_KEYS := $(call folders,port)
LIB_KEYS := $(call folders,lib) $(PORT_KEYS)
COMPONENT_KEYS := $(foreach k,app server driver,$(call folders,$k)) $(if $(call locate,init),init)

# ---------------------------------------------------------------- flags

INCLUDE := $(foreach t,$(TOPS),-I$t $(addprefix -I,$(patsubst ./%,%,\
	$(wildcard $t/base/include $t/lib/*/include)))) -I$(BUILD)/gen
# Outputs do not tell where they were built.
PREFIX_MAP := -ffile-prefix-map=$(CURDIR)=. -ffile-prefix-map=$(BUILD)=build \
	$(foreach r,$(OVERLAYS),-ffile-prefix-map=$r=.)
WARN := -Wall -Wextra -Wshadow -Werror
FLAGS := -std=c17 -O2 -g -ffreestanding -fpie -fstack-protector-strong \
	-mstack-protector-guard=global -fno-omit-frame-pointer -ffunction-sections -fdata-sections \
	-mgeneral-regs-only $(WARN) $(PREFIX_MAP) $(INCLUDE)
# A kernel saves vector registers of those alone who use them. FLOAT := yes in a component's
# build.mk lets the compiler do so; assembler code may anyway.
FLOAT_OMIT := -mgeneral-regs-only
LINK := -nostdlib -static-pie -Wl,--gc-sections,-z,noexecstack,-z,separate-code,-z,norelro \
	-Wl,--build-id=none,--no-dynamic-linker,-e,_start,-u,_start

# $(call remember,NAME,TEXT): a file that is written only when TEXT changes, to depend on.
remember = $(call remember_at,$(BUILD)/stamp/$(subst /,-,$1),content: $2)
remember_at = $1$(if $(call differ,$(strip $(file <$1)),$(strip $2)),$(file >$1,$(strip $2)))
differ = $(subst x$1x,,x$2x)$(subst x$2x,,x$1x)
ifeq ($(wildcard $(BUILD)/stamp/.),)
$(shell mkdir -p $(BUILD)/stamp)
endif

MAKE_FILES := Makefile $(wildcard tool/make/*.mk)
# HOST_PROFILE tells what a component needs of Linux beyond others: the profile in a scenario's
# <host>. FILE_CFLAGS has words FILE:FLAG for single files, as "x86_64/avx2.c:-mavx2". None of these
# names may mean something else in tool/make.
CLEAR := LIBS SRC CFLAGS FILE_CFLAGS FLOAT PORT_SRC PORT_INCLUDE HOST_PROFILE TEST_LIBS TEST_SRC \
	PLATFORM_BASE CORE_BASE CORE_PLATFORM CORE_PURE BASE_PURE CORE_EXCLUDE_pc CORE_BASE_pc

# $(call read_folder,key[,test]): read build.mk, and test/build.mk on top for "test".
define read_folder
$(foreach v,$(CLEAR),
$v :=)
dir.$1 := $(call locate_sources,$1)
mk.$1 := $(wildcard $(call locate_sources,$1)/build.mk $(call locate_sources,$1)/test/build.mk)
include $(wildcard $(call locate_sources,$1)/build.mk $(call locate_sources,$1)/test/build.mk)
$(foreach v,$(CLEAR),
$v.$1 := $$($v))
endef

# What all objects depend on: the flags, and the Makefiles.
FLAGS_STAMP := $(call remember,flags,$(CC) $(FLAGS) $(LINK) $(CFLAGS) $(TOPS)) $(MAKE_FILES)
ALL_OBJECTS :=
DATABASE :=

# $(call object_names,object folder,sources)
object_names = $(addprefix $1/,$(addsuffix .o,$(basename $2)))

# Sources that only an old dependency file names, as those of an overlay that is gone: what was made
# of them is made anew.
%.c: ;
%.S: ;

# In the recipe of an object: the file that it is made of.
source = $(firstword $(filter %.c %.S,$^))

# $(call file_cflags,key,object folder,source folder): what FILE_CFLAGS adds.
word_of = $(word $2,$(subst :, ,$1))
define file_cflags
$(foreach w,$(FILE_CFLAGS.$1),
$2/$(basename $(call word_of,$w,1)).o: EXTRA += $(call word_of,$w,2)
DATABASE_FLAGS.$3/$(patsubst %/,%,$(dir $(call word_of,$w,1))) += $(call word_of,$w,2))
endef

# $(call compile,object folder,source folder,sources,extra flags,extra prerequisites,flags to omit)
define compile
ALL_OBJECTS += $(call object_names,$1,$3)
DATABASE += $(foreach s,$3,$2/$s)
$(foreach d,$(sort $(dir $(addprefix $2/,$3))),
DATABASE_FLAGS.$(d:/=) := $$(filter-out _ $6,$$(FLAGS)) $4)
$(foreach s,$3,
$1/$(basename $s).o: $2/$s)
$(call object_names,$1,$3): EXTRA := $4
$(call object_names,$1,$3): OMIT := _ $6
$(call object_names,$1,$3): $(FLAGS_STAMP) $5 | $$(GEN_H) $$(BUILD)/stamp/setup.build
	$$(call say,CC,$$(@:$$(BUILD)/obj/%=%))
	$$(Q)mkdir -p $$(@D) && $$(CC) $$(filter-out $$(OMIT),$$(FLAGS)) $$(EXTRA) \
		-MMD -MP -c -o $$@ $$(source)
endef

# $(call archive,library,objects)
define archive
$1: $2 $(call remember,$(notdir $1),$2)
	$$(call say,AR,$$(@F))
	$$(Q)mkdir -p $$(@D) && rm -f $$@ && $$(AR) rcsD $$@ $$(filter %.o,$$^)
endef

# $(call program,binary,objects,libraries)
define program
ALL_PROGRAMS += $1
$1: $2 $3 $(FLAGS_STAMP) $(call remember,$(1:$(BUILD)/%=%),$2 $3)
	$$(call say,LD,$$(@:$$(BUILD)/%=%))
	$$(Q)mkdir -p $$(@D) && $$(CC) $$(FLAGS) $$(LINK) -o $$@ $$(filter %.o,$$^) \
		-Wl,--start-group $$(filter %.a,$$^) -Wl,--end-group -lgcc
	$$(Q)$$(call split_debug,$$@)
endef
# What only a debugger reads stands beside, where gdb looks for it: boot images stay small.
split_debug = mkdir -p $(dir $1).debug && \
	$(OBJCOPY) --only-keep-debug $1 $(dir $1).debug/$(notdir $1).debug && \
	$(OBJCOPY) --strip-debug --add-gnu-debuglink=$(dir $1).debug/$(notdir $1).debug $1

# ---------------------------------------------------------------- generated interfaces

API := $(sort $(foreach t,$(TOPS),$(basename $(notdir $(wildcard $t/api/*.rpc)))))
API_RPC := $(foreach n,$(API),$(call locate,api/$n.rpc))
RPCGEN := tool/rpcgen
API_DIRS := $(addprefix -I,$(wildcard $(addsuffix /api,$(TOPS))))
RPCGEN_FILES := $(wildcard tool/rpcgen tool/rpcgen_*/*.py)
GEN_H := $(foreach n,$(API) $(if $(API),tables),$(BUILD)/gen/api/$n.h)
GEN_C := $(notdir $(GEN_H:.h=.c))
API_LIB := $(BUILD)/lib/libosier_api.a

# The kernel's system calls: stubs for user land, and the kernel's own side of them.
KERNEL_CALLS := $(call locate,abi/kernel.calls)
KERNELGEN := $(wildcard tool/kernelgen tool/kernelgen_lib/*.py tool/rpcgen_lib/main.py)
KERNEL_GEN_C := $(if $(KERNEL_CALLS),dispatch.c names.c)
KERNEL_GEN_H := $(if $(KERNEL_CALLS),$(addprefix $(BUILD)/gen/,abi/kernel_calls.h \
	abi/kernel_table.h kernel/handlers.h))
# lib/glyph draws with the font of the kernel.
GEN_H += $(KERNEL_GEN_H) $(if $(call locate,lib/glyph),$(BUILD)/gen/kernel/font.c)
ifneq ($(KERNEL_CALLS),)
$(KERNEL_GEN_H) $(addprefix $(BUILD)/gen/kernel/,$(KERNEL_GEN_C)) &: $(KERNEL_CALLS) \
		$(KERNELGEN) | $(BUILD)/stamp/setup.build
	$(call say,GEN,abi/kernel.calls)
	$(Q)mkdir -p $(BUILD)/gen
	$(Q)$(PYTHON) tool/kernelgen --out $(BUILD)/gen $<
endif

define generate
$(BUILD)/gen/api/$1.h $(BUILD)/gen/api/$1.c &: $(call locate,api/$1.rpc) $(RPCGEN_FILES) \
		| $(BUILD)/stamp/setup.build
	$$(call say,RPC,api/$1.rpc)
	$$(Q)mkdir -p $(BUILD)/gen/api
	$$(Q)$$(PYTHON) $$(RPCGEN) --out $(BUILD)/gen --depfile $(API_DIRS) $$<
-include $(wildcard $(BUILD)/gen/api/$1.d)
endef
$(foreach n,$(API),$(eval $(call generate,$n)))

ifneq ($(API),)
$(BUILD)/gen/api/tables.h $(BUILD)/gen/api/tables.c &: $(API_RPC) $(RPCGEN_FILES) \
		$(call remember,api,$(API_RPC)) | $(BUILD)/stamp/setup.build
	$(call say,RPC,tables)
	$(Q)mkdir -p $(BUILD)/gen/api
	$(Q)$(PYTHON) $(RPCGEN) --tables $(BUILD)/gen $(API_DIRS) $(API_RPC)
endif
$(eval $(call compile,$(BUILD)/obj/gen/api,$(BUILD)/gen/api,$(GEN_C)))
$(eval $(call archive,$(API_LIB),$(call object_names,$(BUILD)/obj/gen/api,$(GEN_C))))

# ---------------------------------------------------------------- base and libraries

BASE_LIB := $(BUILD)/lib/libosier_base.a
$(eval $(call read_folder,base))
BASE_SRC := $(call sources,$(dir.base)/src)
$(eval $(call compile,$(BUILD)/obj/base/src,$(dir.base)/src,$(BASE_SRC),$(CFLAGS.base),$(mk.base)))
$(eval $(call archive,$(BASE_LIB),$(call object_names,$(BUILD)/obj/base/src,$(BASE_SRC))))
# $(call base_objects,files): objects of the pure files that core and the platform image share.
base_objects = $(call object_names,$(BUILD)/obj/base/src,$1)

# What a library is made of: its sources, and what its recipe names, in BUILD/port/NAME/src.
port_dir = $(BUILD)/$1/src
# $(call library_objects,key,folder of objects,sources)
library_objects = $(call object_names,$2/$1,$3) $(call object_names,$2/$1/port,$(PORT_SRC.$1))
define library
$(call read_folder,$1)
$$(eval $$(call compile,$(BUILD)/obj/$1,$$(dir.$1)/src,$$(call sources,$$(dir.$1)/src),\
	$$(CFLAGS.$1),$$(mk.$1),$$(if $$(FLOAT.$1),$$(FLOAT_OMIT))))
$$(eval $$(call file_cflags,$1,$(BUILD)/obj/$1,$$(dir.$1)/src))
$$(if $$(PORT_SRC.$1),$$(eval $$(call compile,$(BUILD)/obj/$1/port,$(call port_dir,$1),\
	$$(PORT_SRC.$1),$$(CFLAGS.$1) $$(PORT_CFLAGS),$$(mk.$1),\
	$$(WARN) $$(if $$(FLOAT.$1),$$(FLOAT_OMIT)))))
$$(eval $$(call archive,$(BUILD)/lib/libosier_$(notdir $1).a,\
	$$(call library_objects,$1,$(BUILD)/obj,$$(call sources,$$(dir.$1)/src))))
endef
# Others' code, taken as it is: it was written for compilers that assume less.
PORT_CFLAGS := -w -fno-strict-aliasing -fwrapv
$(foreach k,$(LIB_KEYS),$(eval $(call library,$k)))

$(BUILD)/lib/libosier_%.a:
	@echo "lib/$*: no such library; a build.mk names it in LIBS" >&2; false

# $(call closure,libs): the libraries and all that they need.
closure = $(call closure_step,$(sort $1),$(sort $1 $(foreach l,$1,$(LIBS.$(call lib_key,$l)))))
closure_step = $(if $(filter-out $1,$2),$(call closure,$2),$1)
# lib/NAME, or the port of that name.
lib_key = $(or $(filter %/$1,$(LIB_KEYS)),lib/$1)
archives = $(foreach l,$(call closure,$1),$(BUILD)/lib/libosier_$l.a)

# ---------------------------------------------------------------- ports

# A recipe's source is fetched once, and again when the recipe or a patch changes.
define port
$(BUILD)/$1/stamp: $(call locate,$1/recipe) $(wildcard $(call locate,$1)/patch/*.patch) \
		tool/port tool/house/port.py | $(BUILD)/stamp/setup.build
	$$(call say,PORT,$(notdir $1))
	$$(Q)$$(PYTHON) tool/port fetch $(notdir $1)
$(addprefix $(call port_dir,$1)/,$(PORT_SRC.$1)): $(BUILD)/$1/stamp ;
endef
RECIPES := $(foreach k,$(PORT_KEYS),$(if $(call locate,$k/recipe),$k))
$(foreach k,$(RECIPES),$(eval $(call port,$k)))

# $(call ports_of,libraries): those of the closure that are ports.
ports_of = $(filter $(PORT_KEYS),$(foreach l,$(call closure,$1),$(call lib_key,$l)))
port_stamps = $(addsuffix /stamp,$(addprefix $(BUILD)/,$(filter $(RECIPES),$1)))
# Headers: those of glue, a port's own, and for components in place of a libc's those of port/shim.
port_headers = $(foreach p,$1,$(addprefix -I,$(call locate,$p/include)) \
	$(foreach d,$(PORT_INCLUDE.$p),-isystem $(patsubst %/.,%,$(call port_dir,$p)/$d)))
shim_headers = $(addprefix -isystem ,$(if $(filter port/shim,$1),$(call locate,port/shim/libc)))

# $(call with_ports,objects,source folders,ports,flags): these objects depend on the ports' sources.
define with_ports
$(if $(strip $1),$1: EXTRA += $4
$1: $(call port_stamps,$3))
$(foreach d,$2,
DATABASE_FLAGS.$d += $4)
endef
# $(call component_with_ports,objects,source folders,ports)
component_with_ports = $(if $3,$(eval $(call with_ports,$1,$2,$3,\
	$(call port_headers,$3) $(call shim_headers,$3))))
$(foreach k,$(LIB_KEYS),$(eval PORTS.$k := $(call ports_of,$(notdir $k)))\
	$(call component_with_ports,$(call library_objects,$k,$(BUILD)/obj,\
	$(call sources,$(dir.$k)/src)),$(dir.$k)/src,$(PORTS.$k)))

# ---------------------------------------------------------------- components

# Per platform: with files in driver/NAME/linux there is a build/linux/bin/NAME, and so on for pc;
# a component without such files is one binary for both, build/bin/NAME.
PLATFORMS := linux pc
variant = $(addprefix $2/,$(call sources,$(dir.$1)/$2))
variants = $(or $(strip $(foreach p,$(PLATFORMS),$(if $(call variant,$1,$p),$p))),any)
define component
$(call read_folder,$1)
SRC.$1 := $$(or $$(strip $$(SRC.$1)),$$(call sources,$$(dir.$1)))
ifneq ($$(strip $$(SRC.$1) $$(foreach p,$$(PLATFORMS),$$(call variant,$1,$$p))),)
$$(eval $$(call compile,$(BUILD)/obj/$1,$$(dir.$1),\
	$$(SRC.$1) $$(foreach p,$$(PLATFORMS),$$(call variant,$1,$$p)),$$(CFLAGS.$1),$$(mk.$1),\
	$$(if $$(FLOAT.$1),$$(FLOAT_OMIT))))
$$(foreach p,$$(call variants,$1),$$(eval $$(call program,\
	$(BUILD)/$$(if $$(filter any,$$p),,$$p/)bin/$(notdir $1),\
	$$(call object_names,$(BUILD)/obj/$1,$$(SRC.$1) $$(call variant,$1,$$p)),\
	$$(call archives,$$(LIBS.$1)) $(API_LIB) $(BASE_LIB))))
endif
endef
$(foreach k,$(COMPONENT_KEYS),$(eval $(call component,$k)))
component_objects = $(call object_names,$(BUILD)/obj/$1,$(SRC.$1) \
	$(foreach p,$(PLATFORMS),$(call variant,$1,$p)))
$(foreach k,$(COMPONENT_KEYS),$(eval PORTS.$k := $(call ports_of,$(LIBS.$k)))\
	$(call component_with_ports,$(call component_objects,$k),$(dir.$k),$(PORTS.$k)))

# ---------------------------------------------------------------- platform image and core

define platform_image
$(call read_folder,base/$1)
ifneq ($$(call sources,$$(dir.base/$1)),)
$$(eval $$(call compile,$(BUILD)/obj/base/$1,$$(dir.base/$1),$$(call sources,$$(dir.base/$1)),\
	$$(CFLAGS.base/$1),$$(mk.base/$1)))
$$(eval $$(call program,$(BUILD)/bin/platform-$1,\
	$$(call object_names,$(BUILD)/obj/base/$1,$$(call sources,$$(dir.base/$1)))\
	$$(call base_objects,$$(PLATFORM_BASE.base/$1)),$$(call archives,$$(LIBS.base/$1))))
endif
endef
$(eval $(call platform_image,linux))
$(eval $(call platform_image,pc))

# Core's own headers and those of its platform are found by <name.h>. Sizes in core's structures
# depend on the platform, so each has objects of its own. CORE_EXCLUDE_pc names files of core/src
# that core/pc replaces.
$(eval $(call read_folder,core))
# $(call core,platform,binary,files of core/src to leave out,base files,objects of base/PLATFORM)
define core
CORE_SRC.$1 := $(addprefix src/,$(filter-out $3,$(call sources,$(dir.core)/src))) \
	$(addprefix $1/,$(call sources,$(dir.core)/$1))
$$(eval $$(call compile,$(BUILD)/obj/core/$1,$(dir.core),$$(CORE_SRC.$1),\
	$(CFLAGS.core) -I$(dir.core)/src -I$(dir.core)/$1,$(mk.core)))
$$(eval $$(call program,$2,$$(call object_names,$(BUILD)/obj/core/$1,$$(CORE_SRC.$1)) \
	$(call base_objects,$4) $(call object_names,$(BUILD)/obj/base/$1,$5),\
	$(call archives,$(LIBS.core)) $(API_LIB)))
endef
ifneq ($(call sources,$(dir.core)/linux),)
$(eval $(call core,linux,$(BUILD)/bin/core,,$(CORE_BASE.core),$(CORE_PLATFORM.core)))
endif
# On pc the image tool loads core, at a fixed address.
ifneq ($(call sources,$(dir.core)/pc),)
$(eval $(call core,pc,$(BUILD)/pc/bin/core,$(CORE_EXCLUDE_pc.core),\
	$(CORE_BASE.core) $(CORE_BASE_pc.core),))
$(BUILD)/pc/bin/core: LINK := -nostdlib -static -no-pie -Wl,--gc-sections,-z,noexecstack \
	-Wl,-z,separate-code,-z,norelro,-z,max-page-size=4096,--build-id=none \
	-Wl,-Ttext-segment=0x400000,-e,_start,-u,_start
endif

# ---------------------------------------------------------------- fonts

# Boot modules for programs with text: of Debian's DejaVu fonts what tool/font keeps.
FONTS := $(addprefix $(BUILD)/data/,sans.ttf bold.ttf mono.ttf)
FONT_DIR := /usr/share/fonts/truetype/dejavu
$(BUILD)/data/sans.ttf: FONT := $(FONT_DIR)/DejaVuSans.ttf
$(BUILD)/data/bold.ttf: FONT := $(FONT_DIR)/DejaVuSans-Bold.ttf
$(BUILD)/data/mono.ttf: FONT := $(FONT_DIR)/DejaVuSansMono.ttf
$(FONTS): tool/font $(MAKE_FILES) | $(BUILD)/stamp/setup.build
	$(call say,FONT,$(@F))
	$(Q)mkdir -p $(@D) && $(PYTHON) tool/font --out $@ $(FONT)
ALL_PROGRAMS += $(FONTS)

export OSIER_PROGRAMS := $(ALL_PROGRAMS)

# ---------------------------------------------------------------- everything

DATABASE_FILE := $(if $(filter build,$(BUILD)),,$(BUILD)/)compile_commands.json
ONLY_linux := $(BUILD)/linux/% $(addprefix $(BUILD)/bin/,core platform-linux)
ONLY_pc := $(BUILD)/pc/% $(BUILD)/bin/platform-pc
all: $(filter-out $(foreach p,$(if $(ON),$(filter-out $(ON),$(PLATFORMS))),$(ONLY_$p)),\
	$(ALL_PROGRAMS)) $(DATABASE_FILE)

-include $(ALL_OBJECTS:.o=.d)
