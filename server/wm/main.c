/* SPDX-License-Identifier: BSD-2-Clause */
/* wm: a window manager; serves "Gui" sessions whose views on the screen have frames. */

#include <config/config.h>
#include <osier/env.h>
#include <osier/string.h>

#include "wm.h"

/* What a session with the GUI server is opened with, what more it gets at a time, and what such a
 * session costs beside that. */
enum { REAL_RAM = 32 * 1024, REAL_CAPS = 12, GROW_RAM = 16 * 1024, GROW_CAPS = 4 };
enum { COST_RAM = 8 * 1024, COST_CAPS = 6, TITLE_PAD = 9, FONT_CACHE = 128 * 1024 };

struct wm wm = { .round = 1 }; /* no window has been there */
static struct os_config config;
static struct os_view font_data;

/* ------------------------------------------------------------------ quota */

static uint64_t lacking(uint64_t wanted, uint64_t spare)
{
	return wanted - OS_MIN(wanted, spare);
}

enum os_err client_charge(struct client *client, uint64_t ram, uint64_t caps)
{
	const uint64_t more_ram = lacking(ram, client->spare_ram);
	const uint64_t more_caps = lacking(caps, client->spare_caps);
	enum os_err err = OS_OK;

	if (more_ram || more_caps)
		err = parent_request_draw(wm.env->parent, client->base.id, more_ram, more_caps);
	if (err)
		return err == OS_ERR_OUT_OF_CAPS ? err : OS_ERR_OUT_OF_RAM;
	client->spare_ram -= ram - more_ram;
	client->spare_caps -= caps - more_caps;
	return OS_OK;
}

/* What is not free yet, as a session of ours is still being closed, comes back later. */
void client_refund(struct client *client, uint64_t ram, uint64_t caps)
{
	client->spare_ram += ram;
	client->spare_caps += caps;
	if (!parent_request_return(wm.env->parent, client->base.id, client->spare_ram,
	                           client->spare_caps))
		client->spare_ram = client->spare_caps = 0;
}

bool real_grow(struct client *client, struct real *real, enum os_err err)
{
	const uint64_t ram = err == OS_ERR_OUT_OF_RAM ? GROW_RAM : 0;
	const uint64_t caps = err == OS_ERR_OUT_OF_CAPS ? GROW_CAPS : 0;

	if ((!ram && !caps) || client_charge(client, ram, caps))
		return false;
	if (!os_session_upgrade(&real->session, ram, caps))
		return true;
	client_refund(client, ram, caps);
	return false;
}

/* ------------------------------------------------------------------ sessions with the GUI server
 */

static enum os_err real_open(struct real *real, const char *label, uint64_t ram, uint64_t caps)
{
	const struct os_session_args args = {
		.service = GUI_SERVICE, .label = label, .ram = ram, .caps = caps, .type = GUI_TYPE
	};
	const enum os_err err = os_session_open(&real->session, wm.env, &args);

	if (!err)
		real->gui.cap = real->session.cap;
	return err;
}

static void real_close(struct client *client, struct real *real)
{
	const uint64_t ram = real->session.ram, caps = real->session.caps;

	if (!real->session.env)
		return;
	os_input_fini(&real->input);
	os_session_close(&real->session);
	*real = (struct real){ 0 };
	client_refund(client, ram + COST_RAM, caps + COST_CAPS);
}

