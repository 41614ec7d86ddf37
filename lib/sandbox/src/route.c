/* SPDX-License-Identifier: BSD-2-Clause */
/* Decides where a session request goes, and tells why where it goes nowhere. */

#include "route.h"

#include <osier/format.h>
#include <osier/string.h>

/* A request under decision, and the first target that matched but cannot serve it. */
struct query {
	const struct sandbox_config *config;
	const struct sandbox_start *client; /* NULL: our parent */
	const char *service, *label;
	char scoped[OS_LABEL_MAX]; /* "client -> label" */
	struct sandbox_locals *locals;
	struct sandbox_route *route;
	uint32_t why_line; /* 0: no rule matched */
	char why[200];
};

bool sandbox_parent_provides(const struct sandbox_config *config, const char *service)
{
	char name[OS_SANDBOX_SERVICE_MAX];

	OS_XML_FOR_EACH (provided, config->parent_provides, "service") {
		if (!os_xml_string(provided, "name", name, sizeof(name)) &&
		    os_str_equal(sandbox_service_name(name), sandbox_service_name(service)))
			return true;
	}
	return false;
}

/* ------------------------------------------------------------------ rules */

/* True if the attribute is absent, or `test` holds for its value. What is too long never matches.
 */
static bool label_matches(struct os_xml rule, const char *attribute, const char *label,
                          bool (*test)(const char *, const char *))
{
	char value[OS_LABEL_MAX];

	if (!os_xml_has(rule, attribute))
		return true;
	return !os_xml_string(rule, attribute, value, sizeof(value)) && test(label, value);
}

static bool rule_matches(struct os_xml rule, const struct query *query)
{
	char name[OS_SANDBOX_SERVICE_MAX];

	if (!os_xml_type_is(rule, "any-service")) {
		if (!os_xml_type_is(rule, "service") ||
		    os_xml_string(rule, "name", name, sizeof(name)) ||
		    !os_str_equal(sandbox_service_name(name), query->service))
			return false;
	}
	return label_matches(rule, "label", query->label, os_str_equal) &&
	       label_matches(rule, "label_prefix", query->label, os_str_starts_with) &&
	       label_matches(rule, "label_suffix", query->label, os_str_ends_with) &&
	       label_matches(rule, "label_last", os_label_last(query->label), os_str_equal) &&
	       label_matches(rule, "unscoped_label", query->scoped, os_str_equal);
}

/* ------------------------------------------------------------------ targets */

static void set_why(struct query *query, struct os_xml xml, const char *format, ...)
        OS_PRINTF(3, 4);

static void set_why(struct query *query, struct os_xml xml, const char *format, ...)
{
	va_list args;

	if (query->why_line)
		return;
	query->why_line = os_xml_line(xml);
	va_start(args, format);
	os_vformat(query->why, sizeof(query->why), format, args);
	va_end(args);
}

static bool serve_by(struct query *query, enum sandbox_target target,
                     const struct sandbox_start *server)
{
	query->route->target = target;
	query->route->server = server;
	return true;
}

/* A child, other than the client, that provides the service, from `p` on. */
static const struct sandbox_provider *sibling(const struct query *query,
                                              const struct sandbox_provider *p)
{
	while (p && p->start == query->client)
		p = sandbox_provider_next(p);
	return p;
}

static const struct sandbox_provider *first_sibling(const struct query *query)
{
	return sibling(query, sandbox_config_provider(query->config, query->service));
}

static bool try_parent(struct query *query, struct os_xml xml)
{
	const struct sandbox_provider *other = first_sibling(query);

	if (sandbox_parent_provides(query->config, query->service))
		return serve_by(query, SANDBOX_TARGET_PARENT, NULL);
	if (other)
		set_why(query, xml,
		        "the parent does not provide it, child \"%s\" does; add <any-child/> here",
		        other->start->name);
	else
		set_why(query, xml, "the parent does not provide it; add it to <parent-provides>");
	return false;
}

static bool try_child(struct query *query, struct os_xml xml)
{
	char name[OS_SANDBOX_NAME_MAX];
	const struct sandbox_start *server = NULL;

	if (!os_xml_string(xml, "name", name, sizeof(name)))
		server = sandbox_config_find(query->config, name);
	if (!server) {
		set_why(query, xml, "child \"%s\" does not exist; start it or change the route",
		        name);
		return false;
	}
	if (sandbox_start_provides(server, query->service))
		return serve_by(query, SANDBOX_TARGET_CHILD, server);
	set_why(query, xml, "child \"%s\" does not provide it; add it to its <provides>", name);
	return false;
}

/* The one child, other than the client, that provides the service. */
static bool try_any_child(struct query *query, struct os_xml xml)
{
	const struct sandbox_provider *found = first_sibling(query), *second = NULL;

	if (found)
		second = sibling(query, sandbox_provider_next(found));
	if (second)
		set_why(query, xml,
		        "<any-child> is ambiguous: \"%s\" and \"%s\" provide it; name one",
		        found->start->name, second->start->name);
	else if (found)
		return serve_by(query, SANDBOX_TARGET_CHILD, found->start);
	else
		set_why(query, xml, "no child provides it; add it to the <provides> of one");
	return false;
}

static bool try_local(struct query *query, struct os_xml xml)
{
	if (query->locals && query->locals->has(query->locals, query->service, query->scoped))
		return serve_by(query, SANDBOX_TARGET_LOCAL, NULL);
	set_why(query, xml, "<local> does not provide it; change the route");
	return false;
}

static const struct {
	const char *type;
	bool (*try)(struct query *query, struct os_xml xml);
} targets[] = {
	{ "parent", try_parent },
	{ "child", try_child },
	{ "any-child", try_any_child },
	{ "local", try_local },
};

