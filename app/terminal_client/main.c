/* SPDX-License-Identifier: BSD-2-Clause */
/* terminal_client: writes a text to a terminal, and logs what is typed. */

#include <config/config.h>
#include <osier/format.h>
#include <osier/string.h>
#include <terminal/terminal.h>

enum { TEXT_MAX = 512, READ_MAX = 64 };

static struct os_env *env;
static struct os_config config;
static struct os_terminal terminal;
static struct os_signal_handler readable, resized;

static bool is_blank(char c)
{
	return c == ' ' || c == '\n' || c == '\t';
}

/* In place: \e, \n, and a backslash at a line's end, behind which the text goes on. */
static void unescape(char *text)
{
	char *to = text;

	for (const char *from = text; *from; from++) {
		if (from[0] != '\\') {
			*to++ = *from;
		} else if (from[1] == 'e') {
			*to++ = 0x1b;
			from++;
		} else if (from[1] == 'n') {
			*to++ = '\r';
			*to++ = '\n';
			from++;
		} else if (is_blank(from[1])) {
			while (is_blank(from[1]))
				from++;
		} else {
			*to++ = *from;
		}
	}
	*to = 0;
}

static void tell(const char *bytes, size_t size)
{
	char text[READ_MAX * 4 + 1] = "";
	size_t length = 0;

	for (size_t i = 0; i < size; i++) {
		const bool plain = bytes[i] >= ' ' && bytes[i] <= '~';

		length += os_format(text + length, sizeof(text) - length, plain ? "%c" : "\\x%02x",
		                    (uint8_t)bytes[i]);
	}
	os_log(env, "read \"%s\"", text);
}

static void handle_readable(struct os_signal_handler *handler, uint64_t count)
{
	char bytes[READ_MAX];
	size_t size, written;
	enum os_err err;

	(void)handler;
	(void)count;
	while (!(err = os_terminal_read(&terminal, bytes, sizeof(bytes), &size)) && size) {
		tell(bytes, size);
		if (os_xml_bool(config.root, "answer", false))
			err = os_terminal_write(&terminal, bytes, size, &written);
		if (err)
			break;
	}
	if (err)
		os_error(env, "reading: %s", os_err_text(err));
}

static void handle_resized(struct os_signal_handler *handler, uint64_t count)
{
	uint32_t columns, lines;

	(void)handler;
	(void)count;
	if (!terminal_size(terminal.cap, &columns, &lines))
		os_log(env, "%u by %u characters", columns, lines);
}

static enum os_err write_text(void)
{
	char text[TEXT_MAX];
	size_t written;
	enum os_err err;

	if ((err = os_xml_string(config.root, "text", text, sizeof(text))))
		return err == OS_ERR_NOT_FOUND ? OS_OK : err;
	unescape(text);
	for (uint64_t i = 0; !err && i < os_xml_u64(config.root, "count", 1); i++)
		err = os_terminal_write(&terminal, text, strlen(text), &written);
	return err;
}

enum os_err os_construct(struct os_env *own)
{
	enum os_err err;

	env = own;
	if ((err = os_config_open(&config, env)) ||
	    (err = os_terminal_open(&terminal, env, NULL)) || (err = write_text()) ||
	    (err = os_signal_handler_init(&readable, env->ep, handle_readable)) ||
	    (err = os_signal_handler_init(&resized, env->ep, handle_resized)) ||
	    (err = terminal_size_changed_sigh(terminal.cap, resized.cap)))
		return err;
	os_log(env, "written");
	return terminal_read_avail_sigh(terminal.cap, readable.cap);
}
