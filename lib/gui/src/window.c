/* SPDX-License-Identifier: BSD-2-Clause */
/* Windows: a session's buffer, the memory that is drawn into, and signals that tell when. */

#include <gui/window.h>
#include <osier/env.h>
#include <osier/resource.h>
#include <osier/string.h>

enum {
	BYTES = sizeof(os_pixel),
	DONATION_MORE = 16 * 1024,
	/* what attaching buffers may cost: a part of their size, and some */
	TABLES_PART = 64,
	TABLES_LEAST = 64 * 1024,
};

/* After a call: a server that has ended the session ends the window; all else can wait. */
static void check(struct os_window *window, enum os_err err)
{
	if (err != OS_ERR_GONE)
		return;
	if (window->ops->gone) {
		window->ops->gone(window);
		return;
	}
	os_error(window->env, "the window is gone");
	os_exit(window->env, 1);
}

static void gone(struct os_gui_watch *watch)
{
	check(container_of(watch, struct os_window, watch), OS_ERR_GONE);
}

static struct os_rect whole(const struct os_window *window)
{
	return (struct os_rect){ 0, 0, (int32_t)window->width, (int32_t)window->height };
}

/* ------------------------------------------------------------------ drawing */

static void draw(struct os_window *window)
{
	const struct os_rect dirty = os_rect_intersect(window->dirty, whole(window));

	window->scheduled = false;
	window->dirty = (struct os_rect){ 0 };
	if (os_rect_empty(dirty))
		return;
	window->ops->draw(window, &window->drawn, dirty);
	os_blit_copy(&window->shown, dirty, &window->drawn, 0, 0);
	check(window, framebuffer_refresh(window->framebuffer, dirty.x, dirty.y,
	                                  (uint32_t)dirty.width, (uint32_t)dirty.height));
}

static void redraw(struct os_signal_handler *handler, uint64_t count)
{
	(void)count;
	draw(container_of(handler, struct os_window, redraw));
}

void os_window_damage(struct os_window *window, struct os_rect rect)
{
	window->dirty = os_rect_unite(window->dirty, os_rect_intersect(rect, whole(window)));
	if (window->scheduled || os_rect_empty(window->dirty))
		return;
	window->scheduled = !os_signal_submit(window->redraw.cap, 1);
}

void os_window_damage_all(struct os_window *window)
{
	os_window_damage(window, whole(window));
}

/* ------------------------------------------------------------------ sizes */

/* Have the session's buffer attached as it is now: it is the server's, so what it says is checked.
 */
static enum os_err pixels_attach(struct os_window *window, uint32_t width, uint32_t height)
{
	uint32_t mode_width, mode_height, stride;
	struct dataspace_cap ds;
	struct os_view view;
	enum os_err err;
	bool alpha;

	if ((err = framebuffer_mode(window->framebuffer, &mode_width, &mode_height, &stride,
	                            &alpha)))
		return err;
	if (mode_width < width || mode_height < height || stride < width || stride > OS_SURFACE_MAX)
		return OS_ERR_PROTOCOL;
	if ((err = OS_SESSION_CALL(&window->session,
	                           framebuffer_dataspace(window->framebuffer, &ds))))
		return err;
	err = os_view_init(&view, ds, 0, 0, OS_ATTACH_WRITE);
	os_cap_drop(ds.cap);
	if (err)
		return err;
	if (view.size < (uint64_t)stride * height * BYTES) {
		os_view_fini(&view);
		return OS_ERR_PROTOCOL;
	}
	os_view_fini(&window->pixels);
	window->pixels = view;
	window->shown = (struct os_surface){ view.start, width, height, stride };
	return OS_OK;
}

/* The donation is to hold the buffer: asked for at once, as it is much. */
static enum os_err donate(struct os_window *window, uint32_t width, uint32_t height)
{
	/* the buffer before stays until we have the new one */
	const uint64_t wanted =
	        (uint64_t)width * height * BYTES + window->pixels.size + DONATION_MORE + GUI_RAM;

	if (window->session.ram >= wanted)
		return OS_OK;
	return os_session_upgrade(&window->session, wanted - window->session.ram, 0);
}

static enum os_err size_try(struct os_window *window, uint32_t width, uint32_t height)
{
	struct os_ram back = { 0 };
	enum os_err err;

