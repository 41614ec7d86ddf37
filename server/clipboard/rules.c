/* SPDX-License-Identifier: BSD-2-Clause */
/* Policies of clients, the focus, and flows between domains. */

#include <osier/string.h>
#include <policy/policy.h>

#include "rules.h"

/* An attribute that may be missing; false: it does not fit. */
static bool text(struct os_xml node, const char *name, char *out, size_t size)
{
	return os_xml_string(node, name, out, size) != OS_ERR_TOO_LONG;
}

enum os_err rule_find(struct os_xml config, const char *label, struct rule *rule,
                      struct rule_error *error)
{
	char below[OS_LABEL_MAX];
	struct os_xml policy;
	enum os_err err;

	*rule = (struct rule){ 0 };
	if ((err = os_policy_find(config, label, &policy)))
		return err;
	if (!text(policy, "domain", rule->domain, sizeof(rule->domain)) || !*rule->domain)
		error->expected = "<policy ... domain=\"...\"/> of at most 63 bytes";
	else if (!text(policy, "focus", rule->focus, sizeof(rule->focus)))
		error->expected = "<policy ... focus=\"...\"/> of at most 159 bytes";
	else if (*rule->focus)
		return OS_OK;
	else if (!text(policy, "focus_below", below, sizeof(below)))
		error->expected = "<policy ... focus_below=\"...\"/> of at most 159 bytes";
	else if ((err = os_label_append(rule->focus, sizeof(rule->focus), below, label)))
		err = OS_ERR_DENIED;
	else
		return OS_OK;
	if (err)
		goto out;
	error->line = os_xml_line(policy);
	err = OS_ERR_INVALID;
out:
	*rule = (struct rule){ 0 };
	return err;
}

bool rule_has_focus(const struct rule *rule, const char *focus)
{
	return *rule->focus && *focus && os_label_has_prefix(focus, rule->focus);
}

bool rule_may_flow(struct os_xml config, const char *from, const char *to)
{
	if (!*from || !*to)
		return false;
	if (os_str_equal(from, to))
		return true;
	OS_XML_FOR_EACH (flow, config, "flow")
		if (os_xml_equal(flow, "from", from) && os_xml_equal(flow, "to", to))
			return true;
	return false;
}
