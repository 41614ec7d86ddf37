/* SPDX-License-Identifier: BSD-2-Clause */
/* What a person does with frames, and what clients are told of the rest. */

#include <input/key.h>

#include "wm.h"

enum { POINTER_SIZE = 64 }; /* pixels in a line, and lines, of a pointer's image */

static bool is_button(uint16_t code)
{
	return code >= OS_BUTTON_LEFT && code <= OS_BUTTON_TASK;
}

void input_forget(const struct window *window)
{
	if (wm.dragged == window)
		wm.dragged = NULL;
	if (window->client->pressed == window)
		window->client->pressed = NULL;
}

/* ------------------------------------------------------------------ the focus */

void focus_settle(void)
{
	const struct os_list_node *node = os_list_first(&wm.order);

	if (wm.focus && window_top(wm.focus))
		return;
	wm.focus = NULL;
	for (; node; node = os_list_next(node)) {
		const struct window *const window = OS_LIST_ITEM(node, struct window, order);

		if (os_rect_empty(window->content))
			continue;
		if (!gui_focus(window->client->content.gui))
			wm.focus = window->client;
		return;
	}
}

void focus_forget(const struct client *client)
{
	if (wm.focus == client)
		wm.focus = NULL;
	focus_settle();
}

/* ------------------------------------------------------------------ frames */

static enum part part_at(const struct window *window, int32_t x, int32_t y)
{
	const int32_t title = window->client->title;
	const struct os_rect outer = frame_outer(window->content, title);

	return frame_part_at(outer, title, x - outer.x, y - outer.y);
}

static void hover_set(struct window *window, enum part part)
{
	struct gui_cap gui = window->client->frame.gui;
	const enum part parts[] = { PART_MAXIMISE, PART_CLOSE };

	if (part != PART_CLOSE && part != PART_MAXIMISE)
		part = PART_NONE;
	if (part == window->hover)
		return;
	window->hover = part;
	for (size_t i = 0; i < OS_ARRAY_SIZE(parts); i++) {
		const struct os_rect image =
		        look_button(window->client->title, parts[i], part == parts[i]);
		const enum os_err err = gui_view_offset(gui, window->buttons[i], image.x, image.y);

		(void)err; /* it looks as before */
	}
}

static void hover_none(struct client *client)
{
	OS_LIST_FOR_EACH (node, &client->windows)
		hover_set(OS_LIST_ITEM(node, struct window, node), PART_NONE);
}

static enum os_err arrows_attach(struct client *client)
{
	struct gui_cap gui = client->frame.gui;
	struct ram_dataspace_cap ds = { 0 };
	enum os_err err;

	if ((err = REAL_CALL(client, &client->frame, gui_pointer_buffer(gui, &ds))))
		return err;
	err = os_view_init(&client->arrows, ram_dataspace_as_dataspace(ds), 0, 0, OS_ATTACH_WRITE);
	os_cap_drop(ds.cap);
	if (!err && client->arrows.size < POINTER_SIZE * POINTER_SIZE * sizeof(os_pixel)) {
		os_view_fini(&client->arrows);
		err = OS_ERR_PROTOCOL;
	}
	return err;
}

/* Over a border the pointer tells which way that can be dragged; where its client cannot pay for
 * the image, it looks as usual. */
static void pointer_set(struct client *client, enum part part)
{
	struct gui_cap gui = client->frame.gui;
	struct os_rect image = { 0 };
	enum os_err err;

	if (!frame_part_resizes(part))
		part = PART_NONE;
	if (part == client->pointed)
		return;
	client->pointed = part;
	if (part != PART_NONE && (client->arrows.start || !arrows_attach(client))) {
		const struct os_surface surface = { client->arrows.start, POINTER_SIZE,
			                            POINTER_SIZE, POINTER_SIZE };

		image = look_arrows(&surface, part);
	}
	err = gui_pointer(gui, (uint32_t)image.width, (uint32_t)image.height,
	                  (uint32_t)image.width / 2, (uint32_t)image.height / 2);
	(void)err; /* it looks as before */
}

static void frame_press(struct client *client)
{
	struct window *const window = window_at(client, client->x, client->y);
	enum os_err err;

	if (!window)
		return;
	wm.part = part_at(window, client->x, client->y);
	wm.dragged = window;
	wm.content = window->content;
	wm.x = client->x;
	wm.y = client->y;
	window_raise(window);
	err = gui_focus(client->content.gui);
	(void)err; /* the config may forbid it */
}

static void frame_release(struct client *client)
{
	struct window *const window = wm.dragged;
	const enum part part = wm.part;

	if (!window || window->client != client)
		return;
	wm.dragged = NULL;
	if (part_at(window, client->x, client->y) != part)
		return;
	if (part == PART_CLOSE)
		window_close(window);
	else if (part == PART_MAXIMISE)
		window_maximise(window);
}

static void frame_motion(struct client *client)
{
	struct window *window = wm.dragged;

	if (!window || window->client != client) {
		hover_none(client);
		window = window_at(client, client->x, client->y);
		if (window)
			hover_set(window, part_at(window, client->x, client->y));
		pointer_set(client, window ? part_at(window, client->x, client->y) : PART_NONE);
		return;
	}
	if (wm.part != PART_TITLE && !frame_part_resizes(wm.part))
		return;
	window->maximised = false;
	window_want(window, frame_drag(wm.content, wm.part, client->x - wm.x, client->y - wm.y));
}

