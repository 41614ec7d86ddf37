/* SPDX-License-Identifier: BSD-2-Clause */
/* Links: sessions that are opened without waiting, and again whenever their server comes back. */

#ifndef LINK_LINK_H
#define LINK_LINK_H

#include <osier/session.h>

/*
 *            os_link_init            the server has answered
 *   (zero) --------------> WAITING ---------------------------> OPEN
 *                            ^  |                                 |
 *                            |  +--> FAILED (denied, no route)    | the server is gone
 *                            +------------------------------------+
 *
 * A driver may be restarted at any time, and a component that must go on, such as a GUI server,
 * waits for none of its servers. All links of a component belong to one `os_links` and one
 * entrypoint, on whose thread `changed` is called.
 */

enum os_link_state { OS_LINK_WAITING, OS_LINK_OPEN, OS_LINK_FAILED };

/** The links of a component; one per component, as the parent signals one context. */
struct os_links {
	struct os_env *env;
	struct os_signal_handler handler;
	struct os_list links; /* struct os_link.node */
};

/** One link. Its members are for reading only. */
struct os_link {
	struct os_links *links;
	struct os_session_args args; /* with strings that stay the caller's */
	/**
	 * OPEN: `cap` is a session just opened, of the type asked for. WAITING: the session has
	 * gone, and is already asked for again. FAILED: `error` tells why. Not called by
	 * os_link_init() itself.
	 */
	void (*changed)(struct os_link *link);
	enum os_link_state state;
	enum os_err error;
	struct os_cap cap;
	uint64_t id;
	struct os_list_node node;
};

/** Errors: OUT_OF_RAM, OUT_OF_CAPS. */
enum os_err os_links_init(struct os_links *links, struct os_env *env,
                          struct os_ep *ep) OS_MUST_CHECK;

/** Ask for the session. Errors: NO_ROUTE, OUT_OF_RAM, OUT_OF_CAPS, TOO_LONG: there is no link. */
enum os_err os_link_init(struct os_link *link, struct os_links *links,
                         const struct os_session_args *args,
                         void (*changed)(struct os_link *)) OS_MUST_CHECK;

/** An operation of the session has found it GONE before the parent told: ask for a new one. */
void os_link_lost(struct os_link *link);

/** Close the session, or give it up. Zero is accepted. */
void os_link_fini(struct os_link *link);

#endif
