/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads the config: pure, so that a host test covers it. */

#include <xml/xml.h>

#include "config.h"

enum os_err config_read(struct config *config, const char *text, size_t size)
{
	struct os_xml root;
	enum os_err err;

	*config = (struct config){ .greeting = "hello" };
	if ((err = os_xml_parse(text, size, &root, NULL)))
		return err;
	if (!os_xml_has(root, "greeting"))
		return OS_OK;
	return os_xml_string(root, "greeting", config->greeting, sizeof(config->greeting));
}
