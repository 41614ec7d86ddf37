/* SPDX-License-Identifier: BSD-2-Clause */
/* XML read in place: one pass checks the whole document, after that no accessor can fail. */

#ifndef XML_XML_H
#define XML_XML_H

/*
 * The subset of XML 1.0 that configs and reports need: elements, attributes, text, comments, CDATA,
 * processing instructions (skipped), the five predefined entities, character references, an XML
 * declaration (version 1.x, UTF-8). There are no DTDs, and namespaces are not interpreted.
 *
 * Nothing is allocated or copied; nodes point into the document, which must stay where it is while
 * they are used. Should it change meanwhile (memory shared with a hostile peer), what accessors
 * return is arbitrary, but they never read outside of the document. No function blocks.
 */

#include <osier/err.h>
#include <osier/types.h>

enum {
	OS_XML_DEPTH_MAX = 64,      /* elements within each other, the root included */
	OS_XML_ATTRIBUTES_MAX = 64, /* of one element */
	OS_XML_NUMBER_MAX = 64,     /* bytes of a number's or boolean's text, including NUL */
};

/** An element. Zero is the empty node: it has no type, no attributes and no content. */
struct os_xml {
	const char *start;    /* the "<" of its start tag */
	size_t size;          /* bytes up to and including the ">" of its end */
	const char *document; /* where the document starts and ends */
	const char *document_end;
};

/** Where a document is wrong, and why. */
struct os_xml_error {
	uint32_t line;   /* from 1 */
	uint32_t column; /* in characters, from 1 */
	char text[96];   /* one line, "expected …, got …" */
};

/** An attribute as it stands in the document. */
struct os_xml_attribute {
	const char *name;
	size_t name_length;
	const char *value; /* between the quotes, not decoded */
	size_t value_length;
	const char *end; /* of the element */
};

/**
 * Check the document of `size` bytes at `text` and return its root element. NULs at the end are
 * taken for padding. Takes time linear in `size`, whatever the content.
 * On an error *root is empty, and `error` (may be NULL) tells the place.
 * Errors: SYNTAX, UNSUPPORTED (DTD, an encoding other than UTF-8, a version other than 1.x), LIMIT
 * (too deep, too many attributes).
 */
enum os_err os_xml_parse(const char *text, size_t size, struct os_xml *root,
                         struct os_xml_error *error) OS_MUST_CHECK;

/* ---------------------------------------------------------------- nodes */

/** False for the empty node. */
bool os_xml_valid(struct os_xml node);

/** The element's name, not NUL-terminated; "" of an empty node. */
void os_xml_type(struct os_xml node, const char **type, size_t *length);

/** True if the element's name is `type`. */
bool os_xml_type_is(struct os_xml node, const char *type);

/** The line of the start tag in the document, from 1; 0 of an empty node. Counts from the start. */
uint32_t os_xml_line(struct os_xml node);

/** The first child element named `type` (NULL: any), or the empty node. */
struct os_xml os_xml_first(struct os_xml node, const char *type);

/** The next sibling named `type` (NULL: any), or the empty node. */
struct os_xml os_xml_next(struct os_xml node, const char *type);

/** The number of child elements named `type` (NULL: any). */
size_t os_xml_count(struct os_xml node, const char *type);

/** Run the following statement for each child of `node` named `type` (NULL: any). */
#define OS_XML_FOR_EACH(child, node, type)                                            \
	for (struct os_xml child = os_xml_first((node), (type)); os_xml_valid(child); \
	     child = os_xml_next(child, (type)))

/* ----------------------------------------------------------- attributes */

/** True if the attribute is there. */
bool os_xml_has(struct os_xml node, const char *name);

/** True if the attribute is there and its decoded value is `value`. */
bool os_xml_equal(struct os_xml node, const char *name, const char *value);

/**
 * The decoded value, NUL-terminated in `buf` of `size` bytes; never cut. On an error `buf` holds
 * "". Errors: NOT_FOUND, TOO_LONG.
 */
enum os_err os_xml_string(struct os_xml node, const char *name, char *buf,
                          size_t size) OS_MUST_CHECK;

/**
 * Values that must be right: yes/no, true/false, on/off, 1/0; unsigned numbers, decimal or with 0x;
 * sizes in bytes, also as 4K, 5M, 1G (binary); signed numbers. On an error *value is unchanged.
 * Errors: NOT_FOUND, SYNTAX (not such a value), RANGE (does not fit).
 */
enum os_err os_xml_get_bool(struct os_xml node, const char *name, bool *value) OS_MUST_CHECK;
enum os_err os_xml_get_u64(struct os_xml node, const char *name, uint64_t *value) OS_MUST_CHECK;
enum os_err os_xml_get_size(struct os_xml node, const char *name, uint64_t *value) OS_MUST_CHECK;
enum os_err os_xml_get_i64(struct os_xml node, const char *name, int64_t *value) OS_MUST_CHECK;

/** The same where anything else means the default: `value` if absent or malformed. */
bool os_xml_bool(struct os_xml node, const char *name, bool value);
uint64_t os_xml_u64(struct os_xml node, const char *name, uint64_t value);
uint64_t os_xml_size(struct os_xml node, const char *name, uint64_t value);
int64_t os_xml_i64(struct os_xml node, const char *name, int64_t value);

/** The node's first attribute; false: it has none. */
bool os_xml_attribute_first(struct os_xml node, struct os_xml_attribute *attribute);

/** The one after, in place; false: there is none, and *attribute is as before. */
bool os_xml_attribute_next(struct os_xml_attribute *attribute);

/** Its decoded value, as os_xml_string() gives it. Errors: TOO_LONG. */
enum os_err os_xml_attribute_string(const struct os_xml_attribute *attribute, char *buf,
                                    size_t size) OS_MUST_CHECK;

/* -------------------------------------------------------------- content */

/** The whole element as it stands in the document; "" of an empty node. */
void os_xml_text(struct os_xml node, const char **text, size_t *length);

/** What is between start and end tag as it stands in the document; "" where there is nothing. */
void os_xml_content(struct os_xml node, const char **text, size_t *length);

/**
 * The element's own text, decoded and NUL-terminated in `buf` of `size` bytes; `length` (may be
 * NULL) without the NUL. Text of child elements is not part of it; CDATA is. Never cut: on an error
 * `buf` holds "". Errors: TOO_LONG.
 */
enum os_err os_xml_copy_text(struct os_xml node, char *buf, size_t size,
                             size_t *length) OS_MUST_CHECK;

#endif
