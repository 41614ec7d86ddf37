/* SPDX-License-Identifier: BSD-2-Clause */
/* log_flood: logs far more than it may, and ends. */

#include <api/turn.h>
#include <osier/env.h>
#include <osier/format.h>
#include <osier/session.h>

/* Many lines with one call: the flood is over before the first of them are forgiven. */
enum { LINES = 20000, LINES_PER_CALL = 16 };

static void flood(struct os_env *env)
{
	for (int i = 1; i <= LINES; i += LINES_PER_CALL) {
		char text[32 * LINES_PER_CALL];
		size_t length = 0;

		for (int j = i; j < i + LINES_PER_CALL; j++)
			length += os_format(text + length, sizeof(text) - length,
			                    "%sline %d of the flood", j == i ? "" : "\n", j);
		os_log(env, "%s", text);
	}
}

enum os_err os_construct(struct os_env *env)
{
	struct os_session session;
	struct turn_cap turn;
	enum os_err err;

	if ((err = turn_open(&session, env, NULL, &turn)))
		return err;
	if ((err = turn_wait(turn)))
		return err;
	flood(env);
	/* Others have their say while this one is cut off; it ends when its turn has come again. */
	if ((err = turn_pass(turn)))
		return err;
	if ((err = turn_wait(turn)))
		return err;
	os_exit(env, 0);
}
