/* SPDX-License-Identifier: BSD-2-Clause */
/* The config of @name@, as values. */

#ifndef @NAME@_CONFIG_H
#define @NAME@_CONFIG_H

#include <osier/err.h>
#include <osier/types.h>

struct config {
	char greeting[64];
};

/**
 * Read the config of `size` bytes at `text`; what it does not say gets its default.
 * Errors: those of os_xml_parse(), TOO_LONG.
 */
enum os_err config_read(struct config *config, const char *text, size_t size) OS_MUST_CHECK;

#endif
