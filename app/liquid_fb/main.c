/* SPDX-License-Identifier: BSD-2-Clause */
/* liquid_fb: a window that serves Framebuffer and Input sessions, for a GUI within the GUI. */

#include <config/config.h>
#include <framebuffer/server.h>
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

enum { TITLE_MAX = 64 };

struct framebuffer_session {
	struct os_server_session base;
	struct os_framebuffer_server framebuffer;
	bool refreshed; /* since it was last told that it is shown */
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
	if (shown && shown->framebuffer.surface.pixels) {
		const struct os_surface *const pixels = &shown->framebuffer.surface;
		const struct os_rect all = { 0, 0, (int32_t)pixels->width,
			                     (int32_t)pixels->height };

		os_blit_copy(surface, dirty, pixels, 0, 0);
		count = os_rect_subtract(dirty, all, rest);
	}
	for (size_t i = 0; i < count; i++)
		os_blit_fill(surface, rest[i], dark);
}

static enum os_err size_set(uint32_t width, uint32_t height)
{
	const enum os_err err = os_window_resize(&window, width, height);

	if (!err && shown)
		os_framebuffer_server_mode(&shown->framebuffer, width, height);
	return err;
}

static void resize(struct os_window *self, uint32_t width, uint32_t height)
{
	enum os_err err;

	(void)self;
	if (!resizable)
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
	os_framebuffer_server_shown(&shown->framebuffer);
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

static void refresh(struct os_framebuffer_server *framebuffer, struct os_rect rect)
{
	container_of(framebuffer, struct framebuffer_session, framebuffer)->refreshed = true;
	os_window_damage(&window, rect);
}

static enum os_err mode_set(struct os_framebuffer_server *framebuffer, uint32_t width,
                            uint32_t height)
{
	enum os_err err;

	(void)framebuffer;
	if (!resizable)
		return OS_ERR_DENIED;
	/* it is our quota that falls short then, or the GUI server's patience */
	if ((err = size_set(width, height)))
		os_warning(env, "%u by %u pixels: %s", width, height, os_err_text(err));
	return err ? OS_ERR_RANGE : OS_OK;
}

static const struct os_framebuffer_ops framebuffer_ops = { .refresh = refresh,
	                                                   .mode_set = mode_set };

static enum os_err framebuffer_create(struct os_server_session *base,
                                      const struct os_session_request *request, struct os_cap *cap)
{
	struct framebuffer_session *const session =
	        container_of(base, struct framebuffer_session, base);
	enum os_err err;

	(void)request;
	if (shown)
		return OS_ERR_LIMIT;
	if ((err = os_framebuffer_server_init(&session->framebuffer, env, env->ep, &base->account,
	                                      &framebuffer_ops)))
		return err;
	shown = session;
	os_framebuffer_server_mode(&session->framebuffer, window.width, window.height);
	*cap = framebuffer_server_cap(&session->framebuffer.rpc).cap;
	return OS_OK;
}

static void framebuffer_destroy(struct os_server_session *base)
{
	struct framebuffer_session *const session =
	        container_of(base, struct framebuffer_session, base);

	os_framebuffer_server_fini(&session->framebuffer);
	shown = NULL;
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
