/* SPDX-License-Identifier: BSD-2-Clause */
/* What pixels are shown on: the memory of a graphics card, and its mode. */

#ifndef FB_SCREEN_H
#define FB_SCREEN_H

#include <osier/env.h>

#include "format.h"

/** A screen that is there. */
struct screen {
	const char *name;
	uint8_t *at;                   /* the first pixel's first byte; written, never read */
	uint32_t width, height, pitch; /* pixels; bytes from row to row */
	struct format format;
	/*
	 * Change width and height; what is shown then is black. NULL: the mode stays as it is.
	 * RANGE: it cannot be had, and the one before stays.
	 */
	enum os_err (*mode_set)(struct screen *screen, uint32_t width, uint32_t height);
};

/**
 * The one that the boot loader left, by the ROM "platform_info"; it keeps its mode. Errors:
 * NOT_FOUND (the boot loader left none), UNSUPPORTED (one that is told wrongly, or has no such
 * pixels), those of opening its memory.
 */
enum os_err boot_screen_init(struct screen *screen, struct os_env *env) OS_MUST_CHECK;

/**
 * QEMU's and Bochs' graphics card, by a Platform session. It keeps a mode that it has, else gets
 * this one. Errors: those of os_pci_open(); UNSUPPORTED (another card), RANGE (no such mode).
 */
enum os_err bochs_screen_init(struct screen *screen, struct os_env *env, uint32_t width,
                              uint32_t height) OS_MUST_CHECK;

#endif
