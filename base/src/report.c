/* SPDX-License-Identifier: BSD-2-Clause */
/* Report sessions: a text goes to the server piece by piece, and becomes the report as a whole. */

#include <osier/report.h>

enum { PIECE_MAX = REPORT_WRITE_DATA_SIZE };

/* For a session with two buffers of `size` bytes; false if there is no such number. */
static bool donation(uint64_t size, uint64_t *ram)
{
	const uint64_t pages = os_align_up(size, OS_PAGE_SIZE);

	return pages >= size && !__builtin_mul_overflow(pages, 2, ram) &&
	       !__builtin_add_overflow(*ram, REPORT_RAM, ram);
}

enum os_err os_report_open(struct os_report *report, struct os_env *env, const char *name,
                           size_t size)
{
	struct os_session_type type = { .service = REPORT_SERVICE,
		                        .caps = REPORT_CAPS,
		                        .type = REPORT_TYPE };
	struct report_args_wire wire;
	enum os_err err;

	*report = (struct os_report){ 0 };
	if (!donation(size, &type.ram))
		return OS_ERR_RANGE;
	if ((err = report_args_encode(&wire, size)))
		return err;
	err = os_session_open_typed(&report->session, env, &type, name, &wire, sizeof(wire),
	                            &report->cap.cap);
	if (!err)
		report->size = size;
	return err;
}

void os_report_close(struct os_report *report)
{
	os_session_close(&report->session);
	*report = (struct os_report){ 0 };
}

/* What earlier attempts have donated already is not donated again. */
static enum os_err grow(struct os_report *report, size_t length)
{
	const size_t size = os_align_up(length, OS_PAGE_SIZE);
	uint64_t ram;
	enum os_err err;

	if (size < length || !donation(size, &ram))
		return OS_ERR_RANGE;
	if (ram > report->session.ram &&
	    (err = os_session_upgrade(&report->session, ram - report->session.ram, 0)))
		return err;
	if ((err = report_resize(report->cap, size)))
		return err;
	report->size = size;
	return OS_OK;
}

enum os_err os_report_submit(struct os_report *report, const void *content, size_t length)
{
	size_t at = 0;
	enum os_err err;

	if (!report->session.env)
		return OS_ERR_GONE;
	if (length > report->size && (err = grow(report, length)))
		return err;
	do {
		const size_t piece = OS_MIN(length - at, (size_t)PIECE_MAX);

		/* what a server keeps may cost more where capabilities are scarce */
		if ((err = OS_SESSION_CALL(
		             &report->session,
		             report_write(report->cap, at, (const char *)content + at, piece))))
			return err;
		at += piece;
	} while (at < length);
	return report_submit(report->cap, length);
}
