/* SPDX-License-Identifier: BSD-2-Clause */
/* dynamic_rom: serves ROM modules whose content changes, by a script or when a client says so. */

#include <api/dynamic_rom.h>
#include <config/config.h>
#include <osier/string.h>
#include <rom_service/rom_service.h>
#include <timeout/timeout.h>

#include "script.h"

enum { NAME_MAX = DYNAMIC_ROM_NEXT_NAME_SIZE };

static struct os_config config;
static struct os_timeouts timeouts;
static struct os_service control_service;
static struct os_list entries;

/* A module with its script, for as long as the config names it or somebody reads it. */
struct entry {
	struct os_rom_module module;
	struct os_list_node node;
	struct script script;
	struct os_timeout timeout;
	bool named;   /* by the current config */
	bool waiting; /* for a client to say "next" */
	char name[NAME_MAX];
};

/* ------------------------------------------------------------------ scripts */

static void entry_step(struct entry *entry);

static void handle_timeout(struct os_timeout *timeout, uint64_t count)
{
	(void)count;
	entry_step(container_of(timeout, struct entry, timeout));
}

static void show(const struct entry *entry)
{
	const struct script *const script = &entry->script;

	if (os_xml_bool(config.root, "verbose", false))
		os_log(entry->module.env, "\"%s\": %.*s%s%llu bytes", entry->name,
		       (int)OS_MIN(script->description_length, 200u), script->description,
		       script->description_length ? ", " : "", (unsigned long long)script->size);
}

/* Go on to where the script rests next. It has been checked that it does. */
static void entry_step(struct entry *entry)
{
	struct script *const script = &entry->script;
	enum script_step step;
	enum os_err err;

	while ((step = script_step(script)) == SCRIPT_SET) {
		os_rom_module_set(&entry->module, script->content, script->size);
		show(entry);
	}
	entry->waiting = step == SCRIPT_WAIT;
	if (step != SCRIPT_SLEEP)
		return;
	err = os_timeout_after(&timeouts, &entry->timeout, script->milliseconds * 1000);
	if (err)
		os_error(entry->module.env, "\"%s\" changes no more: timer: %s", entry->name,
		         os_err_text(err));
}

/* ------------------------------------------------------------------ modules */

static struct entry *entry_find(const char *name)
{
	OS_LIST_FOR_EACH (node, &entries) {
		struct entry *const entry = OS_LIST_ITEM(node, struct entry, node);

		if (os_str_equal(entry->name, name))
			return entry;
	}
	return NULL;
}

static void entry_destroy(struct entry *entry)
{
	os_timeout_cancel(&timeouts, &entry->timeout);
	os_list_remove(&entries, &entry->node);
	os_free(entry->module.env->heap, entry, sizeof(*entry));
}

static void unused(struct os_rom_module *module)
{
	struct entry *const entry = container_of(module, struct entry, module);

	if (!entry->named)
		entry_destroy(entry);
}

static enum os_err entry_get(struct os_env *env, const char *name, struct entry **out)
{
	struct entry *entry = entry_find(name);
	enum os_err err;

	*out = entry;
	if (entry)
		return OS_OK;
	if ((err = os_alloc(env->heap, sizeof(*entry), (void **)&entry)))
		return err;
	if ((err = os_str_copy(entry->name, sizeof(entry->name), name))) {
		os_free(env->heap, entry, sizeof(*entry));
		return err;
	}
	entry->module = (struct os_rom_module){ .env = env, .unused = unused };
	entry->timeout.handle = handle_timeout;
	os_list_append(&entries, &entry->node);
	*out = entry;
	return OS_OK;
}

/* ------------------------------------------------------------------ the config */

static bool accept_rom(struct os_env *env, struct os_xml root, struct os_xml rom)
{
	char text[SCRIPT_TEXT_MAX], name[NAME_MAX];
	uint32_t line, same = 0;

	if (os_xml_string(rom, "name", name, sizeof(name)) || !*name) {
		os_error(env, "config:%u: expected <rom name=\"...\"> of at most %d bytes",
		         os_xml_line(rom), NAME_MAX - 1);
		return false;
	}
	OS_XML_FOR_EACH (other, root, "rom")
		same += os_xml_equal(other, "name", name);
	if (same != 1) {
		os_error(env, "config:%u: <rom name=\"%s\"> is there %u times; keep one of them",
		         os_xml_line(rom), name, same);
		return false;
	}
	if (!script_check(rom, text, &line)) {
		os_error(env, "config:%u: <rom name=\"%s\">: %s", line, name, text);
		return false;
	}
	return true;
}

