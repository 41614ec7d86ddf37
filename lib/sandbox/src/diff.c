/* SPDX-License-Identifier: BSD-2-Clause */
/* Compares two configs, child by child and as a whole. */

#include "diff.h"

#include <osier/string.h>

bool sandbox_same_text(struct os_xml a, struct os_xml b)
{
	const char *text_a, *text_b;
	size_t length_a, length_b;

	os_xml_text(a, &text_a, &length_a);
	os_xml_text(b, &text_b, &length_b);
	return length_a == length_b && !memcmp(text_a, text_b, length_a);
}

static bool same_affinity(const struct parent_affinity *a, const struct parent_affinity *b)
{
	return a->x == b->x && a->y == b->y && a->width == b->width && a->height == b->height;
}

static bool same_quota(const struct sandbox_start *a, const struct sandbox_start *b)
{
	return a->quota.ram == b->quota.ram && a->has_caps == b->has_caps &&
	       (!a->has_caps || a->quota.caps == b->quota.caps);
}

/* All <provides> of a start, which may be several. */
static bool same_provides(const struct sandbox_start *a, const struct sandbox_start *b)
{
	struct os_xml x = os_xml_first(a->xml, "provides");
	struct os_xml y = os_xml_first(b->xml, "provides");

	while (os_xml_valid(x) && os_xml_valid(y)) {
		if (!sandbox_same_text(x, y))
			return false;
		x = os_xml_next(x, "provides");
		y = os_xml_next(y, "provides");
	}
	return os_xml_valid(x) == os_xml_valid(y);
}

static uint32_t diff_fields(const struct sandbox_start *a, const struct sandbox_start *b)
{
	uint32_t set = SANDBOX_OTHER;

	if (!os_str_equal(a->binary, b->binary) || !os_str_equal(a->version, b->version) ||
	    a->priority != b->priority || !same_affinity(&a->affinity, &b->affinity))
		set |= SANDBOX_RESTART;
	if (!sandbox_same_text(a->inline_config, b->inline_config))
		set |= SANDBOX_CONFIG;
	if (!same_quota(a, b))
		set |= SANDBOX_QUOTA;
	if (!same_provides(a, b))
		set |= SANDBOX_PROVIDES;
	/* where the config comes from is a route, too */
	if (!sandbox_same_text(a->route, b->route) || !os_str_equal(a->configfile, b->configfile) ||
	    os_xml_valid(a->inline_config) != os_xml_valid(b->inline_config))
		set |= SANDBOX_ROUTE;
	return set;
}

uint32_t sandbox_diff_start(const struct sandbox_start *before, const struct sandbox_start *after)
{
	uint32_t set;

	if (sandbox_same_text(before->xml, after->xml)) {
		/* but the defaults may be others */
		set = before->priority != after->priority ? SANDBOX_RESTART : SANDBOX_SAME;
		return same_quota(before, after) ? set : set | SANDBOX_QUOTA;
	}
	return diff_fields(before, after);
}

/* The providers are sorted by service and name. */
static bool same_providers(const struct sandbox_config *before, const struct sandbox_config *after)
{
	const struct os_avl_node *a = os_avl_first(&before->providers);
	const struct os_avl_node *b = os_avl_first(&after->providers);

	while (a && b) {
		const struct sandbox_provider *x =
		        OS_AVL_ITEM(a, const struct sandbox_provider, by_service);
		const struct sandbox_provider *y =
		        OS_AVL_ITEM(b, const struct sandbox_provider, by_service);

		if (!os_str_equal(x->service, y->service) ||
		    !os_str_equal(x->start->name, y->start->name))
			return false;
		a = os_avl_next(a);
		b = os_avl_next(b);
	}
	return !a && !b;
}

bool sandbox_diff_routing(const struct sandbox_config *before, const struct sandbox_config *after)
{
	return !sandbox_same_text(before->default_route, after->default_route) ||
	       !sandbox_same_text(before->parent_provides, after->parent_provides) ||
	       !same_providers(before, after);
}

bool sandbox_diff_offers(const struct sandbox_config *before, const struct sandbox_config *after)
{
	struct os_xml a = os_xml_first(before->root, "service");
	struct os_xml b = os_xml_first(after->root, "service");

	if (!same_providers(before, after))
		return true;
	while (os_xml_valid(a) && os_xml_valid(b)) {
		if (!sandbox_same_text(a, b))
			return true;
		a = os_xml_next(a, "service");
		b = os_xml_next(b, "service");
	}
	return os_xml_valid(a) != os_xml_valid(b);
}
