/* SPDX-License-Identifier: BSD-2-Clause */
/* The threads that wait for answers, each for one at a time. */

#include <osier/format.h>
#include <osier/string.h>

#include "internal.h"

enum {
	WORKER_STACK = 16 * 1024,
	WORKER_RAM = 96 * 1024, /* stack, page tables, and what core keeps for a thread */
	WORKER_CAPS = 8,
};

struct worker {
	struct os_list_node node;
	struct os_forward *forward;
	struct os_thread thread;
};

/* ------------------------------------------------------------------ one call */

/* All but the capabilities. */
static void message_copy(struct os_msg *to, const struct os_msg *from)
{
	to->op = from->op;
	to->length = OS_MIN(from->length, (uint16_t)OS_MSG_PAYLOAD_MAX);
	to->flow = 0;
	memcpy(to->payload, from->payload, to->length);
}

/* Replaces the request in `call` by the answer; whatever happens, there is one. */
static enum os_err ask(struct os_forward_call *call)
{
	const struct os_stand_in *const stand_in = call->stand_in;
	struct os_msg *const msg = os_msg_own();
	struct os_msg request;
	enum os_err err;

	/* in memory of ours first: asking core in between uses the thread's own message */
	message_copy(&request, &call->msg);
	caps_pass(call, false, other_side(stand_in->user), &request);
	message_copy(msg, &request);
	msg->cap_count = request.cap_count;
	msg->cap_move = request.cap_move;
	memcpy(msg->caps, request.caps, sizeof(msg->caps));
	err = os_call(stand_in->target, msg);
	if (err) {
		call->msg.op = (uint16_t)err;
		call->msg.length = 0;
		call->msg.cap_count = 0;
		return err;
	}
	message_copy(&call->msg, msg);
	call->msg.cap_count = OS_MIN(msg->cap_count, (uint8_t)OS_MSG_CAPS_MAX);
	memcpy(call->msg.caps, msg->caps, sizeof(call->msg.caps));
	return OS_OK;
}

static void answer(struct os_forward_call *call)
{
	struct os_msg *const msg = os_msg_own();
	struct os_msg reply;

	message_copy(&reply, &call->msg);
	caps_pass(call, true, call->stand_in->user, &reply);
	message_copy(msg, &reply);
	msg->cap_count = reply.cap_count;
	msg->cap_move = reply.cap_move;
	memcpy(msg->caps, reply.caps, sizeof(msg->caps));
	os_reply_send(&call->reply, msg);
}

static void forward_call(struct os_forward *forward, struct os_forward_call *call)
{
	struct os_stand_in *const stand_in = call->stand_in;
	enum os_err err;

	if (forward->ops->request)
		forward->ops->request(call);
	err = ask(call);
	if (forward->ops->reply)
		forward->ops->reply(call, err);
	answer(call);
	os_free(forward->env->heap, call, sizeof(*call));
	stand_in_leave(stand_in);
	os_mutex_lock(&forward->lock);
	forward->calls--;
	os_mutex_unlock(&forward->lock);
}

/* ------------------------------------------------------------------ threads */

static void work(struct os_thread *thread, void *argument)
{
	struct os_forward *const forward = argument;

	(void)thread;
	for (;;) {
		struct os_forward_call *call;

		os_semaphore_down(&forward->work);
		os_mutex_lock(&forward->lock);
		call = OS_LIST_ITEM(os_list_first(&forward->queue), struct os_forward_call, node);
		os_list_remove(&forward->queue, &call->node);
		forward->queued--;
		forward->waiting--;
		os_mutex_unlock(&forward->lock);
		forward_call(forward, call);
		os_mutex_lock(&forward->lock);
		forward->waiting++;
		os_mutex_unlock(&forward->lock);
	}
}

static enum os_err worker_add(struct os_forward *forward)
{
	struct worker *worker;
	char name[24];
	enum os_err err;

	if ((err = os_alloc(forward->env->heap, sizeof(*worker), (void **)&worker)))
		return err;
	worker->forward = forward;
	os_mutex_lock(&forward->lock);
	forward->waiting++;
	os_format(name, sizeof(name), "call %u", ++forward->worker_count);
	os_mutex_unlock(&forward->lock);
	err = os_thread_init(&worker->thread, forward->env, name, WORKER_STACK, 0, work, forward);
	os_mutex_lock(&forward->lock);
	if (err) {
		forward->waiting--;
		forward->worker_count--;
	} else {
		os_list_append(&forward->workers, &worker->node);
	}
	os_mutex_unlock(&forward->lock);
	if (err)
		os_free(forward->env->heap, worker, sizeof(*worker));
	return err;
}

void call_enqueue(struct os_forward *forward, struct os_forward_call *call)
{
	bool more;

	os_mutex_lock(&forward->lock);
	os_list_append(&forward->queue, &call->node);
	more = ++forward->queued > forward->waiting &&
	       forward->worker_count < OS_FORWARD_WORKERS_MAX;
	os_mutex_unlock(&forward->lock);
	/* without one more, it waits until one of those that there are is free */
	if (more && forward_can_afford(forward, WORKER_RAM, WORKER_CAPS) && worker_add(forward))
		os_warning(forward->env, "no further thread to forward calls");
	os_semaphore_up(&forward->work);
}

enum os_err workers_init(struct os_forward *forward)
{
	return worker_add(forward);
}
