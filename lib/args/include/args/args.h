/* SPDX-License-Identifier: BSD-2-Clause */
/* Argument vectors for programs that expect argc and argv, from the component's config. */

#ifndef ARGS_ARGS_H
#define ARGS_ARGS_H

#include <osier/alloc.h>
#include <osier/env.h>
#include <xml/xml.h>

/*
 *   <config> <arg value="play"/> <arg value="--volume=80"/> <arg value=""/> </config>
 *
 * The first one is argv[0]; a config without any gives argc 0.
 */

enum {
	OS_ARGS_COUNT_MAX = 1024,      /* arguments */
	OS_ARGS_SIZE_MAX = 128 * 1024, /* bytes of all together, with their NULs */
};

/** An argument vector; zero has no arguments, and `argv` NULL. */
struct os_args {
	int argc;
	char **argv; /* argc texts, which the program may change, and NULL */
	struct os_alloc *alloc;
	size_t size;
};

/**
 * Make the vector that the <arg> elements of `config` say. Errors: INVALID (an <arg> without
 * `value`), LIMIT (too many, or too much), OUT_OF_RAM, OUT_OF_CAPS; `*line` (may be NULL) is that
 * of the element at fault, 0 if there is none.
 */
enum os_err os_args_init(struct os_args *args, struct os_alloc *alloc, struct os_xml config,
                         uint32_t *line) OS_MUST_CHECK;

/** Free it. Zero is accepted. */
void os_args_fini(struct os_args *args);

/**
 * The same from the component's own config as it is now; mistakes are told in a line. The vector is
 * a copy: it stays as it is when the config changes. Errors besides: those of os_config_open().
 */
enum os_err os_args_open(struct os_args *args, struct os_env *env) OS_MUST_CHECK;

#endif
