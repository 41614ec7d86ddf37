/* SPDX-License-Identifier: BSD-2-Clause */
/* Rules by service and label, and interfaces by name. */

#include <label/label.h>
#include <osier/format.h>
#include <osier/string.h>
#include <rpc_text/rpc_text.h>

#include "rules.h"

/* The service that is asked of core along with PD sessions, and that has to know them. */
#define PD  "PD"
#define CPU "CPU"

/* Ports are for who asks for them: in between, they would be ours. */
#define IO_PORT "IO_PORT"

enum { NAME_MAX = 64, LABEL_MAX = 160, LINE_MAX = 160 };

static bool attribute_is(struct os_xml rule, const char *name, const char *value)
{
	return !os_xml_has(rule, name) || os_xml_equal(rule, name, value);
}

static bool rule_matches(struct os_xml rule, const char *service, const char *label)
{
	char prefix[LABEL_MAX] = "";

	if (!attribute_is(rule, "service", service) || !attribute_is(rule, "label", label))
		return false;
	return !os_xml_has(rule, "label_prefix") ||
	       (!os_xml_string(rule, "label_prefix", prefix, sizeof(prefix)) &&
	        os_label_has_prefix(label, prefix));
}

static enum rule rule_of(const struct rules *rules, const char *service, const char *label)
{
	OS_XML_FOR_EACH (rule, rules->config, "monitor") {
		if (rule_matches(rule, service, label))
			return os_xml_bool(rule, "print", true) ? RULE_PRINT : RULE_QUIET;
	}
	return RULE_LEAVE;
}

static bool names_service(const struct rules *rules, const char *service)
{
	OS_XML_FOR_EACH (rule, rules->config, "monitor") {
		if (attribute_is(rule, "service", service))
			return true;
	}
	return false;
}

enum rule rules_session(const struct rules *rules, const char *service, const char *label)
{
	const enum rule rule = rule_of(rules, service, label);

	if (os_str_equal(service, IO_PORT))
		return RULE_LEAVE;
	/* threads are made for a PD: who gets a stand-in for that has to come by us */
	if (rule == RULE_LEAVE && os_str_equal(service, CPU) && names_service(rules, PD))
		return RULE_QUIET;
	return rule;
}

bool rules_interface(const struct rules *rules, uint32_t type)
{
	for (uint32_t i = 0; i < rules->interface_count; i++)
		if (rules->interfaces[i] == type)
			return true;
	return false;
}

/* Core looks these up itself, where nobody stands between. */
static bool is_cores_own(const char *name)
{
	static const char *const names[] = {
		"account",           "thread",           "dataspace",     "rom_dataspace",
		"managed_dataspace", "io_mem_dataspace", "ram_dataspace", "signal_context",
	};

	for (size_t i = 0; i < OS_ARRAY_SIZE(names); i++)
		if (os_str_equal(names[i], name))
			return true;
	return false;
}

void rules_init(struct rules *rules, struct os_xml config,
                void (*complain)(uint32_t line, const char *text))
{
	char name[NAME_MAX], text[LINE_MAX];

	*rules = (struct rules){ .config = config };
	OS_XML_FOR_EACH (node, config, "interface") {
		const struct os_rpc_interface_info *info = NULL;

		if (!os_xml_string(node, "name", name, sizeof(name)))
			info = os_rpc_interface_named(name);
		if (rules->interface_count == RULES_INTERFACES_MAX) {
			complain(os_xml_line(node), "too many interfaces");
		} else if (is_cores_own(name)) {
			os_format(text, sizeof(text),
			          "\"%s\" cannot be stood in for: core looks at it itself", name);
			complain(os_xml_line(node), text);
		} else if (!info) {
			os_format(text, sizeof(text), "no interface \"%s\" is known", name);
			complain(os_xml_line(node), text);
		} else {
			rules->interfaces[rules->interface_count++] = info->type;
		}
	}
	OS_XML_FOR_EACH (rule, config, "monitor") {
		if (os_xml_equal(rule, "service", IO_PORT))
			complain(os_xml_line(rule),
			         "IO_PORT cannot be monitored: the ports would be the monitor's");
	}
}

static void blank(struct os_xml node, const char *text, char *copy)
{
	for (size_t i = 0; i < node.size; i++) {
		char *const c = copy + (node.start - text) + i;

		*c = *c == '\n' ? '\n' : ' ';
	}
}

enum os_err rules_blank(struct os_xml config, const char *text, size_t size, struct os_alloc *alloc,
                        char **out)
{
	void *memory;
	enum os_err err;

	*out = NULL;
	if ((err = os_alloc(alloc, size, &memory)))
		return err;
	memcpy(memory, text, size);
	OS_XML_FOR_EACH (node, config, "monitor")
		blank(node, text, memory);
	OS_XML_FOR_EACH (node, config, "interface")
		blank(node, text, memory);
	*out = memory;
	return OS_OK;
}
