/* SPDX-License-Identifier: BSD-2-Clause */
/* The script's steps: what each does, and what each waits for. */

#include <input/key.h>
#include <osier/format.h>
#include <osier/string.h>
#include <osier/trace.h>
#include <utf8/utf8.h>

#include "script.h"

enum { TEXT_SIZE = 200 };

/*
 *            begun                          DONE: the next step
 *   (step) ---------> tried --------------------------------------->
 *                     |   ^
 *                WAIT |   | a refresh, a session, another content of a ROM module
 *                     v   |
 *                   waiting                 FAILED: an error in the log, and the end
 */
enum result { DONE, WAIT, FAILED };

static enum result fail(struct script *script, struct os_xml step, const char *what)
{
	os_error(script->env, "config:%u: %s", os_xml_line(step), what);
	script->failed = true;
	return FAILED;
}

/* ------------------------------------------------------------------ attributes */

static int32_t number(struct os_xml step, const char *name, int32_t value)
{
	const int64_t wide = os_xml_i64(step, name, value);

	return wide < INT32_MIN || wide > INT32_MAX ? value : (int32_t)wide;
}

/* The rectangle that a step names; one pixel, if it tells no size; all, without a place. */
static struct os_rect rect_of(const struct script *script, struct os_xml step)
{
	const struct screen *const all = script->screen;

	if (!os_xml_has(step, "x"))
		return (struct os_rect){ 0, 0, (int32_t)all->width, (int32_t)all->height };
	return (struct os_rect){ number(step, "x", 0), number(step, "y", 0),
		                 number(step, "width", 1), number(step, "height", 1) };
}

/* "#rrggbb" */
static bool colour_of(struct os_xml step, os_pixel *colour)
{
	char text[16], digits[16];
	uint64_t value;

	if (os_xml_string(step, "colour", text, sizeof(text)) || *text != '#' || strlen(text) != 7)
		return false;
	os_format(digits, sizeof(digits), "0x%s", text + 1);
	if (os_parse_u64(digits, strlen(digits), &value))
		return false;
	*colour = (os_pixel)value;
	return true;
}

/* The code in `key`: the name of one, or a number; in `finger`, a number. */
static bool code_of(struct os_xml step, uint16_t *code)
{
	char name[40];
	uint64_t value;

	*code = (uint16_t)os_xml_u64(step, "finger", 0);
	if (os_xml_string(step, "key", name, sizeof(name)))
		return !os_xml_has(step, "key");
	if (!os_parse_u64(name, strlen(name), &value)) {
		*code = (uint16_t)value;
		return true;
	}
	*code = (uint16_t)os_key_code(name);
	return *code != OS_KEY_NONE;
}

static uint32_t character_of(struct os_xml step)
{
	uint32_t character = 0;
	char text[8];

	if (!os_xml_string(step, "character", text, sizeof(text)))
		os_utf8_decode(text, text + strlen(text), &character);
	return character;
}

/* ------------------------------------------------------------------ input */

static const struct {
	const char *name;
	enum os_input_kind kind;
} events[] = {
	{ "press", OS_INPUT_PRESS },   { "release", OS_INPUT_RELEASE }, { "held", OS_INPUT_REPEAT },
	{ "move", OS_INPUT_RELATIVE }, { "motion", OS_INPUT_ABSOLUTE }, { "wheel", OS_INPUT_WHEEL },
	{ "touch", OS_INPUT_TOUCH },   { "untouch", OS_INPUT_UNTOUCH }, { "leave", OS_INPUT_LEAVE },
	{ "lost", OS_INPUT_LOST },
};

static enum result put(struct os_xml step, const struct os_input_event *event)
{
	char label[TEXT_SIZE];

	if (os_xml_string(step, "label", label, sizeof(label)))
		*label = 0;
	return inputs_put(label, event) ? DONE : WAIT;
}

static enum result event_step(struct script *script, struct os_xml step)
{
	struct os_input_event event = { .character = character_of(step),
		                        .x = number(step, "x", 0),
		                        .y = number(step, "y", 0) };

	if (!code_of(step, &event.code))
		return fail(script, step, "no such key");
	for (size_t i = 0; i < OS_ARRAY_SIZE(events); i++)
		if (os_xml_type_is(step, events[i].name))
			event.kind = events[i].kind;
	return put(step, &event);
}

