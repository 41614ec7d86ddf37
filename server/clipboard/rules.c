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

/* Where the client has the focus, as its policy says; `*expected`, if that is wrong. */
static enum os_err focus_find(struct os_xml policy, const char *label, char focus[OS_LABEL_MAX],
                              const char **expected)
{
	char below[OS_LABEL_MAX];

	if (!text(policy, "focus", focus, OS_LABEL_MAX)) {
		*expected = "<policy ... focus=\"...\"/> of at most 159 bytes";
		return OS_ERR_INVALID;
	}
	if (*focus)
		return OS_OK;
	if (!text(policy, "focus_below", below, sizeof(below))) {
		*expected = "<policy ... focus_below=\"...\"/> of at most 159 bytes";
		return OS_ERR_INVALID;
	}
	return os_label_append(focus, OS_LABEL_MAX, below, label) ? OS_ERR_DENIED : OS_OK;
}

enum os_err rule_find(struct os_xml config, const char *label, struct rule *rule,
                      struct rule_error *error)
{
	struct os_xml policy;
	enum os_err err;

	*rule = (struct rule){ 0 };
	if ((err = os_policy_find(config, label, &policy)))
		return err;
	error->line = os_xml_line(policy);
	if (!text(policy, "domain", rule->domain, sizeof(rule->domain)) || !*rule->domain) {
		error->expected = "<policy ... domain=\"...\"/> of at most 63 bytes";
		err = OS_ERR_INVALID;
	} else {
		err = focus_find(policy, label, rule->focus, &error->expected);
	}
	if (err)
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
