/* SPDX-License-Identifier: BSD-2-Clause */
/* hello_client: opens a "Hello" session, calls it, and ends. */

#include <api/hello.h>
#include <osier/env.h>
#include <osier/session.h>

static enum os_err use(struct os_env *env, struct hello_cap hello)
{
	int32_t sum;
	enum os_err err;

	if ((err = hello_say_hello(hello, "world")))
		return err;
	if ((err = hello_add(hello, 40, 2, &sum)))
		return err;
	os_log(env, "40 + 2 = %d", sum);
	/* An outcome that the interface declares arrives like any result. */
	err = hello_add(hello, INT32_MAX, 1, &sum);
	os_log(env, "%d + 1: %s", INT32_MAX, os_err_text(err));
	return err == OS_ERR_RANGE ? OS_OK : OS_ERR_PROTOCOL;
}

enum os_err os_construct(struct os_env *env)
{
	struct os_session session;
	struct hello_cap hello;
	enum os_err err;

	if ((err = hello_open(&session, env, NULL, &hello)))
		return err;
	err = use(env, hello);
	os_session_close(&session);
	if (err)
		return err;
	os_exit(env, 0);
}
