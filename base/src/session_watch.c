/* SPDX-License-Identifier: BSD-2-Clause */
/* The parent's signal that sessions have changed, for all parts of a component that wait for it. */

#include <osier/session.h>
#include "runtime.h"

/*
 *   parent --> context                       one watcher: nothing is in between
 *   parent --> several --> context, context  more of them
 */
static struct os_mutex lock; /* guards all of it */
static struct os_list watchers;
static struct os_signal_handler several;

void os_session_watch_init(void)
{
	lock = (struct os_mutex){ 0 };
	watchers = (struct os_list){ 0 };
	several = (struct os_signal_handler){ 0 };
}

static void pass_on(struct os_signal_handler *handler, uint64_t count)
{
	(void)handler;
	os_mutex_lock(&lock);
	OS_LIST_FOR_EACH (node, &watchers) {
		const struct os_session_watcher *const watcher =
		        OS_LIST_ITEM(node, struct os_session_watcher, node);
		const enum os_err err = os_signal_submit(watcher->context, count);

		OS_ASSERT(!err);
	}
	os_mutex_unlock(&lock);
}

/* Have the parent signal `context`, where nobody else watches, or all who do. */
static enum os_err listen(struct os_env *env, struct signal_context_cap context)
{
	enum os_err err;

	if (os_list_empty(&watchers) && !several.ep)
		return parent_session_sigh(env->parent, context);
	if (several.ep)
		return OS_OK;
	if ((err = os_signal_handler_init(&several, env->ep, pass_on)))
		return err;
	if ((err = parent_session_sigh(env->parent, several.cap)))
		os_signal_handler_fini(&several);
	return err;
}

enum os_err os_session_watch(struct os_session_watcher *watcher, struct os_env *env,
                             struct signal_context_cap context)
{
	enum os_err err;

	OS_ASSERT(!watcher->watches);
	os_mutex_lock(&lock);
	if (!(err = listen(env, context))) {
		*watcher = (struct os_session_watcher){ .context = context, .watches = true };
		os_list_append(&watchers, &watcher->node);
	}
	os_mutex_unlock(&lock);
	return err;
}

void os_session_unwatch(struct os_session_watcher *watcher)
{
	if (watcher->watches) {
		os_mutex_lock(&lock);
		os_list_remove(&watchers, &watcher->node);
		os_mutex_unlock(&lock);
	}
	*watcher = (struct os_session_watcher){ 0 };
}
