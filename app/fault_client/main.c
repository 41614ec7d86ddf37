/* SPDX-License-Identifier: BSD-2-Clause */
/* fault_client: calls a "Hello" server that may be faulty, and tells what came of it. */

#include <api/hello.h>
#include <osier/env.h>
#include <osier/session.h>

enum { CALLS = 2000 };

enum os_err os_construct(struct os_env *env)
{
	struct os_session session;
	struct hello_cap hello;
	uint32_t right = 0, refused = 0;
	int32_t sum;
	enum os_err err;

	os_log(env, "opens a session");
	if ((err = hello_open(&session, env, NULL, &hello))) {
		os_log(env, "no session: %s", os_err_text(err));
		return OS_OK;
	}
	os_log(env, "calls");
	for (int32_t i = 0; i < CALLS; i++) {
		err = hello_add(hello, i, 1, &sum);
		if (err == OS_ERR_GONE) {
			os_log(env, "the server is gone");
			break;
		}
		right += !err && sum == i + 1;
		refused += err != OS_OK;
		/* what is neither is an answer to another call */
		if (!err && sum != i + 1)
			os_error(env, "%d + 1 = %d", i, sum);
	}
	if (right + refused == CALLS)
		os_log(env, "answered: %s", refused ? "with errors, too" : "all right");
	os_session_close(&session);
	os_log(env, "done");
	return OS_OK;
}
