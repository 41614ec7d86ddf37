/* SPDX-License-Identifier: BSD-2-Clause */
/* The life of a server under test: what it does is decided by how many it has had. */

#include "life.h"
#include <osier/lock.h>
#include <osier/session.h>
#include <osier/thread.h>

static struct victim_cap judge;
static struct signal_context_cap contexts[HAPPENINGS];
static uint64_t life;

/* Also while the entrypoint hangs. */
static void wait_for_death(struct os_thread *thread, void *argument)
{
	enum os_err err = victim_wait(judge);

	(void)thread;
	(void)argument;
	(void)err;
	__builtin_trap();
}

enum os_err life_begin(struct os_env *env, bool *serves)
{
	static struct os_session session;
	static struct os_thread thread;
	enum os_err err;

	if ((err = victim_open(&session, env, NULL, &judge)))
		return err;
	for (uint32_t i = 0; i < HAPPENINGS; i++)
		if ((err = victim_context(judge, i, &contexts[i])))
			return err;
	if ((err = os_thread_init(&thread, env, "death", 0, 0, wait_for_death, NULL)) ||
	    (err = victim_served(judge, &life)))
		return err;
	*serves = behaviour_of(life) != ABSENT;
	return OS_OK;
}

void life_tell(enum happening happening)
{
	enum os_err err = os_signal_submit(contexts[happening], 1);

	OS_ASSERT(!err);
}

void life_called(void)
{
	static struct os_semaphore never;

	switch (behaviour_of(life)) {
	case MUTE:
		life_tell(CALLED);
		for (;;)
			os_semaphore_down(&never);
	case CRASHES:
		__builtin_trap();
	default:
		life_tell(SERVED);
		break;
	}
}
