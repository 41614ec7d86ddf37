/* SPDX-License-Identifier: BSD-2-Clause */
/* terminal: a window that serves Terminal sessions. */

#include <api/clipboard.h>
#include <api/terminal.h>
#include <config/config.h>
#include <gui/window.h>
#include <input/key.h>
#include <link/link.h>
#include <osier/string.h>
#include <terminal/byte_ring.h>
#include <timeout/timeout.h>

#include "keys.h"
#include "look.h"

/*
 *   client --write--> screen --cells--> window
 *   client <--read--- typed <--keys, answers, what is pasted
 *
 * What a client writes is taken at once, all of it, and drawn once the event is over: so a client
 * that floods has its text drawn as often as others let it, and not more. Nobody is waited for.
 */

enum {
	PART = OS_PAGE_SIZE,  /* of the shared buffer: what is read, what is written */
	CLIP_MAX = 32 * 1024, /* bytes of a text that is copied */
	WHEEL_LINES = 3,
	BLINK_US = 500000,
	FONT_CACHE = 512 * 1024,
	COLUMNS = 80,
	LINES = 24,
	HISTORY = 1000,
};

/* Of the mouse, as reports to programs number them. */
enum { NO_BUTTON = 3, WHEEL_UP = 64, WHEEL_DOWN = 65 };

enum event { READ_AVAIL, SIZE_CHANGED, CONNECTED, EVENTS };

struct session {
	struct os_server_session base;
	struct terminal_server rpc;
	struct os_ram buffer;
	struct signal_context_cap sigh[EVENTS];
};

static struct os_env *env;
static struct os_config config;
static struct os_window window;
static struct os_service service;
static struct session *client; /* NULL: none */
static struct screen screen;
static struct look look;
static struct os_view font_data;
static struct os_byte_ring typed; /* for the client to read */
static struct key_state held;
static bool focused, selecting;
static uint32_t reported_button = NO_BUTTON; /* that the client has been told is down */
static int32_t pointer_x, pointer_y;
static struct place anchor; /* where the selection began */

static struct os_links links;
static struct os_link clipboard;
static struct clipboard_args_wire clipboard_args;
static struct {
	uint64_t number, offset, length; /* of the text that is being pasted */
	bool active;
} pasting;
static struct {
	char text[CLIP_MAX];
	size_t size;
	bool waits; /* for the clipboard to be there */
} copying;
static bool paste_wanted; /* before the clipboard was there */

static struct os_timeouts timeouts;
static struct os_timeout blink_timeout;
static bool blinking;

/* ------------------------------------------------------------------ what is to be drawn */

static void update(void);

/* As long as something that is shown blinks; else nothing wakes up. */
static void blink(struct os_timeout *timeout, uint64_t count)
{
	(void)count;
	blinking = screen_blink(&screen);
	look.dark = blinking && !look.dark;
	if (!blinking)
		os_timeout_cancel(&timeouts, timeout);
	update();
}

static void blink_begin(void)
{
	if (blinking || !timeouts.session.env || !screen_blink(&screen))
		return;
	blinking = !os_timeout_every(&timeouts, &blink_timeout, BLINK_US);
}

static void blink_config(void)
{
	const bool wanted = os_xml_bool(config.root, "blink", false);
	enum os_err err;

	if (wanted == !!timeouts.session.env)
		return;
	screen_blink(&screen);
	blinking = look.dark = false;
	blink_timeout.handle = blink;
	if (!wanted) {
		os_timeout_cancel(&timeouts, &blink_timeout);
		os_timeouts_fini(&timeouts);
	} else if ((err = os_timeouts_init(&timeouts, env, env->ep))) {
		os_timeouts_fini(&timeouts);
		os_warning(env, "nothing blinks: %s", os_err_text(err));
	}
}

static void update(void)
{
	blink_begin();
	for (uint32_t row = 0; row < screen.rows; row++)
		if (screen.dirty[row]) {
			screen.dirty[row] = false;
			os_window_damage(&window,
			                 (struct os_rect){ 0, (int32_t)(row * look.cell_height),
			                                   (int32_t)window.width,
			                                   (int32_t)look.cell_height });
		}
}

