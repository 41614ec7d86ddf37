/* SPDX-License-Identifier: BSD-2-Clause */
/* What the config says, in a form that is quick to ask. Pure. */

#ifndef NITPICKER_POLICY_H
#define NITPICKER_POLICY_H

#include <xml/xml.h>

#include "router.h"

enum { POLICY_DOMAINS = 32, POLICY_TEXT = 160 };

/** A config that has been found right. Zero permits nobody anything. */
struct policy {
	struct os_xml root; /* as long as its document is there */
	struct domain domains[POLICY_DOMAINS];
	size_t domain_count;
	struct global_key keys[ROUTER_KEYS];
	size_t key_count;
	os_pixel background;
	bool focus_rom;
	bool report_focus, report_hover, report_clicked, report_killed;
};

/** What a client is granted. */
struct grant {
	const struct domain *domain; /* within the policy */
	bool capture;                /* it may see everything */
};

/**
 * Read a config. False: it is wrong, `why` (of POLICY_TEXT bytes) tells line and reason, and
 * *policy is as before.
 */
bool policy_read(struct policy *policy, struct os_xml root, char *why);

/** What the config grants a client with this label. False: nothing. */
bool policy_find(const struct policy *policy, const char *label, struct grant *grant);

/** "#rrggbb", or `colour` where there is no such attribute. False: it is something else. */
bool policy_colour(struct os_xml node, const char *name, os_pixel *colour);

#endif
