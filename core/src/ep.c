/* SPDX-License-Identifier: BSD-2-Clause */
/* Entrypoints with the objects and signal contexts that components serve at them. */

#include "core.h"

struct entrypoint *pd_ep(struct pd *pd, uint32_t id)
{
	OS_LIST_FOR_EACH (node, &pd->eps) {
		struct entrypoint *ep = OS_LIST_ITEM(node, struct entrypoint, pd_node);

		if (ep->id == id)
			return ep;
	}
	return NULL;
}

enum os_err entrypoint_create(struct pd *pd, uint32_t id, struct entrypoint **out)
{
	struct entrypoint *ep;
	enum os_err err;

	if (pd_ep(pd, id))
		return OS_ERR_EXISTS;
	if (pd->ep_count == EPS_MAX)
		return OS_ERR_LIMIT;
	if ((err = account_charge(pd->account, CORE_RAM(sizeof(*ep)), 1 + core.scarce_price)))
		return err;
	if ((err = os_alloc(core.heap, sizeof(*ep), (void **)&ep)))
		goto refund;
	ep->pd = pd;
	ep->id = id;
	if ((err = platform_ep_init(ep)))
		goto free;
	os_list_append(&pd->eps, &ep->pd_node);
	pd->ep_count++;
	*out = ep;
	return OS_OK;
free:
	os_free(core.heap, ep, sizeof(*ep));
refund:
	account_refund(pd->account, CORE_RAM(sizeof(*ep)), 1 + core.scarce_price);
	return err;
}

void entrypoint_destroy(struct entrypoint *ep)
{
	struct pd *pd = ep->pd;
	struct os_list_node *node;

	while ((node = os_list_first(&ep->objects)))
		object_destroy(&OS_LIST_ITEM(node, struct rpc_object, ep_node)->object);
	while ((node = os_list_first(&ep->contexts)))
		object_destroy(&OS_LIST_ITEM(node, struct signal_context, ep_node)->object);
	platform_ep_fini(ep);
	os_list_remove(&pd->eps, &ep->pd_node);
	pd->ep_count--;
	account_refund(pd->account, CORE_RAM(sizeof(*ep)), 1 + core.scarce_price);
	os_free(core.heap, ep, sizeof(*ep));
}

/* ------------------------------------------------------------------ objects */

static void destroy_rpc_object(struct object *object)
{
	struct rpc_object *rpc = container_of(object, struct rpc_object, object);

	os_list_remove(&rpc->ep->objects, &rpc->ep_node);
}

enum os_err rpc_object_create(struct entrypoint *ep, struct account *account, uint32_t badge,
                              uint32_t type, struct rpc_object **out)
{
	struct rpc_object *rpc;
	struct object *object;
	enum os_err err;

	if ((err = object_create(sizeof(*rpc), OBJECT_RPC, type, account, 0, destroy_rpc_object,
	                         &object)))
		return err;
	rpc = container_of(object, struct rpc_object, object);
	rpc->ep = ep;
	rpc->pd = ep->pd;
	rpc->badge = badge;
	os_list_append(&ep->objects, &rpc->ep_node);
	*out = rpc;
	return OS_OK;
}

static void destroy_signal_context(struct object *object)
{
	struct signal_context *context = container_of(object, struct signal_context, object);
	struct os_list_node *node;

	while ((node = os_list_first(&context->sighs))) {
		struct sigh *sigh = OS_LIST_ITEM(node, struct sigh, node);

		sigh_fini(sigh);
		if (sigh->lost)
			sigh->lost(sigh);
	}
	if (context->pending)
		os_list_remove(&context->ep->platform.pending, &context->pending_node);
	os_list_remove(&context->ep->contexts, &context->ep_node);
}

enum os_err signal_context_create(struct entrypoint *ep, struct account *account, uint32_t badge,
                                  struct signal_context **out)
{
	struct signal_context *context;
	struct object *object;
	enum os_err err;

	if ((err = object_create(sizeof(*context), OBJECT_SIGNAL, SIGNAL_CONTEXT_TYPE, account, 0,
	                         destroy_signal_context, &object)))
		return err;
	context = container_of(object, struct signal_context, object);
	context->ep = ep;
	context->pd = ep->pd;
	context->badge = badge;
	os_list_append(&ep->contexts, &context->ep_node);
	*out = context;
	return OS_OK;
}

/* ------------------------------------------------------------------ signals of core */

void signal_context_submit(struct signal_context *context, uint64_t count)
{
	const bool waits = context && context->pending;

	if (!context || count == 0)
		return;
	/* what a component submits may be any number */
	if (__builtin_add_overflow(context->pending, count, &context->pending))
		context->pending = UINT64_MAX;
	if (!waits)
		platform_signal(context);
}

void sigh_fini(struct sigh *sigh)
{
	if (sigh->context)
		os_list_remove(&sigh->context->sighs, &sigh->node);
	sigh->context = NULL;
}

void sigh_set(struct sigh *sigh, uint32_t slot)
{
	struct object *object = cap_lookup_kind(current_pd(), slot, OBJECT_SIGNAL);

	sigh_fini(sigh);
	if (!object)
		return;
	sigh->context = container_of(object, struct signal_context, object);
	os_list_append(&sigh->context->sighs, &sigh->node);
}
