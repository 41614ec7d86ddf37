/* SPDX-License-Identifier: BSD-2-Clause */
/* Watching a session: what the parent says of it whenever it signals. */

#include <gui/watch.h>
#include <osier/env.h>

static void changed(struct os_signal_handler *handler, uint64_t count)
{
	struct os_gui_watch *const watch = container_of(handler, struct os_gui_watch, handler);
	enum parent_session_state state;
	struct os_cap cap;
	uint32_t error;

	(void)count;
	if (!watch->gone ||
	    parent_session_poll(watch->env->parent, watch->session->id, &state, &error, &cap))
		return;
	os_cap_drop(cap);
	if (state == PARENT_SESSION_STATE_GONE) {
		void (*const gone)(struct os_gui_watch *) = watch->gone;

		watch->gone = NULL;
		gone(watch);
	}
}

enum os_err os_gui_watch_init(struct os_gui_watch *watch, struct os_env *env, struct os_ep *ep,
                              const struct os_session *session,
                              void (*gone)(struct os_gui_watch *watch))
{
	enum os_err err;

	*watch = (struct os_gui_watch){ .env = env, .session = session, .gone = gone };
	if ((err = os_signal_handler_init(&watch->handler, ep, changed)))
		return err;
	if ((err = os_session_watch(&watch->sessions, env, watch->handler.cap)))
		os_gui_watch_fini(watch);
	return err;
}

void os_gui_watch_fini(struct os_gui_watch *watch)
{
	os_session_unwatch(&watch->sessions);
	os_signal_handler_fini(&watch->handler);
	*watch = (struct os_gui_watch){ 0 };
}
