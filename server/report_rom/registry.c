/* SPDX-License-Identifier: BSD-2-Clause */
/* The modules by the label of their reports. */

#include <osier/string.h>

#include "registry.h"

static int compare_labels(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return (int)(unsigned char)*a - (int)(unsigned char)*b;
}

static int compare(const struct os_avl_node *a, const struct os_avl_node *b)
{
	return compare_labels(container_of(a, const struct report_module, by_label)->label,
	                      container_of(b, const struct report_module, by_label)->label);
}

static int compare_key(const void *key, const struct os_avl_node *node)
{
	return compare_labels(key, container_of(node, const struct report_module, by_label)->label);
}

static void unused(struct os_rom_module *rom)
{
	report_module_tidy(container_of(rom, struct report_module, rom));
}

enum os_err registry_get(struct registry *registry, const char *label, struct report_module **out)
{
	struct os_avl_node *const node = os_avl_find(&registry->modules, label, compare_key);
	struct report_module *module = OS_AVL_ITEM(node, struct report_module, by_label);
	enum os_err err;

	*out = module;
	if (module)
		return OS_OK;
	if ((err = os_alloc(registry->env->heap, sizeof(*module), (void **)&module)))
		return err;
	if ((err = os_str_copy(module->label, sizeof(module->label), label))) {
		os_free(registry->env->heap, module, sizeof(*module));
		return err;
	}
	module->registry = registry;
	module->rom = (struct os_rom_module){ .env = registry->env, .unused = unused };
	os_avl_insert(&registry->modules, &module->by_label, compare);
	*out = module;
	return OS_OK;
}

void report_module_tidy(struct report_module *module)
{
	struct registry *const registry = module->registry;

	if (module->reporters || os_list_first(&module->rom.readers))
		return;
	os_avl_remove(&registry->modules, &module->by_label);
	os_free(registry->env->heap, module, sizeof(*module));
}

bool report_module_set(struct report_module *module, const void *reporter, const void *content,
                       size_t size)
{
	struct os_rom_module *const rom = &module->rom;
	const bool same = module->reporter && rom->size == size &&
	                  (size == 0 || !memcmp(rom->content, content, size));

	module->reporter = reporter;
	if (same) {
		rom->content = content;
		return false;
	}
	os_rom_module_set(rom, content, size);
	return true;
}

void report_module_withdraw(struct report_module *module, const void *reporter)
{
	if (module->reporter != reporter)
		return;
	module->reporter = NULL;
	os_rom_module_set(&module->rom, NULL, 0);
}
