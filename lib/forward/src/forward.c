/* SPDX-License-Identifier: BSD-2-Clause */
/* Groups and stand-ins: who is used by whom, and the entrypoint that takes their calls. */

#include <osier/memory.h>
#include <osier/string.h>

#include "internal.h"

enum {
	/* What is left to the rest of the component. */
	RESERVE_RAM = 48 * 1024,
	RESERVE_CAPS = 32,
	EP_STACK = 16 * 1024,
};

/* ------------------------------------------------------------------ means */

static bool told_once(struct os_forward *forward, bool *told)
{
	bool before;

	os_mutex_lock(&forward->lock);
	before = *told;
	*told = true;
	os_mutex_unlock(&forward->lock);
	return before;
}

/* Whether our own account has what has been paid, beside a reserve. */
static enum os_err check_own(struct os_forward *forward, uint64_t ram, uint64_t caps)
{
	uint64_t ram_limit, ram_used, caps_limit, caps_used;
	enum os_err err;

	if ((err = account_info(forward->account, &ram_limit, &ram_used, &caps_limit, &caps_used)))
		return err;
	if (ram_limit - OS_MIN(ram_used, ram_limit) >= RESERVE_RAM + ram &&
	    caps_limit - OS_MIN(caps_used, caps_limit) >= RESERVE_CAPS + caps)
		return OS_OK;
	if (!told_once(forward, &forward->short_told))
		os_warning(forward->env, "not enough memory or capabilities to stand between "
		                         "everything: give this component more");
	return OS_ERR_OUT_OF_RAM;
}

enum os_err forward_pay(struct os_forward_payer *payer, uint64_t ram, uint64_t caps)
{
	struct os_forward *const forward = payer->forward;
	enum os_err err;

	if (forward->ops->pay && (err = forward->ops->pay(payer, ram, caps)))
		return err;
	if ((err = check_own(forward, ram, caps)))
		forward_refund(payer, ram, caps);
	return err;
}

void forward_refund(struct os_forward_payer *payer, uint64_t ram, uint64_t caps)
{
	if (payer->forward->ops->refund)
		payer->forward->ops->refund(payer, ram, caps);
}

/* ------------------------------------------------------------------ uses */

static void group_leave(struct os_forward_group *group)
{
	struct os_forward *const forward = group->payer->forward;
	bool last;

	os_mutex_lock(&forward->lock);
	last = --group->uses == 0;
	os_mutex_unlock(&forward->lock);
	if (last && forward->ops->closed)
		forward->ops->closed(group);
}

void stand_in_leave(struct os_stand_in *stand_in)
{
	struct os_forward_group *const group = stand_in->group;
	struct os_forward *const forward = group->payer->forward;
	bool last;

	os_mutex_lock(&forward->lock);
	last = --stand_in->uses == 0;
	os_mutex_unlock(&forward->lock);
	if (!last)
		return;
	os_cap_drop(stand_in->target);
	os_free(forward->env->heap, stand_in, sizeof(*stand_in));
	forward_refund(group->payer, OS_FORWARD_STAND_IN_RAM, OS_FORWARD_STAND_IN_CAPS);
	group_leave(group);
}

/* ------------------------------------------------------------------ calls arrive */

/* Answer at once; `request` is ours, and `msg` the thread's own. */
static enum os_err refuse(struct os_msg *request, struct os_msg *msg, enum os_err err)
{
	os_msg_caps_drop(request);
	*msg = (struct os_msg){ .op = (uint16_t)err };
	return OS_OK;
}

/* A place for one more call; what has been paid for once stays. */
static enum os_err place_take(struct os_forward_payer *payer)
{
	struct os_forward *const forward = payer->forward;
	enum os_err err = OS_OK;
	bool more;

	/* only this thread, that of the entrypoint, takes places */
	os_mutex_lock(&forward->lock);
	if (payer->calls == OS_FORWARD_CALLS_MAX)
		err = OS_ERR_LIMIT;
	more = !err && payer->calls == payer->places;
	os_mutex_unlock(&forward->lock);
	if (err ||
	    (more && (err = forward_pay(payer, OS_FORWARD_PLACE_RAM, OS_FORWARD_PLACE_CAPS))))
		return err;
	os_mutex_lock(&forward->lock);
	payer->places += more;
	payer->calls++;
	os_mutex_unlock(&forward->lock);
	return OS_OK;
}

static void place_leave(struct os_forward_payer *payer)
{
	os_mutex_lock(&payer->forward->lock);
	payer->calls--;
	os_mutex_unlock(&payer->forward->lock);
}