	if (!width || !height || width > OS_SURFACE_MAX || height > OS_SURFACE_MAX)
		return OS_ERR_RANGE;
	/* the donation first, as it takes what is free */
	if ((err = donate(window, width, height)) ||
	    (err = os_ram_init(&back, window->env, (size_t)width * height * BYTES, NULL)))
		return err;
	if ((err = OS_SESSION_CALL(&window->session,
	                           gui_buffer(window->gui, width, height, window->alpha))) ||
	    (err = pixels_attach(window, width, height))) {
		os_ram_fini(&back, window->env);
		return err == OS_ERR_INVALID ? OS_ERR_RANGE : err;
	}
	os_ram_fini(&window->back, window->env);
	window->back = back;
	window->drawn = (struct os_surface){ back.view.start, width, height, width };
	window->width = width;
	window->height = height;
	window->dirty = whole(window);
	return OS_OK;
}

/* The parent is asked once for what the own quota lacks: a buffer, and page tables of both. */
static enum os_err size_set(struct os_window *window, uint32_t width, uint32_t height)
{
	const uint64_t buffer = (uint64_t)width * height * BYTES;
	const uint64_t needed = buffer + buffer / TABLES_PART + TABLES_LEAST;
	const enum os_err err = size_try(window, width, height);
	uint64_t ram, caps;

	if (err != OS_ERR_OUT_OF_RAM || os_resource_free(window->env, &ram, &caps) ||
	    ram >= needed || os_resource_short(window->env, needed - ram, 0))
		return err;
	return size_try(window, width, height);
}

enum os_err os_window_resize(struct os_window *window, uint32_t width, uint32_t height)
{
	enum os_err err;

	if (width == window->width && height == window->height)
		return OS_OK;
	if ((err = size_set(window, width, height)))
		return err;
	/* its new content first, so that it is seen at once */
	draw(window);
	err = gui_view_place(window->gui, window->view, window->x, window->y, width, height);
	check(window, err);
	return err;
}

/*
 * True if this area is another one than before, so that a person wants the window to follow. That a
 * screen comes only now, or is back, is no reason for another size than the window has.
 */
static bool area_take(struct os_window *window, uint32_t width, uint32_t height)
{
	const bool first = !window->area_width, own = window->own_size;
	const bool same = width == window->area_width && height == window->area_height;

	/* there is no screen at present */
	if (!width || !height)
		return false;
	window->area_width = width;
	window->area_height = height;
	return !same && !(first && own);
}

static void mode_changed(struct os_signal_handler *handler, uint64_t count)
{
	struct os_window *const window = container_of(handler, struct os_window, mode);
	uint32_t width, height;
	enum os_err err;

	(void)count;
	if ((err = gui_mode(window->gui, &width, &height)))
		check(window, err);
	else if (!area_take(window, width, height))
		return;
	else if (window->ops->resize)
		window->ops->resize(window, width, height);
	else if ((err = os_window_resize(window, width, height)))
		os_warning(window->env, "a window of %u by %u: %s", (unsigned int)width,
		           (unsigned int)height, os_err_text(err));
}

static void synced(struct os_signal_handler *handler, uint64_t count)
{
	struct os_window *const window = container_of(handler, struct os_window, sync);

	(void)count;
	window->ops->sync(window);
}

/* ------------------------------------------------------------------ input */

static void input_event(struct os_input *input, const struct os_input_event *event)
{
	struct os_window *const window = container_of(input, struct os_window, input);
	struct os_input_event own = *event;

	if (own.kind == OS_INPUT_ABSOLUTE || own.kind == OS_INPUT_TOUCH) {
		own.x = (int32_t)((uint32_t)own.x - (uint32_t)window->x);
		own.y = (int32_t)((uint32_t)own.y - (uint32_t)window->y);
	}
	if (window->ops->input)
		window->ops->input(window, &own);
	else if (own.kind == OS_INPUT_CLOSE)
		os_exit(window->env, 0);
}

static enum os_err events_open(struct os_window *window)
{
	struct input_cap input = { 0 };
	enum os_err err;

	if ((err = OS_SESSION_CALL(&window->session, gui_input(window->gui, &input))))
		return err;
	err = os_input_init(&window->input, window->ep, input, &window->session, input_event);
	os_cap_drop(input.cap);
	return err;
}

