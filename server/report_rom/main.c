/* SPDX-License-Identifier: BSD-2-Clause */
/* report_rom: turns what some components report into what others read as a ROM module. */

#include <config/config.h>
#include <osier/string.h>
#include <policy/policy.h>

#include "registry.h"
#include "report.h"

static const uint64_t report_max_default = 1 << 20; /* bytes */

static struct os_config config;
static struct registry registry;
static struct report_service reports;

/* The module is that of the report which the policy for `label` names. */
static enum os_err find(struct os_rom_service *service, const char *label,
                        struct os_rom_module **rom)
{
	struct report_module *module;
	char report[OS_LABEL_MAX];
	struct os_xml policy;
	enum os_err err;

	if (os_policy_find(config.root, label, &policy)) {
		os_warning(service->service.env,
		           "no policy for \"%s\"; add <policy label=\"%s\" report=\"...\"/>", label,
		           label);
		return OS_ERR_DENIED;
	}
	if (os_xml_string(policy, "report", report, sizeof(report)) || !*report) {
		os_error(service->service.env, "config:%u: expected <policy ... report=\"...\"/>",
		         os_xml_line(policy));
		return OS_ERR_DENIED;
	}
	if ((err = registry_get(&registry, report, &module)))
		return err;
	*rom = &module->rom;
	return OS_OK;
}

static struct os_rom_service roms = { .find = find };

static void take_config(void)
{
	reports.verbose = os_xml_bool(config.root, "verbose", false);
	reports.size_max = os_xml_size(config.root, "report_max", report_max_default);
}

static void config_changed(struct os_config *self)
{
	(void)self;
	take_config();
	os_rom_service_find_again(&roms);
}

enum os_err os_construct(struct os_env *env)
{
	enum os_err err;

	registry.env = env;
	if ((err = os_config_open(&config, env)))
		return err;
	take_config();
	if ((err = os_config_sigh(&config, env->ep, config_changed)))
		return err;
	if ((err = report_service_init(&reports, &registry, env->ep)))
		return err;
	return os_rom_service_init(&roms, env, env->ep);
}
