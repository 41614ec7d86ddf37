/* SPDX-License-Identifier: BSD-2-Clause */
/* A ROM module whose content changes; each version lives for as long as somebody uses it. */

#ifndef DYNAMIC_ROM_MODULE_H
#define DYNAMIC_ROM_MODULE_H

#include <osier/env.h>
#include <osier/list.h>
#include <osier/memory.h>

/** One content. It cannot change, as clients hold nothing but the right to read it. */
struct version {
	struct os_ram ram;
	struct rom_dataspace_cap ds;
	uint32_t users; /* the module itself, and clients that got it last */
};

struct module {
	struct os_env *env;
	char name[64];
	uint32_t kept; /* versions */
	struct version *current;
	struct os_list_node node;
};

/** Make `text` the current content. Errors: OUT_OF_RAM, OUT_OF_CAPS; the old one stays then. */
enum os_err module_set(struct module *module, const char *text, size_t size) OS_MUST_CHECK;

/** The current content, to be given back with version_put(). */
struct version *version_get(struct module *module);

/** Give up a version; NULL is accepted. The last one to do so destroys it. */
void version_put(struct module *module, struct version *version);

#endif
