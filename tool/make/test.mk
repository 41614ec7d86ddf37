# SPDX-License-Identifier: BSD-2-Clause
# Host unit tests: each test/test_X.c is a cmocka program, with the pure code of its folder.
#
# Other files of a test folder are helpers of its tests; those of base/test are there for all. All
# is linked from archives, so a test gets just the files that it needs.

HOST_DIR := $(BUILD)/host
HOST_FLAGS := -std=gnu17 -g -O1 -fno-omit-frame-pointer -ffunction-sections -fdata-sections \
	-fsanitize=address -fsanitize=undefined -fno-sanitize-recover \
	$(WARN) $(PREFIX_MAP) $(INCLUDE) -I$(dir.base)/test
HOST_STAMP := $(call remember,host-flags,$(CC) $(HOST_FLAGS) $(CFLAGS) $(TOPS)) $(MAKE_FILES)
HOST_OBJECTS :=
HOST_TESTS :=

# Headers in test/mock stand in for those of a platform: they are found first.
host_cflags = $(addprefix -I,$(wildcard $(dir.$1)/test/mock)) -I$(dir.$1)/test $(CFLAGS.$1) \
	$(call port_headers,$(PORTS.$1))

# $(call host_compile,object folder,source folder,sources,extra flags,extra prerequisites)
define host_compile
HOST_OBJECTS += $(call object_names,$1,$3)
$(foreach s,$3,
$1/$(basename $s).o: $2/$s)
$(call object_names,$1,$3): EXTRA := $4
$(call object_names,$1,$3): $(HOST_STAMP) $5 | $$(GEN_H) $(BUILD)/stamp/setup.build \
		$(BUILD)/stamp/setup.test
	$$(call say,HCC,$$(@:$(HOST_DIR)/obj/%=%))
	$$(Q)mkdir -p $$(@D) && $$(CC) $$(HOST_FLAGS) $$(EXTRA) -MMD -MP -c -o $$@ \
		$$(source)
endef

# $(call host_library,key,source folder,sources): build/host/lib/KEY.a, dashes for slashes.
host_library_of = $(HOST_DIR)/lib/$(subst /,-,$1).a
define host_library
$(call host_compile,$(HOST_DIR)/obj/$1,$2,$3,$(call host_cflags,$1),$(mk.$1))
$(call file_cflags,$1,$(HOST_DIR)/obj/$1,$2)
$(if $(PORT_SRC.$1),$(call host_compile,$(HOST_DIR)/obj/$1/port,$(call port_dir,$1),\
	$(PORT_SRC.$1),$(call host_cflags,$1) $(PORT_CFLAGS) -fno-sanitize=undefined,$(mk.$1)))
$(call archive,$(call host_library_of,$1),$(call library_objects,$1,$(HOST_DIR)/obj,$3))
$(call object_names,$(HOST_DIR)/obj/$1,$3) $(call object_names,$(HOST_DIR)/obj/$1/test,\
	$(call all_test_sources,$(dir.$1)/test)): $(call port_stamps,$(PORTS.$1))
endef

all_test_sources = $(call sources,$1) $(addprefix mock/,$(call sources,$1/mock))
test_sources = $(filter test_%.c,$(call sources,$1))
helper_sources = $(filter-out test_%.c,$(call all_test_sources,$1))

# $(call host_tests,key,libraries): one program for each test/test_X.c of the folder.
define host_tests
$(if $(call test_sources,$(dir.$1)/test),
DATABASE += $(addprefix $(dir.$1)/test/,$(call sources,$(dir.$1)/test))
DATABASE_FLAGS.$(dir.$1)/test := $$(HOST_FLAGS) $(call host_cflags,$1)
$(call host_compile,$(HOST_DIR)/obj/$1/test,$(dir.$1)/test,$(call all_test_sources,$(dir.$1)/test),\
	$(call host_cflags,$1),$(mk.$1))
$(call archive,$(call host_library_of,$1/test),\
	$(call object_names,$(HOST_DIR)/obj/$1/test,$(call helper_sources,$(dir.$1)/test)))
$(foreach t,$(basename $(call test_sources,$(dir.$1)/test)),
$(call host_test,$1,$t,$2)))
endef
define host_test
HOST_TESTS += $(HOST_DIR)/bin/$1/$2
$(HOST_DIR)/bin/$1/$2: $(HOST_DIR)/obj/$1/test/$2.o $(call host_library_of,$1/test) $3 \
		$(HOST_COMMON) $(call remember,host-$1-$2,$3 $(TEST_LIBS.$1))
	$$(call say,HLD,$1/test/$2)
	$$(Q)mkdir -p $$(@D) && $$(CC) $$(HOST_FLAGS) -Wl,--gc-sections -o $$@ $$(filter %.o,$$^) \
		-Wl,--start-group $$(filter %.a,$$^) -Wl,--end-group -lcmocka -lm $(TEST_LIBS.$1)

