/* SPDX-License-Identifier: BSD-2-Clause */
/* rom_filter: makes ROM modules out of others, and follows each change of these. */

#include <config/config.h>
#include <osier/string.h>
#include <report/report.h>
#include <rom_service/rom_service.h>

#include "filter.h"

static const uint64_t output_max_default = 64 * 1024; /* bytes */

static struct os_config config;
static struct os_list sources, outputs;

/* A ROM module that inputs read. */
struct source {
	struct os_list_node node;
	struct os_env *env;
	struct os_rom rom;
	struct os_signal_handler changed;
	char *text; /* a copy of the content, so that it stays whatever its server does */
	size_t size;
	struct os_xml root; /* the empty node: there is none, or it is not well-formed */
	char name[FILTER_NAME_MAX];
};

/* A module that is made: that of an <output> with this name, or "": of the one without. */
struct output {
	struct os_rom_module module;
	struct os_list_node node;
	char *text;
	size_t size; /* of the memory at `text` */
	char name[FILTER_NAME_MAX];
};

/* ------------------------------------------------------------------ outputs */

static struct os_xml source_content(struct filter *filter, const char *rom)
{
	(void)filter;
	OS_LIST_FOR_EACH (node, &sources) {
		const struct source *const source = OS_LIST_ITEM(node, struct source, node);

		if (os_str_equal(source->name, rom))
			return source->root;
	}
	return (struct os_xml){ 0 };
}

static void output_write(struct os_xml_writer *writer, void *context)
{
	struct filter filter = { config.root, source_content };

	filter_write(&filter, *(const struct os_xml *)context, writer);
}

static struct os_xml output_xml(const struct output *output)
{
	OS_XML_FOR_EACH (xml, config.root, "output") {
		if (output->name[0] ? os_xml_equal(xml, "name", output->name)
		                    : !os_xml_has(xml, "name"))
			return xml;
	}
	return (struct os_xml){ 0 };
}

static void output_set(struct output *output, char *text, size_t size, size_t length)
{
	char *const before = output->text;
	const size_t before_size = output->size;

	output->text = text;
	output->size = size;
	os_rom_module_set(&output->module, text, length);
	os_free(output->module.env->heap, before, before_size);
}

/* Where it cannot be made, it stays as it is, and a line tells why. */
static void output_update(struct output *output)
{
	struct os_env *const env = output->module.env;
	const uint64_t limit = os_xml_size(config.root, "output_max", output_max_default);
	struct os_xml xml = output_xml(output);
	size_t size = 0, length;
	char *text = NULL;
	enum os_err err;

	if (!os_xml_valid(xml))
		return;
	if ((err = os_xml_write_text(env->heap, limit, output_write, &xml, &text, &size,
	                             &length))) {
		os_free(env->heap, text, size);
		os_error(env, "config:%u: <output>: %s%s", os_xml_line(xml), os_err_text(err),
		         err == OS_ERR_TOO_LONG ? "; raise <config output_max=\"...\">" : "");
		return;
	}
	if (output->module.size == length && !memcmp(output->text, text, length))
		os_free(env->heap, text, size);
	else
		output_set(output, text, size, length);
}

static void outputs_update(void)
{
	OS_LIST_FOR_EACH (node, &outputs)
		output_update(OS_LIST_ITEM(node, struct output, node));
}

static void output_destroy(struct output *output)
{
	struct os_alloc *const heap = output->module.env->heap;

	os_list_remove(&outputs, &output->node);
	os_free(heap, output->text, output->size);
	os_free(heap, output, sizeof(*output));
}

static void unused(struct os_rom_module *module)
{
	output_destroy(container_of(module, struct output, module));
}

/* The module of the <output> for this name, which is made when somebody first asks for it. */
static enum os_err output_get(struct os_env *env, const char *name, struct output **out)
{
	struct output *output;
	enum os_err err;

	OS_LIST_FOR_EACH (node, &outputs) {
		*out = OS_LIST_ITEM(node, struct output, node);
		if (os_str_equal((*out)->name, name))
			return OS_OK;
	}
	if ((err = os_alloc(env->heap, sizeof(*output), (void **)&output)))
		return err;
	output->module = (struct os_rom_module){ .env = env, .unused = unused };
	if ((err = os_str_copy(output->name, sizeof(output->name), name))) {
		os_free(env->heap, output, sizeof(*output));
		return err;
	}
	os_list_append(&outputs, &output->node);
	output_update(output);
	*out = output;
	return OS_OK;
}

static enum os_err find(struct os_rom_service *service, const char *label,
                        struct os_rom_module **module)
{
	const char *const last = os_label_last(label);
	struct output *output;
	bool other = false;
	enum os_err err;