static bool try_target(struct query *query, struct os_xml xml)
{
	for (size_t i = 0; i < OS_ARRAY_SIZE(targets); i++)
		if (os_xml_type_is(xml, targets[i].type))
			return targets[i].try(query, xml);
	return false;
}

/* ------------------------------------------------------------------ the decision */

/* The target that serves, or the empty node. */
static struct os_xml search(struct query *query, struct os_xml rules)
{
	OS_XML_FOR_EACH (rule, rules, NULL) {
		if (!rule_matches(rule, query))
			continue;
		OS_XML_FOR_EACH (target, rule, NULL) {
			if (try_target(query, target))
				return target;
		}
	}
	return (struct os_xml){ 0 };
}

/* True if the child's own route says by name where its config comes from. */
static bool routes_config(const struct sandbox_start *client)
{
	OS_XML_FOR_EACH (rule, client->route, "service") {
		if (os_xml_equal(rule, "name", "ROM") &&
		    (os_xml_equal(rule, "label", "config") ||
		     os_xml_equal(rule, "label_last", "config")))
			return true;
	}
	return false;
}

static void tell(const struct query *query, struct sandbox_sink *sink)
{
	const struct sandbox_start *client = query->client;

	if (query->why_line)
		sandbox_say(
		        sink, true,
		        "config:%u: child \"%s\": no route to service \"%s\" (label \"%s\"): %s",
		        query->why_line, client->name, query->service, query->label, query->why);
	else
		sandbox_say(
		        sink, true,
		        "config:%u: child \"%s\": no route to service \"%s\" (label \"%s\"); add "
		        "<service name=\"%s\"> to its <route>",
		        client->line, client->name, query->service, query->label, query->service);
}

/* What the server sees: the target's label if it has one, else the client's behind its name. */
static enum os_err set_label(const struct query *query, struct os_xml target)
{
	struct sandbox_route *route = query->route;

	if (os_xml_has(target, "label"))
		return os_xml_string(target, "label", route->label, sizeof(route->label));
	return os_str_copy(route->label, sizeof(route->label), query->scoped);
}

enum os_err sandbox_route_find(const struct sandbox_start *client, const char *service,
                               const char *label, struct sandbox_locals *locals,
                               struct sandbox_sink *sink, struct sandbox_route *route)
{
	struct query query = { .config = client->config,
		               .client = client,
		               .service = sandbox_service_name(service),
		               .label = label,
		               .locals = locals,
		               .route = route };
	struct os_xml target;
	enum os_err err;

	*route = (struct sandbox_route){ .service = query.service };
	if ((err = os_label_check(label)))
		return err;
	if (os_str_equal(query.service, "ROM") && os_str_equal(label, "config")) {
		if (client->configfile[0]) {
			query.label = client->configfile;
		} else if (os_xml_valid(client->inline_config) || !routes_config(client)) {
			route->target = SANDBOX_TARGET_CONFIG;
			return os_label_append(route->label, sizeof(route->label), client->name,
			                       label);
		}
	}
	if ((err = os_label_append(query.scoped, sizeof(query.scoped), client->name, query.label)))
		return err;
	target = search(&query, client->route);
	if (!os_xml_valid(target))
		target = search(&query, client->config->default_route);
	if (os_xml_valid(target))
		return set_label(&query, target);
	tell(&query, sink);
	return OS_ERR_NO_ROUTE;
}

/* ------------------------------------------------------------------ what we offer ourselves */

static struct os_xml search_offers(struct query *query)
{
	OS_XML_FOR_EACH (offer, query->config->root, "service") {
		if (!rule_matches(offer, query))
			continue;
		OS_XML_FOR_EACH (target, offer, "child") {
			if (try_child(query, target))
				return target;
		}
	}
	return (struct os_xml){ 0 };
}

static void tell_offer(const struct query *query, struct sandbox_sink *sink)
{
	if (query->why_line)
		sandbox_say(sink, true,
		            "config:%u: our parent asks for service \"%s\" (label \"%s\"): %s",
		            query->why_line, query->service, query->label, query->why);
	else
		sandbox_say(sink, true,
		            "config:%u: our parent asks for service \"%s\" (label \"%s\"), which "
		            "no <service> offers; add one to <config>",
		            os_xml_line(query->config->root), query->service, query->label);
}

enum os_err sandbox_route_offer(const struct sandbox_config *config, const char *service,
                                const char *label, struct sandbox_sink *sink,
                                struct sandbox_route *route)
{
	struct query query = { .config = config,
		               .service = sandbox_service_name(service),
		               .label = label,
		               .route = route };
	struct os_xml target;
	enum os_err err;

	*route = (struct sandbox_route){ .service = query.service };
	if ((err = os_label_check(label)) ||
	    (err = os_str_copy(query.scoped, sizeof(query.scoped), label)))
		return err;
	target = search_offers(&query);
	if (os_xml_valid(target))
		return set_label(&query, target);
	if (sink)
		tell_offer(&query, sink);
	return OS_ERR_NO_ROUTE;
}

struct os_xml sandbox_offer_find(const struct sandbox_start *start, const char *service)
{
	char name[OS_SANDBOX_SERVICE_MAX];

	OS_XML_FOR_EACH (offer, start->config->root, "service") {
		if (os_xml_string(offer, "name", name, sizeof(name)) ||
		    !os_str_equal(sandbox_service_name(name), sandbox_service_name(service)))
			continue;
		OS_XML_FOR_EACH (target, offer, "child") {
			if (os_xml_equal(target, "name", start->name))
				return offer;
		}
	}
	return (struct os_xml){ 0 };
}
