# SPDX-License-Identifier: BSD-2-Clause
# The program of the host's that shows a screen (tool/display). Included by the Makefile.
#
# What its views need may be missing: without SDL2 it has no window, without libvncserver no VNC
# server; screenshots and scripted input need neither.

# Not DISPLAY, which is the desktop, and would be for others, too.
DISPLAY_PROGRAM := $(BUILD)/tool/display
DISPLAY_DIR := $(call locate,tool/display)
ifneq ($(DISPLAY_DIR),)

# Installed first, where that may be; make then reads all of this again.
ifneq ($(filter all test lint $(DISPLAY_PROGRAM),$(or $(MAKECMDGOALS),all)),)
-include $(BUILD)/stamp/screen.mk
endif
DISPLAY_SDL := $(wildcard /usr/include/SDL2/SDL.h)
DISPLAY_VNC := $(wildcard /usr/include/rfb/rfb.h)
DISPLAY_SRC := main.c screen.c link.c control.c view_none.c host_keys.c \
	$(if $(DISPLAY_SDL),window.c,no_window.c) $(if $(DISPLAY_VNC),vnc.c,no_vnc.c)
DISPLAY_LIBS := $(if $(DISPLAY_SDL),-lSDL2) $(if $(DISPLAY_VNC),-lvncserver)
DISPLAY_FLAGS := -std=c17 -D_GNU_SOURCE -O2 -g -fPIE -fstack-protector-strong -D_FORTIFY_SOURCE=2 \
	$(WARN) $(PREFIX_MAP) $(INCLUDE)
DISPLAY_STAMP := $(call remember,display,$(CC) $(DISPLAY_FLAGS) $(CFLAGS) $(DISPLAY_SRC)) \
	$(MAKE_FILES)
DISPLAY_OBJECTS := $(call object_names,$(BUILD)/obj/tool/display,$(DISPLAY_SRC))
DATABASE += $(addprefix $(DISPLAY_DIR)/,$(DISPLAY_SRC))
DATABASE_FLAGS.$(DISPLAY_DIR) := $(DISPLAY_FLAGS)

$(foreach s,$(DISPLAY_SRC),$(eval \
	$(BUILD)/obj/tool/display/$(basename $s).o: $(DISPLAY_DIR)/$s))
$(DISPLAY_OBJECTS): $(DISPLAY_STAMP) | $(BUILD)/stamp/setup.build
	$(call say,HCC,$(@:$(BUILD)/obj/%=%))
	$(Q)mkdir -p $(@D) && $(CC) $(DISPLAY_FLAGS) -MMD -MP -c -o $@ $(source)

$(DISPLAY_PROGRAM): $(DISPLAY_OBJECTS)
	$(call say,HLD,$(@F))
	$(Q)mkdir -p $(@D) && $(CC) -pie -Wl,-z,relro,-z,now -o $@ $(filter %.o,$^) $(DISPLAY_LIBS)

all: $(DISPLAY_PROGRAM)
-include $(DISPLAY_OBJECTS:.o=.d)

endif
