/* SPDX-License-Identifier: BSD-2-Clause */
/* fault_neighbour: calls "Hello" without end, and tells whenever some hundred calls were right. */

#include <api/hello.h>
#include <osier/env.h>
#include <osier/session.h>

enum { CALLS_PER_LINE = 250 };

enum os_err os_construct(struct os_env *env)
{
	struct os_session session;
	struct hello_cap hello;
	int32_t sum;
	enum os_err err;

	if ((err = hello_open(&session, env, NULL, &hello)))
		return err;
	for (int32_t i = 0;; i++) {
		err = hello_add(hello, i & 0xffff, 1, &sum);
		if (err || sum != (i & 0xffff) + 1) {
			os_error(env, "wrong answer: %s", os_err_text(err));
			return err ? err : OS_ERR_PROTOCOL;
		}
		if (i % CALLS_PER_LINE == CALLS_PER_LINE - 1)
			os_log(env, "served");
	}
}
