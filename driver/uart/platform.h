/* SPDX-License-Identifier: BSD-2-Clause */
/* What each platform's folder has to offer: a line of characters, and whoever is at its end. */

#ifndef UART_PLATFORM_H
#define UART_PLATFORM_H

#include <osier/env.h>
#include <osier/ep.h>
#include <terminal/byte_ring.h>
#include <xml/xml.h>

/** Characters in both directions, between the sessions and the platform's side. */
struct line {
	struct os_byte_ring input, output;
};

/**
 * Begin. `changed` is submitted to when there is more input, more room for output, or when the size
 * has changed; the same or another thread of ours may do so. `config` is our own.
 */
enum os_err platform_init(struct os_env *env, struct os_xml config, struct line *line,
                          struct signal_context_cap changed) OS_MUST_CHECK;

/** There is more to be sent. Does not wait for it. */
void platform_output(void);

/** There is more room for what arrives. */
void platform_input(void);

/** Columns and lines; 0 and 0 where nobody knows. */
void platform_size(uint32_t *columns, uint32_t *lines);

/** Somebody wants to know from now on when the size changes. */
void platform_size_watch(void);

#endif
