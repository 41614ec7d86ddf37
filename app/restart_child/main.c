/* SPDX-License-Identifier: BSD-2-Clause */
/* restart_child: lives for a moment. */

#include <osier/env.h>
#include <osier/memory.h>

enum { CALLS_MAX = 16 };

enum os_err os_construct(struct os_env *env)
{
	const uint32_t calls = env->entropy[0] % CALLS_MAX;
	enum parent_session_state state;
	struct account_cap own, part;
	struct os_cap session;
	struct os_ram ram;
	uint32_t error;

	/* nobody has such a session: what matters is that one has asked */
	for (uint32_t i = 0; i < calls; i++)
		(void)!parent_session_poll(env->parent, i, &state, &error, &session);
	/* for good */
	(void)!os_ram_init(&ram, env, (env->entropy[1] % 4 + 1) * OS_PAGE_SIZE, NULL);
	if (!pd_account(env->pd, &own))
		(void)!account_create(own, OS_PAGE_SIZE, 2, &part);
	os_exit(env, 0);
}
