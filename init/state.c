/* SPDX-License-Identifier: BSD-2-Clause */
/* Reports the state of the children, and complains once while that fails. */

#include "state.h"

#include <report/report.h>

enum { SIZE_MAX_BYTES = 16 << 20 };

static struct os_xml_report report = { .name = "state", .limit = SIZE_MAX_BYTES };
static bool failed; /* told, and told anew only after it has worked again */

static void write(struct os_xml_writer *writer, void *context)
{
	os_sandbox_report(context, writer);
}

void state_changed(struct os_sandbox *sandbox)
{
	enum os_err err;

	report.env = sandbox->env;
	if (!os_sandbox_report_wanted(sandbox)) {
		os_xml_report_close(&report);
		return;
	}
	err = os_xml_report(&report, write, sandbox);
	if (err && !failed)
		os_warning(sandbox->env, "state report: %s", os_err_text(err));
	failed = err;
}
