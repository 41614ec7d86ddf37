/* SPDX-License-Identifier: BSD-2-Clause */
/* Entrypoints: one thread that serves RPC objects and signal handlers in turn. */

#ifndef OSIER_EP_H
#define OSIER_EP_H

#include <api/signal.h>
#include <stdatomic.h>
#include <osier/badge.h>
#include <osier/err.h>
#include <osier/lock.h>
#include <osier/rpc.h>
#include <osier/types.h>

struct os_env;
struct os_thread;

/** A signal context with a handler that runs in an entrypoint. */
struct os_signal_handler {
	/** `count`: how many were submitted since the last time, at least 1. */
	void (*handle)(struct os_signal_handler *handler, uint64_t count);
	struct os_ep *ep;
	struct signal_context_cap cap; /* to be given to those who shall submit */
	uint32_t badge;
};

/**
 * An entrypoint. The main one belongs to the component's first thread; os_ep_init() makes more,
 * each with a thread of its own. Objects and signal handlers of one entrypoint never run at the
 * same time.
 */
struct os_ep {
	struct os_env *env;
	uint32_t platform_ep;
	struct os_thread *thread;  /* NULL: the main thread */
	struct os_badges badges;   /* objects and handlers */
	struct os_list replies;    /* saved and still owed; guarded by badges.lock */
	_Atomic(uint32_t) running; /* badge of what is being served */
	_Atomic(uint32_t) waiters; /* threads that wait at `ended` until it has been served */
	struct os_semaphore ended;
	/* the call that is being served; used by its own thread only */
	uint32_t current_channel, current_sequence;
	bool current_saved;
	bool stop;
	struct os_signal_handler stop_handler;
};

/** Make an entrypoint with a thread of its own, which serves from now on. Zero `ep` before. */
enum os_err os_ep_init(struct os_ep *ep, struct os_env *env, const char *name,
                       size_t stack_size) OS_MUST_CHECK;

/** End the thread and revoke all that is registered. Not to be called by the thread itself. */
void os_ep_fini(struct os_ep *ep);

/** Serve one event; with `block` wait for it. EMPTY: there was none. For loops of one's own. Or:
 * CANCELLED.
 */
enum os_err os_ep_dispatch(struct os_ep *ep, bool block) OS_MUST_CHECK;

/* ------------------------------------------------------------------ signals */

/** Create the context and install the handler. Errors: OUT_OF_RAM, OUT_OF_CAPS. */
enum os_err os_signal_handler_init(struct os_signal_handler *handler, struct os_ep *ep,
                                   void (*handle)(struct os_signal_handler *,
                                                  uint64_t)) OS_MUST_CHECK;

/**
 * Destroy the context; signals that are under way are dropped. The handler may do this itself; from
 * another thread it waits until the handler does not run. Zero is accepted.
 */
void os_signal_handler_fini(struct os_signal_handler *handler);

/** Submit `count` signals (at least 1). They are never lost or merged in number. Never blocks. */
enum os_err os_signal_submit(struct signal_context_cap context, uint32_t count) OS_MUST_CHECK;

/* -------- for a thread that waits for signals outside of an entrypoint's loop */

/** Receives the signals of its contexts; used by one thread at a time. */
struct os_signal_receiver {
	struct os_env *env;
	uint32_t platform_ep;
	struct os_badges badges;
};

/** One context of a receiver. */
struct os_signal_context {
	struct os_signal_receiver *receiver;
	struct signal_context_cap cap;
	uint32_t badge;
};

/** Start without contexts. Errors: OUT_OF_RAM, OUT_OF_CAPS, LIMIT. */
enum os_err os_signal_receiver_init(struct os_signal_receiver *receiver,
                                    struct os_env *env) OS_MUST_CHECK;

/** End, with all contexts, which are then as after their own fini. Zero is accepted. */
void os_signal_receiver_fini(struct os_signal_receiver *receiver);

/** Create a context whose signals `receiver` gets. Errors: OUT_OF_RAM, OUT_OF_CAPS, LIMIT. */
enum os_err os_signal_context_init(struct os_signal_context *context,
                                   struct os_signal_receiver *receiver) OS_MUST_CHECK;

/** Destroy it; signals that are under way are dropped. Zero is accepted. */
void os_signal_context_fini(struct os_signal_context *context);

/** Wait until a context of `receiver` has signals; tells which, and how many. Or: CANCELLED. */
enum os_err os_signal_wait(struct os_signal_receiver *receiver, struct os_signal_context **context,
                           uint64_t *count) OS_MUST_CHECK;

/** The same without waiting: EMPTY if there are none. */
enum os_err os_signal_poll(struct os_signal_receiver *receiver, struct os_signal_context **context,
                           uint64_t *count) OS_MUST_CHECK;

#endif
