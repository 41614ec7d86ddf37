/* SPDX-License-Identifier: BSD-2-Clause */
/* monitor_test: both sides of an interface that is in no table, see README.md. */

#include <config/config.h>

#include "mystery.h"

enum os_err os_construct(struct os_env *env)
{
	static struct os_config config;
	enum os_err err;

	if ((err = os_config_open(&config, env)))
		return err;
	if (os_xml_equal(config.root, "role", "server"))
		return server_start(env);
	if (os_xml_equal(config.root, "role", "flooder"))
		return flooder_start(env);
	if (os_xml_equal(config.root, "role", "neighbour"))
		return neighbour_start(env);
	return client_start(env, os_xml_equal(config.root, "role", "dier"));
}
