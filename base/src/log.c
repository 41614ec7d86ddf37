/* SPDX-License-Identifier: BSD-2-Clause */
/* Formatted lines to the LOG session, which is opened for the first of them. */

#include <api/log.h>
#include <osier/format.h>
#include <osier/session.h>
#include <osier/string.h>
#include "runtime.h"

enum { LINE_MAX = 500 }; /* bytes */

static const char ellipsis[] = "…";

static struct os_mutex lock; /* guards the three below */
static struct os_session session;
static struct log_cap target;
static bool tried;

/* The session; empty if there is none, which is not tried again for each line. */
static struct log_cap log_session(struct os_env *env)
{
	os_mutex_lock(&lock);
	if (!tried) {
		tried = true;
		if (log_open(&session, env, NULL, &target))
			os_platform->debug("no LOG session");
	}
	os_mutex_unlock(&lock);
	return target;
}

/* End a line of more than LINE_MAX bytes with an ellipsis, not within a character. */
static void line_cut(char *line)
{
	size_t end = LINE_MAX - (sizeof(ellipsis) - 1);

	while (end && ((unsigned char)line[end] & 0xc0) == 0x80)
		end--;
	memcpy(line + end, ellipsis, sizeof(ellipsis));
}

static void line_write(struct os_env *env, const char *prefix, const char *format, va_list args)
{
	char line[LINE_MAX + 2];
	const size_t start = strlen(prefix);
	struct log_cap to;

	memcpy(line, prefix, start);
	if (start + os_vformat(line + start, sizeof(line) - start, format, args) > LINE_MAX)
		line_cut(line);
	to = log_session(env);
	if (!os_cap_valid(to.cap) || log_write(to, line))
		os_platform->debug(line);
}

void os_log(struct os_env *env, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	line_write(env, "", format, args);
	va_end(args);
}

void os_warning(struct os_env *env, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	line_write(env, "warning: ", format, args);
	va_end(args);
}

void os_error(struct os_env *env, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	line_write(env, "error: ", format, args);
	va_end(args);
}
