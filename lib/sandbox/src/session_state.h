/* SPDX-License-Identifier: BSD-2-Clause */
/* The states of a session between a client and a server, as a table. Pure. */

#ifndef SANDBOX_SESSION_STATE_H
#define SANDBOX_SESSION_STATE_H

#include <api/parent.h>

/*
 *             FETCH            DELIVER           CLOSE             CLOSED, LOST
 *   WAITING --------> OFFERED --------> OPEN ------------> CLOSING -------------> DONE
 *     | DENY, LOST       |  |             | LOST              ^  ^                 ^
 *     |      DENY, LOST  |  | CLOSE       v                   |  |                 |
 *     +-------> FAILED <-+  |            GONE --- CLOSE ------|--|-----------------+
 *                  |        v                                 |  |                 |
 *                  |     ABANDONED ------- DELIVER -----------+  |                 |
 *                  |        +------------- DENY, CLOSED, LOST ---|-----------------+
 *                  +--- CLOSE -----------------------------------|-----------------+
 *                                                                |
 * WAITING + CLOSE is DONE: no server has heard of it. Where our own parent is the server, it has
 * heard of every session, and CLOSE always leads to CLOSING, until the parent has forgotten it.
 * Where our own parent is the client, FAILED and GONE are followed by CLOSE at once (offer.c).
 */
enum session_state {
	SESSION_WAITING, /* requested; its server does not know of it yet */
	SESSION_OFFERED, /* the server knows, and owes an answer */
	SESSION_OPEN,
	SESSION_ABANDONED, /* closed by the client; the server still owes the answer */
	SESSION_CLOSING,   /* the server is to free what it holds for it */
	SESSION_FAILED,    /* there will be none; the client has to close it */
	SESSION_GONE,      /* the server has ended; likewise */
	SESSION_DONE,
	SESSION_STATES
};

enum session_event {
	SESSION_FETCH,   /* the server takes the request */
	SESSION_DELIVER, /* the server answers with a session */
	SESSION_DENY,    /* the server refuses */
	SESSION_CLOSE,   /* the client closes, or is gone */
	SESSION_CLOSED,  /* the server has freed everything */
	SESSION_LOST,    /* the server is gone */
	SESSION_EVENTS
};

/** True, with *next, if `event` is legal in `state`; `upstream`: our parent is the server. */
bool session_next(enum session_state state, enum session_event event, bool upstream,
                  enum session_state *next);

/** What a client that asks is told. */
enum parent_session_state session_public_state(enum session_state state);

/** An error of session_open() and session_wait(), for what a server gave as its reason. */
enum os_err session_reason(uint32_t error);

#endif
