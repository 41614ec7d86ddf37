/* SPDX-License-Identifier: BSD-2-Clause */
/* Reports written as XML, in memory that grows with them, to whichever server there is. */

#ifndef REPORT_REPORT_H
#define REPORT_REPORT_H

#include <osier/report.h>
#include <xml/writer.h>

/** Writes a document, the same each time it is called in a row; `context` is its own. */
typedef void (*os_xml_write)(struct os_xml_writer *writer, void *context);

/**
 * Have `write` write into memory of `alloc` that is as large as needed, at most `limit` bytes.
 * `*text` of `*size` bytes is where to begin, replaced where it is too small; NULL and 0: nowhere
 * yet. It is the caller's also when this fails. `*length` is that of the document, without the NUL
 * behind it. Errors: TOO_LONG (for `limit`), OUT_OF_RAM, OUT_OF_CAPS, those of
 * os_xml_writer_finish().
 */
enum os_err os_xml_write_text(struct os_alloc *alloc, size_t limit, os_xml_write write,
                              void *context, char **text, size_t *size,
                              size_t *length) OS_MUST_CHECK;

/** A report of one name; set the first three, the rest is zero. */
struct os_xml_report {
	struct os_env *env;
	const char *name;
	size_t limit; /* bytes of a report */
	struct os_report report;
	char *text;
	size_t size;
};

/**
 * Report what `write` writes. The session is opened for the first report, and anew where its server
 * has gone. Blocks as os_report_submit() does. Errors: of os_xml_write_text(), os_report_open() and
 * os_report_submit(); the report before stays.
 */
enum os_err os_xml_report(struct os_xml_report *report, os_xml_write write,
                          void *context) OS_MUST_CHECK;

/** Close the session, and free the memory; it may be used again. */
void os_xml_report_close(struct os_xml_report *report);

#endif
