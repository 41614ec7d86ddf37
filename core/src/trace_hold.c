/* SPDX-License-Identifier: BSD-2-Clause */
/* The start of components is held until their recorder has begun. */

#include "core.h"
#include <osier/string.h>

/*
 * With core's option "recorder", there is a component whose label is core.recorder. While it
 * exists, and has neither begun (trace.begun) nor ended, the main threads of all others but the
 * root component's are held:
 *
 *                thread_run()                   begun(), or the recorder has ended
 *    created ------------------> core.held ---------------------------------------> running
 *
 * Their parents cannot tell the difference: they have started a child. A recorder that is never
 * created holds nobody, so its creator makes it first.
 */

static struct pd *recorder_find(void)
{
	OS_LIST_FOR_EACH (node, &core.pds) {
		struct pd *pd = OS_LIST_ITEM(node, struct pd, node);

		if (os_str_equal(pd->label, core.recorder) && pd->state < PD_STATE_EXITED)
			return pd;
	}
	return NULL;
}

bool trace_hold(struct thread *thread)
{
	const struct pd *recorder = core.recorder ? recorder_find() : NULL;

	if (!recorder || thread->pd == recorder || thread->pd == core.root)
		return false;
	thread->held = true;
	os_list_append(&core.held, &thread->held_node);
	return true;
}

void trace_release(void)
{
	struct os_list_node *node;

	core.recorder = NULL;
	while ((node = os_list_first(&core.held))) {
		struct thread *thread = OS_LIST_ITEM(node, struct thread, held_node);

		os_list_remove(&core.held, node);
		thread->held = false;
		if (platform_thread_start(thread))
			pd_ended(thread->pd, PD_STATE_KILLED, "its main thread cannot be started");
	}
}

void trace_recorder_ended(const struct pd *pd)
{
	if (core.recorder && !core.exiting && os_str_equal(pd->label, core.recorder))
		trace_release();
}
