/* SPDX-License-Identifier: BSD-2-Clause */
/* Entrypoints: which object or handler a badge stands for, and the service of one event. */

#include <osier/thread.h>
#include "trace.h"

/* ------------------------------------------------------------- badge table */

/* Take a badge for `target`. */
static enum os_err badge_take(struct os_ep *ep, enum os_badge_kind kind, void *target,
                              uint32_t *badge)
{
	enum os_err err;

	os_mutex_lock(&ep->badges.lock);
	err = os_badge_alloc(&ep->badges, ep->env->heap, kind, target, badge);
	os_mutex_unlock(&ep->badges.lock);
	return err;
}

/*
 * Who gives up a badge waits until what it stood for does not run:
 *
 *     releaser, under the lock          server
 *     free the badge                    under the lock: find the badge, running = badge
 *     running == badge? waiters++       handler
 *     running == badge still? wait      running = 0 (full fence), waiters? wake them
 */

/* Give `badge` up, and wait until what it stood for does not run, unless it runs this itself. */
static void badge_release(struct os_ep *ep, uint32_t badge)
{
	bool wait;

	os_mutex_lock(&ep->badges.lock);
	os_badge_free(&ep->badges, badge);
	wait = atomic_load(&ep->running) == badge && os_thread_own() != ep->thread;
	if (wait) {
		atomic_fetch_add(&ep->waiters, 1);
		/* if it has ended meanwhile, nobody has taken us for a waiter yet */
		wait = atomic_load(&ep->running) == badge;
		atomic_fetch_sub(&ep->waiters, !wait);
	}
	os_mutex_unlock(&ep->badges.lock);
	if (wait)
		os_semaphore_down(&ep->ended);
}

static void waiters_wake(struct os_ep *ep)
{
	uint32_t count;

	os_mutex_lock(&ep->badges.lock);
	count = atomic_exchange(&ep->waiters, 0);
	os_mutex_unlock(&ep->badges.lock);
	for (; count; count--)
		os_semaphore_up(&ep->ended);
}

/* What `badge` stands for, and from now on runs; NULL if it is outdated. */
static void *badge_enter(struct os_ep *ep, uint32_t badge, enum os_badge_kind kind)
{
	struct os_badge_entry *entry;
	void *target = NULL;

	os_mutex_lock(&ep->badges.lock);
	/* a handler must not serve events of its own entrypoint */
	OS_ASSERT(!atomic_load_explicit(&ep->running, memory_order_relaxed));
	if ((entry = os_badge_find(&ep->badges, badge, kind))) {
		target = entry->target;
		/* Who frees the badge sees this, having to take the lock. */
		atomic_store_explicit(&ep->running, badge, memory_order_relaxed);
	}
	os_mutex_unlock(&ep->badges.lock);
	return target;
}

static void badge_leave(struct os_ep *ep)
{
	atomic_exchange(&ep->running, 0);
	if (atomic_load(&ep->waiters))
		waiters_wake(ep);
}

/* ------------------------------------------------------------------ replies */

/* A reply that is only an error. */
static void reply_error(struct os_msg *msg, enum os_err err)
{
	msg->op = (uint16_t)err;
	msg->length = 0;
	msg->cap_count = 0;
	msg->cap_move = 0;
}

/* A reply with a process-local capability becomes an error. */
static inline void reply_check(struct os_msg *msg)
{
	if (msg->cap_count && os_msg_has_local(msg)) {
		os_msg_moved_drop(msg);
		reply_error(msg, OS_ERR_CAP_INVALID);
	}
}

static void reply_send(struct os_ep *ep, uint32_t channel, uint32_t sequence, struct os_msg *msg)
{
	reply_check(msg);
	os_platform->ep_reply(ep->platform_ep, channel, sequence, msg);
}

/* Empty `reply`, telling what it was; false if somebody else has answered it. */
static bool reply_take(struct os_ep *ep, struct os_reply *reply, struct os_reply *was)
{
	os_mutex_lock(&ep->badges.lock);
	*was = *reply;
	if (was->ep)
		os_list_remove(&ep->replies, &reply->node);
	*reply = (struct os_reply){ 0 };
	os_mutex_unlock(&ep->badges.lock);
	return was->ep;
}

