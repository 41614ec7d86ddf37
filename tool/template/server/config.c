/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads the config: pure, so that a host test covers it. */

#include <xml/xml.h>

#include "config.h"

enum os_err config_read(struct config *config, const char *text, size_t size)
{
	struct os_xml root;
	uint64_t limit;
	enum os_err err;

	*config = (struct config){ .limit = UINT32_MAX };
	if ((err = os_xml_parse(text, size, &root, NULL)))
		return err;
	if (!os_xml_has(root, "limit"))
		return OS_OK;
	if ((err = os_xml_get_u64(root, "limit", &limit)))
		return err;
	if (limit > UINT32_MAX)
		return OS_ERR_RANGE;
	config->limit = (uint32_t)limit;
	return OS_OK;
}
