/* SPDX-License-Identifier: BSD-2-Clause */
/* The threads that wait for answers, each for one at a time. */

#include <osier/format.h>
#include <osier/string.h>

#include "internal.h"

enum { WORKER_STACK = 16 * 1024 };

struct worker {
	struct os_list_node node;
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

/* In place of an answer; `call` has no capabilities any more. */
static enum os_err fail(struct os_forward_call *call, enum os_err err)
{
	call->msg.op = (uint16_t)err;
	call->msg.length = 0;
	call->msg.cap_count = 0;
	return err;
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
	if ((err = os_call(stand_in->target, msg)))
		return fail(call, err);
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

static bool is_closed(struct os_forward_payer *payer)
{
	bool closed;

	os_mutex_lock(&payer->forward->lock);
	closed = payer->closed;
	os_mutex_unlock(&payer->forward->lock);
	return closed;
}

/*
 * Who pays no more waits for nobody: what is cancelled is no further call, nor told. As `closed` is
 * set before, a call that begins all the same is the one that is cancelled.
 */
static void forward_call(struct os_forward_payer *payer, struct os_forward_call *call)
{
	struct os_forward *const forward = payer->forward;
	struct os_stand_in *const stand_in = call->stand_in;
	enum os_err err = OS_ERR_GONE;

	if (forward->ops->request && !is_closed(payer))
		forward->ops->request(call);
	if (is_closed(payer)) {
		os_msg_caps_drop(&call->msg);
		fail(call, err);
	} else {
		err = ask(call);
	}
	if (forward->ops->reply && !is_closed(payer))
		forward->ops->reply(call, err);
	/* before the caller can call again: it is not to be charged for a place or thread more */
	os_mutex_lock(&forward->lock);
	payer->calls--;
	payer->waiting++;
	os_mutex_unlock(&forward->lock);
	answer(call);
	os_free(forward->env->heap, call, sizeof(*call));
	stand_in_leave(stand_in);
}

/* ------------------------------------------------------------------ threads */

/* The next one; NULL: the payer is closed. */
static struct os_forward_call *call_take(struct os_forward_payer *payer)
{
	struct os_mutex *const lock = &payer->forward->lock;
	struct os_forward_call *call;

	os_semaphore_down(&payer->work);
	os_mutex_lock(lock);
	call = OS_LIST_ITEM(os_list_first(&payer->queue), struct os_forward_call, node);
	if (call) {
		os_list_remove(&payer->queue, &call->node);
		payer->queued--;
		payer->waiting--;
	}
	os_mutex_unlock(lock);
	return call;
}

static void work(struct os_thread *thread, void *argument)
{
	struct os_forward_payer *const payer = argument;
	struct os_forward_call *call;

	(void)thread;
	while ((call = call_take(payer)))
		forward_call(payer, call);
}

/* A thread more, and a place for its call. */
static enum os_err worker_add(struct os_forward_payer *payer)
{
	struct os_forward *const forward = payer->forward;
	struct worker *worker;
	char name[24];
	enum os_err err;

	if ((err = forward_pay(payer, OS_FORWARD_WORKER_RAM, OS_FORWARD_WORKER_CAPS)))
		return err;
	if ((err = os_alloc(forward->env->heap, sizeof(*worker), (void **)&worker)))
		goto refund;
	os_mutex_lock(&forward->lock);
	payer->waiting++;
	os_format(name, sizeof(name), "call %u", ++payer->worker_count);
	os_mutex_unlock(&forward->lock);
	err = os_thread_init(&worker->thread, forward->env, name, WORKER_STACK, 0, work, payer);
	os_mutex_lock(&forward->lock);
	if (err) {
		payer->waiting--;
		payer->worker_count--;
	} else {
		payer->places++;
		os_list_append(&payer->workers, &worker->node);
	}
	os_mutex_unlock(&forward->lock);
	if (!err)
		return OS_OK;
	os_free(forward->env->heap, worker, sizeof(*worker));
refund:
	forward_refund(payer, OS_FORWARD_WORKER_RAM, OS_FORWARD_WORKER_CAPS);
	return err;
}

/* It has nothing more to do, but for calls that end at once. */
static void worker_end(struct os_forward_payer *payer, struct worker *worker)
{
	os_list_remove(&payer->workers, &worker->node);
	os_thread_fini(&worker->thread);
	os_free(payer->forward->env->heap, worker, sizeof(*worker));
	forward_refund(payer, OS_FORWARD_WORKER_RAM, OS_FORWARD_WORKER_CAPS);
	payer->places--;
}

void call_enqueue(struct os_forward_payer *payer, struct os_forward_call *call)
{
	struct os_forward *const forward = payer->forward;
	bool more, told;
	enum os_err err = OS_OK;

	os_mutex_lock(&forward->lock);
	call->stand_in->uses++;
	call->number = ++forward->numbers;
	os_list_append(&payer->queue, &call->node);
	more = ++payer->queued > payer->waiting && payer->worker_count < OS_FORWARD_WORKERS_MAX;
	told = payer->short_told;
	os_mutex_unlock(&forward->lock);
	/* without one more, it waits until one of those that there are is free */
	if (more && (err = worker_add(payer)) && !told) {
		payer->short_told = true; /* by this thread alone */
		os_log(forward->env, "no further thread to forward calls: %s", os_err_text(err));
	}
	os_semaphore_up(&payer->work);
}

/* ------------------------------------------------------------------ payers */

enum os_err os_forward_payer_init(struct os_forward_payer *payer, struct os_forward *forward)
{
	*payer = (struct os_forward_payer){ .forward = forward };
	return worker_add(payer);
}

void os_forward_payer_fini(struct os_forward_payer *payer)
{
	struct os_list_node *node;

	os_mutex_lock(&payer->forward->lock);
	payer->closed = true;
	os_mutex_unlock(&payer->forward->lock);
	OS_LIST_FOR_EACH (each, &payer->workers) {
		const struct worker *worker = OS_LIST_ITEM(each, const struct worker, node);
		const enum os_err err = thread_cancel_blocking(worker->thread.cap);

		(void)err; /* its CPU session is ours */
		os_semaphore_up(&payer->work);
	}
	while ((node = os_list_first(&payer->workers)))
		worker_end(payer, OS_LIST_ITEM(node, struct worker, node));
	forward_refund(payer, payer->places * OS_FORWARD_PLACE_RAM,
	               payer->places * OS_FORWARD_PLACE_CAPS);
	*payer = (struct os_forward_payer){ 0 };
}