/* Answer `reply` with an error from within a handler, whose request stays as it is. */
static void reply_refuse(struct os_reply *reply, enum os_err err)
{
	struct os_msg *const msg = os_msg_own();
	const uint16_t op = msg->op, length = msg->length;
	const uint8_t cap_count = msg->cap_count, cap_move = msg->cap_move;

	reply_error(msg, err);
	os_reply_send(reply, msg);
	msg->op = op;
	msg->length = length;
	msg->cap_count = cap_count;
	msg->cap_move = cap_move;
}

/* Answer all that is owed by the object of `badge`, which is no more. */
static void replies_end(struct os_ep *ep, uint32_t badge)
{
	struct os_msg *const msg = os_msg_own();

	os_mutex_lock(&ep->badges.lock);
	OS_LIST_FOR_EACH (node, &ep->replies) {
		struct os_reply *const reply = OS_LIST_ITEM(node, struct os_reply, node);

		if (reply->badge != badge)
			continue;
		os_list_remove(&ep->replies, node);
		reply_error(msg, OS_ERR_GONE);
		reply_send(ep, reply->channel, reply->sequence, msg);
		*reply = (struct os_reply){ 0 };
	}
	os_mutex_unlock(&ep->badges.lock);
}

void os_reply_save(struct os_ep *ep, struct os_reply *reply)
{
	if (reply->ep)
		reply_refuse(reply, OS_ERR_CANCELLED);
	if (!ep)
		return; /* a process-local call, which has no later */
	/* Where that fails, the client learns GONE, and what is sent later is ignored. */
	(void)!os_platform->ep_reply_save(ep->platform_ep, ep->current_channel,
	                                  ep->current_sequence);
	os_mutex_lock(&ep->badges.lock);
	*reply = (struct os_reply){
		.ep = ep,
		.channel = ep->current_channel,
		.sequence = ep->current_sequence,
		.badge = atomic_load_explicit(&ep->running, memory_order_relaxed),
	};
	os_list_append(&ep->replies, &reply->node);
	os_mutex_unlock(&ep->badges.lock);
	ep->current_saved = true;
}

void os_reply_send(struct os_reply *reply, struct os_msg *msg)
{
	struct os_ep *const ep = __atomic_load_n(&reply->ep, __ATOMIC_RELAXED);
	struct os_reply was;

	if (ep && reply_take(ep, reply, &was)) {
		os_trace_event(OS_TRACE_REPLY_LATER, (uint64_t)was.badge << 32 | msg->op);
		reply_send(ep, was.channel, was.sequence, msg);
	} else {
		os_msg_moved_drop(msg);
	}
}

/* ------------------------------------------------------------- RPC objects */

enum os_err os_rpc_object_init(struct os_rpc_object *object, struct os_ep *ep,
                               struct os_account *account,
                               enum os_err (*dispatch)(struct os_rpc_object *, struct os_msg *),
                               uint32_t interface_type)
{
	const struct account_cap payer = account ? account->cap : (struct account_cap){ 0 };
	struct os_cap own;
	enum os_err err;

	*object = (struct os_rpc_object){ .dispatch = dispatch, .type = interface_type };
	if (!ep) {
		if (!(err = os_local_cap(object, &own)))
			os_cap_drop(own); /* the object keeps its own count */
		return err;
	}
	if ((err = badge_take(ep, OS_BADGE_OBJECT, object, &object->badge)))
		return err;
	err = pd_rpc_object(ep->env->pd, ep->platform_ep, object->badge, interface_type, payer,
	                    &object->cap);
	if (err) {
		badge_release(ep, object->badge);
		*object = (struct os_rpc_object){ 0 };
		return err;
	}
	object->ep = ep;
	return OS_OK;
}

void os_rpc_object_fini(struct os_rpc_object *object)
{
	struct os_ep *const ep = object->ep;

	if (object->cap.slot & OS_CAP_SLOT_LOCAL)
		os_local_revoke(object);
	if (ep) {
		/* NOT_FOUND: destroyed with the account that it was charged to. */
		const enum os_err err = pd_object_free(ep->env->pd, object->cap);

		(void)err;
		badge_release(ep, object->badge);
		replies_end(ep, object->badge);
	}
	*object = (struct os_rpc_object){ 0 };
}

struct os_rpc_object *os_rpc_object_find(struct os_ep *ep, struct os_cap cap)
{
	struct os_rpc_object *object = NULL;
	struct os_badge_entry *entry;
	uint32_t platform_ep, badge;

