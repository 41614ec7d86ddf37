/* SPDX-License-Identifier: BSD-2-Clause */
/* Reports to a child: written by the entrypoint, sent by a thread. */

#include "child_report.h"

#include <api/report.h>
#include <osier/string.h>

#include "child_session.h"

enum { PIECE_MAX = REPORT_WRITE_DATA_SIZE, LENGTH_MAX = 16 << 20 };

static struct {
	struct child_session session;
	os_xml_write write;
	uint64_t donated; /* bytes that a report may have */
	bool due;         /* something has changed since the text was written */
} self;

/* The thread's while it is busy. */
static struct {
	struct report_cap report;
	char *text;
	size_t size, length;
	uint64_t resize; /* to be told to the child; 0: nothing */
	enum os_err err;
} job;

/* ------------------------------------------------------------------ the thread */

static enum os_err submit(void)
{
	size_t at = 0;
	enum os_err err;

	do {
		const size_t piece = OS_MIN(job.length - at, (size_t)PIECE_MAX);

		if ((err = report_write(job.report, at, job.text + at, piece)))
			return err;
		at += piece;
	} while (at < job.length);
	return report_submit(job.report, job.length);
}

static void work(struct caller *caller)
{
	(void)caller;
	job.err = job.resize ? report_resize(job.report, job.resize) : OS_OK;
	if (!job.err)
		job.err = submit();
}

/* ------------------------------------------------------------------ reporting */

static enum os_err write_text(void)
{
	self.due = false;
	return os_xml_write_text(self.session.sandbox->env->heap, LENGTH_MAX, self.write,
	                         self.session.sandbox, &job.text, &job.size, &job.length);
}

/* The server keeps two reports. */
static uint64_t donation(uint64_t size)
{
	return 2 * os_align_up(size, OS_PAGE_SIZE);
}

static enum os_err grow(void)
{
	const uint64_t more = donation(job.length) - donation(self.donated);
	enum os_err err;

	job.resize = 0;
	if (job.length <= self.donated)
		return OS_OK;
	if (more &&
	    (err = os_sandbox_session_upgrade(&self.session.client, (struct os_quota){ more, 0 })))
		return err;
	self.donated = job.resize = os_align_up(job.length, OS_PAGE_SIZE);
	return OS_OK;
}

static enum os_err send(void)
{
	enum os_err err;

	if (!child_session_is_open(&self.session) || self.session.caller.busy)
		return OS_OK; /* later */
	if (!(err = write_text()) && !(err = grow()))
		caller_ask(&self.session.caller);
	return err;
}

static void tell(enum os_err err)
{
	if (err)
		os_warning(self.session.sandbox->env, "state report to child \"%s\": %s",
		           self.session.child, os_err_text(err));
}

static void done(struct caller *caller)
{
	(void)caller;
	if (job.err && job.err != OS_ERR_GONE)
		tell(job.err);
	if (self.due)
		tell(send());
}

/* ------------------------------------------------------------------ the session */

static enum os_err opened(struct child_session *session)
{
	job.report.cap = session->client.cap;
	self.donated = OS_PAGE_SIZE;
	return send();
}

static void failed(struct child_session *session, enum os_err err)
{
	(void)session;
	tell(err);
}

static enum os_err open_session(struct os_sandbox *sandbox, const char *child)
{
	static struct report_args_wire wire;
	enum os_err err;

	if ((err = report_args_encode(&wire, OS_PAGE_SIZE)))
		return err;
	self.session = (struct child_session){
		.args = { .service = REPORT_SERVICE,
		          .label = "state",
		          .args = &wire,
		          .args_size = sizeof(wire),
		          .ram = REPORT_RAM + donation(OS_PAGE_SIZE),
		          .caps = REPORT_CAPS,
		          .type = REPORT_TYPE },
		.opened = opened,
		.failed = failed,
		.caller = { .work = work, .done = done },
	};
	return child_session_open(&self.session, sandbox, child);
}

void child_report_close(void)
{
	struct os_sandbox *const sandbox = self.session.sandbox;

	if (!sandbox)
		return;
	child_session_close(&self.session);
	os_free(sandbox->env->heap, job.text, job.size);
	job.text = NULL;
	job.size = 0;
}

enum os_err child_report(struct os_sandbox *sandbox, const char *child, os_xml_write write)
{
	enum os_err err;

	/* one that has failed is tried again: the child may be another one by now */
	if (self.session.failure || !child_session_is_with(&self.session, child))
		child_report_close();
	self.write = write;
	self.due = true;
	if (!self.session.sandbox && (err = open_session(sandbox, child)))
		return err;
	return self.session.failure ? self.session.failure : send();
}