/* All of it can be used, and there is a timer if it needs one; else what runs goes on as it is. */
static bool accept_config(struct os_config *self, struct os_xml root)
{
	struct os_env *const env = self->env;
	enum os_err err;

	OS_XML_FOR_EACH (rom, root, "rom") {
		if (!accept_rom(env, root, rom))
			return false;
		if (!script_sleeps(rom) || timeouts.session.env)
			continue;
		if ((err = os_timeouts_init(&timeouts, env, env->ep))) {
			os_error(env, "config:%u: <sleep> needs a Timer session: %s",
			         os_xml_line(rom), os_err_text(err));
			return false;
		}
	}
	return true;
}

static enum os_err begin(struct os_env *env, struct os_xml rom)
{
	struct entry *entry;
	char name[NAME_MAX];
	enum os_err err;

	if ((err = os_xml_string(rom, "name", name, sizeof(name))) ||
	    (err = entry_get(env, name, &entry)))
		return err;
	entry->named = true;
	os_timeout_cancel(&timeouts, &entry->timeout);
	script_begin(&entry->script, rom);
	entry_step(entry);
	return OS_OK;
}

/* A module that is not there any more has no readers, when these have been asked about again. */
static void end_unnamed(void)
{
	OS_LIST_FOR_EACH (node, &entries) {
		struct entry *const entry = OS_LIST_ITEM(node, struct entry, node);

		if (!entry->named && !os_list_first(&entry->module.readers))
			entry_destroy(entry);
	}
}

/* Each script begins anew. The content of before is not looked at: its text is gone. */
static void take_config(struct os_env *env)
{
	enum os_err err;

	OS_LIST_FOR_EACH (node, &entries)
		OS_LIST_ITEM(node, struct entry, node)->named = false;
	OS_XML_FOR_EACH (rom, config.root, "rom") {
		if ((err = begin(env, rom)))
			os_error(env, "config:%u: <rom>: %s", os_xml_line(rom), os_err_text(err));
	}
}

static enum os_err find(struct os_rom_service *service, const char *label,
                        struct os_rom_module **module)
{
	struct entry *const entry = entry_find(os_label_last(label));

	(void)service;
	if (!entry || !entry->named)
		return OS_ERR_NOT_FOUND;
	*module = &entry->module;
	return OS_OK;
}

static struct os_rom_service rom_service = { .find = find };

/* ------------------------------------------------------------------ "Dynamic_rom" */

struct control_session {
	struct os_server_session base;
	struct dynamic_rom_server rpc;
};

static enum os_err next(struct dynamic_rom_server *rpc, const char *name)
{
	struct entry *entry = entry_find(name);

	(void)rpc;
	if (!entry || !entry->named)
		return OS_ERR_NOT_FOUND;
	if (!entry->waiting)
		return OS_ERR_EMPTY;
	entry_step(entry);
	return OS_OK;
}

static enum os_err kept(struct dynamic_rom_server *rpc, const char *name, uint32_t *count)
{
	const struct entry *entry = entry_find(name);

	(void)rpc;
	if (!entry || !entry->named)
		return OS_ERR_NOT_FOUND;
	*count = 1 + os_rom_module_old(&entry->module);
	return OS_OK;
}

static const struct dynamic_rom_ops control_rpc_ops = { .next = next, .kept = kept };

static enum os_err control_create(struct os_server_session *base,
                                  const struct os_session_request *request, struct os_cap *cap)
{
	struct control_session *session = container_of(base, struct control_session, base);
	enum os_err err;

	(void)request;
	err = dynamic_rom_server_init(&session->rpc, base->service->ep, &base->account,
	                              &control_rpc_ops);
	*cap = dynamic_rom_server_cap(&session->rpc).cap;
	return err;
}

static void control_destroy(struct os_server_session *base)
{
	dynamic_rom_server_fini(&container_of(base, struct control_session, base)->rpc);
}

static const struct os_service_ops control_service_ops = {
	.session_size = sizeof(struct control_session),
	.create = control_create,
	.destroy = control_destroy,
};

/* Announce it, once there is a script that waits for it. */
static enum os_err control_offer(struct os_env *env)
{
	bool wanted = false;

	OS_XML_FOR_EACH (rom, config.root, "rom")
		wanted = wanted || script_waits(rom);
	if (!wanted || control_service.env)
		return OS_OK;
	return os_service_init(&control_service, env, env->ep, DYNAMIC_ROM_SERVICE,
	                       &control_service_ops, NULL);
}

/* ------------------------------------------------------------------ start */

static void config_changed(struct os_config *self)
{
	enum os_err err;

	take_config(self->env);
	os_rom_service_find_again(&rom_service);
	end_unnamed();
	if ((err = control_offer(self->env)))
		os_error(self->env, "service \"%s\": %s", DYNAMIC_ROM_SERVICE, os_err_text(err));
}

enum os_err os_construct(struct os_env *env)
{
	enum os_err err;

	if ((err = os_config_open_checked(&config, env, accept_config)))
		return err;
	take_config(env);
	if ((err = os_config_sigh(&config, env->ep, config_changed)))
		return err;
	if ((err = os_rom_service_init(&rom_service, env, env->ep)))
		return err;
	return control_offer(env);
}
