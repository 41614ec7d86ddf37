/* SPDX-License-Identifier: BSD-2-Clause */
/* resource_test: quota that moves between a component and its parent. */

#include <config/config.h>

#include "test.h"

static struct os_config config;

enum os_err os_construct(struct os_env *env)
{
	enum os_err err;

	if ((err = os_config_open(&config, env)))
		return err;
	if (os_xml_equal(config.root, "role", "lender"))
		return lend(env, true);
	if (os_xml_equal(config.root, "role", "deaf"))
		return lend(env, false);
	if (os_xml_equal(config.root, "role", "grower"))
		grow(env);
	else
		wait_in_all_ways(env);
	os_exit(env, 0);
}