/* A session on behalf of a client, with the input that it brings. */
static enum os_err real_init(struct client *client, struct real *real,
                             void (*event)(struct os_input *, const struct os_input_event *))
{
	struct input_cap input;
	enum os_err err;

	if ((err = client_charge(client, REAL_RAM + COST_RAM, REAL_CAPS + COST_CAPS)))
		return err;
	if ((err = real_open(real, client->label, REAL_RAM, REAL_CAPS))) {
		client_refund(client, REAL_RAM + COST_RAM, REAL_CAPS + COST_CAPS);
		return err;
	}
	/* opening may have donated more, once */
	if ((err = client_charge(client, real->session.ram - REAL_RAM,
	                         real->session.caps - REAL_CAPS))) {
		os_session_close(&real->session);
		*real = (struct real){ 0 };
		client_refund(client, REAL_RAM + COST_RAM, REAL_CAPS + COST_CAPS);
		return err;
	}
	if ((err = REAL_CALL(client, real, gui_input(real->gui, &input))))
		return err;
	err = REAL_CALL(client, real, os_input_init(&real->input, wm.env->ep, input, NULL, event));
	os_cap_drop(input.cap);
	return err;
}

void client_end(struct client *client)
{
	struct os_list_node *node;

	while ((node = os_list_first(&client->windows)))
		window_destroy(OS_LIST_ITEM(node, struct window, node));
	focus_forget(client);
	os_view_fini(&client->pixels);
	os_view_fini(&client->arrows);
	client->pointed = PART_NONE;
	client->rows = 0;
	os_cap_drop(client->framebuffer.cap);
	os_cap_drop(client->view.cap);
	os_cap_drop(client->pointer.cap);
	client->pointer = (struct ram_dataspace_cap){ 0 };
	client->framebuffer = (struct framebuffer_cap){ 0 };
	client->view = (struct gui_view_cap){ 0 };
	real_close(client, &client->content);
	real_close(client, &client->frame);
	gui_server_fini(&client->rpc);
	os_input_server_fini(&client->input);
	client->input_served = false;
}

/* ------------------------------------------------------------------ RPC: the buffer */

static struct client *self(struct gui_server *rpc)
{
	return container_of(rpc, struct client, rpc);
}

static enum os_err framebuffer(struct gui_server *rpc, struct framebuffer_cap *out)
{
	struct client *const client = self(rpc);
	enum os_err err = OS_OK;

	if (!os_cap_valid(client->framebuffer.cap))
		err = REAL_CALL(client, &client->content,
		                gui_framebuffer(client->content.gui, &client->framebuffer));
	*out = client->framebuffer;
	return err;
}

static enum os_err buffer(struct gui_server *rpc, uint32_t width, uint32_t height, bool alpha)
{
	struct client *const client = self(rpc);
	const uint64_t size = (uint64_t)width * height * sizeof(os_pixel);

	/* at once, rather than step by step */
	if (width <= OS_SURFACE_MAX && height <= OS_SURFACE_MAX &&
	    !client_charge(client, size, 0) &&
	    os_session_upgrade(&client->content.session, size, 0))
		client_refund(client, size, 0);
	return REAL_CALL(client, &client->content,
	                 gui_buffer(client->content.gui, width, height, alpha));
}

static enum os_err mode(struct gui_server *rpc, uint32_t *width, uint32_t *height)
{
	*width = self(rpc)->mode_width;
	*height = self(rpc)->mode_height;
	return OS_OK;
}

static enum os_err mode_sigh(struct gui_server *rpc, struct signal_context_cap handler)
{
	os_cap_drop(self(rpc)->mode_handler.cap);
	self(rpc)->mode_handler = handler;
	return OS_OK;
}

/* ------------------------------------------------------------------ RPC: views */

static enum os_err view_create(struct gui_server *rpc, uint32_t parent, uint32_t *view)
{
	struct client *const client = self(rpc);

	if (!parent)
		return window_create(client, view);
	return REAL_CALL(client, &client->content,
	                 gui_view_create(client->content.gui, parent, view));
}

static enum os_err view_create_in(struct gui_server *rpc, struct gui_view_cap parent,
                                  uint32_t *view)
{
	struct client *const client = self(rpc);
	const enum os_err err = REAL_CALL(client, &client->content,
	                                  gui_view_create_in(client->content.gui, parent, view));

	os_cap_drop(parent.cap);
	return err;
}

static enum os_err view_destroy(struct gui_server *rpc, uint32_t view)
{
	struct client *const client = self(rpc);
	struct window *const window = window_find(client, view);

