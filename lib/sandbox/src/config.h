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

/** A config's bytes; they stay as long as something refers to them. */
struct sandbox_text {
	size_t users;
	size_t size;
	char bytes[];
};

/** What becomes of a child that ends: `<restart …/>`. */
struct sandbox_restart {
	bool wanted;
	bool always;        /* even if it exited with 0 */
	uint32_t max;       /* times, within `within_us`, or ever */
	uint64_t within_us; /* 0: ever */
	uint64_t delay_us;  /* before the first; each further one waits twice as long */
};

/** What is watched of a child: `<heartbeat …/>`. */
struct sandbox_heartbeat {
	bool wanted;
	uint32_t max; /* missed in a row, after which it has failed; 0: they are only counted */
};

/** What a report tells beside the children: `<report …/>` of the config. */
struct sandbox_report {
	bool wanted; /* there is such an element */
	bool ids, sessions, requested, provided, session_args;
	bool child_ram, child_caps, init_ram, init_caps;
	uint64_t delay_us; /* between one report and the next */
};

/** What a config says of one child. */
struct sandbox_start {
	struct os_avl_node by_name;
	struct os_list_node node;
	struct sandbox_config *config;
	struct sandbox_text *text; /* what its nodes point into */
	char name[OS_SANDBOX_NAME_MAX];
	char binary[OS_SANDBOX_NAME_MAX];
	char configfile[OS_SANDBOX_NAME_MAX]; /* "": none */
	char version[OS_SANDBOX_NAME_MAX];    /* a change of it restarts the child */
	struct os_xml xml, inline_config, route;
	struct parent_affinity affinity;
	struct os_quota quota; /* assigned; see has_caps */
	struct os_quota more;  /* what it gets beyond that if it asks */
	uint32_t line;
	uint32_t priority; /* 0 (highest) to 127 */
	bool has_caps;     /* else it gets a share of what is left */
	bool usable;       /* false: a mistake was told, and it is not started */
	bool provides;     /* something */
	bool carried;      /* as it was in the config before, because of such a mistake */
	bool exit_propagate;
	bool wait; /* a resource request that cannot be granted waits until it can be */
	struct sandbox_restart restart;
	struct sandbox_heartbeat heartbeat;
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
	struct sandbox_text *text;
	struct os_xml root, default_route, parent_provides;
	struct os_avl by_name;   /* sandbox_start */
	struct os_list starts;   /* in order */
	struct os_avl providers; /* sandbox_provider, by service */
	struct os_list provider_list;
	struct os_quota defaults; /* of <default> */
	bool has_default_caps;
	bool verbose;
	uint32_t priority_levels;
	uint64_t heartbeat_us; /* 0: no heartbeats */
	struct sandbox_report report;
};

/**
 * Copy, parse and check. What is wrong with one child is told to `sink` and leaves it unusable.
 * `before` (may be NULL) saves work where its text is the same; it may end before this one.
 * Errors, with `config` empty: those of os_xml_parse(), SYNTAX (not a <config>), OUT_OF_RAM.
 */
enum os_err sandbox_config_init(struct sandbox_config *config, struct os_alloc *alloc,
                                const char *text, size_t size, const struct sandbox_config *before,
                                struct sandbox_sink *sink) OS_MUST_CHECK;

/** Zero is accepted. */
void sandbox_config_fini(struct sandbox_config *config);

/**
 * Have `start`, which is not usable, say what `before` said of the same child in an earlier config,
 * which may end before this one. Errors: OUT_OF_RAM, and `config` is still fit to be ended.
 */
enum os_err sandbox_config_carry(struct sandbox_start *start,
                                 const struct sandbox_start *before) OS_MUST_CHECK;

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