void frame_event(struct os_input *input, const struct os_input_event *event)
{
	struct client *const client = container_of(input, struct client, frame.input);

	switch (event->kind) {
	case OS_INPUT_ABSOLUTE:
	case OS_INPUT_TOUCH:
		client->x = event->x;
		client->y = event->y;
		frame_motion(client);
		break;
	case OS_INPUT_PRESS:
		if (event->code == OS_BUTTON_LEFT)
			frame_press(client);
		break;
	case OS_INPUT_RELEASE:
		if (event->code == OS_BUTTON_LEFT)
			frame_release(client);
		break;
	case OS_INPUT_LOST:
		/* that the button went up may be what is lost */
		if (wm.dragged && wm.dragged->client == client)
			wm.dragged = NULL;
		hover_none(client);
		break;
	case OS_INPUT_LEAVE:
		hover_none(client);
		break;
	default:
		break;
	}
}

/* ------------------------------------------------------------------ contents */

/* Clients have rings of their own, so that who has got it may be known before who has lost it. */
static void focus_changed(struct client *client, bool focused)
{
	client->focused = focused;
	client->alt = false;
	client->taken = 0;
	if (focused)
		wm.focus = client;
	OS_LIST_FOR_EACH (node, &wm.order) {
		const struct window *const window = OS_LIST_ITEM(node, struct window, order);

		if (!focused && wm.focus == client && window->client->focused)
			wm.focus = window->client;
	}
	client_draw(client);
}

/* While Alt is held, from the window used last to the one used longest ago, and round again. */
static struct window *window_after(struct window *current)
{
	struct window *first = NULL, *last = NULL;

	if (current)
		current->round = wm.round;
	OS_LIST_FOR_EACH (node, &wm.order) {
		struct window *window = OS_LIST_ITEM(node, struct window, order);

		if (os_rect_empty(window->content) || window == current)
			continue;
		if (!first && window->round != wm.round)
			first = window;
		last = window;
	}
	if (first)
		return first;
	wm.round++;
	if (current)
		current->round = wm.round;
	return last;
}

static void focus_next(struct window *current)
{
	struct window *const next = window_after(current);

	if (!next)
		return;
	window_raise(next);
	if (gui_focus(next->client->content.gui))
		os_warning(wm.env, "\"%s\" may not have the focus", next->client->label);
}

/* What Alt makes of a key: something for us, or not. */
static bool command(struct client *client, uint32_t code)
{
	struct window *const window = window_top(client);

	switch (code) {
	case OS_KEY_TAB:
		focus_next(window);
		return true;
	case OS_KEY_F4:
		if (window)
			window_close(window);
		return true;
	case OS_KEY_F10:
		if (window)
			window_maximise(window);
		return true;
	default:
		return false;
	}
}

/* Keys that are ours, from their going down until they are up; true: the client is not told. */
static bool key_taken(struct client *client, const struct os_input_event *event)
{
	const bool press = event->kind == OS_INPUT_PRESS;

	if (event->code == OS_KEY_LEFTALT) {
		client->alt = event->kind != OS_INPUT_RELEASE;
		wm.round += !client->alt;
	}
	if (!press && event->code == client->taken && client->taken) {
		if (event->kind == OS_INPUT_RELEASE)
			client->taken = 0;
		return true;
	}
	if (!press || !client->alt || !command(client, event->code))
		return false;
	client->taken = event->code;
	return true;
}

/* Where the client takes the pointer to be: relative to where it has placed its view. */
static void told_motion(struct client *client, struct os_input_event event)
{
	const struct window *window = client->pressed;

	if (!window)
		window = window_at(client, event.x, event.y);
	client->x = event.x;
	client->y = event.y;
	if (window) {
		event.x += window->asked_x - window->content.x;
		event.y += window->asked_y - window->content.y;
	}
	os_input_server_put(&client->input, &event);
}

static void button(struct client *client, bool down)
{
	struct window *const window = window_at(client, client->x, client->y);

	if (down && window && !client->pressed)
		window_raise(window);
	client->pressed = down ? window : NULL;
}

void content_event(struct os_input *input, const struct os_input_event *event)
{
	struct client *const client = container_of(input, struct client, content.input);
	const bool is_key = event->kind == OS_INPUT_PRESS || event->kind == OS_INPUT_RELEASE ||
	                    event->kind == OS_INPUT_REPEAT;

	if (event->kind == OS_INPUT_ABSOLUTE || event->kind == OS_INPUT_TOUCH) {
		told_motion(client, *event);
		return;
	}
	if (event->kind == OS_INPUT_FOCUS || event->kind == OS_INPUT_UNFOCUS)
		focus_changed(client, event->kind == OS_INPUT_FOCUS);
	if (event->kind == OS_INPUT_LOST) {
		client->pressed = NULL;
		client->alt = false;
		client->taken = 0;
	}
	if (is_key && event->kind != OS_INPUT_REPEAT && is_button(event->code))
		button(client, event->kind == OS_INPUT_PRESS);
	else if (is_key && key_taken(client, event))
		return;
	os_input_server_put(&client->input, event);
}