	if (!window)
		return gui_view_destroy(client->content.gui, view);
	window_destroy(window);
	return OS_OK;
}

static enum os_err view_capability(struct gui_server *rpc, uint32_t view, struct gui_view_cap *out)
{
	struct client *const client = self(rpc);
	struct gui_view_cap capability;
	enum os_err err;

	if ((err = REAL_CALL(client, &client->content,
	                     gui_view_capability(client->content.gui, view, &capability))))
		return err;
	os_cap_drop(client->view.cap);
	*out = client->view = capability;
	return OS_OK;
}

static enum os_err view_place(struct gui_server *rpc, uint32_t view, int32_t x, int32_t y,
                              uint32_t width, uint32_t height)
{
	const struct os_rect rect = { x, y, (int32_t)OS_MIN(width, (uint32_t)OS_SURFACE_MAX),
		                      (int32_t)OS_MIN(height, (uint32_t)OS_SURFACE_MAX) };
	struct window *const window = window_find(self(rpc), view);

	if (!window)
		return gui_view_place(self(rpc)->content.gui, view, x, y, width, height);
	window_place(window, rect);
	return OS_OK;
}

static enum os_err view_offset(struct gui_server *rpc, uint32_t view, int32_t x, int32_t y)
{
	return gui_view_offset(self(rpc)->content.gui, view, x, y);
}

static enum os_err view_fill(struct gui_server *rpc, uint32_t view, uint32_t colour)
{
	return gui_view_fill(self(rpc)->content.gui, view, colour);
}

/* Windows of others are nobody's neighbours; who has the focus may put its windows in front. */
static enum os_err view_raise(struct gui_server *rpc, uint32_t view, uint32_t neighbour)
{
	struct client *const client = self(rpc);
	struct window *const window = window_find(client, view);

	if (!window)
		return gui_view_raise(client->content.gui, view, neighbour);
	if (neighbour && !window_find(client, neighbour))
		return OS_ERR_NOT_FOUND;
	if (client->focused)
		window_raise(window);
	return OS_OK;
}

static enum os_err view_lower(struct gui_server *rpc, uint32_t view, uint32_t neighbour)
{
	struct client *const client = self(rpc);
	struct window *const window = window_find(client, view);

	if (!window)
		return gui_view_lower(client->content.gui, view, neighbour);
	if (neighbour && !window_find(client, neighbour))
		return OS_ERR_NOT_FOUND;
	return gui_view_lower(client->frame.gui, window->frame, 0);
}

static enum os_err view_background(struct gui_server *rpc, uint32_t view)
{
	struct client *const client = self(rpc);
	struct window *const window = window_find(client, view);

	if (!window)
		return gui_view_background(client->content.gui, view);
	return gui_view_background(client->frame.gui, window->frame);
}

static enum os_err view_title(struct gui_server *rpc, uint32_t view, const char *title)
{
	struct window *const window = window_find(self(rpc), view);

	if (window)
		window_title(window, title);
	return gui_view_title(self(rpc)->content.gui, view, title);
}

static enum os_err begin(struct gui_server *rpc)
{
	return gui_begin(self(rpc)->content.gui);
}

static enum os_err commit(struct gui_server *rpc)
{
	return gui_commit(self(rpc)->content.gui);
}

/* ------------------------------------------------------------------ RPC: input */

static enum os_err input(struct gui_server *rpc, struct input_cap *out)
{
	struct client *const client = self(rpc);
	enum os_err err;

	if (!client->input_served &&
	    (err = os_input_server_init(&client->input, wm.env, wm.env->ep, &client->base.account)))
		return err;
	client->input_served = true;
	*out = input_server_cap(&client->input.rpc);
	return OS_OK;
}

/* Nobody takes it from another client: that is for people. */
static enum os_err focus(struct gui_server *rpc)
{
	struct client *const client = self(rpc);
	struct window *const window = window_top(client);
	enum os_err err;

