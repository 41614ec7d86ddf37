/* SPDX-License-Identifier: BSD-2-Clause */
/* The config: checked as a whole before any of it is used. */

#include <osier/format.h>
#include <osier/string.h>
#include <policy/policy.h>

#include "policy.h"

static const os_pixel slate = 0xff1d2530, grey = 0xff808080;

static bool wrong(struct os_xml node, char *why, const char *expected)
{
	os_format(why, POLICY_TEXT, "config:%u: expected %s", os_xml_line(node), expected);
	return false;
}

bool policy_colour(struct os_xml node, const char *name, os_pixel *colour)
{
	char text[8], digits[9];
	uint64_t value;

	if (!os_xml_has(node, name))
		return true;
	if (os_xml_string(node, name, text, sizeof(text)) || *text != '#' || strlen(text) != 7)
		return false;
	os_format(digits, sizeof(digits), "0x%s", text + 1);
	if (os_parse_u64(digits, strlen(digits), &value))
		return false;
	*colour = (os_pixel)value | 0xff000000;
	return true;
}

static bool length(struct os_xml node, const char *name, int32_t *out)
{
	const int64_t value = os_xml_i64(node, name, 0);

	*out = (int32_t)value;
	return value >= -OS_SURFACE_MAX && value <= OS_SURFACE_MAX;
}

static const struct domain *domain_named(const struct policy *policy, const char *name)
{
	for (size_t i = 0; i < policy->domain_count; i++)
		if (os_str_equal(policy->domains[i].name, name))
			return &policy->domains[i];
	return NULL;
}

/* focus="click", "transient" or "none" */
static bool read_focus(struct os_xml node, struct domain *domain)
{
	domain->focus = !os_xml_equal(node, "focus", "none");
	domain->focus_by_click = !os_xml_has(node, "focus") || os_xml_equal(node, "focus", "click");
	domain->focus_by_request = os_xml_bool(node, "ask_focus", false);
	return domain->focus_by_click || !domain->focus || os_xml_equal(node, "focus", "transient");
}

static bool read_domain(struct policy *policy, struct os_xml node, char *why)
{
	struct domain domain = { .colour = grey };
	uint64_t layer = 0;

	if (policy->domain_count == POLICY_DOMAINS)
		return wrong(node, why, "32 domains at most");
	if (os_xml_string(node, "name", domain.name, sizeof(domain.name)) || !*domain.name ||
	    domain_named(policy, domain.name))
		return wrong(node, why, "<domain name=\"...\"> of 1 to 31 bytes, each name once");
	if (os_xml_get_u64(node, "layer", &layer) || layer >= STACK_LAYERS)
		return wrong(node, why, "<domain layer=\"0\"> to \"31\"");
	domain.layer = (uint32_t)layer;
	if (!policy_colour(node, "color", &domain.colour))
		return wrong(node, why, "color=\"#rrggbb\"");
	if (!length(node, "x", &domain.x) || !length(node, "y", &domain.y) ||
	    !length(node, "width", &domain.width) || !length(node, "height", &domain.height))
		return wrong(node, why, "lengths of at most 16384 pixels");
	if (!read_focus(node, &domain))
		return wrong(node, why, "focus=\"click\", \"transient\" or \"none\"");
	domain.hover_always = !os_xml_equal(node, "hover", "focused");
	policy->domains[policy->domain_count++] = domain;
	return true;
}

static bool read_key(struct policy *policy, struct os_xml node, char *why)
{
	struct global_key *const key = &policy->keys[policy->key_count];
	char name[40];

	if (policy->key_count == ROUTER_KEYS)
		return wrong(node, why, "32 global keys at most");
	*key = (struct global_key){ 0 };
	if (os_xml_string(node, "name", name, sizeof(name)) || !(key->code = os_key_code(name)))
		return wrong(node, why, "<global-key name=\"KEY_...\">");
	if (os_xml_equal(node, "action", "xray"))
		key->action = GLOBAL_XRAY;
	else if (os_xml_equal(node, "action", "kill"))
		key->action = GLOBAL_KILL;
	else if (os_xml_has(node, "action") ||
	         os_xml_string(node, "label", key->label, sizeof(key->label)))
		return wrong(node, why, "action=\"xray\", action=\"kill\" or label=\"...\"");
	policy->key_count++;
	return true;
}

/* Policies are asked when a client comes: here it is seen whether the answer will do. */
static bool check_policy(const struct policy *policy, struct os_xml node, char *why)
{
	char name[sizeof(policy->domains[0].name)];

	if (os_xml_string(node, "domain", name, sizeof(name)) || !domain_named(policy, name))
		return wrong(node, why, "domain=\"...\", the name of a <domain>");
	return true;
}

static bool read_parts(struct policy *policy, char *why)
{
	const struct os_xml root = policy->root, background = os_xml_first(root, "background"),
	                    report = os_xml_first(root, "report");

	OS_XML_FOR_EACH (node, root, "domain")
		if (!read_domain(policy, node, why))
			return false;
	OS_XML_FOR_EACH (node, root, "global-key")
		if (!read_key(policy, node, why))
			return false;
	OS_XML_FOR_EACH (node, root, "policy")
		if (!check_policy(policy, node, why))
			return false;
	OS_XML_FOR_EACH (node, root, "default-policy")
		if (!check_policy(policy, node, why))
			return false;
	if (!policy_colour(background, "color", &policy->background))
		return wrong(background, why, "color=\"#rrggbb\"");
	policy->focus_rom = os_xml_equal(root, "focus", "rom");
	policy->report_focus = os_xml_bool(report, "focus", false);
	policy->report_hover = os_xml_bool(report, "hover", false);
	policy->report_clicked = os_xml_bool(report, "clicked", false);
	policy->report_killed = os_xml_bool(report, "killed", false);
	return true;
}

bool policy_read(struct policy *policy, struct os_xml root, char *why)
{
	static struct policy next; /* large for a stack */

	next = (struct policy){ .root = root, .background = slate };
	if (!read_parts(&next, why))
		return false;
	*policy = next;
	return true;
}

bool policy_find(const struct policy *policy, const char *label, struct grant *grant)
{
	char name[sizeof(policy->domains[0].name)];
	struct os_xml node;

	*grant = (struct grant){ 0 };
	if (os_policy_find(policy->root, label, &node) ||
	    os_xml_string(node, "domain", name, sizeof(name)))
		return false;
	grant->domain = domain_named(policy, name);
	grant->capture = os_xml_bool(node, "capture", false);
	return grant->domain;
}