/* The pointer goes there, if there is a place; then the key or button goes down, and up. */
static enum result click_step(struct script *script, struct os_xml step)
{
	struct os_input_event event = { .character = character_of(step) };
	const struct os_input_event motion = { .kind = OS_INPUT_ABSOLUTE,
		                               .x = number(step, "x", 0),
		                               .y = number(step, "y", 0) };

	if (!os_xml_has(step, "key"))
		event.code = OS_BUTTON_LEFT;
	else if (!code_of(step, &event.code))
		return fail(script, step, "no such key");
	if (os_xml_has(step, "x") && put(step, &motion) == WAIT)
		return WAIT;
	event.kind = OS_INPUT_PRESS;
	if (put(step, &event) == WAIT)
		return WAIT;
	event.kind = OS_INPUT_RELEASE;
	event.character = 0;
	return put(step, &event);
}

static enum result garbage_step(struct script *script, struct os_xml step)
{
	char label[TEXT_SIZE];

	(void)script;
	if (os_xml_string(step, "label", label, sizeof(label)))
		*label = 0;
	return inputs_garbage(label, (uint32_t)os_xml_u64(step, "seed", 1)) ? DONE : WAIT;
}

/* ------------------------------------------------------------------ pixels */

/* Whether the screen is as the step says, and what it is like. */
static bool as_expected(const struct script *script, struct os_xml step, char *found, size_t size)
{
	const struct os_rect rect = rect_of(script, step);
	const uint64_t area =
	        os_rect_empty(rect) ? 0 : (uint64_t)rect.width * (uint64_t)rect.height;
	uint64_t count, is, least, most;
	os_pixel colour;

	if (os_xml_has(step, "checksum")) {
		is = screen_checksum(script->screen, rect);
		os_format(found, size, "the checksum is 0x%08x", (unsigned int)is);
		return !os_xml_get_u64(step, "checksum", &count) && is == count;
	}
	if (!colour_of(step, &colour)) {
		os_format(found, size, "expected colour=\"#rrggbb\" or checksum=\"...\"");
		return false;
	}
	count = os_xml_u64(step, "count", area);
	least = os_xml_u64(step, "min", os_xml_has(step, "max") ? 0 : count);
	most = os_xml_u64(step, "max", os_xml_has(step, "min") ? area : count);
	is = screen_pixels(script->screen, rect, colour);
	os_format(found, size, "%llu pixels are #%06x, the checksum is 0x%08x",
	          (unsigned long long)is, colour & 0xffffff, screen_checksum(script->screen, rect));
	return is >= least && is <= most;
}

static enum result expect_step(struct script *script, struct os_xml step)
{
	char found[TEXT_SIZE];

	if (as_expected(script, step, found, sizeof(found)))
		return DONE;
	if (!script->waiting)
		os_log(script->env, "config:%u: waits; %s", os_xml_line(step), found);
	return WAIT;
}

static enum result check_step(struct script *script, struct os_xml step)
{
	char found[TEXT_SIZE];

	return as_expected(script, step, found, sizeof(found)) ? DONE : fail(script, step, found);
}

static enum result refreshed_step(struct script *script, struct os_xml step)
{
	const struct screen *const screen = script->screen;
	const struct os_rect rect = rect_of(script, step);

	if (!script->waiting)
		script->refresh_count = screen->refresh_count;
	return screen->refresh_count != script->refresh_count &&
	                       !os_rect_empty(os_rect_intersect(screen->touched, rect))
	               ? DONE
	               : WAIT;
}

/* What was refreshed since the last <count>: no more than it says. */
static enum result count_step(struct script *script, struct os_xml step)
{
	struct screen *const screen = script->screen;
	char found[TEXT_SIZE];

	os_format(found, sizeof(found), "%llu pixels were refreshed, by %u calls",
	          (unsigned long long)screen->refreshed, screen->refreshes);
	if (screen->refreshed > os_xml_u64(step, "pixels_max", UINT64_MAX) ||
	    screen->refreshes > os_xml_u64(step, "calls_max", UINT64_MAX))
		return fail(script, step, found);
	if (os_xml_bool(step, "verbose", false))
		os_log(script->env, "%s", found);
	screen_count_reset(screen);
	return DONE;
}

static enum result mode_step(struct script *script, struct os_xml step)
{
	screen_mode(script->screen, (uint32_t)os_xml_u64(step, "width", 0),
	            (uint32_t)os_xml_u64(step, "height", 0));
	return DONE;
}

