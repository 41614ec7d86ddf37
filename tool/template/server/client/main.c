/* SPDX-License-Identifier: BSD-2-Clause */
/* @name@_test: a client of "@Name@". */

#include <api/@name@.h>
#include <osier/env.h>
#include <osier/session.h>

static enum os_err use(struct os_env *env, struct @name@_cap @name@)
{
	uint32_t sum;
	enum os_err err;

	if ((err = @name@_add(@name@, 2, &sum)) || (err = @name@_add(@name@, 3, &sum)))
		return err;
	os_log(env, "2 and 3 are %u", sum);
	/* An outcome that the interface declares arrives like any result. */
	err = @name@_add(@name@, 96, &sum);
	os_log(env, "96 more: %s", os_err_text(err));
	return err == OS_ERR_RANGE ? OS_OK : OS_ERR_PROTOCOL;
}

enum os_err os_construct(struct os_env *env)
{
	struct os_session session;
	struct @name@_cap @name@;
	enum os_err err;

	if ((err = @name@_open(&session, env, NULL, &@name@)))
		return err;
	err = use(env, @name@);
	os_session_close(&session);
	if (err)
		return err;
	os_exit(env, 0);
}
