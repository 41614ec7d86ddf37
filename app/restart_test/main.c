/* SPDX-License-Identifier: BSD-2-Clause */
/* restart_test: components that come and go, and accounts that have to add up. */

#include "test.h"
#include <config/config.h>
#include <osier/thread.h>

static struct settings settings;
static void (*test)(struct os_env *env, const struct settings *settings);

static void run(struct os_thread *thread, void *argument)
{
	(void)thread;
	test(argument, &settings);
	os_exit(argument, 0);
}

enum os_err os_construct(struct os_env *env)
{
	static struct os_thread thread;
	static struct os_config config;
	enum os_err err;

	if ((err = os_config_open(&config, env)))
		return err;
	settings = (struct settings){
		.rounds = (uint32_t)os_xml_u64(config.root, "rounds", 100),
		.batch = (uint32_t)os_xml_u64(config.root, "batch", 10),
		.children = (uint32_t)os_xml_u64(config.root, "children", 10),
		.seed = os_xml_u64(config.root, "seed", 1),
	};
	settings.walks = os_xml_equal(config.root, "mode", "walking_parent");
	if (!os_xml_equal(config.root, "mode", "walk"))
		books_init(env, os_xml_bool(config.root, "alone", true));
	if (settings.walks || os_xml_equal(config.root, "mode", "parent"))
		return test_parent(env, &settings);
	children_init(env);
	test = os_xml_equal(config.root, "mode", "children") ? test_children
	       : os_xml_equal(config.root, "mode", "walk")   ? test_walk
	                                                     : test_restart;
	return os_thread_init(&thread, env, "test", 0, 0, run, env);
}