static void draw(struct os_window *self, const struct os_surface *surface, struct os_rect dirty)
{
	(void)self;
	look_draw(&look, &screen, focused, surface, dirty);
}

/* ------------------------------------------------------------------ what is typed */

static void notify(enum event event)
{
	struct signal_context_cap *const to = client ? &client->sigh[event] : NULL;

	/* a context that is gone means that nobody wants to know any more */
	if (to && os_cap_valid(to->cap) && os_signal_submit(*to, 1)) {
		os_cap_drop(to->cap);
		*to = (struct signal_context_cap){ 0 };
	}
}

/* What the client does not read is lost beyond the ring's size. */
static void type(const char *bytes, size_t size)
{
	if (client && size <= os_byte_ring_room(&typed)) {
		os_byte_ring_put(&typed, bytes, (uint32_t)size);
		notify(READ_AVAIL);
	}
}

static void answer(struct screen *self, const char *bytes, size_t size)
{
	(void)self;
	type(bytes, size);
}

static void titled(struct screen *self, const char *title)
{
	(void)self;
	os_window_title(&window, title);
}

/* ------------------------------------------------------------------ clipboard */

static struct clipboard_cap clipboard_cap(void)
{
	return (struct clipboard_cap){ clipboard.session.cap };
}

static bool clipboard_is_open(void)
{
	return clipboard.links && clipboard.state == OS_LINK_OPEN;
}

static void clipboard_check(const char *what, enum os_err err)
{
	if (err == OS_ERR_GONE)
		os_link_lost(&clipboard);
	else if (err && err != OS_ERR_NOT_FOUND)
		os_warning(env, "%s: %s", what, os_err_text(err));
}

static enum os_err copy_text(const char *text, size_t size)
{
	enum os_err err = OS_OK;

	for (size_t at = 0; !err && at < size; at += CLIPBOARD_WRITE_DATA_SIZE)
		err = OS_SESSION_CALL(
		        &clipboard.session,
		        clipboard_write(clipboard_cap(), at, text + at,
		                        OS_MIN(size - at, (size_t)CLIPBOARD_WRITE_DATA_SIZE)));
	return err ? err : clipboard_copy(clipboard_cap(), size);
}

static void copying_send(void)
{
	copying.waits = !clipboard_is_open();
	if (!copying.waits)
		clipboard_check("copying", copy_text(copying.text, copying.size));
}

/* What is selected now, although the clipboard may come later. */
static void copy(void)
{
	const size_t size = screen_text(&screen, copying.text, sizeof(copying.text));

	if (!size)
		return;
	copying.size = size;
	copying_send();
}

/* What comes from elsewhere must not press keys: control characters are left out. */
static void paste_bytes(char *bytes, size_t size)
{
	size_t kept = 0;

	for (size_t i = 0; i < size; i++) {
		const uint8_t byte = (uint8_t)bytes[i];

		if (byte >= ' ' ? byte != 0x7f : byte == '\t' || byte == '\n')
			bytes[kept++] = byte == '\n' ? '\r' : (char)byte;
	}
	type(bytes, kept);
}

/* As much as there is room for; the rest once the client has read. */
static void paste_on(void)
{
	char piece[CLIPBOARD_READ_DATA_SIZE];
	size_t size;
	enum os_err err = OS_OK;

	while (pasting.active && !err && pasting.offset < pasting.length &&
	       os_byte_ring_room(&typed) >= 2 * sizeof(piece)) {
		err = clipboard_read(clipboard_cap(), pasting.number, pasting.offset, piece, &size);
		if (err)
			break;
		if (!size)
			err = OS_ERR_PROTOCOL;
		pasting.offset += size;
		paste_bytes(piece, size);
	}
	if (!pasting.active || (!err && pasting.offset < pasting.length))
		return;
	pasting.active = false;
	if (screen.paste_marks)
		type("\033[201~", 6);
	clipboard_check("pasting", err);
}

static void paste(void)
{
	enum os_err err;

	paste_wanted = !clipboard_is_open();
	if (paste_wanted || pasting.active || !client)
		return;
	if ((err = clipboard_paste(clipboard_cap(), &pasting.number, &pasting.length))) {
		clipboard_check("pasting", err);
		return;
	}
	pasting.offset = 0;
	pasting.active = true;
	if (screen.paste_marks)
		type("\033[200~", 6);
	paste_on();
}

