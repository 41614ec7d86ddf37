/* SPDX-License-Identifier: BSD-2-Clause */
/* The router: who is told of what people do, who has the focus, X-ray and kill mode. Pure. */

#ifndef NITPICKER_ROUTER_H
#define NITPICKER_ROUTER_H

#include <input/event.h>
#include <input/key.h>

#include "stack.h"

/*
 *   key goes down      a global one: its action, or the client that the config says;
 *                      else the client that has the focus
 *   button goes down   the client whose view is at the pointer; it is the dragger until no button
 *                      is down any more
 *   key, button goes up, key is held   who was told that it went down, and nobody else
 *   motion             the dragger, or the client at the pointer
 *   wheel              likewise
 *   finger             the client at which it came down
 *
 * In kill mode nobody is told of anything that begins. A client that loses the focus is no longer
 * told of keys that went down before; who gets it is told of Shift and the like that are held.
 */

enum { ROUTER_FINGERS = 16, ROUTER_KEYS = 32, ROUTER_LABEL_SIZE = 160 };

enum global_action { GLOBAL_ROUTE, GLOBAL_XRAY, GLOBAL_KILL };

/** A key that does not go to whoever has the focus. */
struct global_key {
	uint32_t code;
	enum global_action action;
	char label[ROUTER_LABEL_SIZE]; /* ROUTE: the client that has this label, or lies below it */
};

/** Zero, with the first four set, knows of nothing. Its members are for reading only. */
struct router {
	struct stack *stack;
	/** An event for a client; its place is on the client's area. */
	void (*deliver)(struct router *router, struct client *client,
	                const struct os_input_event *event);
	const struct global_key *keys;
	size_t key_count;
	bool focus_elsewhere;   /* clicks do not move the focus: somebody else decides */
	int32_t x, y;           /* the pointer */
	bool xray, kill;        /* modes */
	struct client *focus;   /* gets the keys */
	struct client *hover;   /* is at the pointer */
	struct client *drag;    /* has a button down */
	struct client *victim;  /* has been clicked in kill mode: to be ended, and then NULL */
	struct client *clicked; /* last; NULL: the background */
	uint64_t clicks;
	uint32_t buttons;                    /* that are down */
	struct client *target[OS_KEY_COUNT]; /* who was told that it is down */
	bool down[OS_KEY_COUNT];             /* keys and buttons */
	struct client *touched[ROUTER_FINGERS];
	bool touching[ROUTER_FINGERS];
};

/** Something that a driver tells. Takes a time bounded by the number of views. */
void router_event(struct router *router, const struct os_input_event *event);

/** The drivers have lost track, or are gone: nothing is down any more. */
void router_lost(struct router *router);

/** Views, clients, or the screen may have changed: who is at the pointer? */
void router_settle(struct router *router);

/** The client's policy has changed: it may have to give up the focus. */
void router_check(struct router *router);

/** A client asks for the focus. DENIED: its domain does not let it, or one in front has it. */
enum os_err router_focus_ask(struct router *router, struct client *client) OS_MUST_CHECK;

/** Whoever decides about the focus gives it to this client, or NULL. */
void router_focus(struct router *router, struct client *client);

/** The client that has this label, or the latest below it; NULL: none. */
struct client *router_find(const struct router *router, const char *label);

/** A client is going: it is forgotten. */
void router_client_gone(struct router *router, struct client *client);

#endif
