# SPDX-License-Identifier: BSD-2-Clause
# The one entry: builds everything, and starts the tools that run, test, check and tidy it.

# What may be set on the command line; `make help` explains.
BUILD := build
ON :=
SMP := 1
KERNEL :=
BOOT :=
PARALLEL :=
TIER := full
REPOS :=
V :=
T :=
B :=
AS :=
WATCH :=
TRACE :=
HALT :=
SCREEN :=
SCREENSHOT :=
MODE :=

MAKEFLAGS += -rR --no-print-directory
ifeq ($(MAKELEVEL),0)
# A -j on the command line wins.
MAKEFLAGS += -j$(shell nproc)
endif
SHELL := /bin/sh
.DELETE_ON_ERROR:
.SUFFIXES:

CC := gcc
AR := ar
OBJCOPY := objcopy
PYTHON := python3
Q := $(if $(V),,@)
# $(call say,CC,what): one short line per step, unless V=1 shows the whole command.
say = $(if $(V),,@printf '  %-5s %s\n' '$(strip $1)' '$(strip $2)')

# Where folders are looked for: overlays first, so that they may shadow; then this tree.
# A ~ is expanded; a folder that is not there is an error.
OVERLAYS := $(foreach r,$(REPOS),$(or $(patsubst %/,%,$(wildcard $(patsubst %/,%,$r)/)),\
	$(error REPOS: $r: no such folder)))
TOPS := $(OVERLAYS) .
export OSIER_TOPS := $(TOPS)
export OSIER_BUILD := $(BUILD)
export PYTHONDONTWRITEBYTECODE := 1

.PHONY: all test bench lint setup help clean
all:

ifneq ($(filter-out linux pc,$(ON)),)
$(error ON=$(ON): expected linux or pc)
endif
ifneq ($(filter-out quick full,$(TIER)),)
$(error TIER=$(TIER): expected quick or full)
endif
ifneq ($(filter-out window vnc none,$(SCREEN)),)
$(error SCREEN=$(SCREEN): expected window, vnc or none)
endif
ifneq ($(filter-out debug release,$(KERNEL)),)
$(error KERNEL=$(KERNEL): expected debug or release)
endif

# `clean` comes first, also in `make clean all`.
ifneq ($(filter clean,$(MAKECMDGOALS)),)
ifeq ($(findstring n,$(firstword -$(MAKEFLAGS))),)
$(shell rm -rf $(BUILD) compile_commands.json)
endif
endif
clean:
	@:

ifneq ($(filter-out help clean setup new/%,$(or $(MAKECMDGOALS),all)),)
include tool/make/rules.mk
include tool/make/display.mk
include tool/make/kernel.mk
include tool/make/test.mk
include tool/make/bench.mk
include tool/make/lint.mk
endif

# ---------------------------------------------------------------- packages

setup:
	$(Q)tool/setup build test pc lint
# What is there only for a screen that people see may be missing.
$(BUILD)/stamp/screen.mk: $(wildcard $(addsuffix /tool/packages,$(TOPS))) tool/setup
	$(Q)tool/setup --optional screen && mkdir -p $(@D) && touch $@
.PRECIOUS: $(BUILD)/stamp/setup.%
$(BUILD)/stamp/setup.%: $(wildcard $(addsuffix /tool/packages,$(TOPS))) tool/setup
	$(Q)tool/setup $* && mkdir -p $(@D) && touch $@

# ---------------------------------------------------------------- running

