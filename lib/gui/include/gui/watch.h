/* SPDX-License-Identifier: BSD-2-Clause */
/* To learn that a session is over when nothing is called: a person has ended it, or its server has.
 */

#ifndef GUI_WATCH_H
#define GUI_WATCH_H

#include <osier/session.h>

/** A session that is watched; zero is none. */
struct os_gui_watch {
	struct os_env *env;
	const struct os_session *session;
	/** It is GONE. Called once, on the entrypoint's thread; may end the watch. */
	void (*gone)(struct os_gui_watch *watch);
	struct os_signal_handler handler;
	struct os_session_watcher sessions;
};

/** Watch `session`, the caller's, until it is GONE. Errors: OUT_OF_RAM, OUT_OF_CAPS, LIMIT. */
enum os_err os_gui_watch_init(struct os_gui_watch *watch, struct os_env *env, struct os_ep *ep,
                              const struct os_session *session,
                              void (*gone)(struct os_gui_watch *watch)) OS_MUST_CHECK;

/** Zero is accepted. */
void os_gui_watch_fini(struct os_gui_watch *watch);

#endif
