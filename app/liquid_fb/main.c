/* SPDX-License-Identifier: BSD-2-Clause */
/* liquid_fb: a window that serves Framebuffer and Input sessions, for a GUI within the GUI. */

#include <config/config.h>
#include <gui/window.h>
#include <osier/string.h>

/*
 *   client: pixels --refresh--> behind the window --> window
 *   client: events <----------- input of the window
 *
 * The mode is the window's size. A client's pixels are those of the mode that it has asked for
 * last, and are shown as far as both fit.
 */

static const os_pixel dark = 0xff1d2530; /* where no client has drawn */

enum { BYTES = sizeof(os_pixel), TITLE_MAX = 64 };

struct framebuffer_session {
	struct os_server_session base;
	struct framebuffer_server rpc;
	struct os_ram pixels, earlier; /* of the mode asked for last, and of the one before */
	struct os_surface surface;
	struct signal_context_cap mode_sigh, sync_sigh;
	uint32_t width, height; /* the mode that it was told; 0: none yet */
	bool refreshed;         /* since it was last told that it is shown */
};

struct input_session {
	struct os_server_session base;
	struct os_input_server input;
};

static struct os_env *env;
static struct os_config config;
static struct os_window window;
static struct os_service framebuffers, inputs;
static struct framebuffer_session *shown; /* NULL: nobody draws */
static struct input_session *heard;       /* NULL: nobody listens */
static char title[TITLE_MAX];
static bool resizable;
static struct os_input_event place; /* of the pointer over the window; kind NONE: elsewhere */

/* ------------------------------------------------------------------ the window */

static void draw(struct os_window *self, const struct os_surface *surface, struct os_rect dirty)
{
	struct os_rect rest[4] = { dirty };
	size_t count = 1;

	(void)self;
	if (shown && shown->surface.pixels) {
		const struct os_rect all = { 0, 0, (int32_t)shown->surface.width,
			                     (int32_t)shown->surface.height };

		os_blit_copy(surface, dirty, &shown->surface, 0, 0);
		count = os_rect_subtract(dirty, all, rest);
	}
	for (size_t i = 0; i < count; i++)
		os_blit_fill(surface, rest[i], dark);
}

static void notify(struct signal_context_cap *to)
{
	/* a context that is gone means that nobody wants to know any more */
	if (os_cap_valid(to->cap) && os_signal_submit(*to, 1)) {
		os_cap_drop(to->cap);
		*to = (struct signal_context_cap){ 0 };
	}
}

static enum os_err size_set(uint32_t width, uint32_t height)
{
	const uint32_t before_width = window.width, before_height = window.height;
	const enum os_err err = os_window_resize(&window, width, height);

	if (!err && shown && (width != before_width || height != before_height))
		notify(&shown->mode_sigh);
	return err;
}

static void resize(struct os_window *self, uint32_t width, uint32_t height)
{
	enum os_err err;

	(void)self;
	/* 0 by 0: there is no screen at present */
	if (!resizable || !width || !height)
		return;
	if ((err = size_set(width, height)))
		os_warning(env, "%u by %u pixels: %s", width, height, os_err_text(err));
}

static void sync(struct os_window *self)
{
	(void)self;
	if (!shown || !shown->refreshed)
		return;
	shown->refreshed = false;
	notify(&shown->sync_sigh);
}

/* As a driver would tell it: those who draw here know nothing of windows. */
static void input(struct os_window *self, const struct os_input_event *event)
{
	const struct os_input_event lost = { .kind = OS_INPUT_LOST };

	(void)self;
	switch (event->kind) {
	case OS_INPUT_CLOSE:
		os_exit(env, 0);
	case OS_INPUT_ENTER:
	case OS_INPUT_FOCUS:
		return;
	case OS_INPUT_UNFOCUS:
		event = &lost;
		break;
	case OS_INPUT_ABSOLUTE:
		place = *event;
		break;
	case OS_INPUT_LEAVE:
		place = (struct os_input_event){ 0 };
		break;
	default:
		break;
	}
	if (heard)
		os_input_server_put(&heard->input, event);
}

static const struct os_window_ops window_ops = {
	.draw = draw, .input = input, .resize = resize, .sync = sync
};

/* ------------------------------------------------------------------ Framebuffer */

static struct framebuffer_session *self(struct framebuffer_server *rpc)
{
	return container_of(rpc, struct framebuffer_session, rpc);
}

