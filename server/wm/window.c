/* SPDX-License-Identifier: BSD-2-Clause */
/* Windows: views in frames, where they are, and what is asked of their clients. */

#include <osier/string.h>

#include "wm.h"

/* What a window costs its client, beside the views: the struct, and a row of pixels for its title.
 */
enum { WINDOW_COST = 1024, ROWS_MAX = 256 };

static const enum part button_parts[] = { PART_MAXIMISE, PART_CLOSE };

/* What cannot be done is not worse than a window that looks as before; a server that is gone has
 * ended its sessions anyway. */
static void best_effort(enum os_err err)
{
	(void)err;
}

struct window *window_find(const struct client *client, uint32_t view)
{
	OS_LIST_FOR_EACH (node, &client->windows) {
		struct window *window = OS_LIST_ITEM(node, struct window, node);

		if (window->view == view)
			return window;
	}
	return NULL;
}

/* ------------------------------------------------------------------ the frames' buffer */

static uint32_t row_width(int32_t title)
{
	return (uint32_t)frame_scaled(TITLE_WIDTH, title);
}

static struct os_surface surface_of(const struct client *client)
{
	const uint32_t width = row_width(client->title);

	return (struct os_surface){ client->pixels.start, width,
		                    (client->rows + LOOK_ROWS) * (uint32_t)client->title, width };
}

/* The memory of the session's buffer, and only if it is as large as the server said. */
static enum os_err buffer_attach(struct client *client, uint64_t size)
{
	struct gui_cap gui = client->frame.gui;
	struct framebuffer_cap framebuffer;
	struct dataspace_cap ds;
	struct os_view view;
	enum os_err err;

	if ((err = gui_framebuffer(gui, &framebuffer)))
		return err;
	err = REAL_CALL(client, &client->frame, framebuffer_dataspace(framebuffer, &ds));
	os_cap_drop(framebuffer.cap);
	if (err)
		return err;
	/* from here on the one before is no longer there */
	os_view_fini(&client->pixels);
	err = os_view_init(&view, ds, 0, 0, OS_ATTACH_WRITE);
	os_cap_drop(ds.cap);
	if (err)
		return err;
	if (view.size < size) {
		os_view_fini(&view);
		return OS_ERR_PROTOCOL;
	}
	client->pixels = view;
	return OS_OK;
}

/* Room for so many titles of that height; what is in them is to be drawn. */
static enum os_err buffer_make(struct client *client, uint32_t rows, int32_t title)
{
	const uint32_t width = row_width(title), height = (rows + LOOK_ROWS) * (uint32_t)title;
	enum os_err err;

	if ((err = REAL_CALL(client, &client->frame,
	                     gui_buffer(client->frame.gui, width, height, false))) ||
	    (err = buffer_attach(client, (uint64_t)width * height * sizeof(os_pixel))))
		return err == OS_ERR_INVALID ? OS_ERR_LIMIT : err;
	client->rows = rows;
	client->title = title;
	return OS_OK;
}

/* Room for one more title. */
static enum os_err row_take(struct client *client, uint32_t *row)
{
	const struct window *taken[ROWS_MAX] = { 0 };
	const uint32_t rows = client->rows + 1;

	OS_LIST_FOR_EACH (node, &client->windows) {
		const struct window *window = OS_LIST_ITEM(node, struct window, node);

		taken[window->row] = window;
	}
	for (*row = 0; *row < client->rows; ++*row)
		if (!taken[*row])
			return OS_OK;
	return rows > ROWS_MAX ? OS_ERR_LIMIT : buffer_make(client, rows, client->title);
}

static void refresh_row(struct client *client, uint32_t row)
{
	const int32_t title = client->title;
	struct framebuffer_cap framebuffer;

	if (gui_framebuffer(client->frame.gui, &framebuffer))
		return;
	best_effort(framebuffer_refresh(framebuffer, 0, (int32_t)row * title, row_width(title),
	                                (uint32_t)title));
	os_cap_drop(framebuffer.cap);
}

