/* SPDX-License-Identifier: BSD-2-Clause */
/* Whom the monitor charges: each life of a child pays for what its sessions need. */

#ifndef MONITOR_PAYER_H
#define MONITOR_PAYER_H

#include <forward/forward.h>
#include <sandbox/sandbox.h>

/* One life of a child. What it pays lies on our account, where nobody else gets it. */
struct payer {
	struct os_forward_payer base;
	struct os_list_node node;
	struct payers *payers;
	uint64_t life;
	uint32_t sessions;
	struct os_mutex lock;       /* guards what follows */
	struct account_cap account; /* none: while the child is being made */
	struct os_quota credit;     /* paid, and not in use */
};

/* All of them; for the entrypoint's thread alone. */
struct payers {
	struct os_forward *forward;
	struct os_upstream *upstream;
	struct os_sandbox *sandbox;
	struct os_list list;
};

void payers_init(struct payers *payers, struct os_forward *forward, struct os_upstream *upstream,
                 struct os_sandbox *sandbox);

/*
 * The payer of a session that has been opened, for one session more; made if it is the child's
 * first one. A child that has no account yet pays here for what the session needs. Errors:
 * OUT_OF_RAM, OUT_OF_CAPS, LIMIT.
 */
enum os_err payer_use(struct payers *payers, const struct os_sandbox_opened *opened,
                      struct payer **out) OS_MUST_CHECK;

/* For one session less, whose group is closed. With the last one it is gone, and refunded. */
void payer_leave(struct payers *payers, struct payer *payer);

/* os_forward_ops: by any thread. */
enum os_err payer_pay(struct os_forward_payer *base, uint64_t ram, uint64_t caps) OS_MUST_CHECK;
void payer_refund(struct os_forward_payer *base, uint64_t ram, uint64_t caps);

#endif
