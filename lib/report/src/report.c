/* SPDX-License-Identifier: BSD-2-Clause */
/* XML reports: written, and written again into twice the memory, until they fit. */

#include <report/report.h>

enum { SIZE_MIN = 4096 };

static enum os_err grow(struct os_alloc *alloc, size_t limit, char **text, size_t *size)
{
	const size_t larger = *size ? OS_MIN(*size * 2, limit) : OS_MIN((size_t)SIZE_MIN, limit);
	void *memory;
	enum os_err err;

	if (larger <= *size)
		return OS_ERR_TOO_LONG;
	if ((err = os_alloc(alloc, larger, &memory)))
		return err;
	os_free(alloc, *text, *size);
	*text = memory;
	*size = larger;
	return OS_OK;
}

enum os_err os_xml_write_text(struct os_alloc *alloc, size_t limit, os_xml_write write,
                              void *context, char **text, size_t *size, size_t *length)
{
	struct os_xml_writer writer;
	enum os_err err;

	if (!*size && (err = grow(alloc, limit, text, size)))
		return err;
	for (;;) {
		os_xml_writer_init(&writer, *text, *size);
		write(&writer, context);
		err = os_xml_writer_finish(&writer, length);
		if (err != OS_ERR_TOO_LONG || (err = grow(alloc, limit, text, size)))
			return err;
	}
}

enum os_err os_xml_report(struct os_xml_report *report, os_xml_write write, void *context)
{
	size_t length;
	enum os_err err;

	if ((err = os_xml_write_text(report->env->heap, report->limit, write, context,
	                             &report->text, &report->size, &length)))
		return err;
	if (!report->report.session.env &&
	    (err = os_report_open(&report->report, report->env, report->name, length)))
		return err;
	if ((err = os_report_submit(&report->report, report->text, length)) == OS_ERR_GONE)
		os_report_close(&report->report); /* there may be a new server next time */
	return err;
}

void os_xml_report_close(struct os_xml_report *report)
{
	os_report_close(&report->report);
	if (report->env)
		os_free(report->env->heap, report->text, report->size);
	report->text = NULL;
	report->size = 0;
}
