/* SPDX-License-Identifier: BSD-2-Clause */
/* config_test: tells what its config says, now and whenever it changes. */

#include <config/config.h>
#include <osier/env.h>

static struct os_config config;

static void tell(struct os_config *self)
{
	if (os_xml_has(self->root, "volume"))
		os_log(self->env, "volume %llu",
		       (unsigned long long)os_xml_u64(self->root, "volume", 0));
	else
		os_log(self->env, "no volume");
}

enum os_err os_construct(struct os_env *env)
{
	enum os_err err;

	if ((err = os_config_open(&config, env)))
		return err;
	tell(&config);
	return os_config_sigh(&config, env->ep, tell);
}
