/* SPDX-License-Identifier: BSD-2-Clause */
/* The config of @name@, as values. */

#ifndef @NAME@_CONFIG_H
#define @NAME@_CONFIG_H

#include <osier/err.h>
#include <osier/types.h>

struct config {
	uint32_t limit; /* of a session's sum */
};

/**
 * Read the config of `size` bytes at `text`; what it does not say gets its default.
 * Errors: those of os_xml_parse() and os_xml_get_u64(), RANGE.
 */
enum os_err config_read(struct config *config, const char *text, size_t size) OS_MUST_CHECK;

#endif
