/* SPDX-License-Identifier: BSD-2-Clause */
/* A launcher: subsystems that a person starts and stops, each any number of times. */

#ifndef LAUNCHER_LAUNCHER_H
#define LAUNCHER_LAUNCHER_H

/*
 *   <config>
 *     <launch name="clock" ram="2M" caps="200"> <config face="round"/> </launch>   what there is
 *   </config>
 *            |
 *            | os_launcher_start(.., "clock", ..), twice
 *            v
 *   clock, clock.2: os_launch          children of the component, each a subtree of its own
 *
 * A <launch> has the attributes and elements of init's <start>; its name is that of the first
 * child, and the next ones are numbered. Without a <route>, all that a child asks for comes from
 * our own parent, so that what it may reach is decided there. Nothing here waits for a child. A
 * child that has ended by itself stays, with its quota given back, until it is killed.
 *
 * All of it happens on the entrypoint that it is given, and none of it from within `ops`, but
 * os_launcher_usage().
 */

#include <sandbox/sandbox.h>
#include <xml/xml.h>

enum { OS_LAUNCHES_MAX = 64, OS_LAUNCH_SAID_MAX = 160 };

struct os_launcher;

/** One that was started. Its members are for reading only. */
struct os_launch {
	struct os_list_node node;
	char name[OS_SANDBOX_NAME_MAX];  /* of the child */
	char entry[OS_SANDBOX_NAME_MAX]; /* of its <launch> */
	struct os_quota quota;           /* what it was given, and what it has got since */
	struct os_quota used;            /* of that, as os_launcher_usage() has found */
	enum os_sandbox_fate fate;
	char said[OS_LAUNCH_SAID_MAX]; /* what was said of it last: "exited with value 1", cut */
	char *start;                   /* the <start> that it runs by */
	size_t start_size;
};

/** What the component wants to know; each member may be NULL. */
struct os_launcher_ops {
	/** A launch has another fate. */
	void (*changed)(struct os_launcher *launcher);
	/** A line for people. Without this function, errors go to the log. */
	void (*message)(struct os_launcher *launcher, bool error, const char *text);
};

/** A launcher; zero is the empty one. */
struct os_launcher {
	struct os_sandbox sandbox;
	const struct os_launcher_ops *ops;
	void *context;           /* the component's */
	struct os_list launches; /* struct os_launch.node, in the order of their start */
	size_t launch_count;
	char *text; /* a copy of the config */
	size_t text_size;
	struct os_xml config; /* in it */
};

/** Start without any. Errors: OUT_OF_RAM, OUT_OF_CAPS. */
enum os_err os_launcher_init(struct os_launcher *launcher, struct os_upstream *upstream,
                             struct os_ep *ep, const struct os_launcher_ops *ops,
                             void *context) OS_MUST_CHECK;

/** Kill all of them, and give everything back. Zero is accepted. */
void os_launcher_fini(struct os_launcher *launcher);

/**
 * What there is to be started is what stands in `config` now, which is copied; launches that run go
 * on as they were started. Errors, with all as before: OUT_OF_RAM.
 */
enum os_err os_launcher_config(struct os_launcher *launcher, struct os_xml config) OS_MUST_CHECK;

/** The <launch> of that name, or the empty node. */
struct os_xml os_launcher_entry(const struct os_launcher *launcher, const char *name);

/**
 * Start one more of `entry`; `launch`, which may be NULL, tells which it is, until it is killed.
 * How it fares is told by `changed`. Errors, with nothing started: NOT_FOUND (no such entry), LIMIT
 * (OS_LAUNCHES_MAX), TOO_LONG, OUT_OF_RAM and OUT_OF_CAPS (also: the quota that the entry names is
 * not free).
 */
enum os_err os_launcher_start(struct os_launcher *launcher, const char *entry,
                              struct os_launch **launch) OS_MUST_CHECK;

/** End it, and all that it has started; its quota is free again. Errors, as before: OUT_OF_RAM. */
enum os_err os_launcher_kill(struct os_launcher *launcher, struct os_launch *launch) OS_MUST_CHECK;

/** The launch whose child has this name; NULL: there is none. */
struct os_launch *os_launcher_find(const struct os_launcher *launcher, const char *name);

/**
 * The launch that a line of the sandbox's is about, `child "x" exited with value 1`, and what the
 * line says of it; NULL: none of them.
 */
struct os_launch *os_launcher_subject(const struct os_launcher *launcher, const char *line,
                                      const char **said);

/** Look how much of its quota each launch uses. Errors, with the numbers as before: OUT_OF_RAM. */
enum os_err os_launcher_usage(struct os_launcher *launcher) OS_MUST_CHECK;

/* ------------------------------------------------------------------ its text: pure */

/**
 * The config of a sandbox for launches with these `<start>`s; NUL-terminated, to be freed with
 * `size` by os_free(). Errors: OUT_OF_RAM.
 */
enum os_err os_launcher_text(const struct os_launcher *launcher, struct os_alloc *alloc,
                             char **text, size_t *size, size_t *length) OS_MUST_CHECK;

/**
 * The `<start>` of a child `name` that `entry` describes; to be freed likewise. Errors: OUT_OF_RAM.
 */
enum os_err os_launcher_start_text(struct os_xml entry, const char *name, struct os_alloc *alloc,
                                   char **text, size_t *size) OS_MUST_CHECK;

/** The name of the next child of `entry`. Errors: LIMIT, TOO_LONG. */
enum os_err os_launcher_name(const struct os_launcher *launcher, const char *entry,
                             char name[OS_SANDBOX_NAME_MAX]) OS_MUST_CHECK;

/** The numbers in a sandbox's state report (see os_sandbox_report()) that concern launches. */
void os_launcher_state(struct os_launcher *launcher, struct os_xml state);

#endif
