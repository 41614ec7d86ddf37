/* SPDX-License-Identifier: BSD-2-Clause */
/* Reports to a Report session with one of init's own children. */

#ifndef INIT_CHILD_REPORT_H
#define INIT_CHILD_REPORT_H

#include <report/report.h>
#include <sandbox/sandbox.h>

/*
 * Have the child of that name told what `write` writes, now or, if it is not there or busy with the
 * report before, as soon as it can be; then `write` runs once more. Another name than before is
 * another session. Never waits for the child. Errors: of os_xml_write_text() and
 * os_sandbox_session_open(), and why the session has failed.
 */
enum os_err child_report(struct os_sandbox *sandbox, const char *child,
                         os_xml_write write) OS_MUST_CHECK;

/* There is nothing more to report. */
void child_report_close(void);

#endif