	if (!cap.slot || cap.slot & OS_CAP_SLOT_LOCAL ||
	    os_platform->cap_own_badge(cap.slot, &platform_ep, &badge) ||
	    platform_ep != ep->platform_ep)
		return NULL;
	os_mutex_lock(&ep->badges.lock);
	if ((entry = os_badge_find(&ep->badges, badge, OS_BADGE_OBJECT)))
		object = entry->target;
	os_mutex_unlock(&ep->badges.lock);
	return object;
}

/* --------------------------------------------------------- signal handlers */

enum os_err os_signal_handler_init(struct os_signal_handler *handler, struct os_ep *ep,
                                   void (*handle)(struct os_signal_handler *, uint64_t))
{
	enum os_err err;

	*handler = (struct os_signal_handler){ .handle = handle };
	if ((err = badge_take(ep, OS_BADGE_SIGNAL, handler, &handler->badge)))
		return err;
	err = pd_signal_context(ep->env->pd, ep->platform_ep, handler->badge,
	                        (struct account_cap){ 0 }, &handler->cap);
	if (err) {
		badge_release(ep, handler->badge);
		*handler = (struct os_signal_handler){ 0 };
		return err;
	}
	handler->ep = ep;
	return OS_OK;
}

void os_signal_handler_fini(struct os_signal_handler *handler)
{
	struct os_ep *const ep = handler->ep;

	if (ep) {
		const enum os_err err = pd_object_free(ep->env->pd, handler->cap.cap);

		(void)err;
		badge_release(ep, handler->badge);
	}
	*handler = (struct os_signal_handler){ 0 };
}

enum os_err os_signal_submit(struct signal_context_cap context, uint32_t count)
{
	if (!context.cap.slot || context.cap.slot & OS_CAP_SLOT_LOCAL)
		return OS_ERR_CAP_INVALID;
	os_trace_event(OS_TRACE_SUBMIT, (uint64_t)context.cap.slot << 32 | count);
	return os_platform->signal_submit(context.cap.slot, count);
}

/* ----------------------------------------------------------------- dispatch */

enum { REQUEST_RECORDED = 1u << 16 }; /* above the flow, which may be 0 */

/* Record the request `msg` in `ring`, when the thread has asked for that, if it was to. */
static inline uint32_t request_recorded(uint64_t ring, uint32_t type, const struct os_msg *msg)
{
	const uint32_t flow = msg->flow, what = (uint32_t)msg->op << 16 | flow;

	if (__builtin_expect(ring > OS_TRACE_ASK_MAX, 1))
		os_trace_put_seen(ring, OS_TRACE_RECEIVE, type, what);
	else
		os_trace_first(OS_TRACE_RECEIVE, type, what);
	return REQUEST_RECORDED | flow;
}

/* Record the request `msg`, whose object has gone; 0: nobody records. */
static __attribute__((noinline)) uint32_t gone_recorded(const struct os_msg *msg)
{
	if (os_trace_ring_own() == OS_TRACE_OFF)
		return 0;
	os_trace_event(OS_TRACE_RECEIVE, (uint32_t)msg->op << 16 | msg->flow);
	return REQUEST_RECORDED | msg->flow;
}

/* True: `msg` is the reply. */
static bool call_serve(struct os_ep *ep, const struct os_ep_event *event, struct os_msg *msg)
{
	struct os_rpc_object *object;
	uint32_t request = 0;
	enum os_err err = OS_OK;

	ep->current_channel = event->channel;
	ep->current_sequence = event->sequence;
	ep->current_saved = false;
	object = badge_enter(ep, event->badge, OS_BADGE_OBJECT);
	if (object) {
		const uint64_t ring = os_trace_ring_own();

		if (__builtin_expect(ring != OS_TRACE_OFF, 0))
			request = request_recorded(ring, object->type, msg);
		err = object->dispatch(object, msg);
		/* From here on `object` may be gone: its handler may have destroyed it. */
	} else {
		request = gone_recorded(msg);
		os_msg_caps_drop(msg);
		reply_error(msg, OS_ERR_GONE);
	}
	badge_leave(ep);
	if (err == OS_ERR_LATER) {
		/* Else nobody could ever answer. */
		OS_ASSERT(ep->current_saved);
		if (request)
			os_trace_event(OS_TRACE_REPLY, (uint64_t)err << 32 | (uint16_t)request);
		return false;
	}
	reply_check(msg);
	if (__builtin_expect(request != 0, 0))
		os_trace_event_at(os_trace_ring_own(), OS_TRACE_REPLY, msg->op, (uint16_t)request);
	return true;
}

