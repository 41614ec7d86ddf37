/* SPDX-License-Identifier: BSD-2-Clause */
/* What differs between two configs: what of it a child can follow, and what it has to restart for.
 */

#ifndef SANDBOX_DIFF_H
#define SANDBOX_DIFF_H

#include "config.h"

/*
 *   what has changed                      what it leads to
 *   binary, version, priority, affinity   RESTART
 *   <config>: another text, none any more CONFIG: a new content of its ROM module "config"
 *   ram, caps                             QUOTA: more is given, what is free is taken back
 *   <provides>                            PROVIDES: withdrawn services end, new ones may be
 * announced <route>, <configfile>                 ROUTE: restarted if one of its sessions would go
 * elsewhere <exit>, <restart>, <heartbeat>        OTHER: holds from now on
 */
enum sandbox_difference {
	SANDBOX_SAME = 0,
	SANDBOX_RESTART = 1 << 0,
	SANDBOX_CONFIG = 1 << 1,
	SANDBOX_QUOTA = 1 << 2,
	SANDBOX_PROVIDES = 1 << 3,
	SANDBOX_ROUTE = 1 << 4,
	SANDBOX_OTHER = 1 << 5,
};

/** The set of differences between what two configs say of one child, by the child's own part. */
uint32_t sandbox_diff_start(const struct sandbox_start *before, const struct sandbox_start *after);

/**
 * True if requests may go elsewhere although the client's own part is the same: for another default
 * route, other services of the parent, or of any child.
 */
bool sandbox_diff_routing(const struct sandbox_config *before, const struct sandbox_config *after);

/** True if other services, or from other children, are offered to our own parent. */
bool sandbox_diff_offers(const struct sandbox_config *before, const struct sandbox_config *after);

/** True if the two elements stand there with the same bytes, or neither is there. */
bool sandbox_same_text(struct os_xml a, struct os_xml b);

#endif
