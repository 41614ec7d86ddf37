/* SPDX-License-Identifier: BSD-2-Clause */
/* One Gui session: its buffer, its views, what it has noted for commit(), and its input. */

#ifndef NITPICKER_SESSION_H
#define NITPICKER_SESSION_H

#include "gui.h"

enum {
	SESSION_CHUNKS = 8, /* of views, each twice as large as the one before */
	SESSION_CHUNK = 8,  /* views in the first one, a page */
	SESSION_VIEW_SIZE = 512,
	SESSION_NOTES = 128,  /* changes of order that wait for commit() */
	SESSION_POINTER = 64, /* the edge of a pointer image, in pixels */
};

/** What is noted of a view's place, until commit(). */
struct place {
	int32_t x, y, offset_x, offset_y;
	uint32_t width, height;
	bool filled;
	os_pixel colour;
};

/** A view of a session. */
struct session_view {
	struct view view;
	struct gui_view_server rpc; /* once the client has asked for its capability */
	bool used, has_rpc, is_noted;
	uint32_t number;
	struct place place;
	struct os_list_node node; /* struct session.noted, or .free */
};
_Static_assert(sizeof(struct session_view) <= SESSION_VIEW_SIZE, "what a client pays for a view");

enum note_kind { NOTE_RAISE, NOTE_LOWER, NOTE_BACKGROUND };

/** A change of order that waits for commit(). */
struct note {
	enum note_kind kind;
	uint32_t view, neighbour;
};

struct session {
	struct os_server_session base;
	struct gui *gui;
	struct gui_server rpc;
	struct os_framebuffer_server framebuffer;
	struct os_input_server input;
	struct client client;
	char label[ROUTER_LABEL_SIZE];
	bool refreshed;
	uint64_t frame; /* of the output, when it was refreshed last */
	struct signal_context_cap mode_sigh;
	/* views, by number */
	struct os_ram chunks[SESSION_CHUNKS];
	uint32_t chunk_count, view_count; /* with those that are free */
	struct os_list free;
	/* between begin() and commit() */
	bool noting;
	struct os_list noted;
	struct note notes[SESSION_NOTES];
	uint32_t note_count;
	/* the pointer: what the client draws, and a copy of it */
	struct os_ram pointer_buffer, pointer_image;
};

/** The session's view of this number; NULL: there is none. */
struct session_view *session_view(struct session *session, uint32_t number);

/* The operations of api/gui.rpc on views; session.c has the others. */
enum os_err view_create(struct gui_server *rpc, uint32_t parent, uint32_t *view) OS_MUST_CHECK;
enum os_err view_create_in(struct gui_server *rpc, struct gui_view_cap parent,
                           uint32_t *view) OS_MUST_CHECK;
enum os_err view_destroy(struct gui_server *rpc, uint32_t view) OS_MUST_CHECK;
enum os_err view_capability(struct gui_server *rpc, uint32_t view,
                            struct gui_view_cap *capability) OS_MUST_CHECK;
enum os_err view_place(struct gui_server *rpc, uint32_t view, int32_t x, int32_t y, uint32_t width,
                       uint32_t height) OS_MUST_CHECK;
enum os_err view_offset(struct gui_server *rpc, uint32_t view, int32_t x, int32_t y) OS_MUST_CHECK;
enum os_err view_raise(struct gui_server *rpc, uint32_t view, uint32_t neighbour) OS_MUST_CHECK;
enum os_err view_lower(struct gui_server *rpc, uint32_t view, uint32_t neighbour) OS_MUST_CHECK;
enum os_err view_background(struct gui_server *rpc, uint32_t view) OS_MUST_CHECK;
enum os_err view_title(struct gui_server *rpc, uint32_t view, const char *title) OS_MUST_CHECK;
enum os_err view_fill(struct gui_server *rpc, uint32_t view, uint32_t colour) OS_MUST_CHECK;
enum os_err views_begin(struct gui_server *rpc) OS_MUST_CHECK;
enum os_err views_commit(struct gui_server *rpc) OS_MUST_CHECK;

/** Free all views, which are out of the stack already. */
void views_fini(struct session *session);

#endif
