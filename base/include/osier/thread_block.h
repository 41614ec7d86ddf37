/* SPDX-License-Identifier: BSD-2-Clause */
/* What locks need of a platform: a thread that waits for its wake token. */

#ifndef OSIER_THREAD_BLOCK_H
#define OSIER_THREAD_BLOCK_H

#include <osier/err.h>
#include <osier/types.h>

/*
 * Each thread has one wake token, set or not. A thread has at most one request for it out at a time
 * (it is queued in one lock), and takes the token of each request that was granted: so none is left
 * over, and a thread cannot end before the token for it was set. os_thread_unblock() must touch
 * nothing of the thread's memory after the token is set that may be gone then.
 */

/** A thread; opaque here. At least 4-byte aligned, never NULL. */
struct os_thread_id;

/** The calling thread. Cheap; does not block. */
struct os_thread_id *os_thread_self(void);

/** Wait until the calling thread's token is set, and take it. A token set before is not lost. */
void os_thread_block(void);

/** Like os_thread_block(), but OS_ERR_CANCELLED, with no token taken, if cancelled meanwhile. */
OS_MUST_CHECK enum os_err os_thread_block_cancellable(void);

/** Set the token of `thread`, which runs if it waits for it. What came before is visible to it. */
void os_thread_unblock(struct os_thread_id *thread);

/** The priority of `thread`: greater is more urgent. */
int os_thread_priority(struct os_thread_id *thread);

#endif
