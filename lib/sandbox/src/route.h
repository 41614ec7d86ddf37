/* SPDX-License-Identifier: BSD-2-Clause */
/* Where a session request goes: the decision alone, from config, service and label. Pure. */

#ifndef SANDBOX_ROUTE_H
#define SANDBOX_ROUTE_H

#include "config.h"

#include <label/label.h>

enum sandbox_target {
	SANDBOX_TARGET_NONE,
	SANDBOX_TARGET_PARENT,
	SANDBOX_TARGET_CHILD,
	SANDBOX_TARGET_LOCAL,  /* a service of the component itself */
	SANDBOX_TARGET_CONFIG, /* the child's own config */
};

/** A decision. */
struct sandbox_route {
	enum sandbox_target target;
	const struct sandbox_start *server; /* CHILD */
	const char *service;                /* canonical */
	char label[OS_LABEL_MAX];           /* as the server is to see it */
};

/** Answers whether the component itself offers `service`, to sessions of `label` (NULL: some). */
struct sandbox_locals {
	bool (*has)(struct sandbox_locals *locals, const char *service, const char *label);
};

/**
 * Find the route for a request of `client` for `service` with `label`. The first matching rule of
 * the child's own route, then of the default route, of which a target can serve, decides.
 * On NO_ROUTE a line is told that names the config's line and the remedy.
 * Errors: NO_ROUTE, TOO_LONG (the label that the server would see), INVALID (the label).
 */
enum os_err sandbox_route_find(const struct sandbox_start *client, const char *service,
                               const char *label, struct sandbox_locals *locals,
                               struct sandbox_sink *sink,
                               struct sandbox_route *route) OS_MUST_CHECK;

/**
 * Find the child for a request of our own parent: the first `<service>` of the config itself that
 * matches, of which a `<child>` can serve, decides. What the server sees is what the parent says.
 * On NO_ROUTE a line is told, unless `sink` is NULL. Errors: as for sandbox_route_find().
 */
enum os_err sandbox_route_offer(const struct sandbox_config *config, const char *service,
                                const char *label, struct sandbox_sink *sink,
                                struct sandbox_route *route) OS_MUST_CHECK;

/** The `<service>` by which `start` offers `service` to our parent, or the empty node. */
struct os_xml sandbox_offer_find(const struct sandbox_start *start, const char *service);

/**
 * Tell what can never work in `config`: elements that are unknown, routes that lead nowhere. What
 * stands in `before` (may be NULL) likewise has been told already.
 */
void sandbox_config_check(const struct sandbox_config *config, const struct sandbox_config *before,
                          struct sandbox_locals *locals, struct sandbox_sink *sink);

#endif
