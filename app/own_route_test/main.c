/* SPDX-License-Identifier: BSD-2-Clause */
/* own_route_test: the Timer and the Report server that an init has among its own children. */

#include "life.h"
#include <config/config.h>

enum os_err os_construct(struct os_env *env)
{
	static struct os_config config;
	enum os_err err;

	if ((err = os_config_open(&config, env)))
		return err;
	if (os_xml_equal(config.root, "role", "clock"))
		return clock_start(env);
	return state_start(env);
}
