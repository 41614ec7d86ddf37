/* SPDX-License-Identifier: BSD-2-Clause */
/* log_view: shows the log of the whole system on a terminal. */

#include <api/log_history.h>
#include <osier/env.h>
#include <osier/string.h>
#include <terminal/terminal.h>

#include "lines.h"

/*
 *   core --lines--> shown, in colours --as it takes them--> terminal
 *
 * The next lines are fetched when the terminal has taken all before: what core has not kept until
 * then is lost.
 */

enum {
	LINE_LEAST = 4, /* bytes: "[a] ", say */
	SHOWN_MAX = LINES_LOST + LOG_HISTORY_READ_TEXT_SIZE +
	            LOG_HISTORY_READ_TEXT_SIZE / LINE_LEAST * LINES_MORE,
};

static struct os_env *env;
static struct os_session session;
static struct log_history_cap history;
static struct os_terminal terminal;
static struct os_signal_handler more_lines, more_room;
static uint64_t line;
static char shown[SHOWN_MAX];
static size_t size, taken; /* of what is shown */

/* False: there are none, or core cannot be asked. */
static bool fetch(void)
{
	char text[LOG_HISTORY_READ_TEXT_SIZE];
	uint64_t first, next;
	size_t length;

	if (log_history_read(history, line, &first, &next, text, &length))
		return false;
	taken = 0;
	size = first > line ? lines_lost(shown, first - line) : 0;
	size += lines_colour(shown + size, text, length);
	line = next;
	return size;
}

static void go_on(void)
{
	size_t count;
	enum os_err err;

	do {
		while (taken < size) {
			err = os_terminal_write(&terminal, shown + taken, size - taken, &count);
			if (err) {
				os_error(env, "the terminal: %s", os_err_text(err));
				os_exit(env, 1);
			}
			taken += count;
			if (!count)
				return; /* it signals when it takes more */
		}
	} while (fetch());
}

static void handle(struct os_signal_handler *handler, uint64_t count)
{
	(void)handler;
	(void)count;
	go_on();
}

enum os_err os_construct(struct os_env *own)
{
	enum os_err err;

	env = own;
	if ((err = log_history_open(&session, env, NULL, &history))) {
		os_error(env, "no Log_history session: %s", os_err_text(err));
		return err;
	}
	if ((err = os_terminal_open(&terminal, env, NULL)) ||
	    (err = os_signal_handler_init(&more_room, env->ep, handle)) ||
	    (err = os_signal_handler_init(&more_lines, env->ep, handle)) ||
	    (err = terminal_write_avail_sigh(terminal.cap, more_room.cap)))
		return err;
	return log_history_sigh(history, more_lines.cap);
}
