/* SPDX-License-Identifier: BSD-2-Clause */
/* Well-formed, indented XML written into a buffer of the caller: reports and generated configs. */

#ifndef XML_WRITER_H
#define XML_WRITER_H

#include <xml/xml.h>

/**
 * Usage: init, then begin/attribute/text/end in the order of the document, then finish. The first
 * error sticks and is what finish returns, so that no call between needs a check. Calls out of
 * order (an attribute after content, a second root, an invalid or duplicate name) are such an
 * error.
 */
struct os_xml_writer {
	char *buf; /* the caller's */
	size_t size;
	size_t length;
	enum os_err err;
	uint32_t depth; /* elements open */
	bool tag_open;  /* the innermost element's start tag may take attributes */
	bool root_done;
	bool copied; /* parts come from os_xml_writer_node() */
	struct {
		size_t name;   /* offset of its name in `buf` */
		bool elements; /* it has child elements */
		bool text;     /* it has text, hence takes no indentation */
	} open[OS_XML_DEPTH_MAX];
};

/** Write into `buf`, which must outlive the writer; `size` bytes, including a NUL at the end. */
void os_xml_writer_init(struct os_xml_writer *writer, char *buf, size_t size);

/** Start an element within the innermost open one. */
void os_xml_writer_begin(struct os_xml_writer *writer, const char *type);

/**
 * Add an attribute to the element just begun. Bytes of the value that XML cannot carry (control
 * characters, invalid UTF-8) become U+FFFD each: a foreign name cannot break a report.
 */
void os_xml_writer_attribute(struct os_xml_writer *writer, const char *name, const char *value);
void os_xml_writer_attribute_u64(struct os_xml_writer *writer, const char *name, uint64_t value);
void os_xml_writer_attribute_i64(struct os_xml_writer *writer, const char *name, int64_t value);
void os_xml_writer_attribute_hex(struct os_xml_writer *writer, const char *name, uint64_t value);
void os_xml_writer_attribute_bool(struct os_xml_writer *writer, const char *name, bool value);

/** Add `length` bytes of text, escaped; treated like an attribute's value. */
void os_xml_writer_text(struct os_xml_writer *writer, const char *text, size_t length);

/** Add a copy of a parsed element, as it stands in its document. */
void os_xml_writer_node(struct os_xml_writer *writer, struct os_xml node);

/** End the innermost open element. */
void os_xml_writer_end(struct os_xml_writer *writer);

/**
 * Complete the document; `length` (may be NULL) without the NUL. On an error the buffer holds "".
 * Errors: TOO_LONG (the buffer is too small), LIMIT (too deep), INVALID (calls out of order, an
 * element left open, no element at all).
 */
enum os_err os_xml_writer_finish(struct os_xml_writer *writer, size_t *length) OS_MUST_CHECK;

#endif
