/* SPDX-License-Identifier: BSD-2-Clause */
/* log_flood: logs far more than it may, and ends. */

#include <api/turn.h>
#include <osier/env.h>
#include <osier/session.h>

enum { LINES = 20000 };

enum os_err os_construct(struct os_env *env)
{
	struct os_session session;
	struct turn_cap turn;
	enum os_err err;

	if ((err = turn_open(&session, env, NULL, &turn)))
		return err;
	if ((err = turn_wait(turn)))
		return err;
	for (int i = 1; i <= LINES; i++)
		os_log(env, "line %d of the flood", i);
	/* Others have their say while this one is cut off; it ends when its turn has come again. */
	if ((err = turn_pass(turn)))
		return err;
	if ((err = turn_wait(turn)))
		return err;
	os_exit(env, 0);
}
