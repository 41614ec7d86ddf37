/* SPDX-License-Identifier: BSD-2-Clause */
/* @name@: says the greeting of its config, and ends. */

#include <osier/env.h>
#include <osier/session.h>

#include "config.h"

static enum os_err config_load(struct config *config, struct os_env *env)
{
	struct os_rom rom = { 0 };
	struct os_view view = { 0 };
	enum os_err err;

	if ((err = os_rom_open(&rom, env, "config")))
		goto out;
	if ((err = os_rom_view(&rom, &view)))
		goto out;
	err = config_read(config, view.start, view.size);
out:
	os_view_fini(&view);
	os_rom_close(&rom);
	return err;
}

enum os_err os_construct(struct os_env *env)
{
	struct config config;
	enum os_err err;

	if ((err = config_load(&config, env)))
		return err;
	os_log(env, "%s", config.greeting);
	os_exit(env, 0);
}
