/* SPDX-License-Identifier: BSD-2-Clause */
/* The fonts of a document: one for each look. */

#ifndef SCOUT_FONTS_H
#define SCOUT_FONTS_H

#include <osier/session.h>
#include <paint/font.h>

#include "layout.h"

enum font_kind {
	FONT_TEXT,
	FONT_STRONG,
	FONT_CODE,
	FONT_TITLE,   /* headings of level 1 … */
	FONT_CHAPTER, /* … 2 … */
	FONT_SECTION, /* … and further ones */
	FONT_COUNT
};

struct fonts {
	struct os_font *font[FONT_COUNT];
};

/**
 * Open the fonts' ROM modules; `size`: of a theme, in pixels, which the others go with. Errors:
 * those of sessions, OUT_OF_RAM; INVALID: no such font. The log tells of which.
 */
enum os_err fonts_init(struct fonts *fonts, struct os_env *env, uint32_t size) OS_MUST_CHECK;

/** Have them at another size; on an error, which the log tells, they stay as they are. */
enum os_err fonts_resize(struct fonts *fonts, struct os_env *env, uint32_t size) OS_MUST_CHECK;

struct os_font *font_of(const struct fonts *fonts, struct look look);

/* For struct measure, with a struct fonts as its context. */
uint32_t fonts_width(const struct fonts *fonts, struct look look, const char *text, size_t length);
uint32_t fonts_line(const struct fonts *fonts, struct look look, uint32_t *baseline);

#endif
