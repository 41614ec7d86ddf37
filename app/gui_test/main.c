/* SPDX-License-Identifier: BSD-2-Clause */
/* gui_test: a Gui client with a view of one colour, which tells what it is told. */

#include <api/gui.h>
#include <blit/blit.h>
#include <config/config.h>
#include <input/key.h>
#include <input/session.h>
#include <link/link.h>
#include <osier/env.h>

enum { POINTER = 16 };

static const os_pixel WHITE = 0xffffffff;

static struct {
	struct os_env *env;
	struct os_config config;
	struct os_links links;
	struct os_link link;
	struct gui_cap gui;
	struct framebuffer_cap framebuffer;
	struct os_view pixels;
	struct os_surface surface;
	struct os_input input;
	uint32_t view, down;
	os_pixel colour, pressed;
	bool quiet;
} test;

static uint32_t attribute(const char *name, uint32_t value)
{
	return (uint32_t)os_xml_u64(test.config.root, name, value);
}

/* Whatever fails, fails as the server has ended the session. */
static void gone(enum os_err err)
{
	if (!err)
		return;
	os_log(test.env, "the session is over: %s", os_err_text(err));
	os_exit(test.env, 0);
}

static void paint(os_pixel colour)
{
	const struct os_rect all = { 0, 0, (int32_t)test.surface.width,
		                     (int32_t)test.surface.height };

	os_blit_fill(&test.surface, all, colour);
	gone(framebuffer_refresh(test.framebuffer, 0, 0, test.surface.width, test.surface.height));
}

static const char *const kinds[OS_INPUT_KIND_COUNT] = {
	[OS_INPUT_PRESS] = "press",     [OS_INPUT_RELEASE] = "release", [OS_INPUT_REPEAT] = "held",
	[OS_INPUT_ABSOLUTE] = "motion", [OS_INPUT_WHEEL] = "wheel",     [OS_INPUT_TOUCH] = "touch",
	[OS_INPUT_UNTOUCH] = "untouch", [OS_INPUT_ENTER] = "enter",     [OS_INPUT_LEAVE] = "leave",
	[OS_INPUT_FOCUS] = "focus",     [OS_INPUT_UNFOCUS] = "unfocus", [OS_INPUT_CLOSE] = "close",
	[OS_INPUT_LOST] = "lost",
};

/* True: it may have it. */
static bool ask_focus(void)
{
	const enum os_err err = gui_focus(test.gui);

	os_log(test.env, "asked for the focus: %s", os_err_text(err));
	return !err;
}

static void event(struct os_input *input, const struct os_input_event *event)
{
	const char *const kind = event->kind < OS_INPUT_KIND_COUNT ? kinds[event->kind] : NULL;

	(void)input;
	if (!test.quiet)
		os_log(test.env, "%s %s %d,%d", kind ? kind : "unknown", os_key_name(event->code),
		       event->x, event->y);
	switch (event->kind) {
	case OS_INPUT_PRESS:
	case OS_INPUT_TOUCH:
		if (!test.down++)
			paint(test.pressed);
		return;
	case OS_INPUT_RELEASE:
	case OS_INPUT_UNTOUCH:
		if (test.down && !--test.down)
			paint(test.colour);
		return;
	case OS_INPUT_UNFOCUS:
	case OS_INPUT_LOST:
		test.down = 0;
		paint(test.colour);
		return;
	case OS_INPUT_WHEEL:
		if (os_xml_equal(test.config.root, "ask_focus", "wheel") && !ask_focus())
			paint(WHITE);
		return;
	default:
		return;
	}
}

/* The buffer, of which the memory is our donation. */
static enum os_err open_buffer(void)
{
	const bool alpha = os_xml_bool(test.config.root, "alpha", false);
	struct os_surface *const surface = &test.surface;
	struct dataspace_cap ds;
	enum os_err err;
	uint64_t size;

