/* SPDX-License-Identifier: BSD-2-Clause */
/* A window full of widgets: fonts, theme, Gui session and event loop in one. */

#ifndef WIDGET_WINDOW_H
#define WIDGET_WINDOW_H

#include <gui/window.h>
#include <widget/fonts.h>
#include <widget/widget.h>

struct os_widget_window_config {
	struct os_window_config window; /* width or height 0: what the widgets would like … */
	bool follows;                   /* … or else all of the area that the server offers */
	const struct os_theme *theme;   /* without fonts; NULL: the default */
	/** The person wants to close the window; NULL: the component exits with 0. */
	void (*close)(struct os_ui *ui);
	/** What was drawn last is on the screen: for animations; NULL: nobody needs to know. */
	void (*shown)(struct os_ui *ui);
};

/** Zero is closed. */
struct os_widget_window {
	struct os_window window;
	struct os_ui ui; /* `key` and `context` may be set; the rest is for reading */
	struct os_fonts fonts;
	struct os_theme theme;
	void (*close)(struct os_ui *ui), (*shown)(struct os_ui *ui);
};

/**
 * Open a window with the widgets in `root`; waits for fonts and the GUI server. From then on the
 * entrypoint's thread handles input, calls what the program has set in its widgets, and draws what
 * has changed when the event is over. Errors, with nothing left open: those of os_fonts_open() and
 * os_window_open().
 */
enum os_err os_widget_window_open(struct os_widget_window *window, struct os_env *env,
                                  struct os_ep *ep, const struct os_widget_window_config *config,
                                  struct os_widget *root) OS_MUST_CHECK;

/** Zero is accepted. */
void os_widget_window_close(struct os_widget_window *window);

/**
 * Other colours and lengths, and fonts of another size, as of a config that has changed; the window
 * stays as large as it is. Without memory for the fonts they stay, and a line says so.
 */
void os_widget_window_theme(struct os_widget_window *window, const struct os_theme *theme);

#endif
