/* SPDX-License-Identifier: BSD-2-Clause */
/* Subsystems: each is a sandbox with one child, made from a config that is written here. */

#include <label/label.h>
#include <osier/string.h>
#include <xml/writer.h>

#include "loader.h"

struct subsystem {
	struct os_list_node node;
	struct session *session;
	struct os_sandbox sandbox;
	struct rom_service rom;
	struct local_offer *offers;
	size_t offer_count;
	struct os_quota charged;
	char name[NAME_SIZE];
	char text[TEXT_SIZE]; /* the last complaint */
	bool exited;
	int32_t value;
	enum loader_subsystem_state told;
};

static const struct os_quota own_cost = { SUBSYSTEM_RAM, SUBSYSTEM_CAPS };

struct session *subsystem_session(const struct subsystem *subsystem)
{
	return subsystem->session;
}

static struct os_alloc *heap_of(const struct session *session)
{
	return session->base.service->env->heap;
}

static struct subsystem *find(struct session *session, const char *name)
{
	OS_LIST_FOR_EACH (node, &session->subsystems) {
		struct subsystem *subsystem = OS_LIST_ITEM(node, struct subsystem, node);

		if (os_str_equal(subsystem->name, name))
			return subsystem;
	}
	return NULL;
}

/* ------------------------------------------------------------------ state */

static enum loader_subsystem_state state_of(const struct subsystem *subsystem)
{
	switch (os_sandbox_fate(&subsystem->sandbox, subsystem->name)) {
	case OS_SANDBOX_UP:
		return LOADER_SUBSYSTEM_STATE_UP;
	case OS_SANDBOX_ENDED:
		return subsystem->exited ? LOADER_SUBSYSTEM_STATE_EXITED
		                         : LOADER_SUBSYSTEM_STATE_CRASHED;
	case OS_SANDBOX_STARTING:
		return LOADER_SUBSYSTEM_STATE_STARTING;
	default:
		return LOADER_SUBSYSTEM_STATE_FAILED;
	}
}

void subsystem_state(struct session *session, const char *name, enum loader_subsystem_state *state,
                     int32_t *value, char *text)
{
	const struct subsystem *subsystem = find(session, name);

	*state = LOADER_SUBSYSTEM_STATE_NONE;
	*value = 0;
	*text = '\0';
	if (!subsystem)
		return;
	*state = state_of(subsystem);
	if (*state == LOADER_SUBSYSTEM_STATE_EXITED)
		*value = subsystem->value;
	if (*state == LOADER_SUBSYSTEM_STATE_CRASHED || *state == LOADER_SUBSYSTEM_STATE_FAILED)
		memcpy(text, subsystem->text, sizeof(subsystem->text));
}

static struct subsystem *self(struct os_sandbox *sandbox)
{
	return container_of(sandbox, struct subsystem, sandbox);
}

static void changed(struct os_sandbox *sandbox)
{
	struct subsystem *subsystem = self(sandbox);
	const enum loader_subsystem_state state = state_of(subsystem);

	if (state != subsystem->told)
		tell(subsystem->session->state_sigh);
	subsystem->told = state;
}

/* Not for our log, which a client could flood: the client asks for it. */
static void message(struct os_sandbox *sandbox, bool error, const char *text)
{
	struct subsystem *subsystem = self(sandbox);
	size_t length = OS_MIN(strlen(text), sizeof(subsystem->text) - 1);

	if (!error)
		return;
	while (length && length < strlen(text) && ((unsigned char)text[length] & 0xc0) == 0x80)
		length--;
	memset(subsystem->text, 0, sizeof(subsystem->text));
	memcpy(subsystem->text, text, length);
}

static void child_exit(struct os_sandbox *sandbox, const char *child, int32_t value)
{
	(void)child;
	self(sandbox)->exited = true;
	self(sandbox)->value = value;
}

static void up(struct os_sandbox *sandbox, size_t count, size_t children)
{
	(void)count;
	(void)children;
	changed(sandbox);
}

/* What it asks for beyond its quota comes from the donation, as far as there is any. */
static enum os_err more(struct os_sandbox *sandbox, const char *child, struct os_quota quota)
{
	struct subsystem *subsystem = self(sandbox);
	enum os_err err;

	(void)child;
	if ((err = charge(subsystem->session, quota)))
		return err;
	subsystem->charged.ram += quota.ram;
	subsystem->charged.caps += quota.caps;
	return OS_OK;
}

static const struct os_sandbox_ops ops = { .message = message,
	                                   .up = up,
	                                   .exit = child_exit,
	                                   .changed = changed,
	                                   .resource_request = more };

/* ------------------------------------------------------------------ its config */

static void write_rule(struct os_xml_writer *writer, const char *service, const char *label,
                       bool local, bool parent)
{
	os_xml_writer_begin(writer, service ? "service" : "any-service");
	if (service)
		os_xml_writer_attribute(writer, "name", service);
	if (label)
		os_xml_writer_attribute(writer, "label", label);
	if (local) {
		os_xml_writer_begin(writer, "local");
		os_xml_writer_end(writer);
	}
	if (parent) {
		os_xml_writer_begin(writer, "parent");
		os_xml_writer_end(writer);
	}
	os_xml_writer_end(writer);
}

static void write_route(struct os_xml_writer *writer, struct session *session)
{
	const struct module *config = module_find(session, "config");

	os_xml_writer_begin(writer, "route");
	if (config && config->current)
		write_rule(writer, "ROM", "config", true, false);
	write_rule(writer, "ROM", NULL, true, true);
	OS_LIST_FOR_EACH (node, &session->offers)
		write_rule(writer, OS_LIST_ITEM(node, struct offer, node)->service, NULL, true,
		           false);
	write_rule(writer, NULL, NULL, false, true);
	os_xml_writer_end(writer);
}