static void title_draw(struct window *window)
{
	struct client *const client = window->client;
	const struct os_surface surface = surface_of(client);

	if (!surface.pixels)
		return;
	look_title(&surface, client->title, window->row,
	           window->text[0] ? window->text : client->label, client->focused);
	refresh_row(client, window->row + LOOK_ROWS);
}

void client_draw(struct client *client)
{
	const struct os_surface surface = surface_of(client);

	if (!surface.pixels)
		return;
	look_buttons(&surface, client->title, client->focused);
	refresh_row(client, 0);
	OS_LIST_FOR_EACH (node, &client->windows) {
		struct window *window = OS_LIST_ITEM(node, struct window, node);

		best_effort(gui_view_fill(client->frame.gui, window->frame,
		                          look_colour(client->focused)));
		title_draw(window);
	}
}

/* ------------------------------------------------------------------ views */

/* The views of the frame, as far as there is quota; on an error, what there is stays to be ended.
 */
static enum os_err frame_create(struct window *window)
{
	struct client *const client = window->client;
	struct real *const frame = &client->frame;
	struct gui_view_cap parent;
	enum os_err err;

	if ((err = REAL_CALL(client, frame, gui_view_create(frame->gui, 0, &window->frame))) ||
	    (err = REAL_CALL(client, frame,
	                     gui_view_create(frame->gui, window->frame, &window->title))))
		return err;
	for (size_t i = 0; i < OS_ARRAY_SIZE(window->buttons); i++)
		if ((err = REAL_CALL(
		             client, frame,
		             gui_view_create(frame->gui, window->frame, &window->buttons[i]))))
			return err;
	if ((err = REAL_CALL(client, frame,
	                     gui_view_capability(frame->gui, window->frame, &parent))))
		return err;
	err = REAL_CALL(client, &client->content,
	                gui_view_create_in(client->content.gui, parent, &window->view));
	os_cap_drop(parent.cap);
	return err;
}

static void view_end(struct gui_cap gui, uint32_t view)
{
	if (view)
		best_effort(gui_view_destroy(gui, view));
}

static void frame_destroy(struct window *window)
{
	struct client *const client = window->client;

	view_end(client->content.gui, window->view);
	for (size_t i = 0; i < OS_ARRAY_SIZE(window->buttons); i++)
		view_end(client->frame.gui, window->buttons[i]);
	view_end(client->frame.gui, window->title);
	view_end(client->frame.gui, window->frame);
}

static void button_show(struct window *window, size_t index)
{
	const enum part part = button_parts[index];
	const struct os_rect image =
	        look_button(window->client->title, part, window->hover == part);

	best_effort(gui_view_offset(window->client->frame.gui, window->buttons[index], image.x,
	                            image.y));
}

/* All views of a window are where its content says. */
static void arrange(struct window *window)
{
	const struct client *const client = window->client;
	const int32_t high = client->title, wide = (int32_t)row_width(high);
	const struct os_rect content = window->content, outer = frame_outer(content, high);
	const struct os_rect title = frame_part_rect(outer, high, PART_TITLE);
	const int32_t room = title.width - 2 * frame_scaled(BUTTON_WIDTH, high);
	struct gui_cap gui = client->frame.gui;

	best_effort(gui_begin(gui));
	best_effort(gui_view_place(gui, window->frame, outer.x, outer.y, (uint32_t)outer.width,
	                           (uint32_t)outer.height));
	best_effort(gui_view_place(gui, window->title, title.x, title.y,
	                           (uint32_t)(room < 0 ? 0 : OS_MIN(room, wide)), (uint32_t)high));
	best_effort(
	        gui_view_offset(gui, window->title, 0, (int32_t)(window->row + LOOK_ROWS) * high));
	for (size_t i = 0; i < OS_ARRAY_SIZE(window->buttons); i++) {
		const struct os_rect rect = frame_part_rect(outer, high, button_parts[i]);

		best_effort(gui_view_place(gui, window->buttons[i], rect.x, rect.y,
		                           (uint32_t)rect.width, (uint32_t)rect.height));
		button_show(window, i);
	}
	best_effort(gui_commit(gui));
	best_effort(gui_view_place(client->content.gui, window->view, BORDER, BORDER + high,
	                           (uint32_t)content.width, (uint32_t)content.height));
}

