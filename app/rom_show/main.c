/* SPDX-License-Identifier: BSD-2-Clause */
/* rom_show: shows the content of ROM modules, line by line, now and whenever it changes. */

#include <config/config.h>
#include <osier/env.h>
#include <osier/session.h>
#include <osier/string.h>

enum { NAME_MAX = 96, LINE_MAX = 300 };

struct module {
	struct os_env *env;
	struct os_rom rom;
	struct os_signal_handler changed;
	char name[NAME_MAX];
};

/* Spaces in front are indentation, which says nothing here. */
static void show_line(const struct module *module, const char *line)
{
	while (*line == ' ' || *line == '\t')
		line++;
	if (*line)
		os_log(module->env, "%s: %s", module->name, line);
}

static void show_lines(const struct module *module, const char *text, size_t size)
{
	char line[LINE_MAX + 1];
	size_t length = 0;

	for (size_t i = 0; i <= size; i++) {
		if (i == size || text[i] == '\n' || length == LINE_MAX) {
			line[length] = 0;
			show_line(module, line);
			length = 0;
		}
		if (i < size && text[i] != '\n')
			line[length++] = text[i] ? text[i] : '?';
	}
}

static void show(const struct module *module, const struct os_view *view)
{
	const char *const text = view->start;
	size_t size = view->size;

	while (size && !text[size - 1])
		size--;
	if (size)
		show_lines(module, text, size);
	else
		os_log(module->env, "%s is empty", module->name);
}

static void take(struct module *module)
{
	struct os_view view;
	const enum os_err err = os_rom_view(&module->rom, &view);

	if (err)
		os_log(module->env, "%s: %s", module->name, os_err_text(err));
	else
		show(module, &view);
	os_view_fini(&view);
}

static void changed(struct os_signal_handler *handler, uint64_t count)
{
	(void)count;
	take(container_of(handler, struct module, changed));
}

/* What it has opened stays for the component's life. */
static enum os_err module_open(struct os_env *env, struct os_xml xml)
{
	struct module *module;
	enum os_err err;

	if ((err = os_alloc(env->heap, sizeof(*module), (void **)&module)))
		return err;
	module->env = env;
	if ((err = os_xml_string(xml, "name", module->name, sizeof(module->name))))
		return err;
	if ((err = os_rom_open(&module->rom, env, module->name))) {
		os_log(env, "%s: %s", module->name, os_err_text(err));
		return OS_OK;
	}
	if ((err = os_signal_handler_init(&module->changed, env->ep, changed)) ||
	    (err = os_rom_sigh(&module->rom, &module->changed)))
		return err;
	take(module);
	return OS_OK;
}

enum os_err os_construct(struct os_env *env)
{
	struct os_config config;
	enum os_err err;

	if ((err = os_config_open(&config, env)))
		return err;
	OS_XML_FOR_EACH (rom, config.root, "rom") {
		if ((err = module_open(env, rom)))
			return err;
	}
	os_config_close(&config);
	return OS_OK;
}