static enum result sync_step(struct script *script, struct os_xml step)
{
	script->screen->sync_held = os_xml_bool(step, "held", true);
	screen_sync(script->screen);
	return DONE;
}

static enum result client_step(struct script *script, struct os_xml step)
{
	return screen_clients(script->screen) == os_xml_u64(step, "count", 1) ? DONE : WAIT;
}

/* ------------------------------------------------------------------ measuring */

/* Intel SDM volume 3, "Time-Stamp Counter". */
static uint64_t ticks(void)
{
	uint32_t low, high;

	__asm__ volatile("lfence; rdtsc" : "=a"(low), "=d"(high) : : "memory");
	return (uint64_t)high << 32 | low;
}

static void measure_begin(struct script *script, struct os_xml step)
{
	struct script_measure *const measure = &script->measure;
	const int32_t way = measure->left % 2 ? -1 : 1;
	const struct os_input_event event = { .kind = OS_INPUT_RELATIVE,
		                              .x = way * number(step, "x", 1),
		                              .y = way * number(step, "y", 1) };

	measure->refresh_count = script->screen->refresh_count;
	measure->start = ticks();
	inputs_put("", &event);
}

/*
 * The pointer moves there and back, so often; the time from each event to what it refreshes is told
 * as the benchmarks tell theirs. Who records the system sees all of it as a span, "measure".
 */
static enum result measure_step(struct script *script, struct os_xml step)
{
	struct script_measure *const measure = &script->measure;
	const uint64_t count = os_xml_u64(step, "count", 100);

	if (!script->waiting) {
		*measure = (struct script_measure){ .left = count };
		screen_count_reset(script->screen);
		os_trace_begin("measure", (uint32_t)count);
		measure_begin(script, step);
		return WAIT;
	}
	if (measure->refresh_count == script->screen->refresh_count)
		return WAIT;
	measure->ticks += ticks() - measure->start;
	if (--measure->left) {
		measure_begin(script, step);
		return WAIT;
	}
	os_trace_end();
	os_log(script->env, "bench pointer_path %llu %llu", (unsigned long long)count,
	       (unsigned long long)measure->ticks);
	os_log(script->env, "bench pointer_path_refreshes %llu %u", (unsigned long long)count,
	       script->screen->refreshes);
	os_log(script->env, "bench pointer_path_pixels %llu %llu", (unsigned long long)count,
	       (unsigned long long)script->screen->refreshed);
	return DONE;
}

/* ------------------------------------------------------------------ ROM modules */

static void handle_rom(struct os_signal_handler *handler, uint64_t count)
{
	(void)count;
	script_continue(container_of(handler, struct script_rom, handler)->script);
}

static enum os_err module_open(struct script *script, const char *name, struct script_rom **out)
{
	struct script_rom *rom;
	enum os_err err;

	for (size_t i = 0; i < script->rom_count; i++)
		if (os_str_equal((*out = &script->roms[i])->name, name))
			return OS_OK;
	if (script->rom_count == SCRIPT_ROMS)
		return OS_ERR_LIMIT;
	rom = &script->roms[script->rom_count];
	rom->script = script;
	*out = rom;
	if ((err = os_str_copy(rom->name, sizeof(rom->name), name)) ||
	    (err = os_rom_open(&rom->rom, script->env, name)))
		return err;
	script->rom_count++;
	if ((err = os_signal_handler_init(&rom->handler, script->env->ep, handle_rom)))
		return err;
	return os_rom_sigh(&rom->rom, &rom->handler);
}

static bool has_text(const char *content, size_t size, const char *text)
{
	const size_t length = strlen(text);

	for (size_t i = 0; i + length <= size; i++)
		if (!memcmp(content + i, text, length))
			return true;
	return false;
}

/* Until the module has that text somewhere, or with not="yes", no longer has it. */
static enum result await_step(struct script *script, struct os_xml step)
{
	char name[64], text[TEXT_SIZE];
	struct script_rom *rom;
	struct os_view view;
	enum os_err err;
	bool found;

	if (os_xml_string(step, "rom", name, sizeof(name)) ||
	    os_xml_string(step, "text", text, sizeof(text)))
		return fail(script, step, "expected rom=\"...\" text=\"...\"");
	if ((err = module_open(script, name, &rom)) || (err = os_rom_view(&rom->rom, &view)))
		return fail(script, step, os_err_text(err));
	found = has_text(view.start, view.size, text);
	os_view_fini(&view);
	return found != os_xml_bool(step, "not", false) ? DONE : WAIT;
}