	OS_XML_FOR_EACH (xml, config.root, "output") {
		if (os_xml_equal(xml, "name", last)) {
			err = output_get(service->service.env, last, &output);
			goto found;
		}
		other = other || !os_xml_has(xml, "name");
	}
	if (!other)
		return OS_ERR_NOT_FOUND;
	err = output_get(service->service.env, "", &output);
found:
	if (!err)
		*module = &output->module;
	return err;
}

static struct os_rom_service service = { .find = find };

/* ------------------------------------------------------------------ sources */

static void source_forget(struct source *source)
{
	os_free(source->env->heap, source->text, source->size);
	source->text = NULL;
	source->root = (struct os_xml){ 0 };
}

/* A copy of what is in `view`; what is empty or not well-formed is no content. */
static void source_copy(struct source *source, const struct os_view *view)
{
	const char *const content = view->start;
	struct os_xml_error error;
	size_t size = view->size;
	enum os_err err;
	void *text;

	while (size && !content[size - 1])
		size--;
	source_forget(source);
	if (!size)
		return;
	if ((err = os_alloc(source->env->heap, size, &text))) {
		os_error(source->env, "input ROM \"%s\": %s", source->name, os_err_text(err));
		return;
	}
	memcpy(text, content, size);
	source->text = text;
	source->size = size;
	if (os_xml_parse(text, size, &source->root, &error))
		os_warning(source->env, "input ROM \"%s\":%u:%u: %s", source->name, error.line,
		           error.column, error.text);
}

static void source_take(struct source *source)
{
	struct os_view view;
	const enum os_err err = os_rom_view(&source->rom, &view);

	if (err) {
		os_error(source->env, "input ROM \"%s\": %s", source->name, os_err_text(err));
		return;
	}
	source_copy(source, &view);
	os_view_fini(&view);
}

static void source_changed(struct os_signal_handler *handler, uint64_t count)
{
	(void)count;
	source_take(container_of(handler, struct source, changed));
	outputs_update();
}

static void source_destroy(struct source *source)
{
	os_list_remove(&sources, &source->node);
	os_signal_handler_fini(&source->changed);
	os_rom_close(&source->rom);
	source_forget(source);
	os_free(source->env->heap, source, sizeof(*source));
}

static enum os_err source_open(struct source *source)
{
	struct os_env *const env = source->env;
	enum os_err err;

	if ((err = os_rom_open(&source->rom, env, source->name)))
		return err;
	if ((err = os_signal_handler_init(&source->changed, env->ep, source_changed)))
		return err;
	if ((err = os_rom_sigh(&source->rom, &source->changed)))
		return err;
	source_take(source);
	return OS_OK;
}

/* The source of this <input>, unless it is there. */
static enum os_err source_create(struct os_env *env, struct os_xml input)
{
	char name[FILTER_NAME_MAX];
	struct source *source;
	enum os_err err;

	if ((err = filter_rom(input, name, sizeof(name))))
		return err;
	OS_LIST_FOR_EACH (node, &sources) {
		if (os_str_equal(OS_LIST_ITEM(node, struct source, node)->name, name))
			return OS_OK;
	}
	if ((err = os_alloc(env->heap, sizeof(*source), (void **)&source)))
		return err;
	source->env = env;
	memcpy(source->name, name, sizeof(name));
	os_list_append(&sources, &source->node);
	if ((err = source_open(source)))
		source_destroy(source);
	return err;
}

/* ------------------------------------------------------------------ the config */

static bool accept(struct os_config *self, struct os_xml root)
{
	char text[FILTER_TEXT_MAX];
	uint32_t line;

	if (filter_check(root, text, &line))
		return true;
	os_error(self->env, "config:%u: %s", line, text);
	return false;
}

/* An input that cannot be had is told, and has no value. */
static void take_config(struct os_env *env)
{
	enum os_err err;

	OS_LIST_FOR_EACH (node, &sources)
		source_destroy(OS_LIST_ITEM(node, struct source, node));
	OS_XML_FOR_EACH (input, config.root, "input") {
		if ((err = source_create(env, input)))
			os_error(env, "config:%u: <input>: %s", os_xml_line(input),
			         os_err_text(err));
	}
	outputs_update();
}

static void config_changed(struct os_config *self)
{
	take_config(self->env);
	os_rom_service_find_again(&service);
}

enum os_err os_construct(struct os_env *env)
{
	enum os_err err;

	if ((err = os_config_open_checked(&config, env, accept)))
		return err;
	take_config(env);
	if ((err = os_config_sigh(&config, env->ep, config_changed)))
		return err;
	return os_rom_service_init(&service, env, env->ep);
}