static void signal_serve(struct os_ep *ep, const struct os_ep_event *event)
{
	struct os_signal_handler *handler = badge_enter(ep, event->badge, OS_BADGE_SIGNAL);

	os_trace_event(OS_TRACE_SIGNAL, (uint64_t)event->badge << 32 | (uint32_t)event->count);
	if (handler)
		handler->handle(handler, event->count);
	os_trace_event(OS_TRACE_SIGNAL_DONE, 0);
	badge_leave(ep);
}

/* True: it was a call, and `msg` is the reply. */
static inline bool event_serve(struct os_ep *ep, const struct os_ep_event *event,
                               struct os_msg *msg)
{
	if (event->kind == OS_EP_CALL)
		return call_serve(ep, event, msg);
	if (event->kind == OS_EP_SIGNAL)
		signal_serve(ep, event);
	return false;
}

enum os_err os_ep_dispatch(struct os_ep *ep, bool block)
{
	struct os_msg *const msg = os_msg_own();
	struct os_ep_event event;
	enum os_err err;

	if ((err = os_platform->ep_wait(ep->platform_ep, block, &event)))
		return err;
	if (event_serve(ep, &event, msg))
		os_platform->ep_reply(ep->platform_ep, event.channel, event.sequence, msg);
	return event.kind == OS_EP_NONE ? OS_ERR_EMPTY : OS_OK;
}

void os_ep_serve(struct os_ep *ep)
{
	struct os_msg *const msg = os_msg_own();
	struct os_ep_event event;
	bool answer = false;
	enum os_err err;

	while (!ep->stop) {
		if (answer)
			err = os_platform->ep_reply_wait(ep->platform_ep, event.channel,
			                                 event.sequence, msg, &event);
		else
			err = os_platform->ep_wait(ep->platform_ep, true, &event);
		OS_ASSERT(!err || err == OS_ERR_CANCELLED);
		answer = !err && event_serve(ep, &event, msg);
	}
	if (answer)
		os_platform->ep_reply(ep->platform_ep, event.channel, event.sequence, msg);
}

/* ------------------------------------------- entrypoints with their own thread */

static void stop_handle(struct os_signal_handler *handler, uint64_t count)
{
	(void)count;
	handler->ep->stop = true;
}

static void serve(struct os_thread *thread, void *argument)
{
	(void)thread;
	os_ep_serve(argument);
}

enum os_err os_ep_init(struct os_ep *ep, struct os_env *env, const char *name, size_t stack_size)
{
	const uint32_t priority = os_thread_block_own()->priority;
	void *thread;
	enum os_err err;

	*ep = (struct os_ep){ .env = env };
	if ((err = os_alloc(env->heap, sizeof(struct os_thread), &thread)))
		return err;
	if ((err = os_platform->ep_create(OS_MSG_CAPS_MAX, &ep->platform_ep)))
		goto out_thread;
	ep->thread = thread;
	if ((err = os_signal_handler_init(&ep->stop_handler, ep, stop_handle)))
		goto out_ep;
	err = os_thread_init(ep->thread, env, name, stack_size, priority, serve, ep);
	if (!err)
		return OS_OK;
	os_signal_handler_fini(&ep->stop_handler);
out_ep:
	os_platform->ep_destroy(ep->platform_ep);
	os_badges_fini(&ep->badges, env->heap);
out_thread:
	os_free(env->heap, thread, sizeof(struct os_thread));
	*ep = (struct os_ep){ 0 };
	return err;
}

void os_ep_fini(struct os_ep *ep)
{
	enum os_badge_kind kind;
	enum os_err err;
	void *target;

	if (!ep->thread)
		return;
	OS_ASSERT(os_thread_own() != ep->thread);
	err = os_signal_submit(ep->stop_handler.cap, 1);
	OS_ASSERT(!err);
	os_thread_fini(ep->thread);
	while (os_badge_any(&ep->badges, &kind, &target)) {
		if (kind == OS_BADGE_OBJECT)
			os_rpc_object_fini(target);
		else
			os_signal_handler_fini(target);
	}
	os_platform->ep_destroy(ep->platform_ep);
	os_badges_fini(&ep->badges, ep->env->heap);
	os_free(ep->env->heap, ep->thread, sizeof(struct os_thread));
	*ep = (struct os_ep){ 0 };
}