static enum os_err mode(struct framebuffer_server *rpc, uint32_t *width, uint32_t *height,
                        uint32_t *stride, bool *alpha)
{
	struct framebuffer_session *const session = self(rpc);

	*width = *stride = session->width = window.width;
	*height = session->height = window.height;
	*alpha = false;
	return OS_OK;
}

static enum os_err mode_sigh(struct framebuffer_server *rpc, struct signal_context_cap handler)
{
	os_cap_drop(self(rpc)->mode_sigh.cap);
	self(rpc)->mode_sigh = handler;
	return OS_OK;
}

static enum os_err sync_sigh(struct framebuffer_server *rpc, struct signal_context_cap handler)
{
	os_cap_drop(self(rpc)->sync_sigh.cap);
	self(rpc)->sync_sigh = handler;
	return OS_OK;
}

/*
 * The pixels are those of the mode that the client knows: if the window has another size since, it
 * has been signalled. What it may have attached of the mode before stays until it asks again.
 */
static enum os_err dataspace(struct framebuffer_server *rpc, struct dataspace_cap *ds)
{
	struct framebuffer_session *const session = self(rpc);
	struct os_surface *const surface = &session->surface;
	const uint32_t width = session->width ? session->width : window.width;
	const uint32_t height = session->height ? session->height : window.height;
	struct os_ram next;
	enum os_err err;

	os_ram_fini(&session->earlier, env);
	if (surface->width != width || surface->height != height) {
		if ((err = os_ram_init(&next, env, (size_t)width * height * BYTES,
		                       &session->base.account)))
			return err == OS_ERR_OUT_OF_RAM || err == OS_ERR_OUT_OF_CAPS ? err
			                                                             : OS_ERR_LIMIT;
		session->earlier = session->pixels;
		session->pixels = next;
		*surface = (struct os_surface){ next.view.start, width, height, width };
	}
	*ds = ram_dataspace_as_dataspace(session->pixels.ds);
	return OS_OK;
}

static int32_t clamp(uint32_t length)
{
	return (int32_t)OS_MIN(length, (uint32_t)OS_SURFACE_MAX);
}

static enum os_err refresh(struct framebuffer_server *rpc, int32_t x, int32_t y, uint32_t width,
                           uint32_t height)
{
	const struct os_rect all = { 0, 0, clamp(window.width), clamp(window.height) };
	struct os_rect rect = { x, y, (int32_t)OS_MIN(width, (uint32_t)INT32_MAX),
		                (int32_t)OS_MIN(height, (uint32_t)INT32_MAX) };

	self(rpc)->refreshed = true;
	rect = os_rect_intersect(rect, all);
	if (!os_rect_empty(rect))
		os_window_damage(&window, rect);
	return OS_OK;
}

static enum os_err mode_set(struct framebuffer_server *rpc, uint32_t width, uint32_t height)
{
	enum os_err err;

	(void)rpc;
	if (!resizable)
		return OS_ERR_DENIED;
	if (!width || !height || width > OS_SURFACE_MAX || height > OS_SURFACE_MAX)
		return OS_ERR_RANGE;
	/* it is our quota that falls short then, or the GUI server's patience */
	if ((err = size_set(width, height)))
		os_warning(env, "%u by %u pixels: %s", width, height, os_err_text(err));
	return err ? OS_ERR_RANGE : OS_OK;
}

static const struct framebuffer_ops framebuffer_ops = {
	.mode = mode,
	.mode_sigh = mode_sigh,
	.dataspace = dataspace,
	.refresh = refresh,
	.sync_sigh = sync_sigh,
	.mode_set = mode_set,
};

static enum os_err framebuffer_create(struct os_server_session *base,
                                      const struct os_session_request *request, struct os_cap *cap)
{
	struct framebuffer_session *const session =
	        container_of(base, struct framebuffer_session, base);
	enum os_err err;

	(void)request;
	if (shown)
		return OS_ERR_LIMIT;
	if ((err = framebuffer_server_init(&session->rpc, env->ep, &base->account,
	                                   &framebuffer_ops)))
		return err;
	shown = session;
	*cap = framebuffer_server_cap(&session->rpc).cap;
	return OS_OK;
}

static void framebuffer_destroy(struct os_server_session *base)
{
	struct framebuffer_session *const session =
	        container_of(base, struct framebuffer_session, base);

	framebuffer_server_fini(&session->rpc);
	shown = NULL;
	os_cap_drop(session->mode_sigh.cap);
	os_cap_drop(session->sync_sigh.cap);
	os_ram_fini(&session->earlier, env);
	os_ram_fini(&session->pixels, env);
	os_window_damage_all(&window);
}