enum os_err window_create(struct client *client, uint32_t *view)
{
	struct window *window;
	enum os_err err;
	void *memory;

	if ((err = client_charge(client, WINDOW_COST, 0)))
		return err;
	if ((err = os_alloc(wm.env->heap, sizeof(*window), &memory))) {
		client_refund(client, WINDOW_COST, 0);
		return err;
	}
	window = memory;
	*window = (struct window){ .client = client };
	if ((err = row_take(client, &window->row)) || (err = frame_create(window))) {
		frame_destroy(window);
		os_free(wm.env->heap, window, sizeof(*window));
		client_refund(client, WINDOW_COST, 0);
		return err;
	}
	os_list_append(&client->windows, &window->node);
	os_list_append(&wm.order, &window->order);
	best_effort(gui_view_fill(client->frame.gui, window->frame, look_colour(client->focused)));
	if (client->rows == 1)
		client_draw(client); /* the buttons, too */
	else
		title_draw(window); /* what there was has stayed in the buffer */
	*view = window->view;
	return OS_OK;
}

void window_destroy(struct window *window)
{
	struct client *const client = window->client;

	input_forget(window);
	frame_destroy(window);
	os_list_remove(&client->windows, &window->node);
	os_list_remove(&wm.order, &window->order);
	os_free(wm.env->heap, window, sizeof(*window));
	client_refund(client, WINDOW_COST, 0);
	focus_settle();
}

/* ------------------------------------------------------------------ places and sizes */

static void mode_set(struct client *client, uint32_t width, uint32_t height)
{
	if (client->mode_width == width && client->mode_height == height)
		return;
	client->mode_width = width;
	client->mode_height = height;
	if (os_cap_valid(client->mode_handler.cap))
		best_effort(os_signal_submit(client->mode_handler, 1));
}

static bool is_placed(const struct window *window)
{
	return !os_rect_empty(window->content);
}

/* The first size: it is seen from now on, where the client says, or where there is room. */
static void place_first(struct window *window, struct os_rect asked)
{
	const int32_t title = window->client->title;
	const uint32_t index = wm.placed++;

	window->content = asked.x || asked.y
	                          ? frame_reachable(asked, title, wm.area)
	                          : frame_cascade(index, (uint32_t)asked.width,
	                                          (uint32_t)asked.height, title, wm.area);
	window->wanted = window->content;
	window_raise(window);
}

/* Another one: it follows its mode, or does as it likes; and it may move by itself. */
static void place_again(struct window *window, struct os_rect asked)
{
	const struct os_rect wanted = window->wanted;
	struct os_rect content = window->content;

	content.x += asked.x - window->asked_x;
	content.y += asked.y - window->asked_y;
	if (wanted.width == asked.width && wanted.height == asked.height &&
	    asked.x == window->asked_x && asked.y == window->asked_y)
		content = wanted;
	content.width = asked.width;
	content.height = asked.height;
	window->content = window->wanted = frame_reachable(content, window->client->title, wm.area);
}

void window_place(struct window *window, struct os_rect asked)
{
	if (os_rect_empty(asked)) {
		/* out of sight; it begins anew when it has a size again */
		window->content = window->wanted = (struct os_rect){ 0 };
		best_effort(gui_view_place(window->client->frame.gui, window->frame, 0, 0, 0, 0));
		focus_settle();
		return;
	}
	asked.width = OS_MIN(asked.width, (int32_t)OS_SURFACE_MAX);
	asked.height = OS_MIN(asked.height, (int32_t)OS_SURFACE_MAX);
	if (is_placed(window))
		place_again(window, asked);
	else
		place_first(window, asked);
	window->asked_x = asked.x;
	window->asked_y = asked.y;
	arrange(window);
	mode_set(window->client, (uint32_t)window->wanted.width, (uint32_t)window->wanted.height);
	focus_settle();
}

