/* SPDX-License-Identifier: BSD-2-Clause */
/* Who may copy and paste: what the config and the report of the focus say. Pure. */

#ifndef CLIPBOARD_RULES_H
#define CLIPBOARD_RULES_H

#include <label/label.h>
#include <xml/xml.h>

enum { DOMAIN_MAX = 64 };

/** What the config says of one client. */
struct rule {
	char domain[DOMAIN_MAX];
	char focus[OS_LABEL_MAX]; /* its label with the GUI server, or the beginning of it */
};

/** Where a policy is wrong. */
struct rule_error {
	uint32_t line;
	const char *expected;
};

/**
 * Find the policy for a client with `label`. With `focus_below="wm"` it has the focus where its own
 * label has, with "wm -> " in front; without that and `focus`, where its own label has. Errors:
 * DENIED (none matches, or it is too long with that in front), INVALID, with `*error`.
 */
enum os_err rule_find(struct os_xml config, const char *label, struct rule *rule,
                      struct rule_error *error) OS_MUST_CHECK;

/** True if the GUI session that has the focus, "" for none, is the client's, or below it. */
bool rule_has_focus(const struct rule *rule, const char *focus);

/** True if texts may pass from the one domain to the other. */
bool rule_may_flow(struct os_xml config, const char *from, const char *to);

#endif
