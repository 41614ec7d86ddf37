/* SPDX-License-Identifier: BSD-2-Clause */
/* The window manager's parts: clients, windows, and what a person does with them. */

#ifndef WM_WM_H
#define WM_WM_H

#include <api/gui.h>
#include <blit/blit.h>
#include <input/session.h>
#include <osier/session.h>
#include <widget/theme.h>

#include "frame.h"

/*
 *   client --Gui--> wm --Gui "client"--> GUI server     content: the client's buffer and views
 *                      --Gui "client"--> GUI server     frame: what is around them
 *
 * The client's framebuffer, and capabilities of its views, are the GUI server's: pixels never pass
 * through here. Views on the screen are put into frames, and events are told as if there were none.
 * Each client pays for both sessions, and for its windows, with its donation; nobody waits for it.
 */

struct client;

/** What a client takes for a view on the screen. Listed twice: by client, and in their order. */
struct window {
	struct os_list_node node, order;
	struct client *client;
	uint32_t view;                     /* of the content; the client knows it by this number */
	uint32_t frame, title, buttons[2]; /* views of the frame; `frame` has all others in it */
	struct os_rect content;            /* on the screen; of no size: not seen yet */
	struct os_rect wanted;             /* the same once the client has followed its mode */
	struct os_rect restored;           /* before it was maximised */
	int32_t asked_x, asked_y;          /* where the client takes it to be */
	uint32_t row;                      /* of its title in the frame's buffer */
	bool maximised;
	enum part hover; /* MAXIMISE, CLOSE or NONE */
	uint32_t close_count;
	uint32_t round; /* in which Alt and Tab have been here last */
	char text[GUI_VIEW_TITLE_TITLE_SIZE];
};

/** A Gui session with the GUI server, on behalf of a client. */
struct real {
	struct os_session session;
	struct gui_cap gui;
	struct os_input input;
};

/** A client's session. */
struct client {
	struct os_server_session base;
	struct gui_server rpc;
	struct real content, frame;
	struct os_input_server input; /* what the client is told */
	bool input_served;
	struct signal_context_cap mode_handler;
	uint32_t mode_width, mode_height;
	uint64_t spare_ram, spare_caps;     /* drawn from its donation, and not in use */
	struct os_list windows;             /* struct window.node */
	struct framebuffer_cap framebuffer; /* of the content: the client has it, too */
	struct ram_dataspace_cap pointer;   /* likewise, its image */
	struct gui_view_cap view; /* that the client has asked for last: kept until its next call */
	struct os_view pixels;    /* of the frames' buffer */
	struct os_view arrows;    /* of the pointer's image over frames; none: not needed yet */
	enum part pointed;        /* the border that it tells of, or NONE */
	uint32_t rows;            /* titles that it has room for, and the buttons, … */
	int32_t title;            /* … of this height */
	bool focused, alt;
	uint16_t taken;         /* a key that is down for us: the client is not told; 0: none */
	struct window *pressed; /* a button is down that was pressed here */
	int32_t x, y;           /* of the pointer, on the screen */
	char label[160];
};

/** All of it. */
struct wm {
	struct os_env *env;
	struct os_service service;
	struct real own; /* tells of the screen */
	struct os_signal_handler mode_handler, sessions_handler;
	struct os_rect area;  /* for windows */
	uint32_t top, bottom; /* pixels of the screen that are not for windows */
	struct os_list order; /* struct window.order: what was used last is first */
	struct os_theme theme;
	struct os_font *font; /* of its size */
	int32_t title;        /* height that goes with that */
	uint32_t placed;      /* windows so far */
	struct client *focus; /* who got it last; NULL: nobody that is here */
	uint32_t round;       /* of Alt and Tab: another one each time Alt is up again */
	/* a drag: `part` of `window`, begun with `content` and the pointer at (x, y) */
	struct window *dragged;
	enum part part;
	struct os_rect content;
	int32_t x, y;
};

extern struct wm wm;

/* ------------------------------------------------------------------ main.c */

/** Take quota from the client's donation into our own. Errors: OUT_OF_RAM, OUT_OF_CAPS. */
enum os_err client_charge(struct client *client, uint64_t ram, uint64_t caps) OS_MUST_CHECK;
void client_refund(struct client *client, uint64_t ram, uint64_t caps);

/**
 * The result of `call`, an operation of `real`; where that lacks quota, it gets more of the
 * client's donation, as long as there is some.
 */
#define REAL_CALL(client, real, call)                          \
	({                                                     \
		enum os_err real_err;                          \
		do                                             \
			real_err = (call);                     \
		while (real_grow((client), (real), real_err)); \
		real_err;                                      \
	})
bool real_grow(struct client *client, struct real *real, enum os_err err);

/** End the client's sessions with the GUI server: whatever it calls from now on is GONE. */
void client_end(struct client *client);

/* ------------------------------------------------------------------ window.c */

/** A view on the screen, with a frame that is seen once it has a size. */
enum os_err window_create(struct client *client, uint32_t *view) OS_MUST_CHECK;
void window_destroy(struct window *window);

/** NULL: the view is none on the screen. */
struct window *window_find(const struct client *client, uint32_t view);

/** The client has placed its view. */
void window_place(struct window *window, struct os_rect asked);

/** Move it, or ask the client for another size, which is seen when the client has followed. */
void window_want(struct window *window, struct os_rect content);

void window_raise(struct window *window);
void window_maximise(struct window *window);
void window_title(struct window *window, const char *text);

/** Ask the client to close; the second time, end it. */
void window_close(struct window *window);

/** The one of the client's windows that was used last and has a size; NULL: there is none. */
struct window *window_top(const struct client *client);

/** The window of the client that is seen at this place of the screen; NULL: there is none. */
struct window *window_at(const struct client *client, int32_t x, int32_t y);

/** Draw the frames of a client anew: it has the focus now, or no longer. */
void client_draw(struct client *client);

/**
 * The theme is another one: frames look like it. Titles stay as high as they were where the client
 * has not donated enough for larger ones.
 */
void client_theme(struct client *client);

/**
 * The screen has changed: every window can be reached afterwards, and who has none is offered some
 * of the area for one.
 */
void windows_fit(void);

/* ------------------------------------------------------------------ look.c */

enum { LOOK_ROWS = 1 };

/** Draw the buttons into the first row of the frames' buffer, whose rows are `title` high. */
void look_buttons(const struct os_surface *surface, int32_t title, bool focused);

/** Draw a title into its row. */
void look_title(const struct os_surface *surface, int32_t title, uint32_t row, const char *text,
                bool focused);

/** Draw the pointer over a border, in the upper left corner; its middle is what it points with. */
struct os_rect look_arrows(const struct os_surface *surface, enum part part);

os_pixel look_colour(bool focused);

/** Where a button stands in the buffer. */
struct os_rect look_button(int32_t title, enum part part, bool hover);

/* ------------------------------------------------------------------ input.c */

void frame_event(struct os_input *input, const struct os_input_event *event);
void content_event(struct os_input *input, const struct os_input_event *event);

/** The window is about to go. */
void input_forget(const struct window *window);

/**
 * Windows have come or gone: if nobody who has one has the focus, the window used last gets it, as
 * far as the GUI server's config allows.
 */
void focus_settle(void);

/** The client is about to go. */
void focus_forget(const struct client *client);

#endif