static enum os_err write_config(struct subsystem *subsystem, const char *binary,
                                struct os_quota quota, char *text, size_t size, size_t *length)
{
	struct os_xml_writer writer;

	os_xml_writer_init(&writer, text, size);
	os_xml_writer_begin(&writer, "config");
	if (os_xml_valid(parent_provides()))
		os_xml_writer_node(&writer, parent_provides());
	os_xml_writer_begin(&writer, "start");
	os_xml_writer_attribute(&writer, "name", subsystem->name);
	os_xml_writer_attribute_u64(&writer, "ram", quota.ram);
	os_xml_writer_attribute_u64(&writer, "caps", quota.caps);
	os_xml_writer_begin(&writer, "binary");
	os_xml_writer_attribute(&writer, "name", binary);
	os_xml_writer_end(&writer);
	os_xml_writer_begin(&writer, "exit");
	os_xml_writer_attribute_bool(&writer, "propagate", true);
	os_xml_writer_end(&writer);
	write_route(&writer, subsystem->session);
	os_xml_writer_end(&writer);
	os_xml_writer_end(&writer);
	return os_xml_writer_finish(&writer, length);
}

static enum os_err apply(struct subsystem *subsystem, const char *binary, struct os_quota quota)
{
	const char *provides = "";
	size_t length = 0, size;
	enum os_err err;
	char *text;

	if (os_xml_valid(parent_provides()))
		os_xml_text(parent_provides(), &provides, &length);
	/* names may need six bytes for one, as entities */
	size = length + 2048 + subsystem->offer_count * (OS_SANDBOX_SERVICE_MAX * 6 + 64);
	if ((err = os_alloc(heap_of(subsystem->session), size, (void **)&text)))
		return err;
	if (!(err = write_config(subsystem, binary, quota, text, size, &length)))
		err = os_sandbox_apply(&subsystem->sandbox, text, length);
	os_free(heap_of(subsystem->session), text, size);
	return err;
}

/* ------------------------------------------------------------------ life */

static void destroy(struct subsystem *subsystem)
{
	struct session *session = subsystem->session;
	const struct os_quota charged = subsystem->charged;

	os_sandbox_fini(&subsystem->sandbox);
	os_free(heap_of(session), subsystem->offers,
	        subsystem->offer_count * sizeof(*subsystem->offers));
	os_list_remove(&session->subsystems, &subsystem->node);
	charged_free(session, subsystem, sizeof(*subsystem), charged);
}

static bool is_name(const char *name)
{
	return name[0] && !os_label_check(name) && os_label_last(name) == name;
}

/* All of it, or nothing: the subsystem with its sandbox and services, without a child yet. */
static enum os_err create(struct session *session, const char *name, struct os_quota charged,
                          struct subsystem **out)
{
	struct subsystem *subsystem;
	enum os_err err;

	err = charged_alloc(session, sizeof(*subsystem), charged, (void **)&subsystem);
	if (err)
		return err;
	subsystem->session = session;
	subsystem->charged = charged;
	memcpy(subsystem->name, name, strlen(name) + 1);
	os_list_append(&session->subsystems, &subsystem->node);
	*out = subsystem;
	if ((err = offers_make(subsystem, session, &subsystem->offers, &subsystem->offer_count)))
		return err;
	err = os_sandbox_init(&subsystem->sandbox, &upstream, session->base.service->ep, &ops,
	                      NULL);
	if (err)
		return err;
	subsystem->sandbox.label = session->label;
	rom_service_init(&subsystem->rom, session);
	os_sandbox_service_add(&subsystem->sandbox, &subsystem->rom.service);
	for (size_t i = 0; i < subsystem->offer_count; i++)
		os_sandbox_service_add(&subsystem->sandbox, &subsystem->offers[i].service);
	return OS_OK;
}

enum os_err subsystem_start(struct session *session, const char *name, const char *binary,
                            struct os_quota quota)
{
	struct subsystem *subsystem = NULL;
	struct os_quota charged = quota;
	enum os_err err;

	if (!is_name(name) || !is_name(binary) || !quota.ram)
		return OS_ERR_INVALID;
	if (find(session, name))
		return OS_ERR_EXISTS;
	if (__builtin_add_overflow(quota.ram, own_cost.ram, &charged.ram))
		return OS_ERR_OUT_OF_RAM;
	if (__builtin_add_overflow(quota.caps, own_cost.caps, &charged.caps))
		return OS_ERR_OUT_OF_CAPS;
	if (!(err = create(session, name, charged, &subsystem)))
		err = apply(subsystem, binary, quota);
	if (!err)
		return OS_OK;
	if (subsystem)
		destroy(subsystem);
	return err == OS_ERR_OUT_OF_RAM || err == OS_ERR_OUT_OF_CAPS ? err : OS_ERR_LIMIT;
}

enum os_err subsystem_kill(struct session *session, const char *name)
{
	struct subsystem *subsystem = find(session, name);

	if (!subsystem)
		return OS_ERR_NOT_FOUND;
	destroy(subsystem);
	return OS_OK;
}

void subsystems_fini(struct session *session)
{
	struct os_list_node *node;

	while ((node = os_list_first(&session->subsystems)))
		destroy(OS_LIST_ITEM(node, struct subsystem, node));
}
