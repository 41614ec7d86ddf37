/* SPDX-License-Identifier: BSD-2-Clause */
/* The fonts of a program, from ROM modules. */

#ifndef WIDGET_FONTS_H
#define WIDGET_FONTS_H

#include <osier/session.h>
#include <paint/font.h>
#include <widget/theme.h>

enum { OS_FONTS = 3, OS_FONT_SIZE = 14 /* pixels, usually */ };

/** Fonts at one size; zero is none. For reading only. */
struct os_fonts {
	struct os_font *font, *bold, *mono;
	struct os_rom roms[OS_FONTS];
	struct os_view views[OS_FONTS];
};

/**
 * Open the ROM modules "sans.ttf", "bold.ttf" and "mono.ttf", waiting for them; without one of the
 * latter two, that font is the same as the first. `size` as for os_font_create(); `cache` is bytes
 * for each. Errors, with nothing left open: those of ROM sessions and os_font_create(); the log
 * tells of which module.
 */
enum os_err os_fonts_open(struct os_fonts *fonts, struct os_env *env, uint32_t size,
                          size_t cache) OS_MUST_CHECK;

/**
 * Have them at another size; who uses the ones before has them no more. On an error they stay as
 * they are. Errors: those of os_font_create().
 */
enum os_err os_fonts_resize(struct os_fonts *fonts, struct os_env *env, uint32_t size,
                            size_t cache) OS_MUST_CHECK;

/** Have a theme use them. */
void os_fonts_apply(const struct os_fonts *fonts, struct os_theme *theme);

/** Zero is accepted. */
void os_fonts_close(struct os_fonts *fonts);

#endif
