/* SPDX-License-Identifier: BSD-2-Clause */
/* A window: a Gui session with one view that shows all of its buffer, drawn double-buffered. */

#ifndef GUI_WINDOW_H
#define GUI_WINDOW_H

#include <api/gui.h>
#include <blit/blit.h>
#include <input/ring.h>
#include <osier/session.h>

struct os_window;

/** What a program does about its window; each member but `draw` may be NULL. */
struct os_window_ops {
	/**
	 * Draw what lies in `dirty` onto `surface`, which is not what is shown: it is copied there
	 * afterwards, at once and as a whole.
	 */
	void (*draw)(struct os_window *window, const struct os_surface *surface,
	             struct os_rect dirty);
	/** An event; positions are relative to the window. */
	void (*input)(struct os_window *window, const struct os_input_event *event);
	/**
	 * The window manager has made the area width by height: call os_window_resize(), if the
	 * program's window follows that at all. Without this function it does.
	 */
	void (*resize)(struct os_window *window, uint32_t width, uint32_t height);
	/** What was drawn last is shown: time for the next picture of an animation. */
	void (*sync)(struct os_window *window);
	/** The server has ended the session. Without this function the component ends. */
	void (*gone)(struct os_window *window);
};

struct os_window_config {
	const char *label; /* of the session; NULL: none */
	const char *title;
	uint32_t width, height; /* 0: what the server's mode says */
	int32_t x, y;           /* where there is no window manager */
	bool alpha;
};

/** An open window; zero is closed. Its members are for reading only. */
struct os_window {
	struct os_env *env;
	const struct os_window_ops *ops;
	void *context; /* the program's */
	struct os_session session;
	struct gui_cap gui;
	struct framebuffer_cap framebuffer;
	struct input_cap input;
	uint32_t view;
	uint32_t width, height;
	struct os_view pixels, events; /* what server and client share */
	struct os_surface shown, drawn;
	struct os_ram back; /* of `drawn` */
	struct os_input_sink sink;
	struct os_rect dirty; /* to be drawn */
	struct os_signal_handler input_handler, mode_handler, sync_handler;
};

/** Open it; waits for the server. Errors: those of sessions and memory, RANGE. */
enum os_err os_window_open(struct os_window *window, struct os_env *env, struct os_ep *ep,
                           const struct os_window_config *config, const struct os_window_ops *ops,
                           void *context) OS_MUST_CHECK;

/** Zero is accepted. */
void os_window_close(struct os_window *window);

/** Have these pixels drawn again, soon: several calls within one event are drawn once. */
void os_window_damage(struct os_window *window, struct os_rect rect);

/** Another size. On error the old one remains. */
enum os_err os_window_resize(struct os_window *window, uint32_t width,
                             uint32_t height) OS_MUST_CHECK;

void os_window_title(struct os_window *window, const char *title);

#endif