static void clipboard_changed(struct os_link *link)
{
	pasting.active = false;
	if (link->state == OS_LINK_FAILED)
		os_warning(env, "no clipboard: %s", os_err_text(link->error));
	if (link->state != OS_LINK_OPEN)
		return;
	if (copying.waits)
		copying_send();
	if (paste_wanted)
		paste();
}

static void clipboard_begin(void)
{
	struct os_session_args args = OS_LINK_ARGS(CLIPBOARD, NULL);
	enum os_err err;

	if (!os_xml_bool(config.root, "clipboard", false) || clipboard.links)
		return;
	if (clipboard_args_encode(&clipboard_args, CLIP_MAX))
		return;
	args.args = &clipboard_args;
	args.args_size = sizeof(clipboard_args);
	args.ram += 2 * CLIP_MAX;
	if ((err = os_link_init(&clipboard, &links, &args, clipboard_changed)))
		os_warning(env, "no clipboard: %s", os_err_text(err));
}

/* ------------------------------------------------------------------ input */

static int32_t row_at(int32_t y)
{
	const int32_t row = y / (int32_t)look.cell_height;

	return OS_MIN(OS_MAX(row, 0), (int32_t)screen.rows - 1);
}

/* How wide a column is there. */
static int32_t column_width(int32_t row)
{
	const bool single = screen_row_size(&screen, (uint32_t)row) == LINE_SINGLE;

	return (int32_t)look.cell_width * (single ? 1 : 2);
}

static struct place place_at(int32_t x, int32_t y)
{
	const int32_t row = row_at(y), width = column_width(row);

	/* between two characters, whichever boundary is near */
	return screen_place(&screen, (x + width / 2) / width, row);
}

/* Keys that are the terminal's own; false: they are the client's. */
static bool own_key(uint32_t code)
{
	const bool both = held.control && held.shift;

	if ((both && code == OS_KEY_C) || (held.control && code == OS_KEY_INSERT))
		copy();
	else if ((both && code == OS_KEY_V) || (held.shift && code == OS_KEY_INSERT))
		paste();
	else if (held.shift && code == OS_KEY_PAGEUP)
		screen_scroll(&screen, (int32_t)screen.rows - 1);
	else if (held.shift && code == OS_KEY_PAGEDOWN)
		screen_scroll(&screen, 1 - (int32_t)screen.rows);
	else
		return false;
	return true;
}

static void modifier(uint32_t code, bool down)
{
	if (code == OS_KEY_LEFTSHIFT || code == OS_KEY_RIGHTSHIFT)
		held.shift = down;
	else if (code == OS_KEY_LEFTCTRL || code == OS_KEY_RIGHTCTRL)
		held.control = down;
	else if (code == OS_KEY_LEFTALT)
		held.alt = down;
}

/*
 * What the mouse does is the program's if it wants to hear of it, and Shift is not held: with it, a
 * person selects text as ever. False: it is ours.
 */
static bool report_mouse(enum mouse_reports least, uint32_t button, bool release, bool motion)
{
	const int32_t row = row_at(pointer_y), column = pointer_x / column_width(row);
	const struct mouse_event event = {
		.button = button,
		.release = release,
		.motion = motion,
		.column = (uint32_t)OS_MIN(OS_MAX(column, 0), (int32_t)screen.columns - 1),
		.row = (uint32_t)row,
		.sgr = screen.mouse_sgr,
	};
	char bytes[MOUSE_BYTES_MAX];

	if (screen.mouse == MOUSE_NONE || held.shift || selecting)
		return false;
	if (screen.mouse >= least)
		type(bytes, mouse_bytes(&event, &held, bytes));
	return true;
}

/* NO_BUTTON: one that is not reported. */
static uint32_t button_number(uint32_t code)
{
	return code == OS_BUTTON_LEFT     ? 0
	       : code == OS_BUTTON_MIDDLE ? 1
	       : code == OS_BUTTON_RIGHT  ? 2
	                                  : NO_BUTTON;
}