void window_want(struct window *window, struct os_rect content)
{
	if (!window->maximised)
		content = frame_reachable(content, window->client->title, wm.area);
	window->wanted = content;
	if (content.width == window->content.width && content.height == window->content.height) {
		window->content = content;
		arrange(window);
		return;
	}
	mode_set(window->client, (uint32_t)content.width, (uint32_t)content.height);
}

void window_maximise(struct window *window)
{
	window->maximised = !window->maximised;
	if (window->maximised)
		window->restored = window->content;
	window_want(window, window->maximised ? frame_maximised(wm.area, window->client->title)
	                                      : window->restored);
}

/* Who has no window on the screen yet may have one as large as this. */
static void mode_offer(struct client *client)
{
	OS_LIST_FOR_EACH (node, &client->windows)
		if (is_placed(OS_LIST_ITEM(node, struct window, node)))
			return;
	mode_set(client, (uint32_t)wm.area.width * 3 / 4, (uint32_t)wm.area.height * 3 / 4);
}

void windows_fit(void)
{
	OS_LIST_FOR_EACH (node, &wm.service.sessions)
		mode_offer(container_of(OS_LIST_ITEM(node, struct os_server_session, node),
		                        struct client, base));
	OS_LIST_FOR_EACH (node, &wm.order) {
		struct window *window = OS_LIST_ITEM(node, struct window, order);

		if (is_placed(window))
			window_want(window,
			            window->maximised
			                    ? frame_maximised(wm.area, window->client->title)
			                    : window->content);
	}
}

void client_theme(struct client *client)
{
	enum os_err err = OS_OK;

	if (!client->rows)
		client->title = wm.title;
	else if (client->title != wm.title)
		err = buffer_make(client, client->rows, wm.title);
	if (err)
		os_warning(wm.env, "the titles of \"%s\" stay as they are: %s", client->label,
		           os_err_text(err));
	client_draw(client);
	OS_LIST_FOR_EACH (node, &client->windows) {
		struct window *window = OS_LIST_ITEM(node, struct window, node);

		if (is_placed(window))
			arrange(window);
	}
}

/* ------------------------------------------------------------------ order, titles, ends */

void window_raise(struct window *window)
{
	os_list_remove(&wm.order, &window->order);
	os_list_prepend(&wm.order, &window->order);
	best_effort(gui_view_raise(window->client->frame.gui, window->frame, 0));
}

void window_title(struct window *window, const char *text)
{
	best_effort(os_str_copy(window->text, sizeof(window->text), text));
	title_draw(window);
}

struct window *window_top(const struct client *client)
{
	OS_LIST_FOR_EACH (node, &wm.order) {
		struct window *window = OS_LIST_ITEM(node, struct window, order);

		if (window->client == client && is_placed(window))
			return window;
	}
	return NULL;
}

struct window *window_at(const struct client *client, int32_t x, int32_t y)
{
	OS_LIST_FOR_EACH (node, &wm.order) {
		struct window *window = OS_LIST_ITEM(node, struct window, order);

		if (window->client == client && is_placed(window) &&
		    os_rect_contains(frame_outer(window->content, client->title), x, y))
			return window;
	}
	return NULL;
}

void window_close(struct window *window)
{
	const struct os_input_event event = { .kind = OS_INPUT_CLOSE };
	struct client *const client = window->client;

	if (window->close_count++ || !client->input_served) {
		os_log(wm.env, "\"%s\" was closed", client->label);
		client_end(client);
		return;
	}
	os_input_server_put(&client->input, &event);
}
