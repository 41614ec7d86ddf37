/* SPDX-License-Identifier: BSD-2-Clause */
/* LOG sessions: labelled lines, at a bounded rate; and core's own messages. */

#include "core.h"
#include <osier/format.h>
#include <osier/string.h>

/*
 * A session has credit in microseconds of time, of which each line costs LINE_US. One that has used
 * it up is silent until half of the credit is back, so that it is told about once per burst.
 */
enum {
	LINE_US = 1000,
	CREDIT_MAX_US = 2000 * LINE_US,
	LINE_MAX = 512,
};

struct log_session {
	struct object object;
	struct log_server rpc;
	char label[OS_LABEL_MAX];
	uint64_t credit_us, last_us;
	uint64_t dropped; /* lines, since the session fell silent; 0: it has not */
};

/* ------------------------------------------------------------------ lines */

/* One line in one piece, so that lines of different origin never mix. */
static void print_line(const char *label, const char *text, size_t length)
{
	char line[OS_LABEL_MAX + LINE_MAX + sizeof("[] \n")];
	size_t at = os_format(line, sizeof(line), "[%s] ", label);

	length = OS_MIN(length, sizeof(line) - at - 1);
	for (size_t i = 0; i < length; i++) {
		const unsigned char c = (unsigned char)text[i];

		/* nothing that moves the terminal's cursor; colours neither */
		line[at++] = (c < ' ' && c != '\t') || c == 0x7f ? '?' : text[i];
	}
	line[at++] = '\n';
	platform_log(line, at);
	log_history_add(line, at);
}

void core_log_lines(const char *label, const char *text)
{
	for (;;) {
		size_t length = 0;

		while (text[length] && text[length] != '\n')
			length++;
		print_line(label, text, length);
		if (!text[length])
			return;
		text += length + 1;
	}
}

void core_log(const char *format, ...)
{
	char text[LINE_MAX];
	va_list args;

	va_start(args, format);
	os_vformat(text, sizeof(text), format, args);
	va_end(args);
	core_log_lines("core", text);
}

/* ------------------------------------------------------------------ sessions */

static uint64_t count_lines(const char *text)
{
	uint64_t lines = 1;

	for (; *text; text++)
		lines += *text == '\n';
	return lines;
}

static void report_dropped(struct log_session *session)
{
	if (session->dropped)
		core_log("LOG: %llu lines of \"%s\" were dropped",
		         (unsigned long long)session->dropped, session->label);
	session->dropped = 0;
}

/* True if the session may print `lines` now; tells what has become of those that it may not. */
static bool pay(struct log_session *session, uint64_t lines)
{
	const uint64_t now = platform_clock_us(), passed = now - session->last_us;

	session->last_us = now;
	session->credit_us =
	        OS_MIN(CREDIT_MAX_US - session->credit_us, passed) + session->credit_us;
	if (session->dropped && session->credit_us >= CREDIT_MAX_US / 2)
		report_dropped(session);
	if (!session->dropped && session->credit_us >= lines * LINE_US) {
		session->credit_us -= lines * LINE_US;
		return true;
	}
	if (!session->dropped)
		core_log("LOG: \"%s\" writes too fast, lines are dropped", session->label);
	session->dropped += lines;
	return false;
}

static enum os_err write(struct log_server *rpc, const char *text)
{
	struct log_session *session = container_of(rpc, struct log_session, rpc);

	if (pay(session, count_lines(text)))
		core_log_lines(session->label, text);
	return OS_OK;
}

static const struct log_ops ops = { .write = write };

static void destroy(struct object *object)
{
	report_dropped(container_of(object, struct log_session, object));
}

enum os_err log_session_create(const struct session_request *request, struct object **out)
{
	struct log_session *session;
	enum os_err err;

	if ((err = object_create(sizeof(*session), OBJECT_LOG, LOG_TYPE, request->account, 0,
	                         destroy, out)))
		return err;
	session = container_of(*out, struct log_session, object);
	if ((err = os_str_copy(session->label, sizeof(session->label), request->label))) {
		object_destroy(*out);
		return err;
	}
	session->rpc.ops = &ops;
	object_serve(&session->object, &session->rpc.object, log_dispatch);
	session->credit_us = CREDIT_MAX_US;
	session->last_us = platform_clock_us();
	return OS_OK;
}
