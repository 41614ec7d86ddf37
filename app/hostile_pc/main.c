/* SPDX-License-Identifier: BSD-2-Clause */
/* hostile_pc: makes the attack on Osier's kernel and core that its config names. */

#include "attack.h"
#include <config/config.h>

static const struct attacks *const all[] = {
	&call_attacks, &core_attacks, &memory_attacks, &thread_attacks, &flood_attacks,
};

void verdict_log(struct os_env *env, const char *name, enum verdict verdict)
{
	static const char *const texts[] = { "refused", "harmless", "SUCCEEDED" };

	os_log(env, "attack %s: %s", name, texts[verdict]);
}

/* False: there is no such attack. */
static bool attack_run(struct os_env *env, struct os_xml config)
{
	for (size_t i = 0; i < OS_ARRAY_SIZE(all); i++)
		for (size_t j = 0; j < all[i]->count; j++)
			if (os_xml_equal(config, "attack", all[i]->list[j].name)) {
				verdict_log(env, all[i]->list[j].name, all[i]->list[j].run(env));
				return true;
			}
	for (const struct instruction *i = instructions; i->name; i++)
		if (os_xml_equal(config, "attack", i->name)) {
			os_log(env, "attack %s begins", i->name);
			i->code();
			verdict_log(env, i->name, SUCCEEDED);
			return true;
		}
	return false;
}

enum os_err os_construct(struct os_env *env)
{
	struct os_config config;
	bool known;
	enum os_err err;

	if ((err = os_config_open(&config, env)))
		return err;
	known = attack_run(env, config.root);
	os_config_close(&config);
	if (!known)
		os_error(env, "config: there is no such attack");
	return known ? OS_OK : OS_ERR_INVALID;
}
