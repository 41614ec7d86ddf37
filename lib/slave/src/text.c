/* SPDX-License-Identifier: BSD-2-Clause */
/* The sandbox's config for one slave. */

#include <osier/string.h>
#include <slave/slave.h>
#include <xml/writer.h>

/* What all elements and attributes besides the texts of the caller take at most. */
enum { FRAME_SIZE = 4096, HEARTBEAT_MAX_DEFAULT = 3 };

static const char *const parent_default[] = { "ROM", "PD", "RM", "CPU", "LOG", NULL };

static void write_services(struct os_xml_writer *writer, const char *element,
                           const char *const *names)
{
	os_xml_writer_begin(writer, element);
	for (; names && *names; names++) {
		os_xml_writer_begin(writer, "service");
		os_xml_writer_attribute(writer, "name", *names);
		os_xml_writer_end(writer);
	}
	os_xml_writer_end(writer);
}

/* An element of one attribute; none, where that has no value. */
static void write_named(struct os_xml_writer *writer, const char *element, const char *attribute,
                        const char *value)
{
	if (!value)
		return;
	os_xml_writer_begin(writer, element);
	os_xml_writer_attribute(writer, attribute, value);
	os_xml_writer_end(writer);
}

static void write_number(struct os_xml_writer *writer, const char *element, const char *attribute,
                         uint64_t value)
{
	if (!value)
		return;
	os_xml_writer_begin(writer, element);
	os_xml_writer_attribute_u64(writer, attribute, value);
	os_xml_writer_end(writer);
}

static void write_default_route(struct os_xml_writer *writer)
{
	os_xml_writer_begin(writer, "route");
	os_xml_writer_begin(writer, "any-service");
	os_xml_writer_begin(writer, "parent");
	os_xml_writer_end(writer);
	os_xml_writer_end(writer);
	os_xml_writer_end(writer);
}

static void write_start(struct os_xml_writer *writer, const struct os_slave_config *config,
                        struct os_xml own_config, struct os_xml route)
{
	os_xml_writer_begin(writer, "start");
	os_xml_writer_attribute(writer, "name", config->name);
	os_xml_writer_attribute_u64(writer, "ram", config->quota.ram);
	os_xml_writer_attribute_u64(writer, "caps", config->quota.caps);
	os_xml_writer_attribute_u64(writer, "version", config->version);
	write_named(writer, "binary", "name", config->binary);
	write_services(writer, "provides", config->provides);
	write_number(writer, "restart", "max", config->restarts);
	if (config->heartbeat_ms)
		write_number(writer, "heartbeat", "max",
		             config->heartbeat_max ? config->heartbeat_max : HEARTBEAT_MAX_DEFAULT);
	if (os_xml_valid(route))
		os_xml_writer_node(writer, route);
	else
		write_default_route(writer);
	if (os_xml_valid(own_config))
		os_xml_writer_node(writer, own_config);
	os_xml_writer_end(writer);
}

/* The element that a text is; it must be of this type. */
static enum os_err element(const char *text, const char *type, struct os_xml *root)
{
	*root = (struct os_xml){ 0 };
	if (!text)
		return OS_OK;
	if (os_xml_parse(text, strlen(text), root, NULL) || !os_xml_type_is(*root, type))
		return OS_ERR_INVALID;
	return OS_OK;
}

static size_t size_of(const struct os_slave_config *config)
{
	size_t size = FRAME_SIZE;

	size += config->config ? strlen(config->config) : 0;
	size += config->route ? strlen(config->route) : 0;
	/* Six bytes for a character that has to be escaped. */
	size += 6 * (strlen(config->name) + (config->binary ? strlen(config->binary) : 0));
	for (const char *const *name = config->provides; name && *name; name++)
		size += 64 + 6 * strlen(*name);
	for (const char *const *name = config->parent_provides; name && *name; name++)
		size += 64 + 6 * strlen(*name);
	return size;
}

enum os_err os_slave_text(const struct os_slave_config *config, struct os_alloc *alloc, char **text,
                          size_t *size, size_t *length)
{
	struct os_xml own_config, route;
	struct os_xml_writer writer;
	enum os_err err;
	void *memory;

	if (!config->name || !*config->name)
		return OS_ERR_INVALID;
	if (strlen(config->name) >= OS_SANDBOX_NAME_MAX)
		return OS_ERR_TOO_LONG;
	if ((err = element(config->config, "config", &own_config)) ||
	    (err = element(config->route, "route", &route)))
		return err;
	*size = size_of(config);
	if ((err = os_alloc(alloc, *size, &memory)))
		return err;
	os_xml_writer_init(&writer, memory, *size);
	os_xml_writer_begin(&writer, "config");
	write_services(&writer, "parent-provides",
	               config->parent_provides ? config->parent_provides : parent_default);
	write_number(&writer, "heartbeat", "rate_ms", config->heartbeat_ms);
	write_start(&writer, config, own_config, route);
	os_xml_writer_end(&writer);
	if ((err = os_xml_writer_finish(&writer, length))) {
		os_free(alloc, memory, *size);
		return err;
	}
	*text = memory;
	return OS_OK;
}