	*surface = (struct os_surface){ .width = attribute("width", 100),
		                        .height = attribute("height", 100) };
	surface->stride = surface->width;
	size = (uint64_t)surface->width * surface->height * sizeof(os_pixel);
	if ((err = os_session_upgrade(&test.link.session, size + OS_PAGE_SIZE, 2)) ||
	    (err = OS_SESSION_CALL(&test.link.session,
	                           gui_buffer(test.gui, surface->width, surface->height, alpha))) ||
	    (err = OS_SESSION_CALL(&test.link.session,
	                           gui_framebuffer(test.gui, &test.framebuffer))) ||
	    (err = OS_SESSION_CALL(&test.link.session,
	                           framebuffer_dataspace(test.framebuffer, &ds))))
		return err;
	err = os_view_init(&test.pixels, ds, 0, 0, OS_ATTACH_WRITE);
	surface->pixels = test.pixels.start;
	return err;
}

static enum os_err open_view(void)
{
	char title[GUI_VIEW_TITLE_TITLE_SIZE];
	enum os_err err;

	if (os_xml_string(test.config.root, "title", title, sizeof(title)))
		*title = 0;
	if ((err = OS_SESSION_CALL(&test.link.session, gui_view_create(test.gui, 0, &test.view))) ||
	    (err = gui_view_title(test.gui, test.view, title)) ||
	    (err = gui_view_place(test.gui, test.view,
	                          (int32_t)os_xml_i64(test.config.root, "x", 0),
	                          (int32_t)os_xml_i64(test.config.root, "y", 0), test.surface.width,
	                          test.surface.height)))
		return err;
	if (os_xml_bool(test.config.root, "background", false))
		return gui_view_background(test.gui, test.view);
	return OS_OK;
}

/* A square of one colour for a pointer, which points with its middle. */
static enum os_err set_pointer(void)
{
	struct ram_dataspace_cap ds;
	struct os_surface image = { .width = 64, .height = 64, .stride = 64 };
	struct os_view view;
	enum os_err err;

	if (!os_xml_has(test.config.root, "pointer"))
		return OS_OK;
	if ((err = os_session_upgrade(&test.link.session, 0x9000, 4)) ||
	    (err = gui_pointer_buffer(test.gui, &ds)) ||
	    (err = os_view_init(&view, ram_dataspace_as_dataspace(ds), 0, 0, OS_ATTACH_WRITE)))
		return err;
	image.pixels = view.start;
	os_blit_fill(&image, (struct os_rect){ 0, 0, POINTER, POINTER }, attribute("pointer", 0));
	os_view_fini(&view);
	return gui_pointer(test.gui, POINTER, POINTER, POINTER / 2, POINTER / 2);
}

static enum os_err open_input(void)
{
	struct input_cap input;
	enum os_err err;

	if ((err = OS_SESSION_CALL(&test.link.session, gui_input(test.gui, &input))))
		return err;
	return os_input_init(&test.input, test.env->ep, input, &test.link.session, event);
}

static enum os_err open_all(void)
{
	enum os_err err;

	if ((err = open_buffer()) || (err = open_input()) || (err = set_pointer()))
		return err;
	paint(test.colour);
	if ((err = open_view()))
		return err;
	if (os_xml_bool(test.config.root, "ask_focus", false))
		ask_focus();
	return OS_OK;
}

static void changed(struct os_link *link)
{
	enum os_err err = link->error;

	if (link->state == OS_LINK_WAITING)
		gone(OS_ERR_GONE);
	test.gui.cap = link->session.cap;
	if (err || (err = open_all()))
		os_error(test.env, "no views: %s", os_err_text(err));
}

enum os_err os_construct(struct os_env *env)
{
	const struct os_session_args args = OS_LINK_ARGS(GUI, NULL);
	enum os_err err;

	test.env = env;
	if ((err = os_config_open(&test.config, env)) ||
	    (err = os_links_init(&test.links, env, env->ep)))
		return err;
	test.colour = attribute("colour", 0xffff0000);
	test.pressed = attribute("pressed", 0xffffff00);
	test.quiet = os_xml_bool(test.config.root, "quiet", false);
	return os_link_init(&test.link, &test.links, &args, changed);
}
