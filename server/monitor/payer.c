/* SPDX-License-Identifier: BSD-2-Clause */
/* Charging a child by its account, or before it has one, by what its parent keeps for it. */

#include <osier/env.h>

#include "payer.h"

/* What a session needs at once, in front of the stand-ins that come by calls. */
static const struct os_quota session_cost = { OS_FORWARD_STAND_IN_RAM, OS_FORWARD_STAND_IN_CAPS };
static const struct os_quota payer_cost = { OS_FORWARD_WORKER_RAM, OS_FORWARD_WORKER_CAPS };

void payers_init(struct payers *payers, struct os_forward *forward, struct os_upstream *upstream,
                 struct os_sandbox *sandbox)
{
	*payers = (struct payers){ forward, upstream, sandbox, { 0 } };
}

static struct payer *payer_find(const struct payers *payers, uint64_t life)
{
	OS_LIST_FOR_EACH (node, &payers->list) {
		struct payer *payer = OS_LIST_ITEM(node, struct payer, node);

		if (payer->life == life)
			return payer;
	}
	return NULL;
}

/* ------------------------------------------------------------------ paying */

enum os_err payer_pay(struct os_forward_payer *base, uint64_t ram, uint64_t caps)
{
	struct payer *const payer = container_of(base, struct payer, base);
	enum os_err err = OS_ERR_OUT_OF_RAM;

	os_mutex_lock(&payer->lock);
	if (payer->credit.ram >= ram && payer->credit.caps >= caps) {
		payer->credit.ram -= ram;
		payer->credit.caps -= caps;
		err = OS_OK;
	} else if (os_cap_valid(payer->account.cap)) {
		err = os_upstream_charge(payer->payers->upstream, payer->account,
		                         (struct os_quota){ ram, caps });
	}
	os_mutex_unlock(&payer->lock);
	return err;
}

void payer_refund(struct os_forward_payer *base, uint64_t ram, uint64_t caps)
{
	struct payer *const payer = container_of(base, struct payer, base);

	os_mutex_lock(&payer->lock);
	if (os_cap_valid(payer->account.cap)) {
		os_upstream_refund(payer->payers->upstream, payer->account,
		                   (struct os_quota){ ram, caps });
	} else {
		payer->credit.ram += ram;
		payer->credit.caps += caps;
	}
	os_mutex_unlock(&payer->lock);
}

/* In advance: of a child without an account, which can only be charged here. */
static enum os_err charge(struct payer *payer, const char *child, struct os_quota quota)
{
	enum os_err err;

	if (os_cap_valid(payer->account.cap))
		return OS_OK;
	if ((err = os_sandbox_charge(payer->payers->sandbox, child, quota)))
		return err;
	os_mutex_lock(&payer->lock);
	payer->credit.ram += quota.ram;
	payer->credit.caps += quota.caps;
	os_mutex_unlock(&payer->lock);
	return OS_OK;
}

/* ------------------------------------------------------------------ payers */

/* All that is left of what it has paid, and the rest. */
static void destroy(struct payers *payers, struct payer *payer)
{
	if (payer->base.forward)
		os_forward_payer_fini(&payer->base);
	os_upstream_refund(payers->upstream, payer->account, payer->credit);
	os_cap_drop(payer->account.cap);
	os_list_remove(&payers->list, &payer->node);
	os_free(payers->forward->env->heap, payer, sizeof(*payer));
}

static enum os_err create(struct payers *payers, const struct os_sandbox_opened *opened,
                          struct payer **out)
{
	struct payer *payer;
	enum os_err err;

	if ((err = os_alloc(payers->forward->env->heap, sizeof(*payer), (void **)&payer)))
		return err;
	payer->payers = payers;
	payer->life = opened->life;
	os_list_append(&payers->list, &payer->node);
	if ((os_cap_valid(opened->account.cap) &&
	     (err = os_cap_dup(opened->account.cap, &payer->account.cap))) ||
	    (err = charge(payer, opened->child, payer_cost)) ||
	    (err = os_forward_payer_init(&payer->base, payers->forward)))
		destroy(payers, payer);
	else
		*out = payer;
	return err;
}

/* The child has got its account meanwhile. */
static void account_learn(struct payer *payer, struct account_cap account)
{
	if (os_cap_valid(payer->account.cap) || !os_cap_valid(account.cap))
		return;
	os_mutex_lock(&payer->lock);
	if (os_cap_dup(account.cap, &payer->account.cap))
		payer->account = (struct account_cap){ 0 }; /* the next session tries again */
	os_mutex_unlock(&payer->lock);
}

enum os_err payer_use(struct payers *payers, const struct os_sandbox_opened *opened,
                      struct payer **out)
{
	struct payer *payer = payer_find(payers, opened->life);
	enum os_err err;

	if (!payer && (err = create(payers, opened, &payer)))
		return err;
	account_learn(payer, opened->account);
	payer->sessions++;
	if ((err = charge(payer, opened->child, session_cost))) {
		payer_leave(payers, payer);
		return err;
	}
	*out = payer;
	return OS_OK;
}

void payer_leave(struct payers *payers, struct payer *payer)
{
	if (!--payer->sessions)
		destroy(payers, payer);
}
