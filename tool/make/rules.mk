# SPDX-License-Identifier: BSD-2-Clause
# How sources become libraries and components. Included by the Makefile, never run alone.
#
# A folder's key is its path inside a repository ("app/hello"). Its build.mk may set LIBS, SRC,
# CFLAGS and what is named below; it is read once, into variables "LIBS.app/hello" and so on.

# ---------------------------------------------------------------- finding folders

# $(call locate,path): the path in the first repository that has it.
locate = $(patsubst ./%,%,$(firstword $(wildcard $(addsuffix /$1,$(TOPS)))))
# $(call folders,kind): the keys of all folders of a kind ("app": "app/a app/b").
folders = $(sort $(foreach t,$(TOPS),$(patsubst $t/%/.,%,$(wildcard $t/$1/*/.))))
# $(call sources,dir): C and assembler files of a folder and of its CPU's, relative to it.
ARCH := x86_64
sources = $(patsubst $1/%,%,$(sort $(wildcard $(foreach d,$1 $1/$(ARCH),$d/*.c $d/*.S))))

LIB_KEYS := $(call folders,lib)
COMPONENT_KEYS := $(foreach k,app server driver,$(call folders,$k)) $(if $(call locate,init),init)

# ---------------------------------------------------------------- flags

INCLUDE := $(foreach t,$(TOPS),-I$t $(addprefix -I,$(patsubst ./%,%,\
	$(wildcard $t/base/include $t/lib/*/include)))) -I$(BUILD)/gen
# Outputs do not tell where they were built.
PREFIX_MAP := -ffile-prefix-map=$(CURDIR)=. -ffile-prefix-map=$(BUILD)=build \
	$(foreach r,$(REPOS),-ffile-prefix-map=$(patsubst %/,%,$r)=.)
WARN := -Wall -Wextra -Wshadow -Werror
FLAGS := -std=c17 -O2 -g -ffreestanding -fpie -fstack-protector-strong \
	-mstack-protector-guard=global -fno-omit-frame-pointer -ffunction-sections -fdata-sections \
	$(WARN) $(PREFIX_MAP) $(INCLUDE)
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
CLEAR := LIBS SRC CFLAGS TEST_LIBS TEST_SRC PLATFORM_BASE CORE_BASE CORE_PLATFORM CORE_PURE \
	BASE_PURE

# $(call read_folder,key[,test]): read build.mk, and test/build.mk on top for "test".
define read_folder
$(foreach v,$(CLEAR),
$v :=)
dir.$1 := $(call locate,$1)
mk.$1 := $(wildcard $(call locate,$1)/build.mk $(call locate,$1)/test/build.mk)
include $(wildcard $(call locate,$1)/build.mk $(call locate,$1)/test/build.mk)
$(foreach v,$(CLEAR),
$v.$1 := $$($v))
endef

# What all objects depend on: the flags, and the Makefiles.
FLAGS_STAMP := $(call remember,flags,$(CC) $(FLAGS) $(LINK) $(CFLAGS) $(TOPS)) $(MAKE_FILES)
ALL_OBJECTS :=
DATABASE :=

# $(call object_names,object folder,sources)
object_names = $(addprefix $1/,$(addsuffix .o,$(basename $2)))

# In the recipe of an object: the file that it is made of.
source = $(firstword $(filter %.c %.S,$^))

# $(call compile,object folder,source folder,sources,extra flags,extra prerequisites)
define compile
ALL_OBJECTS += $(call object_names,$1,$3)
DATABASE += $(foreach s,$3,$2/$s)
$(foreach d,$(sort $(dir $(addprefix $2/,$3))),
DATABASE_FLAGS.$(d:/=) := $$(FLAGS) $4)
$(foreach s,$3,
$1/$(basename $s).o: $2/$s)
$(call object_names,$1,$3): EXTRA := $4
$(call object_names,$1,$3): $(FLAGS_STAMP) $5 | $$(GEN_H) $$(BUILD)/stamp/setup.build
	$$(call say,CC,$$(@:$$(BUILD)/obj/%=%))
	$$(Q)mkdir -p $$(@D) && $$(CC) $$(FLAGS) $$(EXTRA) -MMD -MP -c -o $$@ $$(source)
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
endef

