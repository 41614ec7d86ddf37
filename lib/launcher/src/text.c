/* SPDX-License-Identifier: BSD-2-Clause */
/* What a launcher has its sandbox run, as text, and what the sandbox tells of it. */

#include <launcher/launcher.h>
#include <osier/format.h>
#include <osier/string.h>
#include <xml/writer.h>

enum { FRAME_SIZE = 2048, ATTRIBUTES_SIZE = 512 };

/* What children may ask our parent for, unless the config says so itself. */
static const char *const services[] = { "ROM",       "PD",     "RM",    "CPU",        "LOG",
	                                "Timer",     "Gui",    "RTC",   "Report",     "Terminal",
	                                "Clipboard", "Loader", "TRACE", "Log_history" };

static void write_services(struct os_xml_writer *writer, struct os_xml config)
{
	const struct os_xml own = os_xml_first(config, "parent-provides");

	if (os_xml_valid(own)) {
		os_xml_writer_node(writer, own);
		return;
	}
	os_xml_writer_begin(writer, "parent-provides");
	for (size_t i = 0; i < OS_ARRAY_SIZE(services); i++) {
		os_xml_writer_begin(writer, "service");
		os_xml_writer_attribute(writer, "name", services[i]);
		os_xml_writer_end(writer);
	}
	os_xml_writer_end(writer);
}

static void write_route(struct os_xml_writer *writer, struct os_xml config)
{
	const struct os_xml own = os_xml_first(config, "default-route");

	if (os_xml_valid(own)) {
		os_xml_writer_node(writer, own);
		return;
	}
	os_xml_writer_begin(writer, "default-route");
	os_xml_writer_begin(writer, "any-service");
	os_xml_writer_begin(writer, "parent");
	os_xml_writer_end(writer);
	os_xml_writer_end(writer);
	os_xml_writer_end(writer);
}

static void write_report(struct os_xml_writer *writer)
{
	os_xml_writer_begin(writer, "report");
	os_xml_writer_attribute_bool(writer, "child_ram", true);
	os_xml_writer_attribute_bool(writer, "child_caps", true);
	os_xml_writer_end(writer);
}

static void write_start(struct os_xml_writer *writer, const struct os_launch *launch)
{
	struct os_xml start;

	if (!os_xml_parse(launch->start, strlen(launch->start), &start, NULL))
		os_xml_writer_node(writer, start);
}

static size_t size_of(const struct os_launcher *launcher)
{
	size_t size = FRAME_SIZE + launcher->text_size;

	OS_LIST_FOR_EACH (node, &launcher->launches)
		size += OS_LIST_ITEM(node, const struct os_launch, node)->start_size;
	return size;
}

enum os_err os_launcher_text(const struct os_launcher *launcher, struct os_alloc *alloc,
                             char **text, size_t *size, size_t *length)
{
	struct os_xml_writer writer;
	enum os_err err;
	void *memory;

	*size = size_of(launcher);
	if ((err = os_alloc(alloc, *size, &memory)))
		return err;
	os_xml_writer_init(&writer, memory, *size);
	os_xml_writer_begin(&writer, "config");
	write_services(&writer, launcher->config);
	write_report(&writer);
	write_route(&writer, launcher->config);
	OS_LIST_FOR_EACH (node, &launcher->launches)
		write_start(&writer, OS_LIST_ITEM(node, const struct os_launch, node));
	os_xml_writer_end(&writer);
	if ((err = os_xml_writer_finish(&writer, length))) {
		os_free(alloc, memory, *size);
		return err;
	}
	*text = memory;
	return OS_OK;
}

/* ------------------------------------------------------------------ one <start> */

static bool attribute_is(const struct os_xml_attribute *attribute, const char *name)
{
	return attribute->name_length == strlen(name) &&
	       !memcmp(attribute->name, name, attribute->name_length);
}

/* All but its name, and what is for people only. */
static void write_attributes(struct os_xml_writer *writer, struct os_xml entry)
{
	struct os_xml_attribute attribute;
	char name[64], value[256];

	if (!os_xml_attribute_first(entry, &attribute))
		return;
	do {
		if (attribute_is(&attribute, "name") || attribute_is(&attribute, "title") ||
		    attribute.name_length >= sizeof(name) ||
		    os_xml_attribute_string(&attribute, value, sizeof(value)))
			continue;
		memcpy(name, attribute.name, attribute.name_length);
		name[attribute.name_length] = '\0';
		os_xml_writer_attribute(writer, name, value);
	} while (os_xml_attribute_next(&attribute));
}

