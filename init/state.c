/* SPDX-License-Identifier: BSD-2-Clause */
/* Reports the state of the children, and complains once while that fails. */

#include "state.h"

#include <report/report.h>

#include "child_report.h"

enum { SIZE_MAX_BYTES = 16 << 20, NAME_SIZE = 64 };

static struct os_xml_report report = { .name = "state", .limit = SIZE_MAX_BYTES };
static bool failed; /* told, and told anew only after it has worked again */

static void write(struct os_xml_writer *writer, void *context)
{
	os_sandbox_report(context, writer);
}

void state_changed(struct os_sandbox *sandbox)
{
	char child[NAME_SIZE];
	const bool wanted = os_sandbox_report_wanted(sandbox),
	           ours = os_sandbox_own_route(sandbox, REPORT_SERVICE, child, sizeof(child));
	enum os_err err;

	report.env = sandbox->env;
	if (!wanted || ours)
		os_xml_report_close(&report);
	if (!wanted || !ours)
		child_report_close();
	if (!wanted)
		return;
	err = ours ? child_report(sandbox, child, write) : os_xml_report(&report, write, sandbox);
	if (err && !failed)
		os_warning(sandbox->env, "state report: %s", os_err_text(err));
	failed = err;
}
