/* SPDX-License-Identifier: BSD-2-Clause */
/* input_sink: logs the events of an Input session, and what becomes of the session. */

#include <config/config.h>
#include <input/key.h>
#include <input/session.h>
#include <link/link.h>
#include <osier/format.h>
#include <osier/string.h>
#include <utf8/utf8.h>

static struct os_env *env;
static struct os_config config;
static struct os_links links;
static struct os_link link;
static struct os_input input;
static char label[64];

static const char *const kinds[] = {
	[OS_INPUT_PRESS] = "press",   [OS_INPUT_RELEASE] = "release",
	[OS_INPUT_REPEAT] = "repeat", [OS_INPUT_RELATIVE] = "motion",
	[OS_INPUT_ABSOLUTE] = "at",   [OS_INPUT_WHEEL] = "wheel",
	[OS_INPUT_TOUCH] = "touch",   [OS_INPUT_UNTOUCH] = "untouch",
	[OS_INPUT_ENTER] = "enter",   [OS_INPUT_LEAVE] = "leave",
	[OS_INPUT_FOCUS] = "focus",   [OS_INPUT_UNFOCUS] = "unfocus",
	[OS_INPUT_CLOSE] = "close",   [OS_INPUT_LOST] = "lost",
};

/* The character in quotes; control characters by number. */
static void character_tell(uint32_t character, char text[16])
{
	char utf8[4] = { 0 };

	if (!character)
		text[0] = 0;
	else if (character < ' ' || character == 0x7f || character > 0x10ffff)
		os_format(text, 16, " 0x%x", character);
	else
		os_format(text, 16, " \"%.*s\"", (int)os_utf8_encode(character, utf8), utf8);
}

static void event_tell(struct os_input *self, const struct os_input_event *event)
{
	char character[16];

	(void)self;
	character_tell(event->character, character);
	switch (event->kind) {
	case OS_INPUT_PRESS:
	case OS_INPUT_RELEASE:
	case OS_INPUT_REPEAT:
		os_log(env, "%s %s%s", kinds[event->kind], os_key_name(event->code), character);
		break;
	case OS_INPUT_RELATIVE:
	case OS_INPUT_ABSOLUTE:
		if (!os_xml_bool(config.root, "motion", true))
			break;
		os_log(env, "%s %d %d", kinds[event->kind], event->x, event->y);
		break;
	case OS_INPUT_WHEEL:
		os_log(env, "wheel %d %d", event->x, event->y);
		break;
	case OS_INPUT_TOUCH:
		os_log(env, "touch %u at %d %d", event->code, event->x, event->y);
		break;
	case OS_INPUT_UNTOUCH:
		os_log(env, "untouch %u", event->code);
		break;
	default:
		if (event->kind < OS_ARRAY_SIZE(kinds) && kinds[event->kind])
			os_log(env, "%s", kinds[event->kind]);
		else
			os_log(env, "unknown event %u", event->kind);
	}
}

static void opened(void)
{
	const struct input_cap cap = { link.session.cap };
	const enum os_err err = os_input_init(&input, env->ep, cap, &link.session, event_tell);

	os_log(env, "session: %s", err ? os_err_text(err) : "open");
	if (err == OS_ERR_GONE)
		os_link_lost(&link);
}

static void changed(struct os_link *self)
{
	switch (self->state) {
	case OS_LINK_OPEN:
		opened();
		break;
	case OS_LINK_WAITING:
		/* what the server has put there stays until this returns */
		os_log(env, "session: gone after %u events",
		       input.sink.ring ? atomic_load(&input.sink.ring->head) : 0);
		os_input_fini(&input);
		break;
	case OS_LINK_FAILED:
		os_log(env, "session: none: %s", os_err_text(self->error));
		break;
	}
}

enum os_err os_construct(struct os_env *own)
{
	const struct os_session_args args = OS_LINK_ARGS(INPUT, label);
	enum os_err err;

	env = own;
	if ((err = os_config_open(&config, env)))
		return err;
	if (os_xml_string(config.root, "label", label, sizeof(label)))
		label[0] = 0;
	if ((err = os_links_init(&links, env, env->ep)))
		return err;
	return os_link_init(&link, &links, &args, changed);
}
