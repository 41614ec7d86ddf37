/* SPDX-License-Identifier: BSD-2-Clause */
/* Compares what is wanted with what there is, element by element. */

#include "match.h"

#include <osier/string.h>

enum { VALUE_MAX = 200 };

static bool same_attributes(struct os_xml wanted, struct os_xml element)
{
	struct os_xml_attribute attribute;
	char name[VALUE_MAX], value[VALUE_MAX];

	if (!os_xml_attribute_first(wanted, &attribute))
		return true;
	do {
		if (attribute.name_length >= sizeof(name) ||
		    os_xml_attribute_string(&attribute, value, sizeof(value)))
			return false;
		memcpy(name, attribute.name, attribute.name_length);
		name[attribute.name_length] = '\0';
		if (!os_xml_equal(element, name, value))
			return false;
	} while (os_xml_attribute_next(&attribute));
	return true;
}

/* Whether what `wanted` says of the elements in `parent` holds. */
static bool holds(struct os_xml wanted, struct os_xml parent)
{
	char name[VALUE_MAX];
	const char *type;
	size_t length;
	bool negated;

	os_xml_type(wanted, &type, &length);
	if (length >= sizeof(name))
		return false;
	memcpy(name, type, length);
	name[length] = '\0';
	negated = os_str_starts_with(name, "no-");
	OS_XML_FOR_EACH (element, parent, negated ? name + 3 : name) {
		if (match(wanted, element))
			return !negated;
	}
	return negated;
}

bool match(struct os_xml wanted, struct os_xml element)
{
	if (!same_attributes(wanted, element))
		return false;
	OS_XML_FOR_EACH (inner, wanted, NULL) {
		if (!holds(inner, element))
			return false;
	}
	return true;
}