# ---------------------------------------------------------------- generated interfaces

API := $(sort $(foreach t,$(TOPS),$(basename $(notdir $(wildcard $t/api/*.rpc)))))
API_RPC := $(foreach n,$(API),$(call locate,api/$n.rpc))
RPCGEN := tool/rpcgen
API_DIRS := $(addprefix -I,$(wildcard $(addsuffix /api,$(TOPS))))
RPCGEN_FILES := $(wildcard tool/rpcgen tool/rpcgen_*/*.py)
GEN_H := $(foreach n,$(API) $(if $(API),tables),$(BUILD)/gen/api/$n.h)
GEN_C := $(notdir $(GEN_H:.h=.c))
API_LIB := $(BUILD)/lib/libosier_api.a

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

define library
$(call read_folder,$1)
$$(eval $$(call compile,$(BUILD)/obj/$1,$$(dir.$1)/src,$$(call sources,$$(dir.$1)/src),\
	$$(CFLAGS.$1),$$(mk.$1)))
$$(eval $$(call archive,$(BUILD)/lib/libosier_$(notdir $1).a,\
	$$(call object_names,$(BUILD)/obj/$1,$$(call sources,$$(dir.$1)/src))))
endef
$(foreach k,$(LIB_KEYS),$(eval $(call library,$k)))

$(BUILD)/lib/libosier_%.a:
	@echo "lib/$*: no such library; a build.mk names it in LIBS" >&2; false

# $(call closure,libs): the libraries and all that they need.
closure = $(call closure_step,$(sort $1),$(sort $1 $(foreach l,$1,$(LIBS.lib/$l))))
closure_step = $(if $(filter-out $1,$2),$(call closure,$2),$1)
archives = $(foreach l,$(call closure,$1),$(BUILD)/lib/libosier_$l.a)

# ---------------------------------------------------------------- components

# Per platform: driver/NAME/linux/*.c is added for build/linux/bin/NAME.
define component
$(call read_folder,$1)
SRC.$1 := $$(or $$(strip $$(SRC.$1)),$$(call sources,$$(dir.$1)))
VARIANT.$1 := $$(addprefix linux/,$$(call sources,$$(dir.$1)/linux))
SRC.$1 += $$(VARIANT.$1)
ifneq ($$(strip $$(SRC.$1)),)
$$(eval $$(call compile,$(BUILD)/obj/$1,$$(dir.$1),$$(SRC.$1),$$(CFLAGS.$1),$$(mk.$1)))
$$(eval $$(call program,$(BUILD)/$$(if $$(VARIANT.$1),linux/)bin/$(notdir $1),\
	$$(call object_names,$(BUILD)/obj/$1,$$(SRC.$1)),\
	$$(call archives,$$(LIBS.$1)) $(API_LIB) $(BASE_LIB)))
endif
endef
$(foreach k,$(COMPONENT_KEYS),$(eval $(call component,$k)))

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

# Core's own headers and those of its platform are found by <name.h>.
$(eval $(call read_folder,core))
CFLAGS.core += -I$(dir.core)/src -I$(dir.core)/linux
CORE_SRC := $(addprefix src/,$(call sources,$(dir.core)/src)) \
	$(addprefix linux/,$(call sources,$(dir.core)/linux))
ifneq ($(strip $(CORE_SRC)),)
$(eval $(call compile,$(BUILD)/obj/core,$(dir.core),$(CORE_SRC),$(CFLAGS.core),$(mk.core)))
$(eval $(call program,$(BUILD)/bin/core,$(call object_names,$(BUILD)/obj/core,$(CORE_SRC)) \
	$(call base_objects,$(CORE_BASE.core)) \
	$(call object_names,$(BUILD)/obj/base/linux,$(CORE_PLATFORM.core)),\
	$(call archives,$(LIBS.core)) $(API_LIB)))
endif

export OSIER_PROGRAMS := $(ALL_PROGRAMS)

# ---------------------------------------------------------------- everything

DATABASE_FILE := $(if $(filter build,$(BUILD)),,$(BUILD)/)compile_commands.json
all: $(ALL_PROGRAMS) $(DATABASE_FILE)

-include $(ALL_OBJECTS:.o=.d)
