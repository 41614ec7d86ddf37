/* SPDX-License-Identifier: BSD-2-Clause */
/* A component's config: a private copy of the ROM's content, replaced by well-formed ones only. */

#include <config/config.h>
#include <osier/string.h>

/*
 * A copy, because a ROM server keeps the dataspace of the old content only until the new one is
 * asked for: if that is malformed, the old content would be lost.
 */
static enum os_err take(struct os_config *config, const struct os_view *view)
{
	struct os_env *const env = config->env;
	const char *const content = view->start;
	struct os_xml_error error;
	size_t size = view->size;
	struct os_xml root;
	enum os_err err;
	void *text;

	while (size && !content[size - 1])
		size--;
	if (!size)
		return OS_ERR_EMPTY;
	if ((err = os_alloc(env->heap, size + 1, &text)))
		return err;
	memcpy(text, content, size);
	if ((err = os_xml_parse(text, size, &root, &error))) {
		os_error(env, "config:%u:%u: %s", error.line, error.column, error.text);
		os_free(env->heap, text, size + 1);
		return err;
	}
	if (config->accept && !config->accept(config, root)) {
		os_free(env->heap, text, size + 1);
		return OS_ERR_INVALID;
	}
	os_free(env->heap, config->text, config->size);
	config->text = text;
	config->size = size + 1;
	config->root = root;
	return OS_OK;
}

/* `*malformed`: it is the content that is wrong, and another may be better. */
static enum os_err update(struct os_config *config, bool *malformed)
{
	struct os_view view;
	enum os_err err;

	*malformed = false;
	if ((err = os_rom_view(&config->rom, &view)))
		return err;
	err = take(config, &view);
	*malformed = err && err != OS_ERR_OUT_OF_RAM && err != OS_ERR_OUT_OF_CAPS;
	os_view_fini(&view);
	return err;
}

enum os_err os_config_update(struct os_config *config)
{
	bool malformed;

	return update(config, &malformed);
}

enum os_err os_config_open_checked(struct os_config *config, struct os_env *env,
                                   bool (*accept)(struct os_config *config, struct os_xml root))
{
	bool malformed;
	enum os_err err;

	*config = (struct os_config){ .env = env, .accept = accept };
	if ((err = os_rom_open(&config->rom, env, "config"))) {
		*config = (struct os_config){ 0 };
		return err;
	}
	err = update(config, &malformed);
	if (err == OS_ERR_EMPTY)
		return OS_OK;
	if (err && !malformed)
		os_config_close(config);
	return err;
}

enum os_err os_config_open(struct os_config *config, struct os_env *env)
{
	return os_config_open_checked(config, env, NULL);
}

void os_config_close(struct os_config *config)
{
	if (!config->env)
		return;
	os_signal_handler_fini(&config->handler);
	os_rom_close(&config->rom);
	os_free(config->env->heap, config->text, config->size);
	*config = (struct os_config){ 0 };
}

static void handle(struct os_signal_handler *handler, uint64_t count)
{
	struct os_config *const config = container_of(handler, struct os_config, handler);
	bool malformed;
	const enum os_err err = update(config, &malformed);

	(void)count;
	if (!err)
		config->changed(config);
	else if (!malformed)
		os_error(config->env, "config: new content not taken: %s", os_err_text(err));
}

enum os_err os_config_sigh(struct os_config *config, struct os_ep *ep,
                           void (*changed)(struct os_config *config))
{
	enum os_err err;

	os_signal_handler_fini(&config->handler);
	config->changed = changed;
	if ((err = os_signal_handler_init(&config->handler, ep, handle)))
		return err;
	if ((err = os_rom_sigh(&config->rom, &config->handler)))
		os_signal_handler_fini(&config->handler);
	return err;
}