/* ------------------------------------------------------------------ open and close */

static enum os_err handlers_init(struct os_window *window)
{
	enum os_err err;

	if ((err = os_signal_handler_init(&window->redraw, window->ep, redraw)) ||
	    (err = os_signal_handler_init(&window->mode, window->ep, mode_changed)) ||
	    (err = gui_mode_sigh(window->gui, window->mode.cap)))
		return err;
	if (!window->ops->sync)
		return OS_OK;
	if ((err = os_signal_handler_init(&window->sync, window->ep, synced)))
		return err;
	return framebuffer_sync_sigh(window->framebuffer, window->sync.cap);
}

static enum os_err view_open(struct os_window *window, const struct os_window_config *config)
{
	enum os_err err;

	if ((err = OS_SESSION_CALL(&window->session,
	                           gui_view_create(window->gui, 0, &window->view))))
		return err;
	if (config->title)
		os_window_title(window, config->title);
	if (config->background && (err = gui_view_background(window->gui, window->view)))
		return err;
	/* what takes the area is not to be seen, nor placed by anybody, before there is one */
	if (!window->own_size && !window->area_width)
		return OS_OK;
	return gui_view_place(window->gui, window->view, window->x, window->y, window->width,
	                      window->height);
}

/* What the program wants, or the area; until there is a screen, something. */
static uint32_t first_length(uint32_t wanted, uint32_t area)
{
	return wanted ? wanted : OS_MAX(area, 1u);
}

static enum os_err open_all(struct os_window *window, const struct os_window_config *config)
{
	uint32_t width, height;
	enum os_err err;

	if ((err = gui_mode(window->gui, &width, &height)) ||
	    (err = OS_SESSION_CALL(&window->session,
	                           gui_framebuffer(window->gui, &window->framebuffer))) ||
	    (err = size_set(window, first_length(config->width, width),
	                    first_length(config->height, height))) ||
	    (err = handlers_init(window)) || (err = events_open(window)))
		return err;
	window->own_size = config->width && config->height;
	(void)area_take(window, width, height);
	if ((err = view_open(window, config)))
		return err;
	/* the area may have changed since it was asked for */
	OS_ASSERT(!os_signal_submit(window->mode.cap, 1));
	if ((err = os_gui_watch_init(&window->watch, window->env, window->ep, &window->session,
	                             gone)))
		return err;
	os_window_damage_all(window);
	return OS_OK;
}

enum os_err os_window_open(struct os_window *window, struct os_env *env, struct os_ep *ep,
                           const struct os_window_config *config, const struct os_window_ops *ops,
                           void *context)
{
	enum os_err err;

	*window = (struct os_window){ .env = env,
		                      .ep = ep,
		                      .ops = ops,
		                      .context = context,
		                      .x = config->x,
		                      .y = config->y,
		                      .alpha = config->alpha };
	if ((err = gui_open(&window->session, env, config->label, &window->gui)))
		return err;
	if ((err = open_all(window, config)))
		os_window_close(window);
	return err;
}

void os_window_close(struct os_window *window)
{
	if (!window->env)
		return;
	os_input_fini(&window->input);
	os_gui_watch_fini(&window->watch);
	os_signal_handler_fini(&window->redraw);
	os_signal_handler_fini(&window->mode);
	os_signal_handler_fini(&window->sync);
	os_view_fini(&window->pixels);
	os_ram_fini(&window->back, window->env);
	os_cap_drop(window->framebuffer.cap);
	os_session_close(&window->session);
	*window = (struct os_window){ 0 };
}

void os_window_move(struct os_window *window, int32_t x, int32_t y)
{
	window->x = x;
	window->y = y;
	check(window,
	      gui_view_place(window->gui, window->view, x, y, window->width, window->height));
}

void os_window_title(struct os_window *window, const char *title)
{
	char text[GUI_VIEW_TITLE_TITLE_SIZE];
	size_t length = OS_MIN(strlen(title), sizeof(text) - 1);

	/* not within a character of UTF-8 */
	while (title[length] && length && ((uint8_t)title[length] & 0xc0) == 0x80)
		length--;
	memcpy(text, title, length);
	text[length] = '\0';
	check(window, gui_view_title(window->gui, window->view, text));
}
