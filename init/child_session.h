/* SPDX-License-Identifier: BSD-2-Clause */
/* A session of init's own with one of its children, which may end at any time, or never answer. */

#ifndef INIT_CHILD_SESSION_H
#define INIT_CHILD_SESSION_H

#include <sandbox/sandbox.h>

#include "caller.h"

enum { CHILD_NAME_SIZE = 64 };

/*
 * The child is called by a thread (caller.h): so it holds up nobody else. A session whose server
 * has ended is asked for again, and one for which the donation is too small with more.
 *
 * The first four are the owner's, before it is used; zero else.
 */
struct child_session {
	struct os_session_args args; /* what to ask for; it stays the owner's */
	/* It is open, as client.cap, and the caller ready for its work. */
	enum os_err (*opened)(struct child_session *self);
	/* It is closed, open or not; the caller does not work any more. May be NULL. */
	void (*closing)(struct child_session *self);
	/* There is no session, and none will follow. */
	void (*failed)(struct child_session *self, enum os_err err);

	struct os_sandbox *sandbox; /* NULL: none is asked for */
	char child[CHILD_NAME_SIZE];
	struct os_sandbox_client client;
	struct caller caller;
	enum os_err failure; /* why there is none */
	struct os_raises raises;
};

/** Ask `child` of `sandbox` for it. Errors: those of os_sandbox_session_open(); TOO_LONG. */
enum os_err child_session_open(struct child_session *self, struct os_sandbox *sandbox,
                               const char *child) OS_MUST_CHECK;
/** Zero is accepted, but for what is the owner's. */
void child_session_close(struct child_session *self);

/** True if it is asked for already, from that child. */
bool child_session_is_with(const struct child_session *self, const char *child);

static inline bool child_session_is_open(const struct child_session *self)
{
	return self->client.state == PARENT_SESSION_STATE_OPEN && self->caller.thread.env;
}

#endif
