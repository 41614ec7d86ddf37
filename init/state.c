/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes the state into a buffer that grows as needed, and hands it to a Report session. */

#include "state.h"

#include <osier/report.h>

enum { SIZE_FIRST = 4096, SIZE_MAX_BYTES = 16 << 20 };

static struct os_report report;
static char *buffer;
static size_t size;
static bool failed; /* told, and told anew only after it has worked again */

static void tell(struct os_env *env, const char *what, enum os_err err)
{
	if (!failed)
		os_warning(env, "state report: %s: %s", what, os_err_text(err));
	failed = true;
}

static enum os_err grow(struct os_env *env)
{
	const size_t larger = size ? size * 2 : SIZE_FIRST;
	void *memory;
	enum os_err err;

	if (larger > SIZE_MAX_BYTES)
		return OS_ERR_TOO_LONG;
	if ((err = os_alloc(env->heap, larger, &memory)))
		return err;
	if (buffer)
		os_free(env->heap, buffer, size);
	buffer = memory;
	size = larger;
	return OS_OK;
}

static enum os_err write_state(struct os_sandbox *sandbox, size_t *length)
{
	struct os_xml_writer writer;
	enum os_err err;

	if (!buffer && (err = grow(sandbox->env)))
		return err;
	for (;;) {
		os_xml_writer_init(&writer, buffer, size);
		os_sandbox_report(sandbox, &writer);
		err = os_xml_writer_finish(&writer, length);
		if (err != OS_ERR_TOO_LONG || (err = grow(sandbox->env)))
			return err;
	}
}

void state_changed(struct os_sandbox *sandbox)
{
	struct os_env *env = sandbox->env;
	size_t length;
	enum os_err err;

	if (!os_sandbox_report_wanted(sandbox)) {
		os_report_close(&report);
		return;
	}
	if (!report.session.env && (err = os_report_open(&report, env, "state", 0))) {
		tell(env, "no Report session", err);
		return;
	}
	if ((err = write_state(sandbox, &length))) {
		tell(env, "it cannot be written", err);
		return;
	}
	if ((err = os_report_submit(&report, buffer, length))) {
		tell(env, "it is not taken", err);
		if (err == OS_ERR_GONE)
			os_report_close(&report); /* there may be a new server next time */
		return;
	}
	failed = false;
}
