/* SPDX-License-Identifier: BSD-2-Clause */
/* tar_rom: serves the files of tar archives as ROM modules. */

#include <config/config.h>
#include <osier/string.h>
#include <rom_service/rom_service.h>
#include <tar/tar.h>

enum { NAME_MAX = 64 };

static struct os_config config;
static struct os_list archives, modules;

/* A ROM module that is an archive, in the order of the config. */
struct archive {
	struct os_list_node node;
	struct os_rom rom;
	struct os_view view;
	struct os_signal_handler changed;
	char name[NAME_MAX];
};

/* A file that somebody has open. Its content lies in an archive's view. */
struct module {
	struct os_rom_module rom;
	struct os_list_node node;
	char name[OS_LABEL_MAX];
};

/* ------------------------------------------------------------------ files */

static struct os_tar tar_of(const struct archive *archive)
{
	return (struct os_tar){ archive->view.start, archive->view.size };
}

/* The file `name` of the first archive that has it. */
static enum os_err file_find(struct os_env *env, const char *name, struct os_tar_entry *entry)
{
	OS_LIST_FOR_EACH (node, &archives) {
		const struct archive *const archive = OS_LIST_ITEM(node, struct archive, node);
		const struct os_tar tar = tar_of(archive);
		const enum os_err err = os_tar_find(&tar, name, entry);

		if (err == OS_ERR_UNSUPPORTED)
			os_warning(env, "\"%s\" in \"%s\" is no plain file, and not served", name,
			           archive->name);
		if (err != OS_ERR_NOT_FOUND)
			return err;
	}
	return OS_ERR_NOT_FOUND;
}

static void unused(struct os_rom_module *rom)
{
	struct module *const module = container_of(rom, struct module, rom);

	os_list_remove(&modules, &module->node);
	os_free(rom->env->heap, module, sizeof(*module));
}

static struct module *module_find(const char *name)
{
	OS_LIST_FOR_EACH (node, &modules) {
		struct module *const module = OS_LIST_ITEM(node, struct module, node);

		if (os_str_equal(module->name, name))
			return module;
	}
	return NULL;
}

static enum os_err module_create(struct os_env *env, const char *name,
                                 const struct os_tar_entry *entry, struct module **out)
{
	struct module *module;
	enum os_err err;

	if ((err = os_alloc(env->heap, sizeof(*module), (void **)&module)))
		return err;
	if ((err = os_str_copy(module->name, sizeof(module->name), name))) {
		os_free(env->heap, module, sizeof(*module));
		return err;
	}
	module->rom = (struct os_rom_module){ .env = env, .unused = unused };
	os_rom_module_set(&module->rom, entry->content, entry->size);
	os_list_append(&modules, &module->node);
	*out = module;
	return OS_OK;
}

static enum os_err find(struct os_rom_service *service, const char *label,
                        struct os_rom_module **rom)
{
	const char *const name = os_label_last(label);
	struct os_env *const env = service->service.env;
	struct module *module = module_find(name);
	struct os_tar_entry entry;
	enum os_err err;

	if (!module) {
		if (file_find(env, name, &entry))
			return OS_ERR_NOT_FOUND;
		if ((err = module_create(env, name, &entry, &module)))
			return err;
	}
	*rom = &module->rom;
	return OS_OK;
}

static struct os_rom_service service = { .find = find };

/* The archives are others than before: what is open may have another content, or none. */
static void files_find_again(struct os_env *env)
{
	struct os_tar_entry entry;

	OS_LIST_FOR_EACH (node, &modules) {
		struct module *const module = OS_LIST_ITEM(node, struct module, node);

		if (file_find(env, module->name, &entry))
			os_rom_module_set(&module->rom, NULL, 0);
		else
			os_rom_module_set(&module->rom, entry.content, entry.size);
	}
}

/* ------------------------------------------------------------------ archives */

/* Tell what is wrong with it, and whether there is anything in it at all. */
static void archive_check(const struct archive *archive, struct os_env *env)
{
	const struct os_tar tar = tar_of(archive);
	struct os_tar_entry entry;
	size_t at = 0;
	enum os_err err;

	while (!(err = os_tar_next(&tar, &at, &entry)) || err == OS_ERR_TOO_LONG)
		if (err)
			os_warning(env, "\"%s\": a name before byte %llu is too long",
			           archive->name, (unsigned long long)at);
	if (err != OS_ERR_EMPTY)
		os_error(env, "\"%s\" is damaged at byte %llu; what comes after it is not served",
		         archive->name, (unsigned long long)at);
}

/* The view of before shows what is gone when this has been asked for. */
static void archive_take(struct archive *archive, struct os_env *env)
{
	struct os_view before = archive->view;
	enum os_err err;

	err = os_rom_view(&archive->rom, &archive->view);
	os_view_fini(&before);
	if (err)
		os_error(env, "archive \"%s\": %s", archive->name, os_err_text(err));
	else
		archive_check(archive, env);
}

static void archive_changed(struct os_signal_handler *handler, uint64_t count)
{
	struct os_env *const env = handler->ep->env;

	(void)count;
	archive_take(container_of(handler, struct archive, changed), env);
	files_find_again(env);
}

static void archive_destroy(struct archive *archive, struct os_env *env)
{
	os_list_remove(&archives, &archive->node);
	os_signal_handler_fini(&archive->changed);
	os_view_fini(&archive->view);
	os_rom_close(&archive->rom);
	os_free(env->heap, archive, sizeof(*archive));
}

static enum os_err archive_open(struct archive *archive, struct os_env *env)
{
	enum os_err err;

	if ((err = os_rom_open(&archive->rom, env, archive->name)))
		return err;
	if ((err = os_signal_handler_init(&archive->changed, env->ep, archive_changed)))
		return err;
	if ((err = os_rom_sigh(&archive->rom, &archive->changed)))
		return err;
	archive_take(archive, env);
	return OS_OK;
}

static enum os_err archive_create(struct os_env *env, struct os_xml xml)
{
	struct archive *archive;
	enum os_err err;

	if ((err = os_alloc(env->heap, sizeof(*archive), (void **)&archive)))
		return err;
	os_list_append(&archives, &archive->node);
	if ((err = os_xml_string(xml, "name", archive->name, sizeof(archive->name))) ||
	    (err = archive_open(archive, env)))
		archive_destroy(archive, env);
	return err;
}

/* What is missing or broken is told; the other archives are served. */
static void take_config(struct os_env *env)
{
	enum os_err err;

	OS_LIST_FOR_EACH (node, &archives)
		archive_destroy(OS_LIST_ITEM(node, struct archive, node), env);
	OS_XML_FOR_EACH (xml, config.root, "archive") {
		if ((err = archive_create(env, xml)))
			os_error(env, "config:%u: <archive name=\"...\"/>: %s", os_xml_line(xml),
			         os_err_text(err));
	}
	files_find_again(env);
}

static void config_changed(struct os_config *self)
{
	take_config(self->env);
	os_rom_service_find_again(&service);
}

enum os_err os_construct(struct os_env *env)
{
	enum os_err err;

	if ((err = os_config_open(&config, env)))
		return err;
	take_config(env);
	if ((err = os_config_sigh(&config, env->ep, config_changed)))
		return err;
	return os_rom_service_init(&service, env, env->ep);
}
