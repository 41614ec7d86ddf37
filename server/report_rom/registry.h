/* SPDX-License-Identifier: BSD-2-Clause */
/* Which report is which module: one module per report label, for as long as somebody needs it. */

#ifndef REPORT_ROM_REGISTRY_H
#define REPORT_ROM_REGISTRY_H

#include <osier/avl.h>
#include <rom_service/rom_service.h>

/** What clients see of the reports with one label. */
struct report_module {
	struct os_rom_module rom;
	struct os_avl_node by_label;
	struct registry *registry;
	uint32_t reporters;   /* open Report sessions with this label */
	const void *reporter; /* the one that the content is of; NULL: there is none */
	char label[OS_LABEL_MAX];
};

struct registry {
	struct os_env *env;
	struct os_avl modules;
};

/**
 * The module for reports of `label`, which is made if there is none. It ends by itself when it has
 * neither readers nor reporters; one that has got neither is to be put back by
 * report_module_tidy(). Errors: OUT_OF_RAM, OUT_OF_CAPS, TOO_LONG.
 */
enum os_err registry_get(struct registry *registry, const char *label,
                         struct report_module **out) OS_MUST_CHECK;

/** End the module if nobody needs it. */
void report_module_tidy(struct report_module *module);

/**
 * `reporter` has a new report, which stays in place until its next one. What is the same as the
 * current content changes nothing but whose it is; true if it is another.
 */
bool report_module_set(struct report_module *module, const void *reporter, const void *content,
                       size_t size);

/** `reporter` is going: what it has told is nobody's statement any more, and is withdrawn. */
void report_module_withdraw(struct report_module *module, const void *reporter);

#endif