	if (!window || (wm.focus && wm.focus != client))
		return OS_ERR_DENIED;
	if ((err = gui_focus(client->content.gui)))
		return err;
	wm.focus = client;
	window_raise(window);
	return OS_OK;
}

static enum os_err pointer_buffer(struct gui_server *rpc, struct ram_dataspace_cap *ds)
{
	struct client *const client = self(rpc);
	enum os_err err = OS_OK;

	if (!os_cap_valid(client->pointer.cap))
		err = REAL_CALL(client, &client->content,
		                gui_pointer_buffer(client->content.gui, &client->pointer));
	*ds = client->pointer;
	return err;
}

static enum os_err pointer(struct gui_server *rpc, uint32_t width, uint32_t height, uint32_t hot_x,
                           uint32_t hot_y)
{
	return gui_pointer(self(rpc)->content.gui, width, height, hot_x, hot_y);
}

static const struct gui_ops rpc_ops = {
	.framebuffer = framebuffer,
	.buffer = buffer,
	.mode = mode,
	.mode_sigh = mode_sigh,
	.view_create = view_create,
	.view_create_in = view_create_in,
	.view_destroy = view_destroy,
	.view_capability = view_capability,
	.view_place = view_place,
	.view_offset = view_offset,
	.view_raise = view_raise,
	.view_lower = view_lower,
	.view_background = view_background,
	.view_title = view_title,
	.begin = begin,
	.commit = commit,
	.input = input,
	.focus = focus,
	.pointer_buffer = pointer_buffer,
	.pointer = pointer,
	.view_fill = view_fill,
};

/* ------------------------------------------------------------------ the service */

static void session_destroy(struct os_server_session *base)
{
	struct client *const client = container_of(base, struct client, base);

	client_end(client);
	os_cap_drop(client->mode_handler.cap);
}

static enum os_err session_create(struct os_server_session *base,
                                  const struct os_session_request *request, struct os_cap *cap)
{
	struct client *const client = container_of(base, struct client, base);
	enum os_err err;

	/* what a window without a size of its own begins with */
	client->mode_width = (uint32_t)wm.area.width * 3 / 4;
	client->mode_height = (uint32_t)wm.area.height * 3 / 4;
	client->title = wm.title;
	if ((err = os_str_copy(client->label, sizeof(client->label), request->label)) ||
	    (err = gui_server_init(&client->rpc, wm.env->ep, &base->account, &rpc_ops)) ||
	    (err = real_init(client, &client->content, content_event)) ||
	    (err = real_init(client, &client->frame, frame_event))) {
		session_destroy(base);
		return err;
	}
	*cap = gui_server_cap(&client->rpc).cap;
	return OS_OK;
}

static const struct os_service_ops service_ops = {
	.session_size = sizeof(struct client),
	.create = session_create,
	.destroy = session_destroy,
};

/* ------------------------------------------------------------------ ends of sessions */

static bool is_gone(const struct real *real)
{
	enum parent_session_state state;
	struct os_cap cap;
	uint32_t error;

	if (!real->session.env ||
	    parent_session_poll(wm.env->parent, real->session.id, &state, &error, &cap))
		return false;
	os_cap_drop(cap);
	return state == PARENT_SESSION_STATE_GONE;
}

/* The GUI server has ended a session, as a person told it to: so is the client's. */
static void sessions_changed(struct os_signal_handler *handler, uint64_t count)
{
	struct os_list_node *node = os_list_first(&wm.service.sessions);

	(void)handler;
	(void)count;
	while (node) {
		struct os_server_session *base = OS_LIST_ITEM(node, struct os_server_session, node);
		const struct client *client = container_of(base, struct client, base);

		node = os_list_next(node);
		if (is_gone(&client->content) || is_gone(&client->frame))
			os_server_session_end(base);
	}
}

/* ------------------------------------------------------------------ the screen */

