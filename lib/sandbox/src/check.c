/* SPDX-License-Identifier: BSD-2-Clause */
/* Tells what can never work in a config, when it is read and not when somebody runs into it. */

#include "diff.h"
#include "route.h"

#include <osier/format.h>
#include <osier/string.h>

struct check {
	const struct sandbox_config *config;
	struct sandbox_locals *locals;
	struct sandbox_sink *sink;
	const char *who; /* `child "x"` or `<default-route>` */
};

/* True if the element's type is in the list, which ends with NULL. */
static bool is_known(struct os_xml xml, const char *const *known)
{
	for (; *known; known++)
		if (os_xml_type_is(xml, *known))
			return true;
	return false;
}

/* Children of `xml` that are not in the list. */
static void check_elements(const struct check *check, struct os_xml xml, const char *const *known)
{
	OS_XML_FOR_EACH (child, xml, NULL) {
		const char *type;
		size_t length;

		if (is_known(child, known))
			continue;
		os_xml_type(child, &type, &length);
		sandbox_say(
		        check->sink, false,
		        "config:%u: %s: unknown element <%.*s> is ignored; correct or remove it",
		        os_xml_line(child), check->who, (int)OS_MIN(length, (size_t)64), type);
	}
}

static void check_labels(const struct check *check, struct os_xml xml)
{
	static const char *const attributes[] = { "label", "label_prefix", "label_suffix",
		                                  "label_last", "unscoped_label" };
	char value[OS_LABEL_MAX];

	for (size_t i = 0; i < OS_ARRAY_SIZE(attributes); i++) {
		if (os_xml_has(xml, attributes[i]) &&
		    os_xml_string(xml, attributes[i], value, sizeof(value)))
			sandbox_say(check->sink, true,
			            "config:%u: %s: %s= is too long, expected at most %d bytes",
			            os_xml_line(xml), check->who, attributes[i], OS_LABEL_MAX - 1);
	}
}

/* `service` NULL: any. */
static void check_child_target(const struct check *check, struct os_xml target, const char *service)
{
	char name[OS_SANDBOX_NAME_MAX];
	const struct sandbox_start *server = NULL;

	if (!os_xml_string(target, "name", name, sizeof(name)))
		server = sandbox_config_find(check->config, name);
	if (!server)
		sandbox_say(
		        check->sink, true,
		        "config:%u: %s: route to child \"%s\", which does not exist; start it or "
		        "change the route",
		        os_xml_line(target), check->who, name);
	else if (service && !sandbox_start_provides(server, service))
		sandbox_say(
		        check->sink, true,
		        "config:%u: %s: route to child \"%s\", which does not provide \"%s\"; add "
		        "it to its <provides>",
		        os_xml_line(target), check->who, name, service);
}

static void check_target(const struct check *check, struct os_xml target, const char *service)
{
	check_labels(check, target);
	if (os_xml_type_is(target, "child"))
		check_child_target(check, target, service);
	if (!service)
		return;
	if (os_xml_type_is(target, "parent") && !sandbox_parent_provides(check->config, service))
		sandbox_say(
		        check->sink, true,
		        "config:%u: %s: unknown service \"%s\": the parent does not provide it; "
		        "add it to <parent-provides> or change the route",
		        os_xml_line(target), check->who, service);
	if (os_xml_type_is(target, "local") &&
	    !(check->locals && check->locals->has(check->locals, service, NULL)))
		sandbox_say(
		        check->sink, true,
		        "config:%u: %s: unknown service \"%s\": it is not local; change the route",
		        os_xml_line(target), check->who, service);
}

/* `targets`: what may stand in it. */
static void check_rule(const struct check *check, struct os_xml rule, const char *const *targets)
{
	char service[OS_SANDBOX_SERVICE_MAX];
	bool named = os_xml_type_is(rule, "service");

	if (named && (os_xml_string(rule, "name", service, sizeof(service)) || !service[0])) {
		sandbox_say(check->sink, true,
		            "config:%u: %s: expected <service name=\"...\"> with at most %d bytes",
		            os_xml_line(rule), check->who, OS_SANDBOX_SERVICE_MAX - 1);
		return;
	}
	check_labels(check, rule);
	check_elements(check, rule, targets);
	OS_XML_FOR_EACH (target, rule, NULL) {
		if (is_known(target, targets))
			check_target(check, target, named ? service : NULL);
	}
}

static void check_route(const struct check *check, struct os_xml route)
{
	static const char *const rules[] = { "service", "any-service", NULL };
	static const char *const targets[] = { "parent", "child", "any-child", "local", NULL };

	check_elements(check, route, rules);
	OS_XML_FOR_EACH (rule, route, NULL) {
		if (os_xml_type_is(rule, "service") || os_xml_type_is(rule, "any-service"))
			check_rule(check, rule, targets);
	}
}

/* What is offered to our parent. */
static void check_offers(struct check *check)
{
	static const char *const targets[] = { "child", NULL };

	check->who = "service for our parent";
	OS_XML_FOR_EACH (offer, check->config->root, "service") {
		check_rule(check, offer, targets);
		if (!os_xml_valid(os_xml_first(offer, "child")))
			sandbox_say(check->sink, true,
			            "config:%u: %s: expected <child name=\"...\"/> in it",
			            os_xml_line(offer), check->who);
	}
}

/* True if `start` stands in the config before, where it was checked. */
static bool was_checked(const struct sandbox_config *before, const struct sandbox_start *start)
{
	const struct sandbox_start *other;

	if (!before)
		return false;
	other = start->carried ? start : sandbox_config_find(before, start->name);
	return other && sandbox_same_text(other->xml, start->xml);
}

static void check_globals(struct check *check, const struct sandbox_config *before)
{
	static const char *const globals[] = {
		"parent-provides", "default-route", "default",   "start",
		"affinity-space",  "resource",      "own-route", "report",
		"heartbeat",       "service",       NULL
	};

	check_elements(check, check->config->root, globals);
	if (!before || sandbox_diff_offers(before, check->config))
		check_offers(check);
	check->who = "<default-route>";
	check_route(check, check->config->default_route);
}

void sandbox_config_check(const struct sandbox_config *config, const struct sandbox_config *before,
                          struct sandbox_locals *locals, struct sandbox_sink *sink)
{
	static const char *const parts[] = { "binary",           "resource",  "provides",   "route",
		                             "resource-request", "config",    "configfile", "exit",
		                             "affinity",         "heartbeat", "restart",    NULL };
	struct check check = { config, locals, sink, "<config>" };
	char who[OS_SANDBOX_NAME_MAX + 16];

	if (before && sandbox_diff_routing(before, config))
		before = NULL; /* a route may lead nowhere that has led somewhere */
	check_globals(&check, before);
	check.who = who;
	OS_LIST_FOR_EACH (node, &config->starts) {
		const struct sandbox_start *start = OS_LIST_ITEM(node, struct sandbox_start, node);

		if (was_checked(before, start))
			continue;
		os_format(who, sizeof(who), "child \"%s\"", start->name);
		check_elements(&check, start->xml, parts);
		check_route(&check, start->route);
	}
}