static const struct os_service_ops framebuffers_ops = {
	.session_size = sizeof(struct framebuffer_session),
	.create = framebuffer_create,
	.destroy = framebuffer_destroy,
};

/* ------------------------------------------------------------------ Input */

/* Who comes late is told where the pointer is, as it may stay there. */
static void input_begun(struct os_input_server *server)
{
	if (place.kind != OS_INPUT_NONE)
		os_input_server_put(server, &place);
}

static enum os_err input_create(struct os_server_session *base,
                                const struct os_session_request *request, struct os_cap *cap)
{
	struct input_session *const session = container_of(base, struct input_session, base);
	enum os_err err;

	(void)request;
	if (heard)
		return OS_ERR_LIMIT;
	if ((err = os_input_server_init(&session->input, env, env->ep, &base->account)))
		return err;
	session->input.begun = input_begun;
	heard = session;
	*cap = input_server_cap(&session->input.rpc).cap;
	return OS_OK;
}

static void input_destroy(struct os_server_session *base)
{
	os_input_server_fini(&container_of(base, struct input_session, base)->input);
	heard = NULL;
}

static const struct os_service_ops inputs_ops = {
	.session_size = sizeof(struct input_session),
	.create = input_create,
	.destroy = input_destroy,
};

/* ------------------------------------------------------------------ the outer pointer */

/* An image without any pixel that can be seen. */
static enum os_err pointer_hide(void)
{
	struct ram_dataspace_cap ds;
	enum os_err err;

	err = OS_SESSION_CALL(&window.session, gui_pointer_buffer(window.gui, &ds));
	if (err)
		return err;
	/* its memory is zero until somebody draws there */
	os_cap_drop(ds.cap);
	return gui_pointer(window.gui, 1, 1, 0, 0);
}

static void pointer_follow(void)
{
	const bool seen = os_xml_bool(config.root, "pointer", false);
	const enum os_err err = seen ? gui_pointer(window.gui, 0, 0, 0, 0) : pointer_hide();

	if (err)
		os_warning(env, "the pointer: %s", os_err_text(err));
}

/* ------------------------------------------------------------------ config */

static uint32_t length(const char *name, uint32_t value)
{
	return (uint32_t)OS_MIN(os_xml_u64(config.root, name, value), (uint64_t)UINT32_MAX);
}

static int32_t coordinate(const char *name)
{
	const int64_t value = os_xml_i64(config.root, name, 0);

	return value < INT32_MIN || value > INT32_MAX ? 0 : (int32_t)value;
}

static void read_config(void)
{
	if (os_xml_string(config.root, "title", title, sizeof(title)))
		OS_ASSERT(!os_str_copy(title, sizeof(title), "liquid framebuffer"));
	resizable = os_xml_bool(config.root, "resizable", true);
}

static void config_changed(struct os_config *changed)
{
	enum os_err err;

	(void)changed;
	read_config();
	os_window_title(&window, title);
	os_window_move(&window, coordinate("x"), coordinate("y"));
	pointer_follow();
	if ((err = size_set(length("width", window.width), length("height", window.height))))
		os_warning(env, "config: width, height: %s", os_err_text(err));
}

static enum os_err open_window(void)
{
	const struct os_window_config window_config = {
		.title = title,
		.width = length("width", 0),
		.height = length("height", 0),
		.x = coordinate("x"),
		.y = coordinate("y"),
	};
	const enum os_err err =
	        os_window_open(&window, env, env->ep, &window_config, &window_ops, NULL);

	if (err)
		os_error(env, "no window: %s", os_err_text(err));
	return err;
}

enum os_err os_construct(struct os_env *own)
{
	enum os_err err;

	env = own;
	if ((err = os_config_open(&config, env)))
		return err;
	read_config();
	if ((err = open_window()))
		return err;
	pointer_follow();
	if ((err = os_config_sigh(&config, env->ep, config_changed)) ||
	    (err = os_service_init(&framebuffers, env, env->ep, FRAMEBUFFER_SERVICE,
	                           &framebuffers_ops, NULL)))
		return err;
	return os_service_init(&inputs, env, env->ep, INPUT_SERVICE, &inputs_ops, NULL);
}
