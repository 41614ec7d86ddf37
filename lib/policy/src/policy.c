/* SPDX-License-Identifier: BSD-2-Clause */
/* The policy of a label: which ones match, and which of those is the most specific. */

#include <label/label.h>
#include <osier/string.h>
#include <policy/policy.h>

/* How specific a match is; rules 1 to 3 of the header in this order. */
struct score {
	size_t start; /* bytes matched at the label's start */
	size_t end;   /* bytes matched at its end */
	bool exact;   /* by whole elements */
};

static bool is_higher(struct score a, struct score b)
{
	if (a.start != b.start)
		return a.start > b.start;
	if (a.end != b.end)
		return a.end > b.end;
	return a.exact && !b.exact;
}

/* Match one attribute, if the policy has it; *length is that of its value, 0 if it has not. */
static bool match(struct os_xml policy, const char *attribute, const char *label,
                  bool (*matches)(const char *label, const char *value), size_t *length)
{
	char value[OS_LABEL_MAX];
	enum os_err err = os_xml_string(policy, attribute, value, sizeof(value));

	*length = 0;
	if (err == OS_ERR_NOT_FOUND)
		return true;
	if (err || *value == 0) /* longer than any label, or empty */
		return false;
	*length = strlen(value);
	return matches(label, value);
}

static bool match_policy(struct os_xml policy, const char *label, struct score *score)
{
	size_t whole, start, end;

	if (!match(policy, "label", label, os_label_has_prefix, &whole) ||
	    !match(policy, "label_prefix", label, os_str_starts_with, &start) ||
	    !match(policy, "label_suffix", label, os_str_ends_with, &end))
		return false;
	*score = (struct score){ OS_MAX(whole, start), end, whole > 0 };
	return score->start > 0 || end > 0;
}

enum os_err os_policy_find(struct os_xml config, const char *label, struct os_xml *policy)
{
	struct score best = { 0 }, score;

	*policy = (struct os_xml){ 0 };
	OS_XML_FOR_EACH (node, config, "policy") {
		if (match_policy(node, label, &score) && is_higher(score, best)) {
			best = score;
			*policy = node;
		}
	}
	if (!os_xml_valid(*policy))
		*policy = os_xml_first(config, "default-policy");
	return os_xml_valid(*policy) ? OS_OK : OS_ERR_DENIED;
}
