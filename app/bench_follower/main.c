/* SPDX-License-Identifier: BSD-2-Clause */
/* bench_follower: tells the bench what its config says, whenever that changes. */

#include <api/bench.h>
#include <config/config.h>
#include <osier/env.h>

static struct os_config config;

/* The session is closed again: many children cost as little as they can. */
static enum os_err tell(struct os_env *env, struct os_xml root)
{
	const struct os_session_args args = {
		.service = BENCH_SERVICE, .label = "", .ram = 4096, .caps = 2, .type = BENCH_TYPE
	};
	struct os_session session;
	enum os_err err;
	int32_t sum;

	if ((err = os_session_open(&session, env, &args)))
		return err;
	err = bench_add((struct bench_cap){ session.cap }, (int32_t)os_xml_i64(root, "number", -1),
	                (int32_t)os_xml_i64(root, "version", -1), &sum);
	os_session_close(&session);
	return err;
}

/* Our parent answers the call for a session when it has done with its config. */
static void changed(struct os_config *self)
{
	enum os_err err = tell(self->env, self->root);

	if (err)
		os_error(self->env, "cannot tell: %s", os_err_text(err));
}

enum os_err os_construct(struct os_env *env)
{
	enum os_err err;

	if ((err = os_config_open(&config, env)))
		return err;
	if ((err = os_config_sigh(&config, env->ep, changed)))
		return err;
	return tell(env, config.root);
}