/* A button that a program has heard of going down comes up for it, too. */
static void release_button(uint32_t code)
{
	const uint32_t number = button_number(code);

	if (number == reported_button && number != NO_BUTTON) {
		report_mouse(MOUSE_BUTTONS, number, true, false);
		reported_button = NO_BUTTON;
	}
	selecting &= code != OS_BUTTON_LEFT;
}

/* Programs hear of each cell once. */
static void move_pointer(int32_t x, int32_t y)
{
	const int32_t row = row_at(y), width = column_width(row);
	const bool same = row == row_at(pointer_y) && x / width == pointer_x / width;

	pointer_x = x;
	pointer_y = y;
	if (selecting)
		screen_select(&screen, anchor, place_at(x, y));
	else if (!same)
		report_mouse(reported_button == NO_BUTTON ? MOUSE_MOTION : MOUSE_DRAG,
		             reported_button, false, true);
}

static void press_button(uint32_t code)
{
	const uint32_t number = button_number(code);

	if (number != NO_BUTTON && report_mouse(MOUSE_BUTTONS, number, false, false)) {
		reported_button = number;
		return;
	}

	if (code == OS_BUTTON_MIDDLE)
		paste();
	if (code != OS_BUTTON_LEFT)
		return;
	selecting = true;
	anchor = place_at(pointer_x, pointer_y);
	screen_select(&screen, anchor, anchor);
}

static void press(const struct os_input_event *event)
{
	char bytes[KEY_BYTES_MAX];
	size_t size;

	if (os_key_is_button(event->code)) {
		press_button(event->code);
		return;
	}
	modifier(event->code, true);
	if (own_key(event->code))
		return;
	held.cursor_keys = screen.cursor_keys;
	size = key_bytes(event, &held, bytes);
	if (size)
		screen_scroll(&screen, -SCREEN_HISTORY_MAX);
	type(bytes, size);
}

/* Programs with a screen of their own scroll it by keys. */
static void wheel(int32_t notches)
{
	const bool up = notches > 0;

	if (report_mouse(MOUSE_BUTTONS, up ? WHEEL_UP : WHEEL_DOWN, false, false))
		return;
	if (!screen.alternate) {
		screen_scroll(&screen, notches * WHEEL_LINES);
		return;
	}
	for (int i = 0; i < WHEEL_LINES; i++)
		type(up ? "\033[A" : "\033[B", 3);
}

static void focus(bool now)
{
	if (now != focused && screen.focus_reports)
		type(now ? "\033[I" : "\033[O", 3);
	focused = now;
	held = (struct key_state){ 0 };
	selecting = false;
	reported_button = NO_BUTTON;
	screen.dirty[OS_MIN(screen.cursor.row + screen.back, screen.rows - 1)] = true;
}

static void input(struct os_window *self, const struct os_input_event *event)
{
	(void)self;
	switch (event->kind) {
	case OS_INPUT_PRESS:
	case OS_INPUT_REPEAT:
		press(event);
		break;
	case OS_INPUT_RELEASE:
		modifier(event->code, false);
		release_button(event->code);
		break;
	case OS_INPUT_ABSOLUTE:
		move_pointer(event->x, event->y);
		break;
	case OS_INPUT_WHEEL:
		wheel(event->y);
		break;
	case OS_INPUT_FOCUS:
	case OS_INPUT_UNFOCUS:
	case OS_INPUT_LOST:
		focus(event->kind == OS_INPUT_FOCUS || (event->kind == OS_INPUT_LOST && focused));
		break;
	case OS_INPUT_CLOSE:
		os_exit(env, 0);
	default:
		break;
	}
	update();
}

/* ------------------------------------------------------------------ sizes */

static void screen_follow(void)
{
	const uint32_t columns =
	        OS_MIN(OS_MAX(window.width / look.cell_width, 1u), (uint32_t)SCREEN_COLUMNS_MAX);
	const uint32_t rows =
	        OS_MIN(OS_MAX(window.height / look.cell_height, 1u), (uint32_t)SCREEN_ROWS_MAX);
	const enum os_err err = screen_resize(&screen, columns, rows);

	if (err)
		os_warning(env, "%u by %u characters: %s", columns, rows, os_err_text(err));
	else
		notify(SIZE_CHANGED);
	os_window_damage_all(&window);
}

