/* SPDX-License-Identifier: BSD-2-Clause */
/* How often a child that ends is started again: the decision alone. Pure. */

#ifndef SANDBOX_RESTART_H
#define SANDBOX_RESTART_H

#include "config.h"

/** How often a child was restarted; zero is never. */
struct sandbox_restarts {
	uint32_t count;    /* since `first_us` */
	uint64_t first_us; /* the first of them */
};

/**
 * Whether a child that has ended, `failed` or as it should, is to be started again by `policy`. It
 * is then counted, and *delay_us tells when. Times are counted from the first restart on, until
 * `within_us` have passed; where that is 0, for ever.
 */
bool sandbox_restart_take(const struct sandbox_restart *policy, struct sandbox_restarts *restarts,
                          bool failed, uint64_t now_us, uint64_t *delay_us);

#endif
