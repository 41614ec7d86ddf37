/* SPDX-License-Identifier: BSD-2-Clause */
/* Signal receivers: for threads that wait for signals outside of an entrypoint's loop. */

#include <osier/ep.h>
#include "trace.h"

enum os_err os_signal_receiver_init(struct os_signal_receiver *receiver, struct os_env *env)
{
	enum os_err err;

	*receiver = (struct os_signal_receiver){ 0 };
	/* No calls arrive here, so it takes no capabilities. */
	if ((err = os_platform->ep_create(0, &receiver->platform_ep)))
		return err;
	receiver->env = env;
	return OS_OK;
}

void os_signal_receiver_fini(struct os_signal_receiver *receiver)
{
	enum os_badge_kind kind;
	void *context;

	if (!receiver->env)
		return;
	while (os_badge_any(&receiver->badges, &kind, &context))
		os_signal_context_fini(context);
	os_platform->ep_destroy(receiver->platform_ep);
	os_badges_fini(&receiver->badges, receiver->env->heap);
	*receiver = (struct os_signal_receiver){ 0 };
}

static void badge_release(struct os_signal_receiver *receiver, uint32_t badge)
{
	os_mutex_lock(&receiver->badges.lock);
	os_badge_free(&receiver->badges, badge);
	os_mutex_unlock(&receiver->badges.lock);
}

enum os_err os_signal_context_init(struct os_signal_context *context,
                                   struct os_signal_receiver *receiver)
{
	struct os_env *const env = receiver->env;
	enum os_err err;

	*context = (struct os_signal_context){ 0 };
	os_mutex_lock(&receiver->badges.lock);
	err = os_badge_alloc(&receiver->badges, env->heap, OS_BADGE_SIGNAL, context,
	                     &context->badge);
	os_mutex_unlock(&receiver->badges.lock);
	if (err)
		return err;
	err = pd_signal_context(env->pd, receiver->platform_ep, context->badge,
	                        (struct account_cap){ 0 }, &context->cap);
	if (err) {
		badge_release(receiver, context->badge);
		*context = (struct os_signal_context){ 0 };
		return err;
	}
	context->receiver = receiver;
	return OS_OK;
}

void os_signal_context_fini(struct os_signal_context *context)
{
	struct os_signal_receiver *const receiver = context->receiver;

	if (receiver) {
		const enum os_err err = pd_object_free(receiver->env->pd, context->cap.cap);

		(void)err;
		badge_release(receiver, context->badge);
	}
	*context = (struct os_signal_context){ 0 };
}

/* The next signal; those of contexts that are gone are passed over. */
static enum os_err receive(struct os_signal_receiver *receiver, bool block,
                           struct os_signal_context **context, uint64_t *count)
{
	for (;;) {
		struct os_ep_event event;
		struct os_badge_entry *entry;
		enum os_err err;

		if ((err = os_platform->ep_wait(receiver->platform_ep, block, &event)))
			return err;
		if (event.kind == OS_EP_NONE)
			return OS_ERR_EMPTY;
		if (event.kind != OS_EP_SIGNAL)
			continue;
		os_mutex_lock(&receiver->badges.lock);
		entry = os_badge_find(&receiver->badges, event.badge, OS_BADGE_SIGNAL);
		*context = entry ? entry->target : NULL;
		os_mutex_unlock(&receiver->badges.lock);
		if (!*context)
			continue;
		*count = event.count;
		os_trace_event(OS_TRACE_SIGNAL, (uint64_t)event.badge << 32 | (uint32_t)*count);
		os_trace_event(OS_TRACE_SIGNAL_DONE, 0);
		return OS_OK;
	}
}

enum os_err os_signal_wait(struct os_signal_receiver *receiver, struct os_signal_context **context,
                           uint64_t *count)
{
	return receive(receiver, true, context, count);
}

enum os_err os_signal_poll(struct os_signal_receiver *receiver, struct os_signal_context **context,
                           uint64_t *count)
{
	return receive(receiver, false, context, count);
}
