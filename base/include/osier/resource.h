/* SPDX-License-Identifier: BSD-2-Clause */
/* Quota that is short, or wanted back: a component and its parent come to terms. */

#ifndef OSIER_RESOURCE_H
#define OSIER_RESOURCE_H

#include <osier/env.h>
#include <osier/ep.h>
#include <osier/list.h>

/*
 *   component                                    parent
 *      os_resource_request ---- more? ------------->  decides by its config: now, later, or never
 *      os_resource_ask     ---- more? ------------->
 *      watcher             <--- decided -----------
 *      yield handler       <--- less? -------------  another child needs it
 *      os_resource_yield   ---- here you are ------>
 *
 * The heap and os_session_open() ask by themselves when the own quota is short, as env->shortage
 * says; what they get is used at once, so that nothing shows but that it works. A parent that
 * does not answer holds up nobody but who chose to wait for it.
 */

/**
 * Ask the parent for more and wait for its decision; calls of several threads take turns. Errors:
 * DENIED; CANCELLED (by os_resource_cancel()).
 */
enum os_err os_resource_request(struct os_env *env, uint64_t ram, uint64_t caps) OS_MUST_CHECK;

/**
 * Ask and go on. OK: it is there. BUSY: the parent has not decided yet; the watchers will hear of
 * it. Errors: BUSY, DENIED.
 */
enum os_err os_resource_ask(struct os_env *env, uint64_t ram, uint64_t caps) OS_MUST_CHECK;

/** Take back what is not decided yet; who waits for it in another thread gets CANCELLED. */
void os_resource_cancel(struct os_env *env);

/**
 * What allocation does when `ram` and `caps` are lacking: nothing, os_resource_ask() or
 * os_resource_request(), as env->shortage says. OK: it is worth another try.
 */
enum os_err os_resource_short(struct os_env *env, uint64_t ram, uint64_t caps) OS_MUST_CHECK;

/** Is told what became of requests that were BUSY. Zero before os_resource_watch(). */
struct os_resource_watcher {
	/** On the main entrypoint's thread; the decision may be about another's request. */
	void (*decided)(struct os_resource_watcher *watcher, bool granted);
	struct os_env *env;
	struct os_list_node node;
};

/** Begin to be told, from any thread. Errors: OUT_OF_RAM, OUT_OF_CAPS, LIMIT. */
enum os_err os_resource_watch(struct os_resource_watcher *watcher, struct os_env *env,
                              void (*decided)(struct os_resource_watcher *, bool)) OS_MUST_CHECK;

/** End it, on the main entrypoint's thread; also within its own `decided`. Zero is accepted. */
void os_resource_unwatch(struct os_resource_watcher *watcher);

/** What the own account has free now. Errors: OUT_OF_CAPS, OUT_OF_RAM, LIMIT. */
enum os_err os_resource_free(struct os_env *env, uint64_t *ram, uint64_t *caps) OS_MUST_CHECK;

/* ------------------------------------------------------------------ giving back */

/**
 * Have `handler` signalled when the parent would like quota back: the component then frees what it
 * can do without, and ends with os_yield(). Who does not is not worse off.
 */
enum os_err os_yield_sigh(struct os_env *env, struct os_signal_handler *handler) OS_MUST_CHECK;

/** What the parent would like back; 0: nothing. */
enum os_err os_yield_wanted(struct os_env *env, uint64_t *ram, uint64_t *caps) OS_MUST_CHECK;

/**
 * Give back what is wanted, as far as it is free, but keep `keep_ram` and `keep_caps`. The heap's
 * spare chunk is freed first.
 */
enum os_err os_yield(struct os_env *env, uint64_t keep_ram, uint64_t keep_caps) OS_MUST_CHECK;

#endif