endef

# ---------------------------------------------------------------- what the tests link

host_archives = $(foreach l,$(call closure,$1),$(call host_library_of,$(call lib_key,$l)))
HOST_COMMON := $(call host_library_of,base) $(call host_library_of,base-test) \
	$(call host_library_of,gen-api)

$(eval $(call host_library,base,$(dir.base)/src,$(BASE_PURE.base)))
$(eval $(call host_library,gen-api,$(BUILD)/gen/api,$(GEN_C)))
$(eval $(call host_tests,base))

# test/build.mk may name what of a library is for the host.
$(foreach k,$(LIB_KEYS),\
	$(eval $(call host_library,$k,$(dir.$k)/src,\
		$(or $(strip $(TEST_SRC.$k)),$(call sources,$(dir.$k)/src))))\
	$(eval $(call host_tests,$k,$(call host_archives,$(notdir $k) $(LIBS.$k)))))

# A component's tests get its sources but main.c; or what test/build.mk names in TEST_SRC.
$(foreach k,$(COMPONENT_KEYS),\
	$(eval $(call host_library,$k,$(dir.$k),\
		$(or $(strip $(TEST_SRC.$k)),$(filter-out main.c,$(SRC.$k)))))\
	$(eval $(call host_tests,$k,$(call host_library_of,$k) $(call host_archives,$(LIBS.$k)))))

# CORE_PURE names files of core/src.
CFLAGS.core += -I$(dir.core)/src -I$(dir.core)/linux
$(eval $(call host_library,core,$(dir.core)/src,$(CORE_PURE.core)))
$(eval $(call host_tests,core,$(call host_library_of,core) $(call host_archives,$(LIBS.core))))

# The kernel's logic, on the machine of kernel/core/test/mock; or what test/build.mk names.
$(eval $(call read_folder,kernel/core))
CFLAGS.kernel/core += -I$(dir.kernel/core)
$(eval $(call host_library,kernel/core,$(dir.kernel/core),\
	$(or $(strip $(TEST_SRC.kernel/core)),$(KERNEL_CORE))))
$(eval $(call host_tests,kernel/core,$(call host_library_of,kernel/core)))

-include $(HOST_OBJECTS:.o=.d)

# ---------------------------------------------------------------- running

# With T=, only what matches is built.
# $(call wanted,name): whether T= asks for it; an empty T asks for all.
wanted = $(if $(T),$(findstring $(T:%.user=%),$1),all)
TESTS_WANTED := $(foreach t,$(HOST_TESTS),$(if $(call wanted,$(t:$(HOST_DIR)/bin/%=unit/%)),$t))

# What T= matches is built by a make of its own, as the runner knows what the scenarios need.
PLATFORM_OPTION := $(if $(ON),--on $(ON))
.PHONY: test_some
test_some: $(BUILD)/stamp/setup.build
	$(Q)targets=$$($(PYTHON) tool/test_runner --targets --tier $(TIER) $(PLATFORM_OPTION) \
		--filter '$(T)') && \
		{ [ -z "$$targets$(TESTS_WANTED)" ] || \
		$(MAKE) $(if $(V),,-s) $$targets $(TESTS_WANTED); }

test: $(if $(T),test_some,all $(TESTS_WANTED)) $(BUILD)/stamp/setup.build \
		$(BUILD)/stamp/setup.test $(if $(filter linux,$(ON)),,$(BUILD)/stamp/setup.pc)
	$(file >$(BUILD)/stamp/tests,$(TESTS_WANTED))
	$(Q)$(PYTHON) tool/test_runner --tier $(TIER) $(PLATFORM_OPTION) $(if $(T),--filter '$(T)')
