/* SPDX-License-Identifier: BSD-2-Clause */
/* A window: a Gui session with one view that shows all of its buffer, drawn double-buffered. */

#ifndef GUI_WINDOW_H
#define GUI_WINDOW_H

#include <api/gui.h>
#include <blit/blit.h>
#include <gui/watch.h>
#include <input/session.h>
#include <osier/session.h>

/*
 *   os_window_damage() --> (end of the event) --> ops->draw() into memory of the program's own
 *                                                     |
 *                          seen as a whole <-- copied into the session's buffer, refreshed
 *
 * So nobody ever sees a picture half done, and several changes within one event are drawn once. All
 * of it happens on the thread of the entrypoint that the window is given.
 */

struct os_window;

/** What a program does about its window; each member but `draw` may be NULL. */
struct os_window_ops {
	/**
	 * Draw what lies in `dirty` onto `surface`, where all else is as it was drawn last. Not
	 * called by any function of this header.
	 */
	void (*draw)(struct os_window *window, const struct os_surface *surface,
	             struct os_rect dirty);
	/**
	 * An event; positions are relative to the window. May close the window. Without this
	 * function the component exits at OS_INPUT_CLOSE.
	 */
	void (*input)(struct os_window *window, const struct os_input_event *event);
	/**
	 * The area for the window is width by height now, as a person has resized it: call
	 * os_window_resize(), if the program follows that at all. Without this function it does.
	 * Not called when a screen comes or goes, but for the first one, if there was none when
	 * the window was opened without a size of its own.
	 */
	void (*resize)(struct os_window *window, uint32_t width, uint32_t height);
	/** What was drawn last is shown: time for the next picture of an animation. */
	void (*sync)(struct os_window *window);
	/** The server has ended the session. Without this function the component exits with 1. */
	void (*gone)(struct os_window *window);
};

/** How it begins; zero is fine. */
struct os_window_config {
	const char *label;      /* of the session; NULL: none */
	const char *title;      /* what a person reads; NULL: nothing */
	uint32_t width, height; /* 0: the area that the server offers, once it has one */
	int32_t x, y;           /* where there is no window manager */
	bool alpha;             /* what is drawn may be transparent */
	bool background;        /* behind all others of its layer */
};

/** An open window; zero is closed. Members are for reading only. */
struct os_window {
	struct os_env *env;
	struct os_ep *ep;
	const struct os_window_ops *ops;
	void *context; /* the program's */
	struct os_session session;
	struct gui_cap gui;
	struct framebuffer_cap framebuffer;
	uint32_t view;
	uint32_t width, height;
	int32_t x, y;
	bool alpha, own_size;
	uint32_t area_width, area_height; /* that the server had for it last; 0: none so far */
	struct os_view pixels;            /* the session's buffer */
	struct os_surface shown, drawn;   /* in it, and in `back` */
	struct os_ram back;
	struct os_rect dirty; /* to be drawn */
	bool scheduled;       /* `redraw` is submitted */
	struct os_input input;
	struct os_signal_handler redraw, mode, sync;
	struct os_gui_watch watch;
};

/**
 * Open it; waits for the server. All of it is to be drawn then. Errors, with nothing left open:
 * those of sessions and memory, RANGE (larger than OS_SURFACE_MAX), PROTOCOL (the server's buffer
 * is none).
 */
enum os_err os_window_open(struct os_window *window, struct os_env *env, struct os_ep *ep,
                           const struct os_window_config *config, const struct os_window_ops *ops,
                           void *context) OS_MUST_CHECK;

/** Zero is accepted. */
void os_window_close(struct os_window *window);

/** Have these pixels drawn again, when the current event is over. */
void os_window_damage(struct os_window *window, struct os_rect rect);
void os_window_damage_all(struct os_window *window);

/** Another size; all of it is drawn anew. On an error the old one remains. As os_window_open(). */
enum os_err os_window_resize(struct os_window *window, uint32_t width,
                             uint32_t height) OS_MUST_CHECK;

/** Another place, where there is no window manager that knows better. */
void os_window_move(struct os_window *window, int32_t x, int32_t y);

/** What a person reads, cut to what fits. */
void os_window_title(struct os_window *window, const char *title);

#endif
