/* SPDX-License-Identifier: BSD-2-Clause */
/* What a person sees of a document in a window, and how it is moved through. */

#ifndef SCOUT_VIEW_H
#define SCOUT_VIEW_H

#include <gui/window.h>
#include <widget/theme.h>

#include "fonts.h"
#include "library.h"

enum { STATUS_SIZE = 160 };

/** Zero, with `library`, `theme`, `fonts` and `follow` set, shows nothing yet. */
struct view {
	struct library *library;
	struct os_theme theme; /* without fonts: a document has more of them */
	struct fonts fonts;
	struct os_window window;
	struct page page;
	int32_t scroll;                         /* pixels of the page above the window */
	const struct box *hover, *focus, *held; /* links: under the pointer, by Tab, pressed */
	char status[STATUS_SIZE];               /* a line at the bottom; "": none */
	bool status_bad;
	bool alt, shift; /* keys that are down */
	int32_t x, y;    /* of the pointer */
	int32_t grip;    /* where the scroll bar was gripped; -1: it is not */
	/** A link was followed: to another document, a place, or something to start. */
	void (*follow)(struct view *view, const char *target, size_t length);
	/** Back or forward was asked for. */
	void (*turn)(struct view *view, bool forward);
};

extern const struct os_window_ops view_ops; /* with the view as the window's context */

/** Show the library's document from `scroll` on. Errors: OUT_OF_RAM: what was shown remains. */
enum os_err view_show(struct view *view, int32_t scroll) OS_MUST_CHECK;

/** Forget where boxes are, before the library opens another document. */
void view_forget(struct view *view);

/** Go to a heading, such as "#what-is-a-session"; false: there is none. */
bool view_go(struct view *view, const char *target, size_t length);

/**
 * Other colours, and fonts of another size: the page is laid out anew, and goes on where it was.
 * Without memory for the fonts they stay, and a line in the log says so.
 */
void view_theme(struct view *view, const struct os_theme *theme);

/** A line for the person; `bad`: something went wrong. */
void view_status(struct view *view, bool bad, const char *format, ...) OS_PRINTF(3, 4);

#endif
