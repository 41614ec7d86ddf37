/* SPDX-License-Identifier: BSD-2-Clause */
/* screen_test: serves Framebuffer and Input sessions, and does with them what its script says. */

#include <config/config.h>

#include "script.h"

static struct os_config config;
static struct screen screen;
static struct script script;

static void changed(void)
{
	script_continue(&script);
}

enum os_err os_construct(struct os_env *env)
{
	enum os_err err;

	if ((err = os_config_open(&config, env)) ||
	    (err = screen_init(&screen, env, (uint32_t)os_xml_u64(config.root, "width", 640),
	                       (uint32_t)os_xml_u64(config.root, "height", 480), changed)) ||
	    (err = inputs_init(env, changed)))
		return err;
	script_start(&script, env, &screen, config.root);
	return OS_OK;
}
