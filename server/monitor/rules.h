/* SPDX-License-Identifier: BSD-2-Clause */
/* The monitor's own part of its config: what it stands between, and what it prints. */

#ifndef MONITOR_RULES_H
#define MONITOR_RULES_H

#include <osier/alloc.h>
#include <xml/xml.h>

enum { RULES_INTERFACES_MAX = 32 };

/** What is done with a session. */
enum rule { RULE_LEAVE, RULE_QUIET, RULE_PRINT };

/** Zero: nothing is stood between. */
struct rules {
	struct os_xml config;
	uint32_t interfaces[RULES_INTERFACES_MAX]; /* types that are stood in for, too */
	uint32_t interface_count;
};

/**
 * Take the rules of `config`, which stays the caller's. `complain` gets a line for each that cannot
 * be, with the line of the config that it stands in.
 */
void rules_init(struct rules *rules, struct os_xml config,
                void (*complain)(uint32_t line, const char *text));

/** What is done with a session of `service`, whose server sees `label`. The first rule decides. */
enum rule rules_session(const struct rules *rules, const char *service, const char *label);

/** Whether capabilities of this interface type are stood in for. */
bool rules_interface(const struct rules *rules, uint32_t type);

/** A copy of the config of `size` bytes at `text`, its root, with the rules made spaces: what is
 * left is a sandbox's, its lines numbered as before. Errors: OUT_OF_RAM. */
enum os_err rules_blank(struct os_xml config, const char *text, size_t size, struct os_alloc *alloc,
                        char **out) OS_MUST_CHECK;

#endif
