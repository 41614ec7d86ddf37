/* SPDX-License-Identifier: BSD-2-Clause */
/* Asks a child for a session, as often as its server ends. */

#include "child_session.h"

#include <osier/string.h>

/*
 *              ask                 opened
 *   (none) ----------> REQUESTED ----------> OPEN
 *                        ^  |  ^               |
 *              more than |  |  |               | GONE: the child has ended
 *              before    +--+  +---------------+
 *                           | any other error, or the child does not come back
 *                           v
 *                         failed
 */

static void lose(struct child_session *self, enum os_err err)
{
	caller_fini(&self->caller);
	if (self->closing)
		self->closing(self);
	os_sandbox_session_close(&self->client);
	self->failure = err;
}

static enum os_err ask(struct child_session *self)
{
	return os_sandbox_session_open(self->sandbox, self->child, &self->args, &self->client);
}

static enum os_err ask_again(struct child_session *self)
{
	lose(self, OS_OK);
	return ask(self);
}

static enum os_err begin(struct child_session *self)
{
	const enum os_err err = caller_init(&self->caller, self->sandbox->ep);

	return err ? err : self->opened(self);
}

static void changed(struct os_sandbox_client *client)
{
	struct child_session *const self = container_of(client, struct child_session, client);
	enum os_err err = client->err;

	switch (client->state) {
	case PARENT_SESSION_STATE_OPEN:
		err = begin(self);
		break;
	case PARENT_SESSION_STATE_GONE:
		err = ask_again(self);
		break;
	case PARENT_SESSION_STATE_FAILED:
		if (os_donation_raise(&self->args.ram, &self->args.caps, &self->raises, err))
			err = ask_again(self);
		break;
	default:
		return;
	}
	if (!err)
		return;
	lose(self, err);
	self->failed(self, err);
}

bool child_session_is_with(const struct child_session *self, const char *child)
{
	return self->sandbox && os_str_equal(self->child, child);
}

enum os_err child_session_open(struct child_session *self, struct os_sandbox *sandbox,
                               const char *child)
{
	enum os_err err;

	child_session_close(self);
	if ((err = os_str_copy(self->child, sizeof(self->child), child)))
		return err;
	self->sandbox = sandbox;
	self->raises = (struct os_raises){ 0 };
	self->client.changed = changed;
	self->failure = ask(self);
	return self->failure;
}

void child_session_close(struct child_session *self)
{
	if (!self->sandbox)
		return;
	lose(self, OS_OK);
	self->sandbox = NULL;
}
