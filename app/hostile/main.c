/* SPDX-License-Identifier: BSD-2-Clause */
/* hostile: attacks Linux, core and its servers, and logs one line per attack. */

#include "attack.h"
#include <config/config.h>

static const struct group *const groups[] = {
	&system_group,    &futex_group, &descriptor_group, &memory_group,  &content_group,
	&thread_group,    &fault_group, &capability_group, &channel_group, &control_group,
	&core_call_group, &flood_group, &lethal_group,
};

void verdict_log(struct os_env *env, const char *name, enum verdict verdict)
{
	static const char *const texts[] = { "refused", "harmless", "SUCCEEDED" };

	os_log(env, "attack %s: %s", name, texts[verdict]);
}

static void group_run(struct os_env *env, const struct group *group, struct os_xml node)
{
	if (group->run_all)
		group->run_all(env);
	for (size_t i = 0; i < group->count; i++) {
		const struct attack *attack = &group->attacks[i];

		/* `attack` picks one: those of the last group end the component */
		if (!os_xml_has(node, "attack") || os_xml_equal(node, "attack", attack->name))
			verdict_log(env, attack->name, attack->run(env));
	}
}

enum os_err os_construct(struct os_env *env)
{
	struct os_config config;
	enum os_err err;

	if ((err = os_config_open(&config, env)))
		return err;
	OS_XML_FOR_EACH (node, config.root, "group")
		for (size_t i = 0; i < OS_ARRAY_SIZE(groups); i++)
			if (os_xml_equal(node, "name", groups[i]->name))
				group_run(env, groups[i], node);
	os_log(env, "all attacks made");
	os_config_close(&config);
	return OS_OK;
}
