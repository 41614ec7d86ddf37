/* SPDX-License-Identifier: BSD-2-Clause */
/* Resource requests to the parent, waited for or not, and quota that it wants back. */

#include <osier/memory.h>
#include <osier/resource.h>
#include "runtime.h"

/* Waiting calls take turns: the parent takes one at a time. */
static struct os_mutex turn;

static struct os_mutex lock; /* guards what follows */
static struct os_list watchers;
static struct os_signal_handler decision;
/* Who is called next, should the one that is being called end others. */
static struct os_list_node *next_watcher;

void os_resource_init(void)
{
	watchers = (struct os_list){ 0 };
	decision = (struct os_signal_handler){ 0 };
	next_watcher = NULL;
	turn = lock = (struct os_mutex){ 0 };
}

/* ------------------------------------------------------------------ asking */

enum os_err os_resource_request(struct os_env *env, uint64_t ram, uint64_t caps)
{
	enum os_err err;

	os_mutex_lock(&turn);
	err = parent_resource_request(env->parent, ram, caps);
	os_mutex_unlock(&turn);
	return err == OS_ERR_CANCELLED || !err ? err : OS_ERR_DENIED;
}

enum os_err os_resource_ask(struct os_env *env, uint64_t ram, uint64_t caps)
{
	enum parent_resource_state state;

	if (parent_resource_ask(env->parent, ram, caps, &state))
		return OS_ERR_DENIED;
	switch (state) {
	case PARENT_RESOURCE_STATE_GRANTED:
		return OS_OK;
	case PARENT_RESOURCE_STATE_PENDING:
		return OS_ERR_BUSY;
	default:
		return OS_ERR_DENIED;
	}
}

void os_resource_cancel(struct os_env *env)
{
	const enum os_err err = parent_resource_cancel(env->parent);

	(void)err; /* a parent that is gone decides nothing */
}

enum os_err os_resource_short(struct os_env *env, uint64_t ram, uint64_t caps)
{
	switch (env->shortage) {
	case OS_SHORTAGE_WAIT:
		return os_resource_request(env, ram, caps);
	case OS_SHORTAGE_ASK:
		return os_resource_ask(env, ram, caps);
	default:
		return OS_ERR_DENIED;
	}
}

enum os_err os_resource_free(struct os_env *env, uint64_t *ram, uint64_t *caps)
{
	uint64_t ram_used, caps_used;
	struct account_cap account;
	enum os_err err;

	*ram = *caps = 0;
	if ((err = pd_account(env->pd, &account)))
		return err;
	err = account_info(account, ram, &ram_used, caps, &caps_used);
	os_cap_drop(account.cap);
	if (err)
		return err;
	*ram -= OS_MIN(*ram, ram_used);
	*caps -= OS_MIN(*caps, caps_used);
	return OS_OK;
}

/* ------------------------------------------------------------------ hearing of it */

static struct os_resource_watcher *watcher_next(bool first)
{
	struct os_list_node *node;

	os_mutex_lock(&lock);
	node = first ? os_list_first(&watchers) : next_watcher;
	next_watcher = node ? os_list_next(node) : NULL;
	os_mutex_unlock(&lock);
	return OS_LIST_ITEM(node, struct os_resource_watcher, node);
}

static void decision_handle(struct os_signal_handler *handler, uint64_t count)
{
	enum parent_resource_state state;

	(void)count;
	if (parent_resource_poll(handler->ep->env->parent, &state))
		return;
	if (state != PARENT_RESOURCE_STATE_GRANTED && state != PARENT_RESOURCE_STATE_DENIED)
		return; /* a new request is under way, or none any more */
	for (struct os_resource_watcher *watcher = watcher_next(true); watcher;
	     watcher = watcher_next(false))
		watcher->decided(watcher, state == PARENT_RESOURCE_STATE_GRANTED);
}

/* The parent's signal, once for all watchers. */
static enum os_err decision_init(struct os_env *env)
{
	enum os_err err;

	if (decision.ep)
		return OS_OK;
	if ((err = os_signal_handler_init(&decision, env->ep, decision_handle)))
		return err;
	if ((err = parent_resource_sigh(env->parent, decision.cap)))
		os_signal_handler_fini(&decision);
	return err;
}

enum os_err os_resource_watch(struct os_resource_watcher *watcher, struct os_env *env,
                              void (*decided)(struct os_resource_watcher *, bool))
{
	enum os_err err;

	OS_ASSERT(!watcher->env);
	os_mutex_lock(&lock);
	if (!(err = decision_init(env))) {
		watcher->decided = decided;
		watcher->env = env;
		os_list_append(&watchers, &watcher->node);
	}
	os_mutex_unlock(&lock);
	return err;
}

void os_resource_unwatch(struct os_resource_watcher *watcher)
{
	if (watcher->env) {
		os_mutex_lock(&lock);
		if (next_watcher == &watcher->node)
			next_watcher = os_list_next(&watcher->node);
		os_list_remove(&watchers, &watcher->node);
		if (os_list_empty(&watchers))
			os_signal_handler_fini(&decision);
		os_mutex_unlock(&lock);
	}
	*watcher = (struct os_resource_watcher){ 0 };
}

/* ------------------------------------------------------------------ giving back */

enum os_err os_yield_sigh(struct os_env *env, struct os_signal_handler *handler)
{
	return parent_yield_sigh(env->parent, handler->cap);
}

enum os_err os_yield_wanted(struct os_env *env, uint64_t *ram, uint64_t *caps)
{
	return parent_yield_wanted(env->parent, ram, caps);
}

enum os_err os_yield(struct os_env *env, uint64_t keep_ram, uint64_t keep_caps)
{
	uint64_t ram, caps, free_ram, free_caps;
	enum os_err err;

	os_env_heap_trim();
	if ((err = os_yield_wanted(env, &ram, &caps)) ||
	    (err = os_resource_free(env, &free_ram, &free_caps)))
		return err;
	ram = OS_MIN(ram, free_ram - OS_MIN(free_ram, keep_ram));
	caps = OS_MIN(caps, free_caps - OS_MIN(free_caps, keep_caps));
	return ram || caps ? parent_resource_yield(env->parent, ram, caps) : OS_OK;
}