# Builds what the scenario needs, then runs it.
RUN_ON := $(or $(ON),$(if $(filter run/kernel/%,$(MAKECMDGOALS)),pc,linux))
RUN_OPTIONS := --on $(RUN_ON)
RUN_OPTIONS += $(if $(WATCH),--watch '$(WATCH)') $(if $(TRACE),--trace)
RUN_SHOWN := $(if $(SCREEN),--screen $(SCREEN)) $(if $(SCREENSHOT),--screenshot '$(SCREENSHOT)')
RUN_SHOWN += $(if $(MODE),--mode '$(MODE)')
RUN_SETUP := $(BUILD)/stamp/setup.build $(if $(HALT),$(BUILD)/stamp/setup.test)
ifeq ($(RUN_ON),pc)
RUN_OPTIONS += $(if $(KERNEL),--kernel $(KERNEL))
RUN_MORE := --smp $(SMP) $(if $(BOOT),--boot $(BOOT)) $(if $(PARALLEL),--parallel)
RUN_SETUP += $(BUILD)/stamp/setup.pc
endif
run/%: $(RUN_SETUP) FORCE
	$(Q)targets=$$($(PYTHON) tool/run --targets $(RUN_OPTIONS) $*) && \
		$(MAKE) $(if $(V),,-s) $$targets
	$(Q)$(PYTHON) tool/run $(RUN_OPTIONS) $(RUN_MORE) $(RUN_SHOWN) $(if $(AS),--as $(AS)) \
		$(if $(HALT),--halt '$(HALT)') $*

# A bootable file, build/image/X.elf, and a CD or USB stick around it, X.iso.
IMAGE_OPTIONS := --on pc --kernel $(or $(KERNEL),release)
image/%: $(BUILD)/stamp/setup.build $(BUILD)/stamp/setup.pc FORCE
	$(Q)targets=$$($(PYTHON) tool/run --targets $(IMAGE_OPTIONS) $*) && \
		$(MAKE) $(if $(V),,-s) $$targets
	$(Q)$(PYTHON) tool/run --image $(IMAGE_OPTIONS) $(if $(MODE),--mode '$(MODE)') $*

# What a program uses is read from its binary; one that does not compile is checked without.
check/%: $(BUILD)/stamp/setup.build $(BUILD)/stamp/setup.test FORCE
	$(Q)targets=$$($(PYTHON) tool/check --targets $(if $(ON),--on $(ON)) $* 2>/dev/null); \
		[ -z "$$targets" ] || $(MAKE) -k $(if $(V),,-s) $$targets || true
	$(Q)$(PYTHON) tool/check $(if $(ON),--on $(ON)) $*

new/%: $(BUILD)/stamp/setup.build FORCE
	$(Q)$(PYTHON) tool/new $*

FORCE:

help:
	@sed -n 's/^## \{0,1\}//p' Makefile

## make                       build everything
## make run/X                 build what scenario/X.xml needs and run it
##      HALT=label              stop that component at its start, until gdb is attached
##      TRACE=1                 write a timeline, build/trace/X.json, for ui.perfetto.dev
##      WATCH=1                 show the running system as a page on 127.0.0.1; 8080: that port
##      SCREENSHOT=x.png        with a screen: nobody sees it, and x.png how it looks in the end
##      SCREEN=vnc              with a screen: a VNC server in place of a window; none: run the test
##      MODE=1920x1080          with a screen: its mode at the start; also with image/X
##      AS=user                 as root: run as an ordinary user
##      AS=bare                 as one, and as on a host that forbids namespaces
## make run/X ON=pc           run it on the kernel, on a PC that QEMU plays
##      SMP=4                   with 4 CPUs, PARALLEL=1 in parallel, else in turn
##      BOOT=bios               from a CD by GRUB; also uefi, and usb (a stick, by BIOS)
##      KERNEL=release          without the kernel's debugger and assertions
## make run/kernel/X          a program of kernel/test, on the kernel alone
## make image/X               build/image/X.iso and X.elf: boots on PCs, by BIOS and UEFI
## make test                  all tests, on both platforms; ends in "N passed, N failed"
##      ON=linux                those of one platform
##      T=text                  only those whose name contains the text
##      TIER=quick              only what a change needs (default: full)
## make bench [B=name]        figures with their baselines; JSON in build/bench.json
## make check/X               validate a scenario without running it, and draw it
## make new/app/X             a component's skeleton, ready to run; also new/server/X, new/driver/X
##                            and new/lib/X; with REPOS= in the first folder that it names
## make lint                  format, static analysis, house rules
## make setup                 install what is missing; other targets do it by themselves
## make clean                 remove build/
##
## Everywhere: ON=linux or ON=pc (the platform), V=1 (show commands), BUILD=folder (output),
## REPOS="../mine ../more" (folders with the same layout, laid over this one: doc/overlays.md).
