/* SPDX-License-Identifier: BSD-2-Clause */
/* The config as a model: parsed and checked once, with every child's part found by name. Pure. */

#ifndef SANDBOX_CONFIG_H
#define SANDBOX_CONFIG_H

#include <osier/alloc.h>
#include <osier/avl.h>
#include <osier/list.h>
#include <sandbox/sandbox.h>
#include <xml/xml.h>

enum { SANDBOX_LINE_MAX = 400 /* bytes of a message, including NUL */ };

/** Takes the lines that tell a person about mistakes. */
struct sandbox_sink {
	void (*message)(struct sandbox_sink *sink, bool error, const char *text);
};

/** Format one line into `sink`. */
void sandbox_say(struct sandbox_sink *sink, bool error, const char *format, ...) OS_PRINTF(3, 4);

/** What a config says of one child. */
struct sandbox_start {
	struct os_avl_node by_name;
	struct os_list_node node;
	struct sandbox_config *config;
	char name[OS_SANDBOX_NAME_MAX];
	char binary[OS_SANDBOX_NAME_MAX];
	char configfile[OS_SANDBOX_NAME_MAX]; /* "": none */
	struct os_xml xml, inline_config, route;
	struct parent_affinity affinity;
	struct os_quota quota; /* assigned; see has_caps */
	struct os_quota more;  /* what it gets beyond that if it asks */
	uint32_t line;
	uint32_t priority; /* 0 (highest) to 127 */
	bool has_caps;     /* else it gets a share of what is left */
	bool usable;       /* false: a mistake was told, and it is not started */
	bool exit_propagate;
	bool heartbeat;
	bool wait; /* a resource request that cannot be granted waits until it can be */
};

/** A service that a child offers. */
struct sandbox_provider {
	struct os_avl_node by_service;
	struct os_list_node node;
	char service[OS_SANDBOX_SERVICE_MAX];
	struct sandbox_start *start;
};

/** A parsed config; zero is empty. */
struct sandbox_config {
	struct os_alloc *alloc;
	char *text;
	size_t size;
	struct os_xml root, default_route, parent_provides;
	struct os_avl by_name;   /* sandbox_start */
	struct os_list starts;   /* in order */
	struct os_avl providers; /* sandbox_provider, by service */
	struct os_list provider_list;
	struct os_quota defaults; /* of <default> */
	bool has_default_caps;
	bool verbose;
	uint32_t priority_levels;
};

/**
 * Copy, parse and check. What is wrong with one child is told to `sink` and leaves it unusable.
 * Errors, with `config` empty: those of os_xml_parse(), SYNTAX (not a <config>), OUT_OF_RAM.
 */
enum os_err sandbox_config_init(struct sandbox_config *config, struct os_alloc *alloc,
                                const char *text, size_t size,
                                struct sandbox_sink *sink) OS_MUST_CHECK;

/** Zero is accepted. */
void sandbox_config_fini(struct sandbox_config *config);

/** The child named `name`, or NULL. */
struct sandbox_start *sandbox_config_find(const struct sandbox_config *config, const char *name);

/** A provider of `service`, by name the first, or NULL. */
struct sandbox_provider *sandbox_config_provider(const struct sandbox_config *config,
                                                 const char *service);

/** The next provider of the same service, or NULL. */
struct sandbox_provider *sandbox_provider_next(const struct sandbox_provider *provider);

/** True if `start` offers `service`. */
bool sandbox_start_provides(const struct sandbox_start *start, const char *service);

/** True if the config says that the parent offers `service`. */
bool sandbox_parent_provides(const struct sandbox_config *config, const char *service);

/** "PD" for the names that the PD session has absorbed (RAM, CAP, SIGNAL); else `service`. */
const char *sandbox_service_name(const char *service);

#endif
