/* SPDX-License-Identifier: BSD-2-Clause */
/* Versions of a module's content: memory of ours, shown to clients read-only. */

#include <osier/string.h>

#include "module.h"

static enum os_err version_create(struct os_env *env, const char *text, size_t size,
                                  struct version **out)
{
	struct version *version;
	enum os_err err;

	if ((err = os_alloc(env->heap, sizeof(*version), (void **)&version)))
		return err;
	if ((err = os_ram_init(&version->ram, env, size, NULL)))
		goto out_version;
	memcpy(version->ram.view.start, text, size);
	if ((err = pd_read_only(env->pd, version->ram.ds, &version->ds)))
		goto out_ram;
	version->users = 1;
	*out = version;
	return OS_OK;
out_ram:
	os_ram_fini(&version->ram, env);
out_version:
	os_free(env->heap, version, sizeof(*version));
	return err;
}

enum os_err module_set(struct module *module, const char *text, size_t size)
{
	struct version *version;
	enum os_err err;

	if ((err = version_create(module->env, text, size, &version)))
		return err;
	module->kept++;
	version_put(module, module->current);
	module->current = version;
	return OS_OK;
}

struct version *version_get(struct module *module)
{
	module->current->users++;
	return module->current;
}

void version_put(struct module *module, struct version *version)
{
	if (!version || --version->users)
		return;
	os_cap_drop(version->ds.cap);
	os_ram_fini(&version->ram, module->env); /* and all mappings of it */
	os_free(module->env->heap, version, sizeof(*version));
	module->kept--;
}