/* Have server/dynamic_rom go on to the next content of a module. */
static enum result next_step(struct script *script, struct os_xml step)
{
	char name[64];
	enum os_err err = OS_OK;

	if (os_xml_string(step, "rom", name, sizeof(name)))
		return fail(script, step, "expected rom=\"...\"");
	if (!script->changer.env)
		err = dynamic_rom_open(&script->changer, script->env, NULL, &script->dynamic_rom);
	if (err || (err = dynamic_rom_next(script->dynamic_rom, name)))
		return fail(script, step, os_err_text(err));
	return DONE;
}

/* ------------------------------------------------------------------ other steps */

static enum result log_step(struct script *script, struct os_xml step)
{
	char text[TEXT_SIZE];

	if (os_xml_string(step, "text", text, sizeof(text)))
		return fail(script, step, "expected text=\"...\"");
	os_log(script->env, "%s", text);
	return DONE;
}

static enum result exit_step(struct script *script, struct os_xml step)
{
	os_exit(script->env, (int)os_xml_i64(step, "value", 0));
}

static enum result crash_step(struct script *script, struct os_xml step)
{
	(void)step;
	os_log(script->env, "crashes");
	__builtin_trap();
}

/* Its steps come next; script_continue() goes on behind it when they are through. */
static enum result repeat_step(struct script *script, struct os_xml step)
{
	if (script->depth == SCRIPT_DEPTH)
		return fail(script, step, "too many <repeat>s within each other");
	script->loops[script->depth++] =
	        (struct script_loop){ .body = step, .left = os_xml_u64(step, "count", 1) };
	return DONE;
}

static const struct {
	const char *name;
	enum result (*run)(struct script *script, struct os_xml step);
} others[] = {
	{ "click", click_step },   { "garbage", garbage_step }, { "expect", expect_step },
	{ "check", check_step },   { "count", count_step },     { "refreshed", refreshed_step },
	{ "mode", mode_step },     { "sync", sync_step },       { "clients", client_step },
	{ "await", await_step },   { "log", log_step },         { "exit", exit_step },
	{ "repeat", repeat_step }, { "crash", crash_step },     { "measure", measure_step },
	{ "next", next_step },
};

static enum result step_run(struct script *script, struct os_xml step)
{
	for (size_t i = 0; i < OS_ARRAY_SIZE(events); i++)
		if (os_xml_type_is(step, events[i].name))
			return event_step(script, step);
	for (size_t i = 0; i < OS_ARRAY_SIZE(others); i++)
		if (os_xml_type_is(step, others[i].name))
			return others[i].run(script, step);
	return fail(script, step, "there is no such step");
}

/* The step to be run next; the empty node: the script is through. */
static struct os_xml step_next(struct script *script)
{
	while (script->depth) {
		struct script_loop *const loop = &script->loops[script->depth - 1];

		if (os_xml_valid(loop->step))
			return loop->step;
		if (loop->left) {
			loop->left--;
			loop->step = os_xml_first(loop->body, NULL);
			if (os_xml_valid(loop->step))
				continue;
			loop->left = 0;
		}
		script->depth--;
	}
	return (struct os_xml){ 0 };
}

void script_start(struct script *script, struct os_env *env, struct screen *screen,
                  struct os_xml root)
{
	*script = (struct script){ .env = env, .screen = screen, .depth = 1 };
	script->loops[0] = (struct script_loop){ .body = root, .left = 1 };
	script_continue(script);
}

void script_continue(struct script *script)
{
	/* a step may make something happen itself; and there may be no script yet */
	if (script->running || script->failed || !script->depth)
		return;
	script->running = true;
	while (script->depth) {
		const struct os_xml step = step_next(script);
		struct script_loop *const loop = &script->loops[script->depth - 1];
		enum result result;

		if (!os_xml_valid(step)) {
			os_log(script->env, "script done, %llu steps",
			       (unsigned long long)script->done);
			break;
		}
		result = step_run(script, step);
		script->waiting = result == WAIT;
		if (result != DONE)
			break;
		loop->step = os_xml_next(step, NULL);
		script->done++;
	}
	script->running = false;
}
