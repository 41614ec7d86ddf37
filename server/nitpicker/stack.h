/* SPDX-License-Identifier: BSD-2-Clause */
/* The view stack: which view of which client is where, and what is in front of what. Pure. */

#ifndef NITPICKER_STACK_H
#define NITPICKER_STACK_H

#include <blit/blit.h>
#include <osier/err.h>
#include <osier/list.h>

/*
 *   layer 0    view  view            in front; views of a layer as their clients arrange them
 *              background
 *   layer 1    view
 *              +- view  view         within a view: in front of it, and clipped to it
 *   …
 *
 * A client is put into a layer by the config. Nothing here allocates: views are their owners'.
 */

enum {
	STACK_LAYERS = 32,
	STACK_DEPTH = 16, /* views within each other */
	STACK_TITLE_SIZE = 64,
};

/** What the config says of some clients: how they are shown, and where. */
struct domain {
	char name[32];
	uint32_t layer;
	os_pixel colour;
	int32_t x, y, width, height; /* on the screen; 0 or less: so much less than all of it */
	bool focus;                  /* may have the keyboard's focus */
	bool focus_by_click;         /* gets it when its view is clicked */
	bool focus_by_request;       /* gets it by asking for it */
	bool hover_always;           /* is told of motion, also without the focus */
};

/** An image for the pointer. `surface` without pixels: none. */
struct pointer_image {
	struct os_surface surface;
	int32_t hot_x, hot_y;
};

/** Who has views: all members are its owner's but `views` and `node`. */
struct client {
	struct os_list_node node;    /* stack.clients */
	struct os_list views;        /* struct view.of_client */
	const char *label;           /* as init tells it */
	const struct domain *domain; /* NULL: not shown */
	struct os_surface buffer;    /* `pixels` may change at any time: they are shared */
	bool alpha;
	struct pointer_image pointer;
};

/** A view; zero, with `client` set, before stack_insert(). */
struct view {
	struct client *client;
	struct os_list_node of_client, sibling;
	struct view *parent;     /* NULL: on the screen, or its parent is gone (`orphan`) */
	struct os_list children; /* the first is in front */
	bool inserted, orphan, background;
	uint32_t depth;
	struct os_list *list; /* of its siblings */
	/* as its client says */
	int32_t x, y, offset_x, offset_y;
	uint32_t width, height;
	char title[STACK_TITLE_SIZE];
	bool filled; /* with `colour`, in place of its part of the buffer */
	os_pixel colour;
	/* what follows from that */
	int64_t left, top;      /* on the screen */
	struct os_rect clip;    /* what of the screen it has, and the views in it */
	struct os_rect shown;   /* what of that shows something */
	int32_t from_x, from_y; /* the pixel of the buffer in the upper left corner of `shown` */
};

/** All views. Zero, with `damage` set, is empty. */
struct stack {
	struct os_rect screen;
	struct os_list layers[2 * STACK_LAYERS]; /* with backgrounds behind each one's views */
	struct os_list hidden;                   /* of clients that are not shown */
	struct os_list clients;
	/** These pixels are to be painted again. */
	void (*damage)(struct stack *stack, struct os_rect rect);
};

void stack_client_add(struct stack *stack, struct client *client);
/** Its views are out of the stack from here on, and views of others in them not seen. */
void stack_client_remove(struct stack *stack, struct client *client);
/** Its domain, or buffer, or what the domain says, has changed. */
void stack_client_update(struct stack *stack, struct client *client);

/** The size of the screen has changed; all is to be painted again. */
void stack_resize(struct stack *stack, uint32_t width, uint32_t height);

/** The area that the client's views are in. */
struct os_rect stack_area(const struct stack *stack, const struct client *client);

/** In front of all others in `parent`, NULL: of its layer. LIMIT: deeper than STACK_DEPTH. */
enum os_err stack_insert(struct stack *stack, struct view *view, struct view *parent) OS_MUST_CHECK;
/** Out of the stack; the views in it are orphans from here on. */
void stack_remove(struct stack *stack, struct view *view);

/** Where it is, and what it shows, has been changed by its owner: x to height. */
void stack_place(struct stack *stack, struct view *view);

/**
 * In front of, or behind `neighbour`; NULL: of all others of the same parent or layer. INVALID:
 * they are not side by side.
 */
enum os_err stack_raise(struct stack *stack, struct view *view,
                        struct view *neighbour) OS_MUST_CHECK;
enum os_err stack_lower(struct stack *stack, struct view *view,
                        struct view *neighbour) OS_MUST_CHECK;
/** Behind all others of its layer, for good. INVALID: it is within another. */
enum os_err stack_background(struct stack *stack, struct view *view) OS_MUST_CHECK;

/** These pixels of a client's buffer have changed: damage where they are seen. */
void stack_refresh(struct stack *stack, const struct client *client, struct os_rect rect);

/**
 * The views from the front to the back, without those of which nothing is within `rect`. NULL: that
 * were all.
 */
struct view *stack_first(const struct stack *stack, struct os_rect rect);
struct view *stack_next(const struct stack *stack, const struct view *view, struct os_rect rect);

/** The view that shows something that is not transparent at (x, y), or NULL. */
struct view *stack_at(const struct stack *stack, int32_t x, int32_t y);

#endif
