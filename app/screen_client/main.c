/* SPDX-License-Identifier: BSD-2-Clause */
/* screen_client: draws onto a Framebuffer session what an Input session tells. */

#include <api/dynamic_rom.h>
#include <api/framebuffer.h>
#include <blit/blit.h>
#include <config/config.h>
#include <input/key.h>
#include <input/session.h>
#include <link/link.h>
#include <osier/env.h>

enum { SQUARE = 16, GROWTH = 2048 /* of the donation: a screen is much more than a session */ };

static const os_pixel slate = 0xff1d2530, red = 0xffff0000, green = 0xff00ff00;

static struct {
	struct os_env *env;
	struct os_links links;
	struct os_link fb_link, input_link;
	struct framebuffer_cap fb; /* of the link, while it is open */
	struct os_session steps_session;
	struct dynamic_rom_cap steps;
	uint32_t step_key;
	char step_rom[64];
	struct os_view pixels;
	struct os_surface surface;
	struct os_signal_handler mode;
	struct os_input input;
	int32_t x, y;
} client;

static void paint(struct os_rect rect, os_pixel colour)
{
	os_blit_fill(&client.surface, rect, colour);
	if (client.surface.pixels &&
	    framebuffer_refresh(client.fb, rect.x, rect.y, (uint32_t)rect.width,
	                        (uint32_t)rect.height))
		os_link_lost(&client.fb_link);
}

static struct os_rect everything(void)
{
	return (struct os_rect){ 0, 0, (int32_t)client.surface.width,
		                 (int32_t)client.surface.height };
}

/* Attach what the current mode shows. */
static enum os_err take_mode(void)
{
	struct os_surface *const surface = &client.surface;
	struct dataspace_cap ds = { 0 };
	enum os_err err;
	bool alpha;

	os_view_fini(&client.pixels);
	err = framebuffer_mode(client.fb, &surface->width, &surface->height, &surface->stride,
	                       &alpha);
	if (err || !surface->width || !surface->height)
		goto out;
	if ((err = OS_SESSION_CALL(&client.fb_link.session, framebuffer_dataspace(client.fb, &ds))))
		goto out;
	err = os_view_init(&client.pixels, ds, 0, 0, OS_ATTACH_WRITE);
	os_cap_drop(ds.cap);
out:
	surface->pixels = client.pixels.start;
	if (err || !surface->pixels ||
	    (uint64_t)surface->stride * surface->height * sizeof(os_pixel) > client.pixels.size) {
		*surface = (struct os_surface){ 0 };
		return err;
	}
	os_log(client.env, "mode %ux%u", surface->width, surface->height);
	paint(everything(), slate);
	return OS_OK;
}

static void handle_mode(struct os_signal_handler *handler, uint64_t count)
{
	enum os_err err;

	(void)handler;
	(void)count;
	if (client.fb_link.state == OS_LINK_OPEN && (err = take_mode()) && err != OS_ERR_GONE)
		os_error(client.env, "no pixels: %s", os_err_text(err));
}

static int32_t within(int32_t value, uint32_t size)
{
	return OS_MAX(OS_MIN(value, (int32_t)size - 1), 0);
}

/* The key that has a module change draws nothing: its press may be the end of a driver. */
static void step(const struct os_input_event *event)
{
	enum os_err err;

	if (event->kind == OS_INPUT_PRESS &&
	    (err = dynamic_rom_next(client.steps, client.step_rom)))
		os_error(client.env, "no next step: %s", os_err_text(err));
}

static void event(struct os_input *input, const struct os_input_event *event)
{
	(void)input;
	if (client.step_key && event->code == client.step_key) {
		step(event);
		return;
	}
	switch (event->kind) {
	case OS_INPUT_ABSOLUTE:
		client.x = event->x;
		client.y = event->y;
		return;
	case OS_INPUT_RELATIVE:
		/* a mouse does not know where the screen ends */
		client.x = within(client.x + event->x, client.surface.width);
		client.y = within(client.y + event->y, client.surface.height);
		return;
	case OS_INPUT_PRESS:
		os_log(client.env, "%s", os_key_name(event->code));
		paint(os_key_is_button(event->code)
		              ? (struct os_rect){ client.x - SQUARE / 2, client.y - SQUARE / 2,
		                                  SQUARE, SQUARE }
		              : everything(),
		      os_key_is_button(event->code) ? red : green);
		return;
	case OS_INPUT_RELEASE:
		if (!os_key_is_button(event->code))
			paint(everything(), slate);
		return;
	default:
		return;
	}
}

/* ------------------------------------------------------------------ drivers come and go */

static void fb_changed(struct os_link *link)
{
	enum os_err err;

	os_view_fini(&client.pixels);
	client.surface = (struct os_surface){ 0 };
	if (link->state != OS_LINK_OPEN) {
		os_log(client.env, "no screen: %s", os_err_text(link->error));
		return;
	}
	client.fb.cap = link->session.cap;
	link->session.growth = GROWTH;
	if ((err = framebuffer_mode_sigh(client.fb, client.mode.cap)) || (err = take_mode()))
		os_log(client.env, "no pixels: %s", os_err_text(err));
}

static void input_changed(struct os_link *link)
{
	const struct input_cap cap = { link->session.cap };
	enum os_err err;

	os_input_fini(&client.input);
	if (link->state != OS_LINK_OPEN) {
		os_log(client.env, "no input: %s", os_err_text(link->error));
		return;
	}
	if ((err = os_input_init(&client.input, client.env->ep, cap, &link->session, event)))
		os_log(client.env, "no ring: %s", os_err_text(err));
	else
		os_log(client.env, "listens");
}

/* The key that has a module of "Dynamic_rom" change, if the config names one. */
static enum os_err steps_open(void)
{
	struct os_config config;
	char name[32];
	enum os_err err;

	if ((err = os_config_open(&config, client.env)))
		return err;
	if (!os_xml_string(config.root, "key", name, sizeof(name)) &&
	    !os_xml_string(config.root, "changes", client.step_rom, sizeof(client.step_rom))) {
		client.step_key = os_key_code(name);
		err = dynamic_rom_open(&client.steps_session, client.env, NULL, &client.steps);
	}
	os_config_close(&config);
	return err;
}

enum os_err os_construct(struct os_env *env)
{
	const struct os_session_args fb = OS_LINK_ARGS(FRAMEBUFFER, NULL),
	                             input = OS_LINK_ARGS(INPUT, NULL);
	enum os_err err;

	client.env = env;
	if ((err = steps_open()) ||
	    (err = os_signal_handler_init(&client.mode, env->ep, handle_mode)) ||
	    (err = os_links_init(&client.links, env, env->ep)) ||
	    (err = os_link_init(&client.fb_link, &client.links, &fb, fb_changed)))
		return err;
	return os_link_init(&client.input_link, &client.links, &input, input_changed);
}
