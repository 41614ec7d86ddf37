/* SPDX-License-Identifier: BSD-2-Clause */
/* Signal contexts of clients, as servers keep them: zero is none. */

#ifndef OSIER_SIGH_H
#define OSIER_SIGH_H

#include <osier/ep.h>

/** Keep `handler`, which may be none, in the place of the one before. */
static inline void os_sigh_set(struct signal_context_cap *kept, struct signal_context_cap handler)
{
	os_cap_drop(kept->cap);
	*kept = handler;
}

/** Signal it once, if there is one. Never blocks. */
static inline void os_sigh_notify(struct signal_context_cap *kept)
{
	/* a context that is gone means that nobody wants to know any more */
	if (os_cap_valid(kept->cap) && os_signal_submit(*kept, 1))
		os_sigh_set(kept, (struct signal_context_cap){ 0 });
}

#endif
