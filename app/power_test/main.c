/* SPDX-License-Identifier: BSD-2-Clause */
/* power_test: switches the machine off, or starts it anew, if it may. */

#include <api/power.h>
#include <config/config.h>
#include <osier/env.h>
#include <osier/session.h>
#include <osier/string.h>

enum os_err os_construct(struct os_env *env)
{
	struct os_session session;
	struct os_config config;
	struct power_cap power;
	char action[16];
	enum os_err err;

	if ((err = os_config_open(&config, env)) ||
	    (err = os_xml_string(config.root, "action", action, sizeof(action))))
		return err;
	/* the parent tells one from the other by their labels */
	if ((err = power_open(&session, env, "other", &power)) == OS_OK)
		return OS_ERR_INVALID;
	os_log(env, "another POWER session: %s", os_err_text(err));
	if ((err = power_open(&session, env, "machine", &power)))
		return err;
	os_log(env, "the end: %s", action);
	err = os_str_equal(action, "reboot") ? power_reboot(power) : power_power_off(power);
	os_error(env, "the machine goes on: %s", os_err_text(err));
	return err;
}
