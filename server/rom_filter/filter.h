/* SPDX-License-Identifier: BSD-2-Clause */
/* The filter itself: from the config and the content of the inputs to the text of an output. Pure.
 */

#ifndef ROM_FILTER_FILTER_H
#define ROM_FILTER_FILTER_H

#include <xml/writer.h>
#include <xml/xml.h>

enum {
	FILTER_NAME_MAX = 64,   /* bytes of the name of an input, output, ROM module or element */
	FILTER_VALUE_MAX = 512, /* bytes of an input's value, and of an attribute of the output */
	FILTER_TEXT_MAX = 200,  /* bytes of a message */
};

/** What the filter works on. */
struct filter {
	struct os_xml config;
	/** The root of the content of ROM module `rom`; the empty node if there is none. */
	struct os_xml (*content)(struct filter *filter, const char *rom);
};

/**
 * Whether all elements of `config` are known and name inputs that are there. If not, `text` of
 * FILTER_TEXT_MAX bytes tells what is wrong, and `line` where.
 */
bool filter_check(struct os_xml config, char *text, uint32_t *line);

/** The name of the ROM module that the element <input> is about. Errors: NOT_FOUND, TOO_LONG. */
enum os_err filter_rom(struct os_xml input, char *rom, size_t size) OS_MUST_CHECK;

/**
 * The value of the input `name`: that of its attribute, or its default. NOT_FOUND: it has none now;
 * TOO_LONG: it has more than FILTER_VALUE_MAX - 1 bytes. `value` is "" then.
 */
enum os_err filter_value(struct filter *filter, const char *name,
                         char value[FILTER_VALUE_MAX]) OS_MUST_CHECK;

/** Write what `output`, an <output> of the config that was checked, says. Ask `writer` for errors.
 */
void filter_write(struct filter *filter, struct os_xml output, struct os_xml_writer *writer);

#endif