static void resize(struct os_window *self, uint32_t width, uint32_t height)
{
	enum os_err err;

	if (!os_xml_bool(config.root, "resizable", true))
		return;
	if ((err = os_window_resize(self, width, height)))
		os_warning(env, "%u by %u pixels: %s", width, height, os_err_text(err));
	else
		screen_follow();
}

static const struct os_window_ops window_ops = { .draw = draw, .input = input, .resize = resize };

/* ------------------------------------------------------------------ Terminal */

static struct session *of(struct terminal_server *rpc)
{
	return container_of(rpc, struct session, rpc);
}

static enum os_err size(struct terminal_server *rpc, uint32_t *columns, uint32_t *lines)
{
	(void)rpc;
	*columns = screen.columns;
	*lines = screen.rows;
	return OS_OK;
}

static enum os_err buffer(struct terminal_server *rpc, struct ram_dataspace_cap *ds,
                          uint32_t *read_size, uint32_t *write_size)
{
	*ds = of(rpc)->buffer.ds;
	*read_size = *write_size = PART;
	return OS_OK;
}

static enum os_err avail(struct terminal_server *rpc, uint32_t *bytes)
{
	(void)rpc;
	*bytes = os_byte_ring_used(&typed);
	return OS_OK;
}

static enum os_err read(struct terminal_server *rpc, uint32_t bytes, uint32_t *count)
{
	*count =
	        os_byte_ring_get(&typed, of(rpc)->buffer.view.start, OS_MIN(bytes, (uint32_t)PART));
	paste_on();
	return OS_OK;
}

/* What is written is copied before it is looked at: the client may change it at any time. */
static enum os_err write(struct terminal_server *rpc, uint32_t bytes, uint32_t *count)
{
	static uint8_t copied[PART];

	if (bytes > PART)
		return OS_ERR_RANGE;
	memcpy(copied, (const uint8_t *)of(rpc)->buffer.view.start + PART, bytes);
	screen_write(&screen, copied, bytes);
	update();
	*count = bytes;
	return OS_OK;
}

static void sigh_set(struct terminal_server *rpc, enum event event,
                     struct signal_context_cap handler)
{
	os_cap_drop(of(rpc)->sigh[event].cap);
	of(rpc)->sigh[event] = handler;
}

static enum os_err read_avail_sigh(struct terminal_server *rpc, struct signal_context_cap handler)
{
	sigh_set(rpc, READ_AVAIL, handler);
	if (os_byte_ring_used(&typed))
		notify(READ_AVAIL);
	return OS_OK;
}

/* write() never takes less than all. */
static enum os_err write_avail_sigh(struct terminal_server *rpc, struct signal_context_cap handler)
{
	(void)rpc;
	os_cap_drop(handler.cap);
	return OS_OK;
}

static enum os_err size_changed_sigh(struct terminal_server *rpc, struct signal_context_cap handler)
{
	sigh_set(rpc, SIZE_CHANGED, handler);
	return OS_OK;
}

static enum os_err connected_sigh(struct terminal_server *rpc, struct signal_context_cap handler)
{
	sigh_set(rpc, CONNECTED, handler);
	notify(CONNECTED);
	return OS_OK;
}

static const struct terminal_ops terminal_ops = {
	.size = size,
	.buffer = buffer,
	.avail = avail,
	.read = read,
	.write = write,
	.read_avail_sigh = read_avail_sigh,
	.write_avail_sigh = write_avail_sigh,
	.size_changed_sigh = size_changed_sigh,
	.connected_sigh = connected_sigh,
};

static enum os_err session_create(struct os_server_session *base,
                                  const struct os_session_request *request, struct os_cap *cap)
{
	struct session *const session = container_of(base, struct session, base);
	enum os_err err;

	(void)request;
	if (client)
		return OS_ERR_LIMIT;
	if ((err = os_ram_init(&session->buffer, env, (size_t)2 * PART, &base->account)))
		return err;
	if ((err = terminal_server_init(&session->rpc, env->ep, &base->account, &terminal_ops))) {
		os_ram_fini(&session->buffer, env);
		return err;
	}
	client = session;
	*cap = terminal_server_cap(&session->rpc).cap;
	return OS_OK;
}