/* On the entrypoint's thread: take the message, and answer later. */
static enum os_err dispatch(struct os_rpc_object *object, struct os_msg *msg)
{
	struct os_stand_in *const stand_in = container_of(object, struct os_stand_in, object);
	struct os_forward_payer *const payer = stand_in->group->payer;
	struct os_forward *const forward = payer->forward;
	struct os_msg request = *msg; /* what follows may use the thread's own for calls */
	struct os_forward_call *call;
	enum os_err err;

	if (request.length > OS_MSG_PAYLOAD_MAX || request.cap_count > OS_MSG_CAPS_MAX)
		return refuse(&request, msg, OS_ERR_PROTOCOL);
	if ((err = place_take(payer)))
		return refuse(&request, msg, err);
	if ((err = os_alloc(forward->env->heap, sizeof(*call), (void **)&call))) {
		place_leave(payer);
		return refuse(&request, msg, err);
	}
	call->stand_in = stand_in;
	call->op = request.op;
	call->msg = request;
	os_reply_save(&forward->ep, &call->reply);
	call_enqueue(payer, call);
	return OS_ERR_LATER;
}

/* ------------------------------------------------------------------ groups, stand-ins */

void os_forward_group_init(struct os_forward_group *group, struct os_forward_payer *payer)
{
	*group = (struct os_forward_group){ .payer = payer, .uses = 1 };
}

static enum os_err stand_in_create(struct os_forward_group *group, struct os_cap target,
                                   uint32_t type, enum os_forward_side user,
                                   struct os_stand_in **out)
{
	struct os_forward *const forward = group->payer->forward;
	struct os_stand_in *stand_in;
	enum os_err err;

	if ((err = forward_pay(group->payer, OS_FORWARD_STAND_IN_RAM, OS_FORWARD_STAND_IN_CAPS)))
		return err;
	if ((err = os_alloc(forward->env->heap, sizeof(*stand_in), (void **)&stand_in)))
		goto refund;
	stand_in->group = group;
	stand_in->type = type;
	stand_in->user = user;
	stand_in->uses = 1;
	stand_in->target = target;
	if ((err = os_rpc_object_init(&stand_in->object, &forward->ep, NULL, dispatch, type)))
		goto free;
	*out = stand_in;
	return OS_OK;
free:
	os_free(forward->env->heap, stand_in, sizeof(*stand_in));
refund:
	forward_refund(group->payer, OS_FORWARD_STAND_IN_RAM, OS_FORWARD_STAND_IN_CAPS);
	return err;
}

enum os_err os_forward_stand_in(struct os_forward_group *group, struct os_cap target, uint32_t type,
                                enum os_forward_side user, struct os_cap *cap)
{
	struct os_forward *const forward = group->payer->forward;
	struct os_stand_in *stand_in;
	bool closed;
	enum os_err err;

	*cap = (struct os_cap){ 0 };
	if ((err = stand_in_create(group, target, type, user, &stand_in)))
		return err;
	os_mutex_lock(&forward->lock);
	closed = group->closed;
	if (!closed) {
		os_list_append(&group->stand_ins, &stand_in->node);
		group->uses++;
	}
	os_mutex_unlock(&forward->lock);
	if (closed) {
		os_rpc_object_fini(&stand_in->object);
		os_free(forward->env->heap, stand_in, sizeof(*stand_in));
		forward_refund(group->payer, OS_FORWARD_STAND_IN_RAM, OS_FORWARD_STAND_IN_CAPS);
		return OS_ERR_GONE;
	}
	*cap = stand_in->object.cap;
	return OS_OK;
}

void os_forward_group_close(struct os_forward_group *group)
{
	struct os_forward *const forward = group->payer->forward;

	for (;;) {
		struct os_stand_in *stand_in;

		os_mutex_lock(&forward->lock);
		group->closed = true;
		stand_in = OS_LIST_ITEM(os_list_first(&group->stand_ins), struct os_stand_in, node);
		if (stand_in)
			os_list_remove(&group->stand_ins, &stand_in->node);
		os_mutex_unlock(&forward->lock);
		if (!stand_in)
			break;
		/* without the lock: it waits for a call that is just being taken */
		os_rpc_object_fini(&stand_in->object);
		stand_in_leave(stand_in);
	}
	group_leave(group);
}

enum os_err os_forward_init(struct os_forward *forward, struct os_env *env,
                            const struct os_forward_ops *ops)
{
	enum os_err err;

	*forward = (struct os_forward){ .env = env, .ops = ops };
	if ((err = pd_account(env->pd, &forward->account)))
		return err;
	return os_ep_init(&forward->ep, env, "stand-ins", EP_STACK);
}
