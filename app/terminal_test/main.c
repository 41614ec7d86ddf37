/* SPDX-License-Identifier: BSD-2-Clause */
/* terminal_test: obeys commands that are typed, some of which are bad manners. */

#include <osier/env.h>
#include <osier/format.h>
#include <osier/string.h>
#include <terminal/terminal.h>

enum { LINE_SIZE = 80, OUTPUT_SIZE = 4096, FLOOD_LINE = 64, DEAF_MAX = 4096 };

static struct {
	struct os_env *env;
	struct os_terminal terminal;
	struct os_signal_handler input, room, size, connected;
	char line[LINE_SIZE];
	size_t length;
	char output[OUTPUT_SIZE]; /* to be written */
	size_t output_size;
	uint64_t flood; /* bytes still to be written */
	uint64_t flooded;
	bool deaf; /* does not read any more; and crashes with DEAF_MAX bytes unread */
} test;

/* What does not fit is lost: who types more than is shown gets no more answers. */
static void print(const char *text)
{
	const size_t size = OS_MIN(strlen(text), OUTPUT_SIZE - test.output_size);

	memcpy(test.output + test.output_size, text, size);
	test.output_size += size;
}

/* True: all of it has been taken. */
static bool write_out(const char *bytes, size_t size, size_t *count)
{
	const enum os_err err = os_terminal_write(&test.terminal, bytes, size, count);

	if (err)
		os_error(test.env, "cannot write: %s", os_err_text(err));
	return !err && *count == size;
}

/* Lines of 62 digits, so that what is missing shows. */
static bool flood_out(void)
{
	static char text[FLOOD_LINE * 16];
	size_t count;

	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (char)('0' + i / FLOOD_LINE % 10);
	for (size_t i = FLOOD_LINE; i <= sizeof(text); i += FLOOD_LINE) {
		text[i - 2] = '\r';
		text[i - 1] = '\n';
	}
	while (test.flood) {
		const size_t at = test.flooded % sizeof(text);
		const size_t size = OS_MIN(sizeof(text) - at, test.flood);
		const bool all = write_out(text + at, size, &count);

		test.flooded += count;
		test.flood -= count;
		if (!all)
			return false;
	}
	return true;
}

/* True: nothing is left. */
static bool output_out(void)
{
	size_t count;
	const bool all = write_out(test.output, test.output_size, &count);

	memmove(test.output, test.output + count, test.output_size - count);
	test.output_size -= count;
	return all;
}

static void flush(void)
{
	if (!output_out() || !test.flood || !flood_out())
		return;
	os_log(test.env, "flood of %lu bytes is out", (unsigned long)test.flooded);
	print("> ");
	output_out();
}

/* ------------------------------------------------------------------ commands */

static void tell_size(void)
{
	uint32_t columns = 0, lines = 0;
	char text[40];

	if (terminal_size(test.terminal.cap, &columns, &lines))
		os_error(test.env, "no size");
	os_format(text, sizeof(text), "%ux%u\r\n", columns, lines);
	print(text);
}

/* Write until nobody takes it any more. */
static void stuff(void)
{
	uint64_t total = 0;
	size_t count;
	bool all;

	do {
		all = write_out(test.output, sizeof(test.output), &count);
		total += count;
	} while (all);
	os_log(test.env, "stuffed: no more is taken");
	test.flood = 0;
	OS_ASSERT(total >= count);
}

static void command(void)
{
	static const char flood[] = "flood ";
	uint64_t size;

	if (os_str_equal(test.line, "help")) {
		print("size, flood BYTES, stuff, deaf, crash, quit; all else is repeated\r\n");
	} else if (os_str_equal(test.line, "size")) {
		tell_size();
	} else if (os_str_equal(test.line, "stuff")) {
		stuff();
	} else if (os_str_equal(test.line, "deaf")) {
		test.deaf = true;
		os_log(test.env, "reads no more");
	} else if (os_str_equal(test.line, "crash")) {
		os_log(test.env, "crashes");
		__builtin_trap();
	} else if (os_str_equal(test.line, "quit")) {
		os_terminal_close(&test.terminal);
		os_exit(test.env, 0);
	} else if (memcmp(test.line, flood, sizeof(flood) - 1) == 0 &&
	           os_parse_size(test.line + sizeof(flood) - 1,
	                         strlen(test.line) - sizeof(flood) + 1, &size) == OS_OK) {
		test.flood = size;
		test.flooded = 0;
		return;
	} else {
		print("you typed \"");
		print(test.line);
		print("\"\r\n");
	}
	print("> ");
}

/* A line editor that knows Backspace. What does not fit into the line is not taken. */
static void typed(char c)
{
	const char echo[] = { c, 0 };

	if (c == '\r' || c == '\n') {
		print("\r\n");
		test.line[test.length] = 0;
		test.length = 0;
		command();
	} else if ((c == '\b' || c == 0x7f) && test.length) {
		test.length--;
		print("\b \b");
	} else if (c >= ' ' && c != 0x7f && test.length + 1 < sizeof(test.line)) {
		test.line[test.length++] = c;
		print(echo);
	}
}

/* ------------------------------------------------------------------ signals */

/* A client that does not read, and dies when nothing more can be typed. */
static void deaf_crash(void)
{
	uint32_t size;

	if (terminal_avail(test.terminal.cap, &size) || size < DEAF_MAX)
		return;
	os_log(test.env, "crashes, with %u bytes unread", size);
	__builtin_trap();
}

static void handle_input(struct os_signal_handler *handler, uint64_t signals)
{
	enum os_err err = OS_OK;
	char bytes[64];
	size_t count;

	(void)handler;
	(void)signals;
	if (test.deaf) {
		deaf_crash();
		return;
	}
	do {
		err = os_terminal_read(&test.terminal, bytes, sizeof(bytes), &count);
		for (size_t i = 0; !err && i < count; i++)
			typed(bytes[i]);
	} while (!err && count && !test.deaf);
	if (err)
		os_error(test.env, "cannot read: %s", os_err_text(err));
	else
		flush();
}

static void handle_room(struct os_signal_handler *handler, uint64_t signals)
{
	(void)handler;
	(void)signals;
	flush();
}

static void handle_size(struct os_signal_handler *handler, uint64_t signals)
{
	(void)handler;
	(void)signals;
	print("the size is now ");
	tell_size();
	flush();
}

static void handle_connected(struct os_signal_handler *handler, uint64_t signals)
{
	(void)handler;
	(void)signals;
	os_log(test.env, "connected");
	print("terminal_test: type \"help\"\r\n> ");
	flush();
}

static enum os_err install(void)
{
	const struct terminal_cap cap = test.terminal.cap;
	struct os_ep *const ep = test.env->ep;
	enum os_err err;

	if ((err = os_signal_handler_init(&test.input, ep, handle_input)) ||
	    (err = os_signal_handler_init(&test.room, ep, handle_room)) ||
	    (err = os_signal_handler_init(&test.size, ep, handle_size)) ||
	    (err = os_signal_handler_init(&test.connected, ep, handle_connected)))
		return err;
	if ((err = terminal_read_avail_sigh(cap, test.input.cap)) ||
	    (err = terminal_write_avail_sigh(cap, test.room.cap)) ||
	    (err = terminal_size_changed_sigh(cap, test.size.cap)))
		return err;
	return terminal_connected_sigh(cap, test.connected.cap);
}

enum os_err os_construct(struct os_env *env)
{
	enum os_err err;

	test.env = env;
	if ((err = os_terminal_open(&test.terminal, env, NULL)))
		return err;
	os_log(env, "opened");
	return install();
}