static void write_binary(struct os_xml_writer *writer, struct os_xml entry)
{
	char name[OS_SANDBOX_NAME_MAX];

	if (os_xml_valid(os_xml_first(entry, "binary")) ||
	    os_xml_string(entry, "name", name, sizeof(name)))
		return;
	os_xml_writer_begin(writer, "binary");
	os_xml_writer_attribute(writer, "name", name);
	os_xml_writer_end(writer);
}

enum os_err os_launcher_start_text(struct os_xml entry, const char *name, struct os_alloc *alloc,
                                   char **text, size_t *size)
{
	struct os_xml_writer writer;
	enum os_err err;
	void *memory;

	/* a copied element is indented anew: a tab for each of its lines, at most */
	*size = 2 * entry.size + ATTRIBUTES_SIZE + 6 * strlen(name);
	if ((err = os_alloc(alloc, *size, &memory)))
		return err;
	os_xml_writer_init(&writer, memory, *size);
	os_xml_writer_begin(&writer, "start");
	os_xml_writer_attribute(&writer, "name", name);
	write_attributes(&writer, entry);
	write_binary(&writer, entry);
	OS_XML_FOR_EACH (child, entry, NULL)
		os_xml_writer_node(&writer, child);
	os_xml_writer_end(&writer);
	if ((err = os_xml_writer_finish(&writer, NULL))) {
		os_free(alloc, memory, *size);
		return err;
	}
	*text = memory;
	return OS_OK;
}

/* ------------------------------------------------------------------ names and numbers */

struct os_launch *os_launcher_find(const struct os_launcher *launcher, const char *name)
{
	OS_LIST_FOR_EACH (node, &launcher->launches) {
		struct os_launch *launch = OS_LIST_ITEM(node, struct os_launch, node);

		if (os_str_equal(launch->name, name))
			return launch;
	}
	return NULL;
}

struct os_launch *os_launcher_subject(const struct os_launcher *launcher, const char *line,
                                      const char **said)
{
	static const char mark[] = "child \"";
	char name[OS_SANDBOX_NAME_MAX];
	size_t length = 0;

	while (*line && !os_str_starts_with(line, mark))
		line++;
	if (!*line)
		return NULL;
	for (line += strlen(mark); *line && *line != '"' && length < sizeof(name) - 1; line++)
		name[length++] = *line;
	name[length] = '\0';
	if (*line++ != '"')
		return NULL;
	while (*line == ':' || *line == ' ')
		line++;
	*said = line;
	return os_launcher_find(launcher, name);
}

enum os_err os_launcher_name(const struct os_launcher *launcher, const char *entry,
                             char name[OS_SANDBOX_NAME_MAX])
{
	enum os_err err;

	if (launcher->launch_count >= OS_LAUNCHES_MAX)
		return OS_ERR_LIMIT;
	if ((err = os_str_copy(name, OS_SANDBOX_NAME_MAX, entry)))
		return err;
	/* among one number more than there are launches, one is free */
	for (unsigned int i = 2; os_launcher_find(launcher, name); i++)
		if (os_format(name, OS_SANDBOX_NAME_MAX, "%s.%u", entry, i) >= OS_SANDBOX_NAME_MAX)
			return OS_ERR_TOO_LONG;
	return OS_OK;
}

void os_launcher_state(struct os_launcher *launcher, struct os_xml state)
{
	OS_XML_FOR_EACH (child, state, "child") {
		char name[OS_SANDBOX_NAME_MAX];
		struct os_launch *launch;
		struct os_xml ram, caps;

		if (os_xml_string(child, "name", name, sizeof(name)) ||
		    !(launch = os_launcher_find(launcher, name)))
			continue;
		ram = os_xml_first(child, "ram");
		caps = os_xml_first(child, "caps");
		launch->used.ram = os_xml_u64(ram, "used", 0);
		launch->used.caps = os_xml_u64(caps, "used", 0);
		/* what sessions hold is not on the account; what was asked for later is */
		launch->quota.ram = OS_MAX(launch->quota.ram, os_xml_u64(ram, "quota", 0));
		launch->quota.caps = OS_MAX(launch->quota.caps, os_xml_u64(caps, "quota", 0));
	}
}
