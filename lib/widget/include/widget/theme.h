/* SPDX-License-Identifier: BSD-2-Clause */
/* The look that all programs share: colours, spaces, fonts. */

#ifndef WIDGET_THEME_H
#define WIDGET_THEME_H

#include <osier/env.h>
#include <paint/font.h>
#include <paint/paint.h>
#include <xml/xml.h>

/** Colours are opaque but where it says so; lengths are pixels. */
struct os_theme {
	os_pixel background;                /* of windows */
	os_pixel panel;                     /* of lists, entries and plots, which lie deeper */
	os_pixel raised;                    /* of buttons */
	os_pixel hovered;                   /* of what the pointer is on */
	os_pixel pressed;                   /* of what is held down */
	os_pixel line;                      /* separators, frames, grids */
	os_pixel text, faint;               /* faint: what is disabled, or less important */
	os_pixel accent;                    /* focus, bars, what is selected or on; links */
	os_pixel on_accent;                 /* text on that */
	os_pixel warning;                   /* nearly full, dangerous */
	uint32_t space;                     /* between widgets, and around all of them */
	uint32_t padding;                   /* within a widget, around its text */
	uint32_t radius;                    /* of corners */
	uint32_t bar;                       /* width of a scroll bar */
	uint32_t font_size;                 /* of who opens fonts for it (widget/window.h) */
	struct os_font *font, *bold, *mono; /* the caller's; bold, mono may be the same as font */
};

/** Osier's own colours and lengths, without fonts. */
extern const struct os_theme os_theme_default;

/**
 * Change `theme` as an element of a config says: <theme accent="#3aa6a0" space="8" …/>, with
 * colours and lengths by the names above. What is no colour or length (0 to 100; of a font, 6 to
 * 72) is left as it is, and its name returned; NULL: all is well.
 */
const char *os_theme_read(struct os_theme *theme, struct os_xml node);

/**
 * The same with the first <theme> in a component's config, if there is one; a line in the log tells
 * what is wrong with it.
 */
void os_theme_config(struct os_theme *theme, struct os_env *env, struct os_xml config);

/** "#rrggbb" or "#aarrggbb", the latter not premultiplied; false: it is neither. */
bool os_colour_read(const char *text, size_t length, os_pixel *colour);

/** A colour between two opaque ones: `part`, 0 to 256, of `to`. */
os_pixel os_colour_mix(os_pixel from, os_pixel to, uint32_t part);

#endif
