/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of lib/forward share: who uses what, under one lock. */

#ifndef FORWARD_INTERNAL_H
#define FORWARD_INTERNAL_H

#include <forward/forward.h>

static inline enum os_forward_side other_side(enum os_forward_side side)
{
	return side == OS_FORWARD_CLIENT ? OS_FORWARD_SERVER : OS_FORWARD_CLIENT;
}

/* Have it paid for. Errors: OUT_OF_RAM, OUT_OF_CAPS, GONE; also, told once, if we lack it. */
enum os_err forward_pay(struct os_forward_payer *payer, uint64_t ram, uint64_t caps) OS_MUST_CHECK;
void forward_refund(struct os_forward_payer *payer, uint64_t ram, uint64_t caps);

/* One use less of the call's stand-in; frees what is not used any more. */
void stand_in_leave(struct os_stand_in *stand_in);

/*
 * Make the capabilities of `call->msg`, all of which are ours, such as the side `to` may get: with
 * the counts that are to be moved to it, in `msg`. They are not in call->msg any more.
 */
void caps_pass(struct os_forward_call *call, bool reply, enum os_forward_side to,
               struct os_msg *msg);

/* Have the call forwarded by one of the payer's threads (worker.c). */
void call_enqueue(struct os_forward_payer *payer, struct os_forward_call *call);

#endif
