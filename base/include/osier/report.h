/* SPDX-License-Identifier: BSD-2-Clause */
/* Reports: how a component tells others of its state. */

#ifndef OSIER_REPORT_H
#define OSIER_REPORT_H

#include <api/report.h>
#include <osier/session.h>

/*
 *   struct os_report report;
 *
 *   err = os_report_open(&report, env, "state", 4096);
 *   ...
 *   os_xml_writer_init(&writer, text, sizeof(text));       (lib/xml; or any other text)
 *   ...
 *   if (!(err = os_xml_writer_finish(&writer, &length)))
 *           err = os_report_submit(&report, text, length);
 *
 * Who sees the report is not the reporter's business: its parent routes the session, and the
 * server (server/report_rom) has a policy. lib/report writes XML into memory that grows with it.
 */

/** An open Report session; zero is closed. */
struct os_report {
	struct os_session session;
	struct report_cap cap;
	size_t size; /* bytes that a report may have until the session has to grow */
};

/**
 * Open a Report session; `name` is the last element of its label. The server's memory for reports
 * of `size` bytes (0: grows with the first) is donated. Errors: those of os_session_open(); RANGE:
 * more than the server permits.
 */
enum os_err os_report_open(struct os_report *report, struct os_env *env, const char *name,
                           size_t size) OS_MUST_CHECK;

/** Close; the server gives the donation back, and withdraws the report. Zero is accepted. */
void os_report_close(struct os_report *report);

/**
 * Make the `length` bytes at `content` the current report; nobody ever sees a part of it, or parts
 * of two. What exceeds the size so far is donated for. Blocks on the server, once for each 960
 * bytes and once more. On an error the report before stays the current one. Errors: GONE, RANGE
 * (more than the server permits), OUT_OF_RAM, OUT_OF_CAPS, LIMIT, CANCELLED.
 */
enum os_err os_report_submit(struct os_report *report, const void *content,
                             size_t length) OS_MUST_CHECK;

#endif
