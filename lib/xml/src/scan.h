/* SPDX-License-Identifier: BSD-2-Clause */
/* Characters, names and references of XML, shared by parser, accessors and writer. */

#ifndef XML_SRC_SCAN_H
#define XML_SRC_SCAN_H

#include <osier/types.h>

/** Production Char of XML 1.0: may this character stand in a document? */
bool xml_is_char(uint32_t code);

/** The end of the name at `pos` (production Name of XML 1.0, fifth edition); `pos` if there is
 * none. */
const char *xml_name_end(const char *pos, const char *end);

/**
 * The reference at *pos, which is at "&": a predefined entity or a legal character by its number.
 * Steps behind it and returns its character; false, with *pos as before, if there is none.
 */
bool xml_reference(const char **pos, const char *end, uint32_t *code);

static inline bool xml_is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/** True if the bytes at `pos` start with `text`. */
static inline bool xml_starts_with(const char *pos, const char *end, const char *text)
{
	for (; *text; pos++, text++)
		if (pos == end || *pos != *text)
			return false;
	return true;
}

#endif
