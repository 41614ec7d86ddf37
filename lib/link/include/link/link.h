/* SPDX-License-Identifier: BSD-2-Clause */
/* Links: sessions that are opened without waiting, and again whenever their server comes back. */

#ifndef LINK_LINK_H
#define LINK_LINK_H

#include <osier/resource.h>
#include <osier/session.h>

/*
 *            os_link_init            the server has answered
 *   (zero) --------------> WAITING ---------------------------> OPEN
 *                            ^  |                                 |
 *                            |  +--> FAILED (denied, no route)    | the server is gone
 *                            +------------------------------------+
 *
 * A driver may be restarted at any time, and a component that must go on, such as a GUI server,
 * waits for none of its servers. What a server has ended or crashed with is asked for again at
 * once, and the parent has that request wait until the server runs again: nobody polls, and there
 * is no timeout to choose.
 *
 * The memory that a session's server has allocated for it is the client's donation: it stays, and
 * may be looked at, until the link has told that the session is gone.
 *
 * All links of a component belong to one `os_links` and one entrypoint, on whose thread `changed`
 * is called, and all functions are to be.
 */

enum os_link_state { OS_LINK_WAITING, OS_LINK_OPEN, OS_LINK_FAILED };

/** The links of a component. */
struct os_links {
	struct os_env *env;
	struct os_signal_handler handler;
	struct os_session_watcher sessions;
	struct os_list links;               /* struct os_link.node */
	struct os_resource_watcher watcher; /* once quota has been lacking */
	_Atomic(uint32_t) decision;         /* of the parent about it */
};

/** One link. Its members are for reading only; zero is none. */
struct os_link {
	struct os_links *links;
	struct os_session_args args; /* with strings that stay the caller's */
	/**
	 * OPEN: `session.cap` is a session just opened, of the type asked for. WAITING: the session
	 * has gone; when this returns it is closed, and asked for again, so whatever is attached of
	 * it is to be detached here. FAILED: `error` tells why. It may end any link, but not free
	 * the memory of this one. Not called by os_link_init() itself.
	 */
	void (*changed)(struct os_link *link);
	enum os_link_state state;
	enum os_err error;
	struct os_session session; /* OPEN: for OS_SESSION_CALL(), too; WAITING: as asked for */
	struct os_list_node node;
	/* private: how the request stands */
	bool asked, short_of_quota;
	struct os_raises raises;
	uint32_t losses;
};

/** What os_link_init() is to ask for: OS_LINK_ARGS(INPUT, "ps2") with <api/input.h>. */
#define OS_LINK_ARGS(INTERFACE, session_label)                                                  \
	(struct os_session_args)                                                                \
	{                                                                                       \
		.service = INTERFACE##_SERVICE, .label = session_label, .ram = INTERFACE##_RAM, \
		.caps = INTERFACE##_CAPS, .type = INTERFACE##_TYPE,                             \
	}

/** Errors: OUT_OF_RAM, OUT_OF_CAPS. */
enum os_err os_links_init(struct os_links *links, struct os_env *env,
                          struct os_ep *ep) OS_MUST_CHECK;

/**
 * Ask for the session. Zero `link` before. The donation is raised (os_donation_raise) if the server
 * finds it too small; if the own account falls short, the parent is asked, and the link waits for
 * its answer.
 * Errors: NO_ROUTE, OUT_OF_RAM, OUT_OF_CAPS, TOO_LONG, INVALID, LIMIT: there is no link.
 */
enum os_err os_link_init(struct os_link *link, struct os_links *links,
                         const struct os_session_args *args,
                         void (*changed)(struct os_link *)) OS_MUST_CHECK;

/**
 * An operation of the session has found it GONE before the parent told: as if it had told now,
 * `changed` included. No effect on a link that is not OPEN.
 */
void os_link_lost(struct os_link *link);

/** Close the session, or give it up; what is attached of it is the caller's to detach before. Zero
 * is accepted. */
void os_link_fini(struct os_link *link);

#endif
