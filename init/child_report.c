/* SPDX-License-Identifier: BSD-2-Clause */
/* Reports to a child: written by the entrypoint, sent by a thread. */

#include "child_report.h"

#include <api/report.h>
#include <osier/string.h>

#include "caller.h"

enum { PIECE_MAX = REPORT_WRITE_DATA_SIZE, NAME_SIZE = 64, LENGTH_MAX = 16 << 20 };

static struct {
	char child[NAME_SIZE];
	struct os_sandbox *sandbox; /* NULL: there is no session */
	struct os_sandbox_client client;
	struct caller caller;
	os_xml_write write;
	enum os_err failure;
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
	return os_xml_write_text(self.sandbox->env->heap, LENGTH_MAX, self.write, self.sandbox,
	                         &job.text, &job.size, &job.length);
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
	if (more && (err = os_sandbox_session_upgrade(&self.client, (struct os_quota){ more, 0 })))
		return err;
	self.donated = job.resize = os_align_up(job.length, OS_PAGE_SIZE);
	return OS_OK;
}

static enum os_err send(void)
{
	enum os_err err;

	if (self.client.state != PARENT_SESSION_STATE_OPEN || self.caller.busy)
		return OS_OK; /* later */
	if (!(err = write_text()) && !(err = grow()))
		caller_ask(&self.caller);
	return err;
}

static void tell(enum os_err err)
{
	if (err)
		os_warning(self.sandbox->env, "state report to child \"%s\": %s", self.child,
		           os_err_text(err));
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

static enum os_err open_session(void);

static void lose(enum os_err err)
{
	caller_fini(&self.caller);
	os_sandbox_session_close(&self.client);
	self.failure = err;
}

static enum os_err begin(void)
{
	enum os_err err;

	job.report.cap = self.client.cap;
	self.caller.work = work;
	self.caller.done = done;
	if ((err = caller_init(&self.caller, self.sandbox->ep)))
		return err;
	return send();
}

static void changed(struct os_sandbox_client *client)
{
	const enum os_err why = client->err;
	enum os_err err = OS_OK;

	switch (client->state) {
	case PARENT_SESSION_STATE_OPEN:
		err = begin();
		break;
	case PARENT_SESSION_STATE_GONE:
		lose(OS_OK);
		err = open_session();
		break;
	case PARENT_SESSION_STATE_FAILED:
		err = why;
		break;
	default:
		break;
	}
	if (!err)
		return;
	lose(err);
	tell(err);
}

static enum os_err open_session(void)
{
	struct os_session_args args = { .service = REPORT_SERVICE,
		                        .label = "state",
		                        .caps = REPORT_CAPS,
		                        .type = REPORT_TYPE };
	struct report_args_wire wire;
	enum os_err err;

	self.donated = OS_PAGE_SIZE;
	if ((err = report_args_encode(&wire, self.donated)))
		return err;
	args.args = &wire;
	args.args_size = sizeof(wire);
	args.ram = REPORT_RAM + donation(self.donated);
	self.client.changed = changed;
	return os_sandbox_session_open(self.sandbox, self.child, &args, &self.client);
}

void child_report_close(void)
{
	if (!self.sandbox)
		return;
	lose(OS_OK);
	os_free(self.sandbox->env->heap, job.text, job.size);
	job.text = NULL;
	job.size = 0;
	self.sandbox = NULL;
}

enum os_err child_report(struct os_sandbox *sandbox, const char *child, os_xml_write write)
{
	enum os_err err;

	/* one that has failed is tried again: the child may be another one by now */
	if (self.sandbox && (self.failure || !os_str_equal(self.child, child)))
		child_report_close();
	self.write = write;
	self.due = true;
	if (!self.sandbox) {
		if ((err = os_str_copy(self.child, sizeof(self.child), child)))
			return err;
		self.sandbox = sandbox;
		self.failure = open_session();
	}
	return self.failure ? self.failure : send();
}