static void area_update(void)
{
	uint32_t width, height;
	int32_t left;

	if (gui_mode(wm.own.gui, &width, &height))
		return;
	/* no screen at present: windows stay where they are until there is one */
	if (!width || !height) {
		wm.area.y = (int32_t)wm.top;
		return;
	}
	left = (int32_t)OS_MIN(height, (uint32_t)OS_SURFACE_MAX) - (int32_t)wm.top -
	       (int32_t)wm.bottom;
	wm.area = (struct os_rect){ 0, (int32_t)wm.top,
		                    (int32_t)OS_MIN(width, (uint32_t)OS_SURFACE_MAX),
		                    left < 0 ? 0 : left };
	windows_fit();
}

static void mode_changed(struct os_signal_handler *handler, uint64_t count)
{
	(void)handler;
	(void)count;
	area_update();
}

static enum os_err font_set(uint32_t size)
{
	struct os_font *font;
	enum os_err err;

	if ((err = os_font_create(&font, wm.env->heap, font_data.start, font_data.size, size,
	                          FONT_CACHE)))
		return err;
	os_font_destroy(wm.font);
	wm.font = font;
	wm.title = OS_MAX((int32_t)os_font_metrics(font).line + TITLE_PAD, (int32_t)TITLE_HEIGHT);
	return OS_OK;
}

/* Without memory for a font of another size, titles keep the one that they have. */
static enum os_err theme_take(void)
{
	struct os_theme theme = os_theme_default;
	enum os_err err = OS_OK;

	os_theme_config(&theme, wm.env, config.root);
	if (!wm.font || theme.font_size != wm.theme.font_size)
		err = font_set(theme.font_size);
	if (err)
		theme.font_size = wm.theme.font_size;
	wm.theme = theme;
	OS_LIST_FOR_EACH (node, &wm.service.sessions)
		client_theme(container_of(OS_LIST_ITEM(node, struct os_server_session, node),
		                          struct client, base));
	return err;
}

static void area_take(void)
{
	const struct os_xml area = os_xml_first(config.root, "area");

	wm.top = (uint32_t)OS_MIN(os_xml_u64(area, "top", 0), (uint64_t)OS_SURFACE_MAX);
	wm.bottom = (uint32_t)OS_MIN(os_xml_u64(area, "bottom", 0), (uint64_t)OS_SURFACE_MAX);
	area_update();
}

static void config_changed(struct os_config *changed)
{
	const enum os_err err = theme_take();

	(void)changed;
	if (err)
		os_warning(wm.env, "the font of titles stays as it is: %s", os_err_text(err));
	area_take();
}

static enum os_err font_open(void)
{
	static struct os_rom rom; /* it stays open: the font points into it */
	enum os_err err;

	if ((err = os_rom_open(&rom, wm.env, "sans.ttf")) || (err = os_rom_view(&rom, &font_data)))
		return err;
	return theme_take();
}

enum os_err os_construct(struct os_env *env)
{
	enum os_err err;

	wm.env = env;
	if ((err = os_config_open(&config, env)))
		return err;
	if ((err = font_open())) {
		os_error(env, "font \"sans.ttf\": %s", os_err_text(err));
		return err;
	}
	if ((err = real_open(&wm.own, "", GUI_RAM, GUI_CAPS)) ||
	    (err = os_signal_handler_init(&wm.mode_handler, env->ep, mode_changed)) ||
	    (err = gui_mode_sigh(wm.own.gui, wm.mode_handler.cap)))
		return err;
	if ((err = os_signal_handler_init(&wm.sessions_handler, env->ep, sessions_changed)) ||
	    (err = parent_session_sigh(env->parent, wm.sessions_handler.cap)))
		return err;
	area_take();
	if ((err = os_config_sigh(&config, env->ep, config_changed)))
		return err;
	return os_service_init(&wm.service, env, env->ep, GUI_SERVICE, &service_ops, NULL);
}
