# SPDX-License-Identifier: BSD-2-Clause
# Static checks: per file in parallel, and again only for what has changed since it was clean.

DATABASE := $(sort $(DATABASE))

# For editors and clang-tidy; rewritten only when the set of files or the flags change.
json = { "directory": "$(CURDIR)", "file": "$1", \
	"command": "$(CC) $(call clang_flags_of,$1) -c $1" }
comma := ,
$(DATABASE_FILE): $(FLAGS_STAMP) $(call remember,database,$(DATABASE)) \
		$(foreach k,$(LIB_KEYS) $(COMPONENT_KEYS) base core,$(mk.$k))
	$(file >$@,[$(call json,$(firstword $(DATABASE))))
	$(foreach s,$(wordlist 2,$(words $(DATABASE)),$(DATABASE)),\
		$(file >>$@,$(comma)$(call json,$s)))
	$(file >>$@,])
	@:
flags_of = $(or $(DATABASE_FLAGS.$(patsubst %/,%,$(dir $1))),$(FLAGS))
# Without what gcc alone knows.
clang_flags_of = $(filter-out -mindirect-branch=% -ftrivial-auto-var-init=%,$(call flags_of,$1))

LINT := $(BUILD)/lint
LINT_SOURCES := $(filter %.c,$(filter-out $(BUILD)/%,$(sort $(DATABASE))))
LINT_HEADERS := $(sort $(foreach p,abi/*.h abi/*/*.h base/*/*.h base/include/osier/*.h core/*/*.h \
	init/*.h lib/*/*/*.h lib/*/include/*/*.h server/*/*.h driver/*/*.h driver/*/*/*.h \
	app/*/*.h tool/display/*.h \
	*/test/*.h */*/test/*.h */*/test/*/*.h kernel/*/*.h kernel/test/*/*.h,\
	$(patsubst ./%,%,$(wildcard $(addsuffix /$p,$(TOPS))))))
LINT_FILES := $(LINT_SOURCES) $(LINT_HEADERS)
lint_stamp = $(LINT)/$(subst ../,up/,$1).ok

# cppcheck knows a libc's macros for signals, which our own enums would turn into nonsense, and not
# _Noreturn. Labels of a linker script are for it objects of their own, and not places in one; what
# is assigned to a register by name it takes for a statement without effect. Null pointers across
# functions are left to clang's analysis, which sees conditions.
CPPCHECK := --quiet --std=c11 --enable=warning,performance,portability --inline-suppr \
	--error-exitcode=1 --suppress=unknownMacro --suppress=missingInclude \
	--suppress=internalAstError --suppress=comparePointers --suppress=constStatement \
	--suppress=ctunullpointer \
	'-D__attribute__(x)=' '-D_Noreturn=__attribute((noreturn))' \
	$(addprefix -USIG,INT ILL TRAP ABRT BUS FPE KILL SEGV PIPE ALRM TERM CHLD CONT STOP SYS)

# One shell line that is silent unless the command fails, and then shows all it said.
silent = out=$$($1 2>&1) || { printf '%s\n' "$$out" >&2; false; }

# Null pointers are left to clang's analysis, which sees more. Tests do strange things on purpose,
# and their asserts confuse the path analysis.
no_tests = $(foreach f,$1,$(if $(findstring /test/,$f),,$f))
analyze = $(if $(findstring /test/,$1),true,$(CC) $(call flags_of,$1) -fanalyzer \
	-Wno-analyzer-use-of-uninitialized-value -Wno-analyzer-null-dereference -c -o /dev/null $1)

# Include paths and sources, apart where headers of the same name mean something else.
CPPCHECK_SOURCES := $(call no_tests,$(LINT_SOURCES))
CPPCHECK_kernel = $(filter -I%,$(KERNEL_FLAGS)) $(filter $(KERNEL_DIR)/%,$(CPPCHECK_SOURCES))
CPPCHECK_pc = -I$(dir.core)/src -I$(dir.core)/pc $(filter -I%,$(INCLUDE)) \
	$(filter $(dir.core)/pc/%,$(CPPCHECK_SOURCES))
CPPCHECK_rest = -I$(dir.core)/src -I$(dir.core)/linux $(filter -I%,$(INCLUDE)) \
	$(filter-out $(KERNEL_DIR)/% $(dir.core)/pc/%,$(CPPCHECK_SOURCES))

# The settings that hold for a file: its repository's own, or ours.
top_of = $(firstword $(foreach t,$(OVERLAYS),$(if $(filter $t/%,$1),$t)) .)
settings_of = $(firstword $(wildcard $(call top_of,$1)/$2) $2)

define lint_file
$(call lint_stamp,$1): $1 $(call settings_of,$1,.clang-format) \
		$(call settings_of,$1,.clang-tidy) $$(wildcard $$(call lint_stamp,$1).d) \
		$(FLAGS_STAMP) | $$(GEN_H) $(BUILD)/stamp/setup.lint
	$$(call say,LINT,$1)
	$$(Q)mkdir -p $$(@D)
	$$(Q)$$(call silent,\
		clang-format --dry-run -Werror --style=file:$(call settings_of,$1,.clang-format) $1)
	$(if $(filter %.c,$1),$$(Q)$$(call silent,\
		clang-tidy --quiet --config-file=$(call settings_of,$1,.clang-tidy) $1 -- \
		$$(call clang_flags_of,$1))
	$$(Q)$$(call silent,$$(call analyze,$1))
	$$(Q)$$(CC) $$(call flags_of,$1) -MM -MP -MT $$@ -MF $$@.d $1)
	$$(Q)touch $$@
-include $(wildcard $(call lint_stamp,$1).d)
endef
ifneq ($(filter lint lint_all $(LINT)/%,$(MAKECMDGOALS)),)
$(foreach f,$(LINT_FILES),$(eval $(call lint_file,$f)))
endif

.PHONY: lint_all lint_c lint_c_kernel lint_c_pc lint_c_rest lint_house
lint_all: $(foreach f,$(LINT_FILES),$(call lint_stamp,$f)) lint_c lint_house

lint_c: lint_c_kernel lint_c_pc lint_c_rest
lint_c_kernel lint_c_pc lint_c_rest: lint_c_%: $(LINT_FILES) | $(GEN_H) $(BUILD)/stamp/setup.lint
	$(call say,LINT,cppcheck: $*)
	$(Q)mkdir -p $(LINT)/cppcheck/$*
	$(Q)$(call silent,cppcheck $(CPPCHECK) --cppcheck-build-dir=$(LINT)/cppcheck/$* \
		$(CPPCHECK_$*))

lint_house: $(BUILD)/stamp/setup.build $(BUILD)/stamp/setup.test
	$(call say,LINT,house rules and scenarios)
	$(Q)$(PYTHON) tool/tidy
	$(Q)$(PYTHON) tool/check $(if $(ON),--on $(ON)) --all

# Goes on after a finding, so that one run shows all.
lint: $(BUILD)/stamp/setup.lint
	$(Q)$(MAKE) -k lint_all