/* What it has written stays; what was typed for it is nobody else's. */
static void session_destroy(struct os_server_session *base)
{
	struct session *const session = container_of(base, struct session, base);

	terminal_server_fini(&session->rpc);
	client = NULL;
	pasting.active = false;
	typed = (struct os_byte_ring){ 0 };
	for (int i = 0; i < EVENTS; i++)
		os_cap_drop(session->sigh[i].cap);
	os_ram_fini(&session->buffer, env);
}

static const struct os_service_ops service_ops = {
	.session_size = sizeof(struct session),
	.create = session_create,
	.destroy = session_destroy,
};

/* ------------------------------------------------------------------ config */

static uint32_t number(const char *name, uint32_t value, uint32_t max)
{
	return (uint32_t)OS_MIN(os_xml_u64(config.root, name, value), (uint64_t)max);
}

static enum os_err font_open(void)
{
	struct os_font_metrics metrics;
	struct os_font *font;
	enum os_err err;

	if ((err = os_font_create(&font, env->heap, font_data.start, font_data.size, look.font_size,
	                          FONT_CACHE)))
		return err;
	os_font_destroy(look.font);
	metrics = os_font_metrics(font);
	look.font = font;
	look.ascent = metrics.ascent;
	look.cell_height = OS_MAX(metrics.line, 1u);
	look.cell_width = OS_MAX((os_font_width(font, "M", 1) + 128) / 256, 1u);
	return OS_OK;
}

/* The config's title, until a client says another one. */
static const char *title_read(char *text, size_t size)
{
	return os_xml_string(config.root, "title", text, size) ? "Terminal" : text;
}

static void config_changed(struct os_config *changed)
{
	char title[64];
	enum os_err err;

	(void)changed;
	look_read(&look, env, config.root);
	if ((err = font_open()))
		os_warning(env, "the font: %s", os_err_text(err));
	os_window_title(&window, title_read(title, sizeof(title)));
	clipboard_begin();
	blink_config();
	screen_follow();
}

static enum os_err open_window(void)
{
	const uint32_t columns = OS_MAX(number("columns", COLUMNS, SCREEN_COLUMNS_MAX), 1u);
	const uint32_t lines = OS_MAX(number("lines", LINES, SCREEN_ROWS_MAX), 1u);
	char title[64];
	const struct os_window_config window_config = {
		.title = title_read(title, sizeof(title)),
		.width = columns * look.cell_width,
		.height = lines * look.cell_height,
		.x = (int32_t)number("x", 0, INT32_MAX),
		.y = (int32_t)number("y", 0, INT32_MAX),
	};
	enum os_err err;

	err = screen_init(&screen, env->heap, columns, lines,
	                  number("history", HISTORY, SCREEN_HISTORY_MAX));
	if (err)
		return err;
	screen.answer = answer;
	screen.titled = titled;
	return os_window_open(&window, env, env->ep, &window_config, &window_ops, NULL);
}

static enum os_err open_font(void)
{
	static struct os_rom rom;
	enum os_err err;

	if ((err = os_rom_open(&rom, env, "mono.ttf")) || (err = os_rom_view(&rom, &font_data)) ||
	    (err = font_open()))
		os_error(env, "the font, ROM module \"mono.ttf\": %s", os_err_text(err));
	return err;
}

enum os_err os_construct(struct os_env *own)
{
	enum os_err err;

	env = own;
	if ((err = os_config_open(&config, env)) || (err = os_links_init(&links, env, env->ep)))
		return err;
	look_read(&look, env, config.root);
	if ((err = open_font()))
		return err;
	if ((err = open_window())) {
		os_error(env, "no window: %s", os_err_text(err));
		return err;
	}
	clipboard_begin();
	blink_config();
	if ((err = os_config_sigh(&config, env->ep, config_changed)))
		return err;
	return os_service_init(&service, env, env->ep, TERMINAL_SERVICE, &service_ops, NULL);
}
